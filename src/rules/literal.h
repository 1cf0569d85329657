/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of words one of which must stand in every text that something matches, and the set
 * of a regex. Private to rules/; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

#define WORDS_MIN_LEN 3
#define WORDS_MAX     1024 /* in one set */

/* n == 0: nothing is sure. Words are views into an arena, lower case. */
struct words {
	struct str *word;
	size_t n;
	size_t shortest; /* length of the shortest one */
};

/* The set of one word: the longest run of ASCII letters and digits in text. */
struct words words_of_text(struct arena *a, struct str text);

/* Whichever narrows more: when both must hold. */
struct words words_best(struct words x, struct words y);

/* When one of them holds: all words of both, or none if one has none. */
struct words words_either(struct arena *a, struct words x, struct words y);

/*
 * What every match of a PCRE2 pattern contains. Errs to none: anything unusual in the
 * pattern gives none. Memory for the work and the result comes from a.
 */
struct words words_of_regex(struct arena *a, struct str pattern);
