/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules that a record is for, in the order of the ruleset. Which rules a log source
 * takes part in is decided once per source, not per record. One per thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "match/eval.h"
#include "record/match.h"
#include "rules/ruleset.h"

struct evaluate;

/* rs is borrowed. NULL: out of memory. */
struct evaluate *evaluate_new(const struct ruleset *rs);
void evaluate_free(struct evaluate **pe);

/*
 * The matches of one record: *out is valid until the next call. Matches outside
 * [since_ns, until_ns] are left out (TIME_NONE: open).
 */
size_t evaluate_record(struct evaluate *e, struct record *r, const struct match **out);
void evaluate_set_quarantine(struct evaluate *e, struct quarantine *q); /* borrowed */
void evaluate_set_range(struct evaluate *e, int64_t since_ns, int64_t until_ns);

/* Per rule: matches and regex errors so far. */
uint64_t evaluate_matches(const struct evaluate *e, uint32_t rule);
uint64_t evaluate_errors(const struct evaluate *e, uint32_t rule);
