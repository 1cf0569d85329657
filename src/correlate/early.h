/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A correlator of another kind, over matches in any order: what more matches cannot
 * falsify fires at once. Made and fed here, freed and asked as any correlator is. Private
 * to correlate/. One thread.
 */
#pragma once

#include "correlate/correlator.h"

/* NULL: out of memory. */
struct correlator *early_new(const struct ruleset *rs, const struct correlate_conf *conf);

/* A match, unless an equal one was put before. Outcomes: OUTCOME_FIRED only. */
void early_match(struct correlator *c, const struct match *m);

/* Nothing before it comes any more. */
void early_advance(struct correlator *c, int64_t watermark_ns);
