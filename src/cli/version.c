/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe version.
 */
#include <stdio.h>

#include "cli/commands.h"
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

const struct command command_version = { .name_z = "version",
	.args_z = "",
	.brief_z = "print the version and what it was built with",
	.text_z = "",
	.examples_z = "  gumshoe version\n",
	.exits_z = "0",
	.options = options,
	.run = run };
