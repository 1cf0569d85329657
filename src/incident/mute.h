/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who keeps whom quiet: while an incident is open, findings of those it explains (`mutes`
 * in the rule file) are not told; they live on, are stored and listed. A minute after
 * nothing explains one any more it is told after all, unless it has ended. What began
 * longer than `lookback` before the other is not explained by it. In event time, so that
 * a restart or a second reading decides the same. 0 or a store error.
 */
#pragma once

#include "incident/state.h"

/* x is about to be written and told for the first time: is there something above it? */
void mute_check(struct incidents *i, struct incident *x);

/* a is open: what it explains is muted from now on, whether it was told or not. */
MUST_USE int mute_begin(struct incidents *i, const struct incident *a);

/* One of o is open no more: whom nothing else explains is free. */
void mute_end(struct incidents *i, const struct plan_opener *o);

/* a was folded into another, which explains in its name what a does. */
MUST_USE int mute_rename(struct incidents *i, const struct incident *a);

/* x takes over from its promise p. */
void mute_inherit(struct incidents *i, struct incident *x, struct incident *p);

/* All were put back after a restart: what explained them may be gone with its rule. */
void mute_review(struct incidents *i);

/* When the first that is free has to be told, INT64_MAX: never; tells it. */
int64_t mute_deadline(const struct incidents *i);
MUST_USE int mute_tell(struct incidents *i);
