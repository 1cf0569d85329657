/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules whose regexes cost too much, switched off: in the log source where they did, from
 * that record on; and everywhere once that happened in QUARANTINE_SOURCES of them. What a
 * rule spends in a source is counted in the source's own order and in regex steps, never
 * in time, so who is off does not depend on threads or on how reads fall: of a rule that
 * is off everywhere a batch drops all matches. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"
#include "rules/ruleset.h"

#define QUARANTINE_SOURCES 4

struct quarantine;

/* rs is borrowed. NULL: out of memory. */
struct quarantine *quarantine_new(const struct ruleset *rs);
void quarantine_free(struct quarantine **pq);

/* Whether the rule is off for this record's source. Cheap while none is. */
bool quarantine_is_off(struct quarantine *q, uint32_t rule, const struct record *r);

/* Grows whenever a rule is switched off: what was asked before holds until then. */
uint64_t quarantine_changes(const struct quarantine *q);

/*
 * off[rule] for all rules, in one source of logs; source NULL: only what is off
 * everywhere. Returns whether any is.
 */
bool quarantine_list(
	struct quarantine *q, const struct source *source, unsigned char *off);

/* The rule spent steps on r. */
void quarantine_charge(
	struct quarantine *q, uint32_t rule, const struct record *r, uint64_t steps);

/* How many rules are off somewhere. */
size_t quarantine_rules(const struct quarantine *q);

/* Off everywhere. */
bool quarantine_is_out(const struct quarantine *q, uint32_t rule);

/* The i-th case, in order of rule and source id; false behind the last. */
struct quarantine_case {
	uint32_t rule;
	const struct source *source; /* NULL: events and pods */
	int64_t at_ns;               /* of the record that was too much */
};
bool quarantine_at(struct quarantine *q, size_t i, struct quarantine_case *out);

/* Logs every case once: those off everywhere by their rule alone. */
void quarantine_tell(struct quarantine *q);
