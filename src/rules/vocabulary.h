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

/*
 * A table of words has each beside its meaning, as a macro:
 *
 *   #define MARKS(X) X("order", "The state of an order.") X("pod", "The same of a pod.")
 *   static const struct str marks[] = { MARKS(VOCABULARY_WORD) };
 *   VOCABULARY(vocabulary_marks, "marks", marks, MARKS);
 */
#define VOCABULARY_WORD(word, help) WORD(word),
#define VOCABULARY_HELP(word, help) help,
#define VOCABULARY(variable, name, words, table)                                \
	static const char *const words##_help_z[] = { table(VOCABULARY_HELP) }; \
	const struct vocabulary variable = { name, words, words##_help_z,       \
		ARRAY_LEN(words) }

extern const struct vocabulary vocabulary_keys, vocabulary_logsource,
	vocabulary_categories, vocabulary_modifiers, vocabulary_correlation,
	vocabulary_types, vocabulary_bounds, vocabulary_incident, vocabulary_template,
	vocabulary_marks, vocabulary_tests, vocabulary_log_fields,
	vocabulary_event_fields, vocabulary_pod_fields, vocabulary_volume_fields;

/* All of them, ended by NULL. */
extern const struct vocabulary *const rule_vocabularies[];
