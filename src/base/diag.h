/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors in text the user wrote. Every message names file, line and column, shows the
 * line with a caret, and may give a hint. Parsers report and go on; the caller asks at
 * the end. One thread at a time.
 *
 *   rules/x.yaml:3:5: error: unknown key "titel"
 *       3 |     titel: x
 *         |     ^~~~~
 *         = did you mean "title"?
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/str.h"

/* A text and its name in messages. Borrowed; must outlive every view into it. */
struct diag_source {
	const char *name;
	struct str text;
};

struct diag {
	const struct diag_source *src; /* borrowed; what views given below point into */
	FILE *out;                     /* borrowed */
	unsigned errors;
	unsigned warnings;
	unsigned max_shown; /* 0: all; later ones are only counted */
};

/* where must point into d->src->text, or be empty with a NULL ptr: the file as a whole.
 */
void diag_error(struct diag *d, struct str where, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_warn(struct diag *d, struct str where, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds "= text" under the last message. */
void diag_hint(struct diag *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Where diag_row() was last: places that ascend are looked up once together. */
struct diag_cursor {
	const struct diag_source *src;
	size_t at;
	unsigned row;
};

/* The line, from 1. Starts with a cursor of zeros. */
unsigned diag_row(struct diag_cursor *c, const struct diag_source *src, struct str where);

/* Line and column, both from 1, columns in bytes. */
void diag_locate(
	const struct diag_source *src, struct str where, unsigned *row, unsigned *col);
