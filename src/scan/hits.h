/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine found in one text, reduced to one hit per line and cue. Private to
 * scan/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "record/hit.h"

struct hits {
	struct hit *hit; /* owned */
	size_t n, cap;
	struct str text;             /* borrowed */
	const unsigned char *wanted; /* by cue, borrowed; NULL: all */
	size_t line;                 /* first hit of the line that was hit last */
	size_t line_end;             /* of that line */
	bool unsorted;
	bool pieces; /* a line goes on in the next one */
	bool torn;   /* a phrase may be there in another spelling, its word is not */
};

void hits_init(struct hits *h);
void hits_fini(struct hits *h);

/* A new text; keeps the memory. */
void hits_begin(struct hits *h, struct str text, const unsigned char *wanted);

/* The byte at offset at belongs to a cue. In any order. Ends the program without memory.
 */
void hits_add(struct hits *h, size_t at, uint32_t cue);

/* All lines from the one with the byte at offset from on, for every rule. */
void hits_add_all(struct hits *h, size_t from);

/* What is looked for besides cues. */
#define HITS_ESCAPE    "\\u00"
#define HITS_SLASH     "\\/"   /* how some write "/" */
#define HITS_COLOUR    "\x1b[" /* colours_find() */
#define HITS_PIECE_OUT " stdout P"
#define HITS_PIECE_ERR " stderr P"

/*
 * HITS_ESCAPE ends before text[at]: the line is hit if a word may be hidden there: an
 * escape of a letter, a digit, a slash or a backslash (of another escape), or a colour
 * between two letters. Other escapes may tear a phrase.
 */
void hits_add_escape(struct hits *h, size_t at);

/* A CRI tag "P" ends at text[at]: the line goes on in another one. */
void hits_add_piece(struct hits *h, size_t at);

/* After the last one: ascending by line, each cue of a line once. */
void hits_end(struct hits *h);
