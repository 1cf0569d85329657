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
