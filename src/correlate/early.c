/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is surely true before it is settled. Contributors of a key that are not settled
 * stand in their order, whatever the order they come in, behind the window of those that
 * are; at each one that a new one can make true the windows are looked at anew. A
 * condition that can only grow holds from there to the end of its latest set: such a span
 * is told once, by its first contributor, and grows with what comes later. Where a window
 * is too full to be looked through the settled flow tells.
 */
#include "correlate/early.h"

#include <string.h>

#include "base/time.h"
#include "correlate/arrivals.h"
#include "correlate/engine.h"
#include "correlate/found.h"

/* Of one look: contributors at which it holds, from one to the next without an end. */
struct run {
	uint32_t first; /* the contributor that began it */
	struct found found;
	int64_t from_ns, to_ns; /* to_ns TIME_NONE: none has begun */
};

static struct fire
fire_of(const struct correlation *co, const struct arrival *x, const struct found *f)
{
	bool counts = co->type == CORR_EVENT_COUNT || co->type == CORR_VALUE_COUNT;

	return (struct fire){ x->at_ns, f->span_ns, x->at_ns, f->set_ns, f->count,
		counts ? (double)f->count : 0 };
}

static void
decided_by(struct key *k, const struct arrival *x)
{
	k->latest = k->deciding = x->id;
	k->source_id = x->source_id;
	k->place = x->place;
}

/* A run is over: it is news unless it is a part of what was told. */
static void
close_run(struct correlator *c, struct key *k, struct run *r)
{
	const struct arrival *x = arrival_at(k->early, r->first);
	struct fire fire = fire_of(key_corr(c, k), x, &r->found);

	if (r->to_ns == TIME_NONE || arrivals_told(k->early, r->from_ns, r->to_ns))
		return;
	arrivals_tell(c, k->early, r->from_ns, r->to_ns);
	if (key_corr(c, k)->type == CORR_VALUE_COUNT)
		(void)found_count(c, k, r->first, &r->found); /* which values, again */
	decided_by(k, x);
	told_add(c, k, OUTCOME_FIRED, &fire);
}

/*
 * It holds at the contributor i, and from there to the end of its latest set: joins the
 * run. Without a run what names the correlation learns of it.
 */
static void
hold(struct correlator *c, struct key *k, struct run *r, uint32_t i,
	const struct found *f)
{
	const struct correlation *co = key_corr(c, k);
	const struct arrival *x = arrival_at(k->early, i);
	int64_t to_ns = time_add(f->set_ns, co->timespan_ns);
	struct fire fire = fire_of(co, x, f);

	if (r == NULL) {
		decided_by(k, x);
		fire_again(c, k, &fire);
	} else if (r->to_ns == TIME_NONE || x->at_ns > time_add(r->to_ns, 1)) {
		close_run(c, k, r);
		*r = (struct run){ i, *f, x->at_ns, to_ns };
	} else if (to_ns > r->to_ns)
		r->to_ns = to_ns;
}

/* Chains as far as they have come where they are settled. */
static void
begin_chains(struct correlator *c, struct key *k, struct cands *to)
{
	const struct key *s = found_settled(c, k);

	for (uint32_t i = 0; s != NULL && i < s->cands.len; i++) {
		const struct refset none = { 0 };
		struct chain x = chain_at(&s->cands, i);

		if (x.cand.last_ns < c->now_ns &&
			!chain_add(&c->pool, key_plan(c, k), to, &x, &none))
			return;
	}
}

/* From what could begin a chain on to the last that the one at i can be a part of. */
static void
look_chains(
	struct correlator *c, struct key *k, struct run *r, uint32_t i, int64_t until_ns)
{
	const struct plan *pl = key_plan(c, k);
	int64_t from_ns =
		time_add(arrival_at(k->early, i)->at_ns, -pl->corr->timespan_ns);
	struct cands cs = { 0 };
	struct chain whole;
	uint32_t n = i, before = UINT32_MAX; /* the last that was taken */

	begin_chains(c, k, &cs);
	while (n > 0 && i - n < LOOK_MAX && arrival_at(k->early, n - 1)->at_ns >= from_ns)
		n--;
	for (; n < k->early->len && arrival_at(k->early, n)->at_ns <= until_ns; n++) {
		const struct arrival *x = arrival_at(k->early, n);
		struct chain_link l = { .first_ns = x->first_ns,
			.last_ns = x->at_ns,
			.end = { x->span_ns, x->id, x->source_id, x->place },
			.ref = x->ref,
			.again = before != UINT32_MAX &&
				 arrival_is_same(x, arrival_at(k->early, before)) };
		enum chained got;
		struct found f;

		if (n > i + LOOK_MAX)
			break;
		chain_slide(&cs, time_add(x->at_ns, -pl->corr->timespan_ns));
		got = chain_extend(&c->pool, pl, &cs, &l, &whole, &c->counts.full);
		before = got != CHAIN_NONE ? n : before;
		if (got != CHAIN_WHOLE || n < i)
			continue;
		f = (struct found){ whole.cand.first_ns, whole.end.span_ns, 1 };
		hold(c, k, r, n, &f);
	}
	chain_free(&c->pool, &cs);
}

static void
look_each(
	struct correlator *c, struct key *k, struct run *r, uint32_t i, int64_t until_ns)
{
	bool together = key_corr(c, k)->type == CORR_TEMPORAL;
	struct found f;

	for (uint32_t n = i; n < k->early->len && n <= i + LOOK_MAX; n++) {
		if (arrival_at(k->early, n)->at_ns > until_ns)
			return;
		if (together ? found_together(c, k, n, &f) : found_count(c, k, n, &f))
			hold(c, k, r, n, &f);
	}
}

static void
look_once(struct correlator *c, struct key *k, struct run *r, uint32_t i)
{
	const struct correlation *co = key_corr(c, k);
	int64_t until_ns = time_add(arrival_at(k->early, i)->at_ns, co->timespan_ns);

	if (co->type == CORR_TEMPORAL_ORDERED)
		look_chains(c, k, r, i, until_ns);
	else
		look_each(c, k, r, i, until_ns);
}

/* The contributor at i is new: what may hold by now at it, or after it. */
static void
look(struct correlator *c, struct key *k, uint32_t i)
{
	struct run r = { .to_ns = TIME_NONE };

	look_once(c, k, &r, i);
	close_run(c, k, &r);
	if (key_plan(c, k)->outer.n > 0)
		look_once(c, k, NULL, i);
}

static bool
take_text(struct correlator *c, const struct correlation *co, const struct match *m,
	struct arrival *in)
{
	struct str text;

	if (co->type != CORR_VALUE_COUNT)
		return true;
	if (!match_field(m, co->field, &text))
		return false;
	in->weight = hash_stable(text);
	in->text = pool_alloc(&c->pool, text.len);
	if (in->text == NULL)
		return false;
	if (text.len > 0)
		memcpy(in->text, text.ptr, text.len);
	in->len = (uint32_t)text.len;
	return true;
}

void
early_link(struct correlator *c, const struct use *u, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct arrival in = { .at_ns = l->m->at_ns,
		.first_ns = l->first_ns,
		.span_ns = l->span_ns,
		.id = l->id,
		.source_id = l->m->source_id,
		.place = l->m->place,
		.ref = u->ref,
		.weight = l->m->weight };
	const struct key *before;
	struct key *k;
	uint32_t i;

	if (!c->plans->of[u->corr].whole ||
		l->first_ns < time_add(l->m->at_ns, -co->timespan_ns))
		return;
	k = key_get(c, u, l->m, true);
	if (k == NULL)
		return;
	key_pin(c, k);
	arrivals_prune(c, k);
	before = found_settled(c, k);
	if (before != NULL)
		key_inherit(c, k, before);
	i = take_text(c, co, l->m, &in) ? arrivals_insert(c, k, &in) : UINT32_MAX;
	if (i != UINT32_MAX) {
		if (l->m->quality > (enum time_quality)k->quality)
			k->quality = (uint8_t)l->m->quality;
		if (i + 1 == k->early->len)
			key_note(c, k, l);
		look(c, k, i);
	}
	if (i == UINT32_MAX || arrival_at(k->early, i)->text != in.text)
		arrivals_free_text(c, &in);
	key_list_in(c, k, KEY_IDLE);
}

void
early_advance(struct correlator *c, int64_t watermark_ns)
{
	if (watermark_ns <= c->now_ns)
		return;
	c->now_ns = watermark_ns;
	while (c->lists[KEY_IDLE].oldest != NULL) {
		struct key *k = c->lists[KEY_IDLE].oldest;

		arrivals_prune(c, k);
		if (k->early->len > 0 || k->early->n_told > 0)
			return;
		key_drop(c, k);
	}
}

struct correlator *
early_new(const struct ruleset *rs, const struct correlate_conf *conf,
	struct correlator *settled)
{
	struct correlate_conf own = *conf;
	struct correlator *c;

	own.asked = settled->conf.asked;
	c = correlator_new(rs, &own);
	if (c != NULL) {
		c->settled = settled;
		c->early = pool_alloc(&c->pool, sizeof(*c->early));
	}
	if (c != NULL && c->early == NULL)
		correlator_free(&c);
	return c;
}
