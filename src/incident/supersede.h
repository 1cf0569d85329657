/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which incident explains which: by the rule file, the key and the time. Pure looking up.
 */
#pragma once

#include "incident/state.h"

/* A superseder of x in memory whose span meets [first_ns, end of x], or NULL. */
struct incident *supersede_find(
	const struct incidents *i, const struct incident *x, int64_t first_ns);

/* An incident that a explains and that is not folded yet, or NULL. */
struct incident *supersede_next(const struct incidents *i, const struct incident *a);
