/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual pages, from the same tables as --help and the loaders. Only the build calls
 * this (src/manual.c). Main thread.
 */
#pragma once

#include <stdio.h>

#include "base/compiler.h"
#include "base/str.h"
#include "cli/option.h"

/* gumshoe(1) */
void manual_overview(FILE *out);

/* gumshoe-COMMAND(1) */
void manual_command(const struct command *c, FILE *out);

/*
 * A page of section 5 for what users write: prose that is troff already, with lines in it
 * that become what the loaders know: "@words NAME" a list of words, "@settings top",
 * "inputs" or "outputs" a table of settings. 0, or -1 when there is no such list.
 */
MUST_USE int manual_fill(struct str prose, FILE *out);
