/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files and folders become a ruleset. Everything the profile does not know is
 * refused with file, line, column, the line, and a hint. At start-up and reload; one
 * thread.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"
#include "rules/ruleset.h"

/* paths: files, or folders read recursively for *.yaml and *.yml in byte order. Messages
 * go to out. 0, or -1 when anything was an error (every error is reported). */
MUST_USE int rules_load(
	const char *const *paths_z, size_t n, FILE *out, struct ruleset **rs);

/* The same from one text, for tests: name is what messages call it. */
MUST_USE int rules_load_text(
	const char *name, struct str text, FILE *out, struct ruleset **rs);
