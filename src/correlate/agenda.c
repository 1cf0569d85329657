/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers in event time: a binary heap over the keys, by the earlier of a key's two
 * timers, so that none is ever stale. Equal times: inner correlations first, then by
 * kind, correlation and birth of the key: the same after a restart.
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
ties_before(const struct correlator *c, const struct key *a, const struct key *b)
{
	const struct correlation *x = key_corr(c, a), *y = key_corr(c, b);
	int px = phase(x, a), py = phase(y, b);

	if (x->depth != y->depth)
		return x->depth < y->depth;
	if (px != py)
		return px < py;
	if (a->ident.corr != b->ident.corr)
		return a->ident.corr < b->ident.corr;
	return a->id < b->id;
}

static bool
comes_before(const struct correlator *c, const struct due *a, const struct due *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return ties_before(c, a->key, b->key);
}

static void
put(struct agenda *a, size_t pos, struct due d)
{
	a->heap[pos - 1] = d;
	d.key->pos = (uint32_t)pos;
}

static void
rise(struct correlator *c, struct due d, size_t pos)
{
	struct agenda *a = &c->agenda;

	for (; pos > 1 && comes_before(c, &d, &a->heap[pos / 2 - 1]); pos /= 2)
		put(a, pos, a->heap[pos / 2 - 1]);
	put(a, pos, d);
}

static void
sink(struct correlator *c, struct due d, size_t pos)
{
	struct agenda *a = &c->agenda;

	for (size_t down = 2 * pos; down <= a->len; pos = down, down *= 2) {
		if (down < a->len && comes_before(c, &a->heap[down], &a->heap[down - 1]))
			down++;
		if (!comes_before(c, &a->heap[down - 1], &d))
			break;
		put(a, pos, a->heap[down - 1]);
	}
	put(a, pos, d);
}

static void
move(struct correlator *c, struct due d, size_t pos)
{
	if (pos > 1 && comes_before(c, &d, &c->agenda.heap[pos / 2 - 1]))
		rise(c, d, pos);
	else
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
take_out(struct correlator *c, struct key *k)
{
	struct agenda *a = &c->agenda;
	size_t pos = k->pos;
	struct due last;

	k->pos = 0;
	last = a->heap[--a->len];
	if (last.key != k)
		move(c, last, pos);
}

void
agenda_set(struct correlator *c, struct key *k)
{
	struct due d = { due_ns(k), k };

	if (d.at_ns == NEVER) {
		if (k->pos != 0)
			take_out(c, k);
	} else if (k->pos == 0)
		rise(c, d, ++c->agenda.len);
	else
		move(c, d, k->pos);
}
