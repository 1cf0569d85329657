/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporal_ordered: a chain of different records, each later than the one before, the
 * whole within the window. With a `not` the chain is followed by silence: judged at its
 * start + timespan by what was seen of the negated rules since its start. The first chain
 * that waits comes first in the list.
 */
#include "base/time.h"
#include "correlate/engine.h"

static struct fire
fire_of(const struct chain *c, int64_t at_ns)
{
	return (struct fire){ .at_ns = at_ns,
		.first_ns = c->end.span_ns,
		.last_ns = c->cand.last_ns,
		.set_ns = c->cand.first_ns,
		.count = 1 };
}

/* The whole chain that began last, or NULL. */
static const struct cand *
last_whole(const struct plan *pl, const struct cands *cs)
{
	const struct cand *best = NULL;

	for (uint32_t i = 0; i < cs->len; i++)
		if (pl->chain.states[cs->list[i].state].whole &&
			(best == NULL || cs->list[i].first_ns > best->first_ns))
			best = &cs->list[i];
	return best;
}

static int64_t
newest_start(const struct cands *cs)
{
	int64_t first_ns = TIME_NONE;

	for (uint32_t i = 0; i < cs->len; i++)
		if (cs->list[i].first_ns > first_ns)
			first_ns = cs->list[i].first_ns;
	return first_ns;
}

/* Timers, and whether anything is left. */
static bool
rest(struct correlator *c, struct key *k)
{
	const struct plan *pl = key_plan(c, k);
	int64_t span_ns = pl->corr->timespan_ns;
	const struct cand *whole;

	if (k->pending) {
		k->judge_ns = time_add(k->cands.list[0].first_ns, span_ns);
		k->clear_ns = NEVER;
		return true;
	}
	k->judge_ns = NEVER;
	whole = k->firing ? last_whole(pl, &k->cands) : NULL;
	if (whole != NULL)
		k->clear_ns = time_add(whole->first_ns, span_ns + 1);
	else if (k->clear_ns == NEVER && k->cands.len > 0)
		k->clear_ns = time_add(newest_start(&k->cands), span_ns + 1);
	return k->firing || k->cands.len > 0;
}

static bool
holds(const struct plan *pl, const struct cands *cs, uint32_t i)
{
	struct refset seen = chain_seen(cs, i);

	return plan_chain_holds(pl, cs->list[i].state, &seen);
}

/* Of the chains that hold the one that began first waits for its time. */
static void
await(struct correlator *c, struct key *k)
{
	const struct plan *pl = key_plan(c, k);
	struct cands *cs = &k->cands;
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < cs->len; i++)
		if (holds(pl, cs, i) &&
			(best == UINT32_MAX ||
				cs->list[i].first_ns < cs->list[best].first_ns))
			best = i;
	if (best == UINT32_MAX)
		return;
	chain_swap(cs, 0, best);
	k->pending = true;
}

/* What can no longer hold goes; another start may have to wait on. */
static bool
negate(struct correlator *c, struct key *k, uint32_t ref)
{
	const struct plan *pl = key_plan(c, k);
	struct cands *cs = &k->cands;

	if (pl->chain.one_ends) {
		k->pending = false;
		return false;
	}
	for (uint32_t i = 0; i < cs->len; i++)
		refset_add(&cs->seen[i], ref);
	if (k->pending && !holds(pl, cs, 0))
		k->pending = false;
	for (uint32_t i = cs->len; i-- > 0;)
		if (!plan_chain_lives(pl, cs->list[i].state, &cs->seen[i]))
			chain_remove(cs, i);
	if (!k->pending)
		await(c, k);
	return rest(c, k);
}

/* Whether the record is the last that k took. */
static bool
is_noted(const struct key *k, const struct match *m)
{
	return k->source_id == m->source_id && k->place.offset == m->place.offset &&
	       k->place.ordinal == m->place.ordinal;
}

bool
sequence_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l)
{
	const struct plan *pl = key_plan(c, k);
	const struct correlation *co = pl->corr;
	struct chain_link cl = { .first_ns = l->first_ns,
		.last_ns = l->m->at_ns,
		.end = { l->span_ns, l->id, l->m->source_id, l->m->place },
		.ref = ref,
		.again = is_noted(k, l->m) };
	enum chained got;
	struct chain whole;
	struct fire f;

	if (co->refs[ref].negated)
		return negate(c, k, ref);
	/* A second start does not extend the first one's silence. */
	if ((co->has_not && l->inferred) || (k->pending && pl->chain.one_ends))
		return rest(c, k);
	chain_slide(&k->cands, time_add(l->m->at_ns, -co->timespan_ns));
	got = chain_extend(&c->pool, pl, &k->cands, &cl, &whole, &c->counts.full);
	if (got != CHAIN_NONE)
		key_note(c, k, l);
	if (got == CHAIN_WHOLE && co->has_not && !k->pending)
		await(c, k);
	else if (got == CHAIN_WHOLE && !co->has_not) {
		f = fire_of(&whole, l->m->at_ns);
		if (k->firing)
			fire_again(c, k, &f);
		else
			fire_on(c, k, &f);
	}
	return rest(c, k);
}

/* Each start is judged on its own; those that came while it waited belong to it. */
static bool
deadline(struct correlator *c, struct key *k, int64_t at_ns)
{
	struct chain w = chain_at(&k->cands, 0);
	struct fire f = fire_of(&w, at_ns);

	k->latest = k->deciding = w.end.id;
	k->source_id = w.end.source_id;
	k->place = w.end.place;
	k->pending = false;
	if (c->ending || gap_meets(c, k->ident.corr, f.set_ns, at_ns))
		told_add(c, k, OUTCOME_UNKNOWN, &f);
	else {
		fire_on(c, k, &f);
		k->firing = false;
	}
	return false;
}

bool
sequence_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judged)
{
	const struct plan *pl = key_plan(c, k);

	if (judged)
		return deadline(c, k, at_ns);
	chain_slide(&k->cands, time_add(at_ns, -pl->corr->timespan_ns));
	if (k->firing && last_whole(pl, &k->cands) == NULL)
		fire_off(c, k, at_ns);
	return rest(c, k);
}
