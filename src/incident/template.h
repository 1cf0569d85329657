/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Titles and where-values: text with {name} in it. {{ is a brace. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "record/record.h"

struct template_values {
	const struct field *fields; /* keys, then captures; the first of a name counts */
	size_t n_fields;
	uint64_t count;
	const struct field *counts; /* {count:RULE}: rule and its number as text */
	size_t n_counts;
	int64_t first_ns, last_ns;
};

/* Appends; what is not known becomes "unknown". False when some name was not known. */
bool template_render(struct buf *b, struct str text, const struct template_values *v);

/* A name in the text stands for a field called name. */
bool template_uses(struct str text, struct str name);

/* Some {count:RULE} is in the text. */
bool template_counts(struct str text);

/* At most max bytes of s, cut between characters. */
struct str template_cut(struct str s, size_t max);
