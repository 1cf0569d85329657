/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hits of an engine in one text, reduced to one per line. Private to scan/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct hits {
	size_t *at; /* owned */
	size_t n, cap;
	struct str text; /* borrowed */
	size_t line_end; /* of the line that was hit last */
};

void hits_init(struct hits *h);
void hits_fini(struct hits *h);

/* A new text; keeps the memory. */
void hits_begin(struct hits *h, struct str text);

/* The byte at offset at belongs to a word. at does not go back. Ends the program without
 * memory. */
void hits_add(struct hits *h, size_t at);

/* What both engines look for besides the words; others stand for themselves. */
#define HITS_ESCAPE "\\u00"
#define HITS_COLOUR "\x1b["

/* Pieces of a line: a word may go on in the next one. */
#define HITS_PIECE_OUT "stdout P"
#define HITS_PIECE_ERR "stderr P"

/*
 * HITS_ESCAPE or HITS_COLOUR ends before text[at]. Whether a word may be hidden there:
 * the two hex digits are an ASCII letter, a digit or a backslash (of another escape), or
 * a colour stands between two letters.
 */
bool hits_is_escape(struct str text, size_t at);
bool hits_is_colour(struct str text, size_t at);
