/* SPDX-License-Identifier: Apache-2.0 */
/* What rule.c and value.c share. */
#pragma once

#include "model.h"

struct smith {
	struct arena *a;
	struct chance *c;
	const struct truth *t; /* the record at hand */
	unsigned repeats;      /* in the regex at hand */
};

/* The text of b, which is emptied. */
struct str smith_keep(struct smith *s, struct buf *b);

/* A part of text that begins and ends between characters. */
struct str smith_part(struct smith *s, struct str text, bool *head, bool *tail);

void smith_value(struct smith *s, struct str part, struct plain_value *v);
void smith_number(struct smith *s, struct str text, struct plain_value *v);
struct str smith_regex(struct smith *s, struct str text);
void smith_any(struct plain_value *v); /* appends "*" */
