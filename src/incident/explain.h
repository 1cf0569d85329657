/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which open incident explains which, as `mutes` in the rule file says: by rule, key and
 * time. Pure looking up; mute.h makes something of it.
 */
#pragma once

#include "incident/state.h"

/* A way through the incidents of several openers, those that settled and the promised. */
struct explain_look {
	const struct incidents *i;
	const struct plan_mutes *openers;
	size_t n; /* openers begun */
	struct incident *next;
	bool promised;
	const struct mute *mute; /* that led to the one that came last */
};

/* All of these openers; an opener's mutes are whom its incidents may explain. */
struct explain_look explain_look_at(
	const struct incidents *i, const struct plan_mutes *openers);

/* The next one, which no call in between may undo; NULL: the end. */
struct incident *explain_next(struct explain_look *l);

/* The same, but only those that say that a explains them, or did. */
struct incident *explain_next_named(struct explain_look *l, const struct incident *a);

/* Whether a explains x, by the mute that led to one of them. */
bool explain_holds(
	const struct mute *m, const struct incident *a, const struct incident *x);

/* What explains x, or NULL. */
struct incident *explain_find(const struct incidents *i, const struct incident *x);
