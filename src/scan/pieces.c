/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a line ends where a quote that no backslash escapes stands: behind the
 * escaped LF if it is whole. An escaped backslash and an n look alike; such a line is
 * added, too.
 */
#include "scan/pieces.h"

#include <string.h>

#include "base/bytes.h"

#define BLOCK 64

struct state {
	struct bytes_masks last; /* of the block before */
	bool whole;              /* the line at hand has its escaped LF */
};

/* Bits on which a text ends with an escaped LF: its quote. */
static uint64_t
ends(const struct bytes_masks *m, const struct bytes_masks *last)
{
	uint64_t back2 = m->backslash << 2 | last->backslash >> 62;
	uint64_t back3 = m->backslash << 3 | last->backslash >> 61;
	uint64_t n = m->n << 1 | last->n >> 63;

	return m->quote & n & back2 & ~back3;
}

static void
take(struct state *s, struct hits *h, size_t at, const struct bytes_masks *m)
{
	uint64_t quotes = ends(m, &s->last);
	uint64_t lf = m->lf;

	while (lf != 0) {
		unsigned bit = (unsigned)__builtin_ctzll(lf);
		uint64_t before = (UINT64_C(1) << bit) - 1;

		if (!s->whole && (quotes & before) == 0) {
			h->pieces = true;
			hits_add(h, at + bit, HIT_ALL);
		}
		s->whole = false;
		quotes &= ~before;
		lf &= lf - 1;
	}
	s->whole = s->whole || quotes != 0;
	s->last = *m;
}

void
pieces_find(struct hits *h)
{
	bytes_masks_fn *masks = bytes_masks_best();
	struct state s = { .whole = false };
	struct bytes_masks m;
	char rest[BLOCK] = { 0 };
	size_t at = 0;

	for (; h->text.len - at >= BLOCK; at += BLOCK) {
		masks(h->text.ptr + at, &m);
		take(&s, h, at, &m);
	}
	if (at < h->text.len)
		memcpy(rest, h->text.ptr + at, h->text.len - at);
	masks(rest, &m);
	take(&s, h, at, &m);
}
