/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 with JIT: the meaning of a regex. A struct regex is shared by threads; searches
 * are in rules/search.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define REGEX_PATTERN_MAX 8192

struct regex;

enum regex_flags { REGEX_CASELESS = 1, REGEX_MULTILINE = 2, REGEX_DOTALL = 4 };

/* NULL: the text in error[cap], NUL-terminated, and *pos say why and where. */
struct regex *regex_new(
	struct str pattern, unsigned flags, char *error, size_t cap, size_t *pos);
void regex_free(struct regex **pr);

/* Whether the pattern works on characters (then folding case is Unicode's), not on bytes.
 */
bool regex_is_utf(struct str pattern);

/* Whether it was compiled with REGEX_CASELESS; whether rules/risk.h warns of it. */
bool regex_is_caseless(const struct regex *r);
bool regex_is_risky(const struct regex *r);

/* Names of (?P<name>...) groups: view valid as long as the regex; i < count. */
size_t regex_capture_count(const struct regex *r);
struct str regex_capture_name(const struct regex *r, size_t i);

/* Whether several groups have one name. */
bool regex_repeats_names(const struct regex *r);
