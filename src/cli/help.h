/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --help prints, from the tables of option.h. Main thread.
 */
#pragma once

#include <stdio.h>

#include "cli/option.h"

#define PROGRAM_BRIEF \
	"follows every order and every pod: logs and events in, incidents out"

/* All commands, one line each. */
void help_overview(FILE *out);

void help_command(const struct command *c, FILE *out);

/* "-r, --rules PATH"; without a letter: "    --store FILE". Valid in buf. */
const char *help_option(const struct option_row *row, char *buf, size_t size);
