/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scan says on stderr of what it read, beside its answer. Main thread.
 */
#pragma once

#include "cli/option.h"
#include "pipeline/batch.h"

/* With --stats all of them; unless --quiet, what a person should know anyway. */
void counts_print(const struct options *o, const struct batch_counts *c);

/*
 * When nothing matched: logs that no rule is for, since their file's name says a service
 * that rules do not know.
 */
void counts_strangers(
	const struct options *o, const struct ruleset *rs, const struct batch *b);
