/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that cost too much, switched off: in the log source where they did, and
 * everywhere once that happened in QUARANTINE_SOURCES of them. What a rule spends is
 * counted by source and block of the source's bytes, in regex steps, never in time. Live,
 * a rule is off from the record on that was too much. In a batch it is off from the block
 * on that was too much, whoever reads which part of it first: matches of these records
 * are dropped. So who is off depends neither on threads nor on how reads fall. Any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/match.h"
#include "record/record.h"
#include "rules/ruleset.h"

#define QUARANTINE_SOURCES 4

struct quarantine;

/* rs is borrowed. batch: parts of a source are read in any order. NULL: out of memory. */
struct quarantine *quarantine_new(const struct ruleset *rs, bool batch);
void quarantine_free(struct quarantine **pq);

/* Whether the rule is off for this record. Cheap while none is. */
bool quarantine_is_off(struct quarantine *q, uint32_t rule, const struct record *r);

/* Grows whenever a rule is switched off: what was asked before holds until then. */
uint64_t quarantine_changes(const struct quarantine *q);

/*
 * off[rule] for all rules and the records of one source of logs that begin at offset or
 * behind it; source NULL: only what is off everywhere. Returns whether any is.
 */
bool quarantine_list(struct quarantine *q, const struct source *source, uint64_t offset,
	unsigned char *off);

/* Whether a match of a batch is of a record for which its rule is off. */
bool quarantine_drops(struct quarantine *q, const struct match *m);

/* The rule spent steps on r. */
void quarantine_charge(
	struct quarantine *q, uint32_t rule, const struct record *r, uint64_t steps);

/* How many rules are off somewhere. */
size_t quarantine_rules(const struct quarantine *q);

/* Off nowhere, off everywhere. */
bool quarantine_is_on(const struct quarantine *q, uint32_t rule);
bool quarantine_is_out(const struct quarantine *q, uint32_t rule);

/* In order of rule and source id; false behind the last. */
struct quarantine_case {
	uint32_t rule;
	struct str source; /* its name; also "events and pods" */
	int64_t at_ns;     /* of the record that was too much; of a batch TIME_NONE */
};
bool quarantine_at(struct quarantine *q, size_t i, struct quarantine_case *out);

/* Logs every case once: those off everywhere by their rule alone. */
void quarantine_tell(struct quarantine *q);
