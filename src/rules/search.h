/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches of texts for regexes, behind limits on matches, depth, heap, steps and length.
 * A struct search is one thread's; it shares each struct regex with others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/record.h"
#include "rules/regex.h"

#define SEARCH_TEXT_MAX  ((size_t)64 * 1024) /* only this much of a text is searched */
#define SEARCH_RISKY_MAX ((size_t)4096)      /* no risky pattern is tried on more */

struct search;

struct search *search_new(void);
void search_free(struct search **ps);

/*
 * Other texts: from now on they stay what and where they are until the next call, so what
 * was learnt of one is kept. A sample is counted even where nothing seems slow.
 */
void search_begin(struct search *s, bool sample);

enum search_answer { SEARCH_NO, SEARCH_YES, SEARCH_ERROR };

/*
 * Whether r matches in text (in its first SEARCH_TEXT_MAX bytes). A search beyond its
 * limits is an error, and so is one of a risky pattern (rules/risk.h) in more than
 * SEARCH_RISKY_MAX bytes that could match.
 */
enum search_answer search_text(struct search *s, struct regex *r, struct str text);

/*
 * Whether search_text() is sure to say no, as far as it is seen at a glance: where the
 * last search for r found nothing, what every match has is looked for.
 */
bool search_is_out(const struct regex *r, struct str text);

/* Of the last search, which said yes: where the match begins and where it is over. */
void search_place(const struct search *s, size_t *from, size_t *to);

#define SEARCH_ALL UINT64_MAX

/*
 * Those of its captures that are set and that which has a bit of (the first name's is the
 * lowest), at most max of them, views into text: how many.
 */
size_t search_captures(const struct search *s, const struct regex *r, uint64_t which,
	struct str text, struct field *out, size_t max);

/*
 * How much was taken beyond what is anybody's due, counted in steps, the same in every
 * run: since the last call, of all searches.
 */
uint64_t search_slow(struct search *s);
