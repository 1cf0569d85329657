/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains as far as they have come, each in a state of the plan. Without a `not` the ones
 * that began last are kept: of two in one state an older start with a later end is worse
 * in everything. With a `not` each start is a wait of its own, and the first counts.
 */
#include <string.h>

#include "correlate/engine.h"

#define PER_STATE 16 /* starts of one state kept, where more than two are of use */

/*
 * Links over rules only come in the order of their records: of those at one moment a
 * later one is of another record, unless it is again of the same.
 */
static bool
keeps_ends(const struct plan *pl)
{
	return pl->chain.spans || pl->corr->has_not;
}

/* With one_ends, and without a `not`, none of them is ever kept. */
static bool
keeps_seen(const struct plan *pl)
{
	return pl->corr->has_not && !pl->chain.one_ends;
}

/* Whether the link begins after the chain's last record. */
static bool
is_later(const struct cands *cs, uint32_t i, const struct chain_link *l)
{
	const struct cand *c = &cs->list[i];
	const struct cand_end *e, *le = &l->end;

	if (l->first_ns != c->last_ns)
		return l->first_ns > c->last_ns;
	if (cs->ends == NULL)
		return !c->fresh;
	e = &cs->ends[i];
	if (le->source_id != e->source_id)
		return le->source_id > e->source_id;
	if (le->place.offset != e->place.offset)
		return le->place.offset > e->place.offset;
	return le->place.ordinal > e->place.ordinal;
}

/* Whether the chain ends in the record of `in`, which is new. */
static bool
is_same_record(const struct cands *cs, uint32_t i, const struct chain *in)
{
	const struct cand_end *e;

	if (cs->list[i].last_ns != in->cand.last_ns)
		return false;
	if (cs->ends == NULL)
		return cs->list[i].fresh;
	e = &cs->ends[i];
	return e->source_id == in->end.source_id &&
	       e->place.offset == in->end.place.offset &&
	       e->place.ordinal == in->end.place.ordinal;
}

struct chain
chain_at(const struct cands *cs, uint32_t i)
{
	struct chain c = { .cand = cs->list[i] };

	if (cs->ends != NULL)
		c.end = cs->ends[i];
	else
		c.end.span_ns = c.cand.first_ns;
	return c;
}

static void
set(struct cands *cs, uint32_t i, const struct chain *c)
{
	cs->list[i] = c->cand;
	if (cs->ends != NULL)
		cs->ends[i] = c->end;
}

static bool
grow(struct pool *p, const struct plan *pl, struct cands *cs)
{
	uint32_t cap = cs->cap < 4 ? cs->cap + 1 : 2 * cs->cap;
	struct cands to = { .len = cs->len, .cap = cap };

	to.list = pool_alloc(p, cap * sizeof(*to.list));
	if (to.list != NULL && keeps_ends(pl))
		to.ends = pool_alloc(p, cap * sizeof(*to.ends));
	if (to.ends != NULL && keeps_seen(pl))
		to.seen = pool_alloc(p, cap * sizeof(*to.seen));
	if (to.list == NULL || (to.ends == NULL && keeps_ends(pl)) ||
		(to.seen == NULL && keeps_seen(pl))) {
		chain_free(p, &to);
		return false;
	}
	for (uint32_t i = 0; i < cs->len; i++) {
		to.list[i] = cs->list[i];
		if (to.ends != NULL)
			to.ends[i] = cs->ends[i];
		if (to.seen != NULL)
			to.seen[i] = cs->seen[i];
	}
	chain_free(p, cs);
	*cs = to;
	return true;
}

bool
chain_add(struct pool *p, const struct plan *pl, struct cands *cs, const struct chain *in,
	const struct refset *seen)
{
	if (cs->len == cs->cap && !grow(p, pl, cs))
		return false;
	if (cs->seen != NULL)
		cs->seen[cs->len] = *seen;
	set(cs, cs->len++, in);
	return true;
}

void
chain_remove(struct cands *cs, uint32_t i)
{
	size_t n = --cs->len - i;

	memmove(&cs->list[i], &cs->list[i + 1], n * sizeof(*cs->list));
	if (cs->ends != NULL)
		memmove(&cs->ends[i], &cs->ends[i + 1], n * sizeof(*cs->ends));
	if (cs->seen != NULL)
		memmove(&cs->seen[i], &cs->seen[i + 1], n * sizeof(*cs->seen));
}

void
chain_swap(struct cands *cs, uint32_t i, uint32_t k)
{
	struct chain a = chain_at(cs, i), b = chain_at(cs, k);
	struct refset s = chain_seen(cs, i);

	set(cs, i, &b);
	set(cs, k, &a);
	if (cs->seen == NULL)
		return;
	cs->seen[i] = cs->seen[k];
	cs->seen[k] = s;
}

void
chain_slide(struct cands *cs, int64_t from_ns)
{
	for (uint32_t i = cs->len; i-- > 0;)
		if (cs->list[i].first_ns < from_ns)
			chain_remove(cs, i);
}

void
chain_free(struct pool *p, struct cands *cs)
{
	pool_free(p, cs->list, cs->cap * sizeof(*cs->list));
	pool_free(p, cs->ends, cs->cap * sizeof(*cs->ends));
	pool_free(p, cs->seen, cs->cap * sizeof(*cs->seen));
	*cs = (struct cands){ 0 };
}

/* The list is in the order of ends; the newest of a state has its latest start. */
static bool
keep_latest(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain *in, uint64_t *full)
{
	const struct refset none = { 0 };
	uint32_t most = pl->chain.spans ? PER_STATE : 2, n = 0, oldest = 0;

	if (pl->chain.states[in->cand.state].whole)
		most = 1; /* nothing follows it */

	for (uint32_t i = cs->len; i-- > 0;) {
		if (cs->list[i].state != in->cand.state)
			continue;
		if (n == 0 && cs->list[i].first_ns >= in->cand.first_ns)
			return true;
		if (n == 0 && is_same_record(cs, i, in)) {
			set(cs, i, in);
			return true;
		}
		n++;
		oldest = i;
	}
	if (n >= most) {
		chain_remove(cs, oldest);
		*full += most > 2;
	}
	return chain_add(p, pl, cs, in, &none);
}

/* Equal starts are one; of too many the newest makes room. */
static bool
keep_first(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain *in, const struct refset *seen, uint64_t *full)
{
	uint32_t n = 0, newest = 0;

	for (uint32_t i = 0; i < cs->len; i++) {
		const struct cand *c = &cs->list[i];

		if (c->state != in->cand.state)
			continue;
		if (c->first_ns == in->cand.first_ns &&
			(cs->seen == NULL ||
				memcmp(&cs->seen[i], seen, sizeof(*seen)) == 0))
			return true;
		n++;
		newest = i;
	}
	if (n >= PER_STATE) {
		chain_remove(cs, newest);
		++*full;
	}
	return chain_add(p, pl, cs, in, seen);
}

static struct chain
next_chain(const struct chain_link *l, uint32_t state, const struct chain *before)
{
	struct chain c = { .cand = { l->first_ns, l->last_ns, state, true },
		.end = l->end };

	if (before != NULL) {
		c.cand.first_ns = before->cand.first_ns;
		c.end.span_ns = before->end.span_ns;
	}
	return c;
}

static bool
can_follow(const struct plan *pl, const struct cands *cs, uint32_t i,
	const struct chain_move *mv, const struct chain_link *l)
{
	const struct cand *c = &cs->list[i];

	return c->state == mv->from && is_later(cs, i, l) &&
	       c->first_ns >= time_add(l->last_ns, -pl->corr->timespan_ns);
}

struct work {
	struct pool *p;
	const struct plan *pl;
	struct cands *cs;
	const struct chain_link *l;
	struct chain *out;
	uint64_t *full;
	enum chained got;
};

static void
take(struct work *w, const struct chain *c, const struct refset *seen)
{
	bool absence = w->pl->corr->has_not;
	bool whole = plan_chain_holds(w->pl, c->cand.state, seen);
	int64_t first_ns = c->cand.first_ns;

	if (w->got == CHAIN_NONE)
		w->got = CHAIN_MOVED;
	if (whole &&
		(w->got != CHAIN_WHOLE || (absence ? first_ns < w->out->cand.first_ns
						   : first_ns > w->out->cand.first_ns))) {
		*w->out = *c;
		w->got = CHAIN_WHOLE;
	}
	if (!(absence ? keep_first(w->p, w->pl, w->cs, c, seen, w->full)
		      : keep_latest(w->p, w->pl, w->cs, c, w->full)))
		++*w->full;
}

/* With a `not` all go on, else the one that began last. */
static void
follow(struct work *w, const struct chain_move *mv)
{
	uint32_t n = w->cs->len;
	const struct refset none = { 0 };
	struct chain best, next, before;
	bool any = false;

	for (uint32_t i = 0; i < n && i < w->cs->len; i++) {
		struct refset seen = chain_seen(w->cs, i);

		if (!can_follow(w->pl, w->cs, i, mv, w->l))
			continue;
		before = chain_at(w->cs, i);
		next = next_chain(w->l, mv->to, &before);
		if (w->pl->corr->has_not) {
			if (plan_chain_lives(w->pl, next.cand.state, &seen))
				take(w, &next, &seen);
		} else if (!any || next.cand.first_ns > best.cand.first_ns) {
			best = next;
			any = true;
		}
	}
	if (any)
		take(w, &best, &none);
}

enum chained
chain_extend(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain_link *l, struct chain *out, uint64_t *full)
{
	struct work w = { p, pl, cs, l, out, full, CHAIN_NONE };
	const struct chain_plan *cp = &pl->chain;
	const struct refset none = { 0 };

	for (uint32_t i = 0; !l->again && i < cs->len; i++)
		cs->list[i].fresh = false;
	for (uint32_t i = cp->first[l->ref]; i < cp->first[l->ref + 1]; i++) {
		const struct chain_move *mv = &cp->moves[i];
		struct chain begun = next_chain(l, mv->to, NULL);

		if (mv->from != 0)
			follow(&w, mv);
		else if (l->first_ns >= time_add(l->last_ns, -pl->corr->timespan_ns))
			take(&w, &begun, &none);
	}
	return w.got;
}
