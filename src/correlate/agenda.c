/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers in event time: a binary heap over the keys, spilled ones too, by the earlier of
 * a key's two timers, so that none is ever stale. Equal times: inner correlations first,
 * then by kind, correlation and birth of the key: the same after a restart.
 */
#include <stdlib.h>

#include "correlate/engine.h"

static int64_t
due_ns(const struct key *k)
{
	return k->judge_ns <= k->clear_ns ? k->judge_ns : k->clear_ns;
}

/* At equal times: what is judged at its moment, slices, deadlines, ends. */
static int
phase(const struct correlation *co, const struct key *k)
{
	if (k->judge_ns > k->clear_ns)
		return 3;
	if (co->type == CORR_TEMPORAL_ORDERED)
		return 2;
	return co->type == CORR_VALUE_PERCENTILE || co->type == CORR_VALUE_SUM ||
	       co->type == CORR_VALUE_AVG;
}

static bool
ties_before(const struct correlator *c, const struct stub *a, const struct stub *b)
{
	const struct correlation *x = &c->rs->corrs[a->corr], *y = &c->rs->corrs[b->corr];
	int px = a->phase, py = b->phase;

	if (x->depth != y->depth)
		return x->depth < y->depth;
	if (px != py)
		return px < py;
	if (a->corr != b->corr)
		return a->corr < b->corr;
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

void
agenda_put(struct correlator *c, struct stub *s, int64_t at_ns, uint8_t now)
{
	struct due d = { at_ns, s };

	if (s->pos != 0 && s->phase == now && c->agenda.heap[s->pos - 1].at_ns == at_ns)
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

void
agenda_set(struct correlator *c, struct key *k)
{
	agenda_put(c, &k->stub, due_ns(k), (uint8_t)phase(key_corr(c, k), k));
}
