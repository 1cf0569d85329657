/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A correlator of another kind, over matches in any order: what more matches cannot
 * falsify fires at once. It keeps what is not settled and looks up the rest in the
 * correlator that it settles into. Made and fed here, freed and asked as any correlator
 * is. Private to correlate/. One thread.
 */
#pragma once

#include "correlate/correlator.h"

/* settled is borrowed, and of the same rules. NULL: out of memory. */
struct correlator *early_new(const struct ruleset *rs, const struct correlate_conf *conf,
	struct correlator *settled);

/* A match, unless an equal one was put before. Outcomes: OUTCOME_FIRED only. */
void early_match(struct correlator *c, const struct match *m);

/* What is before it has been put into the settled one, and no more of it comes. */
void early_advance(struct correlator *c, int64_t watermark_ns);
