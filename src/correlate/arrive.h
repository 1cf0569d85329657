/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches in any order: kept sorted until the watermark passes them, then handed on in
 * the order of match_cmp() to a correlator. What more matches cannot falsify is also told
 * at once, as early outcomes. For live input; a batch sorts all it has instead. One
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/correlator.h"

struct arrive;

struct arrive_counts {
	uint64_t late; /* came behind the watermark: timeline only */
	uint64_t full; /* over max_pending: settled before their time */
	size_t pending;
};

/* settled: where the caller puts what arrive_settled() gives. All is borrowed. */
struct arrive *arrive_new(
	const struct ruleset *rs, size_t max_pending, struct correlator *settled);
void arrive_free(struct arrive **pa);

/* Copies m. False: it is late (at_ns < the watermark): the caller tells the timeline. */
bool arrive_put(struct arrive *a, const struct match *m);

/*
 * A correlation whose condition is surely true by now, whatever order its matches came
 * in, and was not told for that key and that span of time yet: like OUTCOME_FIRED, at the
 * first match at which it holds. Call until false after each put. Where it cannot be sure
 * (a `not`, an upper bound, a window with over a thousand matches) it says nothing, and
 * the settled flow tells.
 *
 * After a restart the caller puts again what its journal holds of matches that were not
 * settled, in the order they came: what was told of them then may be told again, at a
 * later match than then, too; so a key's incident that is still open has to take it as
 * its own.
 * Putting a match twice tells nothing new.
 */
bool arrive_early(struct arrive *a, struct outcome *out);

/*
 * The next match before the watermark, in order, to be put into the correlator before the
 * next call, until which it is valid; NULL: none.
 */
const struct match *arrive_settled(struct arrive *a, int64_t watermark_ns);

const struct arrive_counts *arrive_counts(const struct arrive *a);
