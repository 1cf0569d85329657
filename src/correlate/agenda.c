/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers in event time: a binary heap over the keys, spilled ones too, by the earlier of
 * a key's two timers, so that none is ever stale. Equal times: inner correlations first,
 * then by kind, correlation and birth of the key: the same after a restart.
 */
#include <stdlib.h>

#include "correlate/engine.h"

static bool
ties_before(const struct correlator *c, const struct stub *a, const struct stub *b)
{
	uint32_t m = stub_corr(a), n = stub_corr(b);
	const struct correlation *x = &c->rs->corrs[m], *y = &c->rs->corrs[n];
	int px = a->phase, py = b->phase;

	if (x->depth != y->depth)
		return x->depth < y->depth;
	if (px != py)
		return px < py;
	if (m != n)
		return m < n;
	return a->id < b->id;
}

static bool
comes_before(const struct correlator *c, const struct due *a, const struct due *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return ties_before(c, a->stub, b->stub);
}

/* Four children each: half the levels, and a level's are side by side. */
#define ARITY 4

static void
put(struct agenda *a, size_t pos, struct due d)
{
	a->heap[pos] = d;
	d.stub->pos = (uint32_t)pos + 1;
}

static bool
rise(struct correlator *c, struct due d, size_t pos)
{
	struct agenda *a = &c->agenda;
	size_t from = pos;

	while (pos > 0 && comes_before(c, &d, &a->heap[(pos - 1) / ARITY])) {
		put(a, pos, a->heap[(pos - 1) / ARITY]);
		pos = (pos - 1) / ARITY;
	}
	put(a, pos, d);
	return pos != from;
}

static void
sink(struct correlator *c, struct due d, size_t pos)
{
	struct agenda *a = &c->agenda;

	for (;;) {
		size_t first = pos * ARITY + 1, best = first;

		if (first >= a->len)
			break;
		for (size_t i = first + 1; i < first + ARITY && i < a->len; i++)
			if (comes_before(c, &a->heap[i], &a->heap[best]))
				best = i;
		if (!comes_before(c, &a->heap[best], &d))
			break;
		put(a, pos, a->heap[best]);
		pos = best;
	}
	put(a, pos, d);
}

static void
move(struct correlator *c, struct due d, size_t pos)
{
	if (!rise(c, d, pos))
		sink(c, d, pos);
}

bool
agenda_reserve(struct agenda *a, size_t n)
{
	size_t cap = a->cap > 0 ? a->cap : 64;
	struct due *p;

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

static void
take_out(struct correlator *c, struct stub *s)
{
	struct agenda *a = &c->agenda;
	size_t pos = s->pos - 1;
	struct due last;

	s->pos = 0;
	last = a->heap[--a->len];
	if (last.stub != s)
		move(c, last, pos);
}

static bool
stands(const struct agenda *a, const struct stub *s, int64_t at_ns, uint8_t phase)
{
	return s->pos != 0 && s->phase == phase && a->heap[s->pos - 1].at_ns == at_ns;
}

void
agenda_put(struct correlator *c, struct stub *s, int64_t at_ns, uint8_t now)
{
	struct due d = { at_ns, s };

	if (stands(&c->agenda, s, at_ns, now))
		return;
	s->phase = now;
	if (at_ns == NEVER) {
		if (s->pos != 0)
			take_out(c, s);
	} else if (s->pos == 0) {
		(void)rise(c, d, c->agenda.len++);
	} else
		move(c, d, s->pos - 1);
}

/* At equal times: what is judged at its moment, slices, deadlines, ends. */
void
agenda_set(struct correlator *c, struct key *k)
{
	bool judge = k->judge_ns <= k->clear_ns;
	uint8_t phase = judge ? key_plan(c, k)->phase : 3;
	int64_t at_ns = judge ? k->judge_ns : k->clear_ns;

	if (!stands(&c->agenda, &k->stub, at_ns, phase))
		agenda_put(c, &k->stub, at_ns, phase);
}
