/* SPDX-License-Identifier: Apache-2.0 */
#include "correlate/arrivals.h"

#include <string.h>

#include "base/time.h"

#define PER_KEY 1024 /* contributors kept of one key */

void
arrivals_free_text(struct correlator *c, struct arrival *x)
{
	pool_free(&c->pool, x->text, x->len);
	x->text = NULL;
}

static void
drop_first(struct correlator *c, struct early *e)
{
	arrivals_free_text(c, arrival_at(e, 0));
	e->head++;
	e->len--;
	c->n_entries--;
}

void
arrivals_free(struct correlator *c, struct key *k)
{
	struct early *e = k->early;

	while (e->len > 0)
		drop_first(c, e);
	pool_free(&c->pool, e->list, e->cap * sizeof(*e->list));
	pool_free(&c->pool, e->told, e->told_cap * sizeof(*e->told));
	pool_free(&c->pool, e, sizeof(*e));
}

void
arrivals_prune(struct correlator *c, struct key *k)
{
	struct early *e = k->early;
	uint32_t to = 0;

	while (e->len > 0 && arrival_at(e, 0)->at_ns < c->now_ns)
		drop_first(c, e);
	for (uint32_t i = 0; i < e->n_told; i++)
		if (time_add(e->told[i].to_ns, 1) >= c->now_ns)
			e->told[to++] = e->told[i];
	e->n_told = to;
}

static int
compare(const struct arrival *a, const struct arrival *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->source_id != b->source_id)
		return a->source_id < b->source_id ? -1 : 1;
	if (a->place.offset != b->place.offset)
		return a->place.offset < b->place.offset ? -1 : 1;
	if (a->place.ordinal != b->place.ordinal)
		return a->place.ordinal < b->place.ordinal ? -1 : 1;
	if (a->ref != b->ref)
		return a->ref < b->ref ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static bool
make_room(struct correlator *c, struct key *k)
{
	struct early *e = k->early;
	uint32_t cap = e->cap > 0 ? 2 * e->cap : 1;
	struct arrival *list;

	if (e->len >= PER_KEY || !key_room(c, k)) {
		c->counts.full += e->len < PER_KEY;
		if (e->len == 0)
			return false;
		drop_first(c, e);
	}
	if (e->head + e->len < e->cap)
		return true;
	if (e->head > e->cap / 2) {
		memmove(e->list, arrival_at(e, 0), e->len * sizeof(*list));
		e->head = 0;
		return true;
	}
	list = pool_alloc(&c->pool, cap * sizeof(*list));
	if (list == NULL)
		return false;
	if (e->len > 0)
		memcpy(list, arrival_at(e, 0), e->len * sizeof(*list));
	pool_free(&c->pool, e->list, e->cap * sizeof(*list));
	e->list = list;
	e->cap = cap;
	e->head = 0;
	return true;
}

uint32_t
arrivals_insert(struct correlator *c, struct key *k, struct arrival *in)
{
	struct early *e = k->early;
	uint32_t i = e->len;

	while (i > 0 && compare(arrival_at(e, i - 1), in) > 0)
		i--;
	if (i > 0 && compare(arrival_at(e, i - 1), in) == 0) {
		struct arrival *old = arrival_at(e, i - 1);

		if (in->first_ns <= old->first_ns)
			return UINT32_MAX;
		old->first_ns = in->first_ns;
		old->span_ns = in->span_ns;
		return i - 1;
	}
	if (!make_room(c, k))
		return UINT32_MAX;
	i = i < e->len ? i : e->len;
	while (i > 0 && compare(arrival_at(e, i - 1), in) > 0)
		i--;
	memmove(arrival_at(e, i + 1), arrival_at(e, i), (e->len - i) * sizeof(*in));
	*arrival_at(e, i) = *in;
	e->len++;
	c->n_entries++;
	return i;
}

bool
arrival_is_same(const struct arrival *a, const struct arrival *b)
{
	return a->source_id == b->source_id && a->place.offset == b->place.offset &&
	       a->place.ordinal == b->place.ordinal;
}

bool
arrivals_told(struct early *e, int64_t from_ns, int64_t to_ns)
{
	for (uint32_t i = 0; i < e->n_told; i++) {
		struct gap *t = &e->told[i];

		if (from_ns > time_add(t->to_ns, 1) || t->from_ns > time_add(to_ns, 1))
			continue;
		t->from_ns = from_ns < t->from_ns ? from_ns : t->from_ns;
		t->to_ns = to_ns > t->to_ns ? to_ns : t->to_ns;
		return true;
	}
	return false;
}

/* Of too many the one that ended first may be told again. */
static bool
make_told_room(struct correlator *c, struct early *e)
{
	uint32_t cap = e->told_cap > 0 ? 2 * e->told_cap : 1, oldest = 0;
	struct gap *told = e->n_told == e->told_cap && cap <= EARLY_TOLD
				   ? pool_alloc(&c->pool, cap * sizeof(*told))
				   : NULL;

	if (e->n_told < e->told_cap)
		return true;
	if (told == NULL && e->n_told > 0) {
		for (uint32_t i = 1; i < e->n_told; i++)
			if (e->told[i].to_ns < e->told[oldest].to_ns)
				oldest = i;
		e->told[oldest] = e->told[--e->n_told];
		return true;
	}
	if (told == NULL)
		return false;
	if (e->n_told > 0)
		memcpy(told, e->told, e->n_told * sizeof(*told));
	pool_free(&c->pool, e->told, e->told_cap * sizeof(*told));
	e->told = told;
	e->told_cap = cap;
	return true;
}

void
arrivals_tell(struct correlator *c, struct early *e, int64_t from_ns, int64_t to_ns)
{
	if (make_told_room(c, e))
		e->told[e->n_told++] = (struct gap){ from_ns, to_ns };
}
