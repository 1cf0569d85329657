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

/* Whether the two hex digits at text[at] are an ASCII letter or digit ("\u0050"). */
bool hits_is_escape(struct str text, size_t at);
