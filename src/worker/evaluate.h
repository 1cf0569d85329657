/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a decoder to matches: which new lines can matter, and what the rules
 * they matter to say of their records, in the order of the ruleset. Which rules a source
 * takes part in is decided once per source, not per line. One per thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decode/decoder.h"
#include "match/eval.h"
#include "record/match.h"
#include "rules/ruleset.h"
#include "scan/prefilter.h"

struct evaluate;

/* Both are borrowed; p NULL: it never nominates. NULL: out of memory. */
struct evaluate *evaluate_new(const struct ruleset *rs, const struct prefilter *p);
void evaluate_free(struct evaluate **pe);

/* Scans what is fresh in d and tells it which lines are to be looked at. */
void evaluate_nominate(struct evaluate *e, struct decoder *d);

/*
 * The matches of one record: *out is valid until the next call. cues as decoder_cues()
 * gave them, NULL: every rule is asked. Matches outside [since_ns, until_ns] are left out
 * (TIME_NONE: open).
 */
size_t evaluate_record(struct evaluate *e, struct record *r, const uint32_t *cues,
	size_t n_cues, const struct match **out);
void evaluate_set_key(struct evaluate *e, struct hash_key key); /* of placeholders */
void evaluate_set_quarantine(struct evaluate *e, struct quarantine *q); /* borrowed */
/* As eval_set_needs(). */
void evaluate_set_needs(struct evaluate *e, const struct match_needs *needs);
void evaluate_set_range(struct evaluate *e, int64_t since_ns, int64_t until_ns);

/* The name of a match's rule. */
struct str evaluate_name(const struct evaluate *e, uint32_t rule);

/* Per rule: matches, regex errors and costs so far. */
uint64_t evaluate_matches(const struct evaluate *e, uint32_t rule);
uint64_t evaluate_errors(const struct evaluate *e, uint32_t rule);
struct eval_cost evaluate_cost(const struct evaluate *e, uint32_t rule);
