/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers in event time: a binary heap over timers that are parts of their keys, so that
 * one can be moved or taken out, and none is ever stale.
 */
#include <stdlib.h>

#include "correlate/engine.h"

static bool
comes_before(const struct correlator *c, const struct timer *a, const struct timer *b)
{
	uint32_t x = a->key->corr, y = b->key->corr;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	if (c->rs->corrs[x].depth != c->rs->corrs[y].depth)
		return c->rs->corrs[x].depth < c->rs->corrs[y].depth;
	if (a->phase != b->phase)
		return a->phase < b->phase;
	return x != y ? x < y : a->seq < b->seq;
}

static void
put(struct agenda *a, size_t pos, struct timer *t)
{
	a->heap[pos - 1] = t;
	t->pos = pos;
}

static void
rise(struct correlator *c, struct timer *t, size_t pos)
{
	struct agenda *a = &c->agenda;

	for (; pos > 1 && comes_before(c, t, a->heap[pos / 2 - 1]); pos /= 2)
		put(a, pos, a->heap[pos / 2 - 1]);
	put(a, pos, t);
}

static void
sink(struct correlator *c, struct timer *t, size_t pos)
{
	struct agenda *a = &c->agenda;

	for (size_t down = 2 * pos; down <= a->len; pos = down, down *= 2) {
		if (down < a->len && comes_before(c, a->heap[down], a->heap[down - 1]))
			down++;
		if (!comes_before(c, a->heap[down - 1], t))
			break;
		put(a, pos, a->heap[down - 1]);
	}
	put(a, pos, t);
}

bool
agenda_reserve(struct agenda *a, size_t n)
{
	size_t cap = a->cap > 0 ? a->cap : 64;
	struct timer **p;

	if (n <= a->cap)
		return true;
	while (cap < n)
		cap *= 2;
	p = realloc(a->heap, cap * sizeof(*p));
	if (p == NULL)
		return false;
	a->heap = p;
	a->cap = cap;
	return true;
}

void
agenda_unset(struct correlator *c, struct timer *t)
{
	struct agenda *a = &c->agenda;
	struct timer *last;
	size_t pos = t->pos;

	if (pos == 0)
		return;
	t->pos = 0;
	last = a->heap[--a->len];
	if (last == t)
		return;
	if (pos > 1 && comes_before(c, last, a->heap[pos / 2 - 1]))
		rise(c, last, pos);
	else
		sink(c, last, pos);
}

void
agenda_set(struct correlator *c, struct timer *t, int64_t at_ns, enum phase phase)
{
	agenda_unset(c, t);
	t->at_ns = at_ns;
	t->phase = phase;
	t->seq = c->agenda.seq++;
	rise(c, t, ++c->agenda.len);
}
