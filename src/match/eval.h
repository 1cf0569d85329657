/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a rule match a record? Yes, no, or error, with the captures of the true path. One
 * struct eval per thread; rules and records are read only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/hash.h"
#include "match/quarantine.h"
#include "record/match.h"
#include "rules/ruleset.h"

struct eval;

struct eval *eval_new(const struct ruleset *rs); /* rs is borrowed */
void eval_free(struct eval **pe);

/* Of the placeholders from now on; all zeros before. */
void eval_set_key(struct eval *e, struct hash_key key);

/* How much is made of matches; NULL, and before: all. Borrowed. */
void eval_set_needs(struct eval *e, const struct match_needs *needs);

/* From now on rules spend from q, and those that are off there match nothing. Borrowed.
 */
void eval_set_quarantine(struct eval *e, struct quarantine *q);

enum eval_answer { EVAL_NO, EVAL_YES, EVAL_ERROR };

/*
 * Whether the rule is for this record at all: product, category and service of its
 * logsource against the record's labels (an unknown label fits any).
 */
bool eval_is_for(const struct rule *rule, const struct record *r);

/*
 * A new record, of which eval_rule() is asked until the next call. It and what it points
 * to stay as they are; what is made of it goes into a. False: no rule is off.
 */
bool eval_begin(struct eval *e, struct record *r, struct arena *a);

/*
 * EVAL_YES: *m is filled as it is needed, and redacted (match/redact.h); its views point
 * into the record and into the arena. EVAL_ERROR: a regex hit its limits; counted per
 * rule.
 */
enum eval_answer eval_rule(struct eval *e, uint32_t rule, struct match *m);

/* Errors of a rule so far. */
uint64_t eval_errors(const struct eval *e, uint32_t rule);

/* What a rule has cost so far. */
struct eval_cost {
	uint64_t records;    /* it was asked about */
	uint64_t slow_steps; /* beyond anybody's due (search_slow, walk_slow) */
};
struct eval_cost eval_cost(const struct eval *e, uint32_t rule);

/*
 * Prints why the rule does or does not match: every item with the value it saw. Begins
 * with r anew.
 */
void eval_explain(struct eval *e, uint32_t rule, struct record *r, FILE *out);
