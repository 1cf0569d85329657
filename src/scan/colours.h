/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours (ESC [ ... m, also with ESC as JSON escapes it) in raw lines: where they may
 * hide a word, and whether a phrase is there without them. Private to scan/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "scan/hits.h"

/*
 * A colour begins at offset from, its parameters at offset at: does it stand between two
 * letters or digits, or behind a slash? What is written with yet another escape is taken
 * for a letter.
 */
bool colours_split_word(struct str text, size_t from, size_t at);

/* Length of the colour that s begins with, or 0. */
size_t colours_len(struct str s);

/* Where the colour begins that ends before offset at, or SIZE_MAX. */
size_t colours_before(struct str text, size_t at);

/* Adds the line if an ESC at offset at begins a colour between two letters. */
void colours_add(struct hits *h, size_t at);

/* Adds all lines with a colour between two letters. */
void colours_find(struct hits *h);

/* The line that was looked at last: lower case, without colours. */
struct colours_line {
	char *text; /* owned */
	size_t len;
};

void colours_line_fini(struct colours_line *l);

/*
 * Drops the hits of cues whose phrase is not in their line. h is complete; phrase is by
 * cue. Hits for every rule stay, and those of lines too long or with other escapes.
 */
void colours_sift(struct colours_line *l, struct hits *h, const struct str *phrase);
