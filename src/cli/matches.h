/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matches of a batch in any output format: a grep with rules. Main thread.
 */
#pragma once

#include "base/compiler.h"
#include "cli/option.h"
#include "pipeline/batch.h"

/* After batch_read(): all of them, in order. EXIT_FOUND, 0 for none, or an exit code. */
MUST_USE int matches_print(
	struct batch *b, const struct ruleset *rs, const struct options *o);
