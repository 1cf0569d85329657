/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of all that the rules below a correlation capture, what incidents ask for: where its
 * firing opens one, extends or resolves one, or sets a mark. Immutable once made.
 */
#pragma once

#include "incident/plan.h"
#include "record/outcome.h"

/* By correlation; lives as long as p. NULL: out of memory. */
const struct outcome_asked *asked_new(const struct plan *p);

/*
 * All names by which windows and incidents look for something in a match that has no
 * entry: keys, fields and what asked_new() says. The list is made in a. False: out of
 * memory.
 */
bool asked_names(
	const struct plan *p, struct arena *a, const struct str **names, size_t *n);
