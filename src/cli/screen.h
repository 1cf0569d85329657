/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How text goes to a person: width, colour, zone, and no control bytes but our own. Main
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/option.h"

struct screen {
	FILE *out;
	size_t width;
	bool window; /* width is that of a window (or COLUMNS); a pipe has none */
	bool color;
	bool utf8;
	const struct time_zone *zone;
};

void screen_init(struct screen *s, const struct options *o, FILE *out);

enum shade {
	SHADE_NONE,
	SHADE_DIM,
	SHADE_BOLD,
	SHADE_RED,
	SHADE_YELLOW,
	SHADE_GREEN,
	SHADE_BLUE
};

/* The colour and the one-character mark of a level ("critical"). Never colour alone. */
enum shade screen_level_shade(struct str level);
const char *screen_level_mark_z(const struct screen *s, struct str level);

/* Prints text, made visible and cut to at most width columns ("..." at the end). */
void screen_text(const struct screen *s, enum shade shade, struct str text, size_t width);

/* The same, filled up with blanks to exactly width columns. */
void screen_cell(const struct screen *s, enum shade shade, struct str text, size_t width);

/*
 * Prints text, made visible, from column indent on; what does not fit goes on in the next
 * line below it, broken between words. After so many lines the rest is cut ("...").
 */
void screen_paragraph(const struct screen *s, enum shade shade, struct str text,
	size_t indent, size_t lines);

/* The same of a path: its end says more than its begin, which is cut ("..."). */
void screen_path(const struct screen *s, enum shade shade, struct str path, size_t width);

/* Columns that text takes. */
size_t screen_columns(struct str text);

/* "2025-10-28 10:04:45" in the screen's zone, with date or without; TIME_NONE: nothing.
 */
void screen_at(const struct screen *s, struct buf *b, int64_t at_ns, bool with_date);

/* The same of an RFC 3339 text. */
void screen_time(
	const struct screen *s, struct buf *b, struct str rfc3339, bool with_date);

/* The screen's zone at that time: "UTC" or "+05:30". */
void screen_zone(const struct screen *s, struct buf *b, struct str rfc3339);
