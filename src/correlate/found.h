/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of an early key: whether its condition holds at one of its contributors, by those that
 * are not settled and the window of those that are. Private to correlate/. One thread.
 */
#pragma once

#include "correlate/engine.h"

#define LOOK_MAX EARLY_LOOK /* contributors looked at for one answer */

/* The latest set that holds, and all there is to show. */
struct found {
	int64_t set_ns, span_ns;
	uint64_t count;
};

/*
 * k as it is settled, or NULL. It does not outlive the next look-up. Of what it has at
 * the watermark itself, which may be settled or not, k knows as well.
 */
struct key *found_settled(struct correlator *c, const struct key *k);

/* At the contributor i: counts, and temporals without an order. */
bool found_count(struct correlator *c, struct key *k, uint32_t i, struct found *f);
bool found_together(struct correlator *c, struct key *k, uint32_t i, struct found *f);
