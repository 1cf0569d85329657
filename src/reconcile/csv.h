/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 4180 text, field by field: quotes, doubled quotes, line breaks inside quotes, CRLF
 * or LF, a BOM, and "," ";" or tab between the fields. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#define CSV_FIELDS_MAX 256

struct csv_field {
	struct str where; /* in the text, quotes included: for diagnostics */
	struct str value; /* in the text, or in the arena when quotes were doubled */
};

struct csv {
	struct diag *diag;   /* borrowed */
	struct arena *arena; /* borrowed */
	struct str rest;
	char separator;
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n; /* fields of this row */
};

/* The text is diag->src->text. */
void csv_init(struct csv *c, struct diag *d, struct arena *a);

/* The next row that is not empty. False at the end or after an error (diag counts it). */
bool csv_next(struct csv *c);
