/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe version.
 */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/topics.h"
#include "scan/prefilter.h"

static const struct option_row *const options[] = { &option_help, NULL };

static int
run(const struct options *o)
{
	(void)o;
	printf("gumshoe %s\nscan engine: %s\nrules: %s\n", PACKAGE_VERSION,
		prefilter_engine_z(), RULES_DIR);
	return 0;
}

static const struct example examples[] = { { "What is this?", "gumshoe version" },
	{ 0 } };

static const struct topic exits[] = { { "0", "it was printed" }, { 0 } };

const struct command command_version = { .name_z = "version",
	.args_z = "",
	.brief_z = "print the version and what it was built with",
	.text_z =
		"Says the version, the engine that finds candidate lines, and where the "
		"shipped rules are.",
	.examples = examples,
	.exits = exits,
	.options = options,
	.run = run };
