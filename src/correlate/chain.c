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

bool
chain_add(struct pool *p, struct cands *cs, const struct cand *in)
{
	uint32_t cap = cs->cap > 0 ? 2 * cs->cap : 1;
	struct cand *list;

	if (cs->len == cs->cap) {
		list = pool_alloc(p, cap * sizeof(*list));
		if (list == NULL)
			return false;
		if (cs->len > 0)
			memcpy(list, cs->list, cs->len * sizeof(*list));
		pool_free(p, cs->list, cs->cap * sizeof(*list));
		cs->list = list;
		cs->cap = cap;
	}
	cs->list[cs->len++] = *in;
	return true;
}

void
chain_remove(struct cands *cs, uint32_t i)
{
	cs->len--;
	memmove(&cs->list[i], &cs->list[i + 1], (cs->len - i) * sizeof(*cs->list));
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
	*cs = (struct cands){ 0 };
}

/* The list is in the order of ends; the newest of a state has its latest start. */
static bool
keep_latest(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct cand *in, uint64_t *full)
{
	uint32_t most = pl->chain.spans ? PER_STATE : 2, n = 0, oldest = 0;

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
		*full += pl->chain.spans;
	}
	return chain_add(p, cs, in);
}

/* Equal starts are one; of too many the newest makes room. */
static bool
keep_first(struct pool *p, struct cands *cs, const struct cand *in, uint64_t *full)
{
	uint32_t n = 0, newest = 0;

	for (uint32_t i = 0; i < cs->len; i++) {
		const struct cand *c = &cs->list[i];

		if (c->state != in->state)
			continue;
		if (c->first_ns == in->first_ns &&
			memcmp(&c->seen, &in->seen, sizeof(c->seen)) == 0)
			return true;
		n++;
		newest = i;
	}
	if (n >= PER_STATE) {
		chain_remove(cs, newest);
		++*full;
	}
	return chain_add(p, cs, in);
}

static struct cand
next_cand(const struct chain_link *l, uint32_t state, const struct cand *before)
{
	struct cand c = { .first_ns = before != NULL ? before->first_ns : l->first_ns,
		.last_ns = l->last_ns,
		.span_ns = before != NULL ? before->span_ns : l->span_ns,
		.id = l->id,
		.source_id = l->source_id,
		.offset = l->place.offset,
		.ordinal = l->place.ordinal,
		.state = state };

	if (before != NULL)
		c.seen = before->seen;
	return c;
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
take(struct work *w, const struct cand *c)
{
	bool absence = w->pl->corr->has_not;
	bool whole = chain_plan_holds(w->pl, c->state, &c->seen);

	if (w->got == CHAIN_NONE)
		w->got = CHAIN_MOVED;
	if (whole &&
		(w->got != CHAIN_WHOLE || (absence ? c->first_ns < w->out->first_ns
						   : c->first_ns > w->out->first_ns))) {
		*w->out = *c;
		w->got = CHAIN_WHOLE;
	}
	if (!(absence ? keep_first(w->p, w->cs, c, w->full)
		      : keep_latest(w->p, w->pl, w->cs, c, w->full)))
		++*w->full;
}

/* With a `not` all go on, else the one that began last. */
static void
follow(struct work *w, const struct chain_move *mv)
{
	uint32_t n = w->cs->len;
	struct cand best, next;
	bool any = false;

	for (uint32_t i = 0; i < n && i < w->cs->len; i++) {
		const struct cand *c = &w->cs->list[i];

		if (!can_follow(w->pl, c, mv, w->l))
			continue;
		next = next_cand(w->l, mv->to, c);
		if (w->pl->corr->has_not) {
			if (chain_plan_lives(w->pl, next.state, &next.seen))
				take(w, &next);
		} else if (!any || next.first_ns > best.first_ns) {
			best = next;
			any = true;
		}
	}
	if (any)
		take(w, &best);
}

enum chained
chain_extend(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain_link *l, struct cand *out, uint64_t *full)
{
	struct work w = { p, pl, cs, l, out, full, CHAIN_NONE };
	const struct chain_plan *cp = &pl->chain;

	for (uint32_t i = cp->first[l->ref]; i < cp->first[l->ref + 1]; i++) {
		const struct chain_move *mv = &cp->moves[i];
		struct cand begun = next_cand(l, mv->to, NULL);

		if (mv->from != 0)
			follow(&w, mv);
		else if (l->first_ns >= time_add(l->last_ns, -pl->corr->timespan_ns))
			take(&w, &begun);
	}
	return w.got;
}
