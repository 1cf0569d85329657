/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration and rules that a daemon goes by for a time: those of its start or of a
 * reload. One thread.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "cli/option.h"
#include "conf/settings.h"
#include "rules/ruleset.h"

struct generation {
	const struct settings *settings; /* in arena */
	struct arena *arena;
	struct ruleset *rules;
	int64_t number;
};

/*
 * Reads the file and the rules that o names, and runs the rules' tests. 0, or an exit
 * status after messages; then g has nothing to free.
 */
int generation_load(const struct options *o, struct generation *g);
void generation_fini(struct generation *g);

/* Logs which settings of g are others than before, and which of them wait for a start. */
void generation_tell(const struct generation *before, const struct generation *g);
