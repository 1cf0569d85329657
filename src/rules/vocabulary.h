/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that rule files are made of, as the loader's own tables have them, each with
 * its meaning: for the manual. Any thread.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

struct vocabulary {
	const char *name_z; /* "modifiers" */
	const struct str *words;
	const char *const *help_z; /* prose, `backquotes` for what is typed */
	size_t n;
};

/* A table of words and the table of their meanings, which must be as long. */
#define VOCABULARY(variable, name, words, help)                                    \
	_Static_assert(                                                            \
		ARRAY_LEN(words) == ARRAY_LEN(help), "each word has its meaning"); \
	const struct vocabulary variable = { name, words, help, ARRAY_LEN(words) }

extern const struct vocabulary vocabulary_keys, vocabulary_logsource,
	vocabulary_categories, vocabulary_modifiers, vocabulary_correlation,
	vocabulary_types, vocabulary_bounds, vocabulary_incident, vocabulary_template,
	vocabulary_marks, vocabulary_tests, vocabulary_log_fields,
	vocabulary_event_fields, vocabulary_pod_fields, vocabulary_volume_fields;

/* All of them, ended by NULL. */
extern const struct vocabulary *const rule_vocabularies[];
