/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sure to become an incident though its matches have not settled is told at once:
 * a row and a finding with an id of its own. When the incident opens in the settled flow
 * it takes over that id and that it was told; nothing else of a promise enters it, so
 * that settled results are the same with or without. All: 0 or a store error.
 */
#pragma once

#include "incident/state.h"

/* For the key in i->scratch, unless something of it lives or is promised. */
MUST_USE int promise_make(
	struct incidents *i, const struct plan_opener *o, const struct outcome *out);

/*
 * x is about to open: takes over what was promised of its key, if anything was. *as_told:
 * it was, and it told all that there is.
 */
MUST_USE int promise_keep(struct incidents *i, struct incident *x, bool *as_told);

/* What was promised for a time before at_ns and did not come is taken back. */
MUST_USE int promise_break(struct incidents *i, int64_t at_ns);

void promise_free_all(struct incidents *i);
