/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains as far as they have come, each in a state of the plan. Without a `not` the ones
 * that began last are kept: of two in one state an older start with a later end is worse
 * in everything. With a `not` each start is a wait of its own, and the first counts.
 */
#include <string.h>

#include "correlate/engine.h"

#define PER_STATE 16 /* starts of one state kept, where more than two are of use */

/* Whether the link begins after the chain's last record. */
static bool
is_later(const struct cand *c, const struct chain_link *l)
{
	if (l->first_ns != c->last_ns)
		return l->first_ns > c->last_ns;
	if (l->source_id != c->source_id)
		return l->source_id > c->source_id;
	if (l->place.offset != c->offset)
		return l->place.offset > c->offset;
	return l->place.ordinal > c->ordinal;
}

static bool
is_same_record(const struct cand *a, const struct cand *b)
{
	return a->last_ns == b->last_ns && a->source_id == b->source_id &&
	       a->offset == b->offset && a->ordinal == b->ordinal;
}

/* With one_ends, and without a `not`, none of them is ever kept. */
static bool
keeps_seen(const struct plan *pl)
{
	return pl->corr->has_not && !pl->chain.one_ends;
}

static bool
grow(struct pool *p, const struct plan *pl, struct cands *cs)
{
	uint32_t cap = cs->cap < 4 ? cs->cap + 1 : 2 * cs->cap;
	struct cands to = { .len = cs->len, .cap = cap };

	to.list = pool_alloc(p, cap * sizeof(*to.list));
	if (to.list != NULL && keeps_seen(pl))
		to.seen = pool_alloc(p, cap * sizeof(*to.seen));
	if (to.list == NULL || (to.seen == NULL && keeps_seen(pl))) {
		chain_free(p, &to);
		return false;
	}
	if (cs->len > 0)
		memcpy(to.list, cs->list, cs->len * sizeof(*to.list));
	if (cs->len > 0 && to.seen != NULL)
		memcpy(to.seen, cs->seen, cs->len * sizeof(*to.seen));
	chain_free(p, cs);
	*cs = to;
	return true;
}

bool
chain_add(struct pool *p, const struct plan *pl, struct cands *cs, const struct cand *in,
	const struct refset *seen)
{
	if (cs->len == cs->cap && !grow(p, pl, cs))
		return false;
	if (cs->seen != NULL)
		cs->seen[cs->len] = *seen;
	cs->list[cs->len++] = *in;
	return true;
}

void
chain_remove(struct cands *cs, uint32_t i)
{
	size_t n = --cs->len - i;

	memmove(&cs->list[i], &cs->list[i + 1], n * sizeof(*cs->list));
	if (cs->seen != NULL)
		memmove(&cs->seen[i], &cs->seen[i + 1], n * sizeof(*cs->seen));
}

void
chain_swap(struct cands *cs, uint32_t i, uint32_t k)
{
	struct cand c = cs->list[i];
	struct refset s = chain_seen(cs, i);

	cs->list[i] = cs->list[k];
	cs->list[k] = c;
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
	pool_free(p, cs->seen, cs->cap * sizeof(*cs->seen));
	*cs = (struct cands){ 0 };
}

/* The list is in the order of ends; the newest of a state has its latest start. */
static bool
keep_latest(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct cand *in, uint64_t *full)
{
	const struct refset none = { 0 };
	uint32_t most = pl->chain.spans ? PER_STATE : 2, n = 0, oldest = 0;

	if (pl->chain.states[in->state].whole)
		most = 1; /* nothing follows it */

	for (uint32_t i = cs->len; i-- > 0;) {
		if (cs->list[i].state != in->state)
			continue;
		if (n == 0 && cs->list[i].first_ns >= in->first_ns)
			return true;
		if (n == 0 && is_same_record(&cs->list[i], in)) {
			cs->list[i] = *in;
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
keep_first(struct pool *p, const struct plan *pl, struct cands *cs, const struct cand *in,
	const struct refset *seen, uint64_t *full)
{
	uint32_t n = 0, newest = 0;

	for (uint32_t i = 0; i < cs->len; i++) {
		const struct cand *c = &cs->list[i];

		if (c->state != in->state)
			continue;
		if (c->first_ns == in->first_ns &&
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

static struct cand
next_cand(const struct chain_link *l, uint32_t state, const struct cand *before)
{
	return (struct cand){ .first_ns = before != NULL ? before->first_ns : l->first_ns,
		.last_ns = l->last_ns,
		.span_ns = before != NULL ? before->span_ns : l->span_ns,
		.id = l->id,
		.source_id = l->source_id,
		.offset = l->place.offset,
		.ordinal = l->place.ordinal,
		.state = state };
}

static bool
can_follow(const struct plan *pl, const struct cand *c, const struct chain_move *mv,
	const struct chain_link *l)
{
	return c->state == mv->from && is_later(c, l) &&
	       c->first_ns >= time_add(l->last_ns, -pl->corr->timespan_ns);
}

struct work {
	struct pool *p;
	const struct plan *pl;
	struct cands *cs;
	const struct chain_link *l;
	struct cand *out;
	uint64_t *full;
	enum chained got;
};

static void
take(struct work *w, const struct cand *c, const struct refset *seen)
{
	bool absence = w->pl->corr->has_not;
	bool whole = plan_chain_holds(w->pl, c->state, seen);

	if (w->got == CHAIN_NONE)
		w->got = CHAIN_MOVED;
	if (whole &&
		(w->got != CHAIN_WHOLE || (absence ? c->first_ns < w->out->first_ns
						   : c->first_ns > w->out->first_ns))) {
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
	struct cand best, next;
	bool any = false;

	for (uint32_t i = 0; i < n && i < w->cs->len; i++) {
		const struct cand *c = &w->cs->list[i];

		struct refset seen = chain_seen(w->cs, i);

		if (!can_follow(w->pl, c, mv, w->l))
			continue;
		next = next_cand(w->l, mv->to, c);
		if (w->pl->corr->has_not) {
			if (plan_chain_lives(w->pl, next.state, &seen))
				take(w, &next, &seen);
		} else if (!any || next.first_ns > best.first_ns) {
			best = next;
			any = true;
		}
	}
	if (any)
		take(w, &best, &none);
}

enum chained
chain_extend(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain_link *l, struct cand *out, uint64_t *full)
{
	struct work w = { p, pl, cs, l, out, full, CHAIN_NONE };
	const struct chain_plan *cp = &pl->chain;
	const struct refset none = { 0 };

	for (uint32_t i = cp->first[l->ref]; i < cp->first[l->ref + 1]; i++) {
		const struct chain_move *mv = &cp->moves[i];
		struct cand begun = next_cand(l, mv->to, NULL);

		if (mv->from != 0)
			follow(&w, mv);
		else if (l->first_ns >= time_add(l->last_ns, -pl->corr->timespan_ns))
			take(&w, &begun, &none);
	}
	return w.got;
}
