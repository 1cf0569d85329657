/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "rules/words.h"
#include "scan/colours.h"

#define CAP_MIN  ((size_t)256)
#define LINE_MAX 32 /* cues of one line; more are all */

void
hits_init(struct hits *h)
{
	*h = (struct hits){ 0 };
}

void
hits_fini(struct hits *h)
{
	free(h->hit);
	*h = (struct hits){ 0 };
}

void
hits_begin(struct hits *h, struct str text, const unsigned char *wanted)
{
	h->n = h->line = h->line_end = 0;
	h->text = text;
	h->wanted = wanted;
	h->unsorted = h->torn = h->pieces = false;
}

static NEVER_INLINE void
grow(struct hits *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : CAP_MIN;
	struct hit *p = realloc(h->hit, cap * sizeof(*p));

	if (p == NULL) {
		log_error("scan", "out of memory");
		abort();
	}
	h->hit = p;
	h->cap = cap;
}

static inline void
append(struct hits *h, struct hit hit)
{
	if (h->n == h->cap)
		grow(h);
	h->hit[h->n++] = hit;
}

/* Another hit of the line hit last. */
static void
add_same(struct hits *h, uint32_t cue)
{
	struct hit hit = h->hit[h->line];

	for (size_t i = h->line; i < h->n; i++)
		if (h->hit[i].cue == cue || h->hit[i].cue == HIT_ALL)
			return;
	if (cue == HIT_ALL || h->n - h->line == LINE_MAX) {
		h->n = h->line;
		cue = HIT_ALL;
	}
	hit.cue = cue;
	append(h, hit);
}

/* Where the line with the byte at offset at begins, which is not before from. */
static size_t
line_start(const struct hits *h, size_t from, size_t at)
{
	const char *lf = memrchr(h->text.ptr + from, '\n', at - from);

	return lf != NULL ? (size_t)(lf - h->text.ptr) + 1 : from;
}

void
hits_add(struct hits *h, size_t at, uint32_t cue)
{
	struct hit hit = { .at = at, .cue = cue };
	const char *end;

	if (cue != HIT_ALL && h->wanted != NULL && h->wanted[cue] == 0)
		return;
	if (h->unsorted || (h->n > 0 && at < h->hit[h->line].at)) {
		h->unsorted = true; /* hits_end() finds its line */
		append(h, hit);
		return;
	}
	if (h->n > 0 && at <= h->line_end) {
		add_same(h, cue);
		return;
	}
	hit.at = line_start(h, h->n > 0 ? h->line_end + 1 : 0, at);
	end = memchr(h->text.ptr + at, '\n', h->text.len - at);
	h->line_end = end != NULL ? (size_t)(end - h->text.ptr) : h->text.len;
	hit.len = (uint32_t)(h->line_end - hit.at);
	h->line = h->n;
	append(h, hit);
}

void
hits_add_all(struct hits *h, size_t from)
{
	while (from < h->text.len) {
		hits_add(h, from, HIT_ALL);
		from = h->line_end + 1;
	}
}

/* Whether the character c, written as an escape that ends before at, may hide a word. */
static bool
hides(struct hits *h, size_t at, char c)
{
	if (char_is_alnum(c) || c == '/' || c == '\\')
		return true;
	h->torn = h->torn || words_is_phrase(c) || c == '\x1b';
	return c == '\x1b' && at < h->text.len &&
	       colours_split_word(h->text, at - sizeof(HITS_ESCAPE) - 1,
		       h->text.ptr[at] == '[' ? at + 1 : at);
}

/* What most escapes behind a letter are: the end of colours, and of the line. */
static bool
is_last_colour(struct str text, size_t at)
{
	static const char last[] = "1b[0m\\n";

	return text.len - at >= sizeof(last) &&
	       memcmp(text.ptr + at, last, sizeof(last) - 1) == 0;
}

void
hits_add_escape(struct hits *h, size_t at)
{
	int high, low;

	if (at + 2 > h->text.len)
		return;
	if (is_last_colour(h->text, at)) {
		h->torn = true;
		return;
	}
	high = char_hex(h->text.ptr[at]);
	low = char_hex(h->text.ptr[at + 1]);
	if (high >= 0 && high < 8 && low >= 0 &&
		hides(h, at + 2, (char)(high * 16 + low)))
		hits_add(h, at - 1, HIT_ALL);
}

void
hits_add_piece(struct hits *h, size_t at)
{
	if (at == h->text.len || (h->text.ptr[at] != ' ' && h->text.ptr[at] != ':'))
		return;
	h->pieces = true;
	hits_add(h, at - 1, HIT_ALL);
}

static int
by_place(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->cue > y->cue) - (x->cue < y->cue);
}

void
hits_end(struct hits *h)
{
	size_t n = h->n;

	if (!h->unsorted)
		return;
	qsort(h->hit, n, sizeof(h->hit[0]), by_place);
	h->n = h->line = h->line_end = 0;
	h->unsorted = false;
	for (size_t i = 0; i < n; i++) /* never more than were read */
		hits_add(h, h->hit[i].at, h->hit[i].cue);
}
