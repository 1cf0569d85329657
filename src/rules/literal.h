/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of cues one of which must stand in every text that something matches, and the set
 * of a regex. Private to rules/; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

#define WORDS_MIN_LEN  3
#define WORDS_MAX      32768 /* in one set */
#define PHRASE_MAX_LEN 32    /* more of a literal makes no scan faster */

/*
 * Its phrase stands in the text, and its word within the literal that has the phrase:
 * both lower case. exact is the phrase in the only case in which it counts; empty: any.
 */
struct cue {
	struct str phrase, word, exact;
	const struct margin *margin; /* of the phrase; may be NULL */
};

/* n == 0: nothing is sure. Cues are views into an arena. */
struct words {
	struct cue *cue;
	size_t n, cap; /* behind n there is room for whoever made the set */
	size_t weight; /* of the cue that narrows least */
};

/* The set of one cue: the longest run of phrase characters that has a word. */
struct words words_of_text(struct arena *a, struct str text, bool cased);

/* Whichever narrows more: when both must hold. */
struct words words_best(struct words x, struct words y);

/* When one of them holds: all cues of both, or none if one has none. x is not used again.
 */
struct words words_either(struct arena *a, struct words x, struct words y);

/*
 * What every match of a PCRE2 pattern contains. Errs to none: anything unusual in the
 * pattern gives none. cased: it was not compiled to be caseless. Memory for the work and
 * the result comes from a.
 */
struct words words_of_regex(struct arena *a, struct str pattern, bool cased);
