/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and unmaking of an incident in memory: its id, its key and what its texts need.
 */
#pragma once

#include "incident/state.h"

/*
 * A candidate for the key in i->scratch, which out carries too; in its opener's list (a
 * promise: in theirs), in no table yet. NULL when memory is out.
 */
struct incident *birth_new(struct incidents *i, const struct plan_opener *o,
	const struct outcome *out, bool promise);

/* Its id as the number it is made from. */
uint64_t birth_id(const struct incident *x);

/* x must be in no heap and no table any more. */
void birth_undo(struct incidents *i, struct incident *x);
