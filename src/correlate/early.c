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
#include "correlate/engine.h"

#define PER_KEY  1024       /* contributors kept of one key */
#define LOOK_MAX EARLY_LOOK /* looked at for one answer */

static struct arrival *
at(const struct early *e, uint32_t i)
{
	return &e->list[e->head + i];
}

static void
free_text(struct correlator *c, struct arrival *x)
{
	pool_free(&c->pool, x->text, x->len);
	x->text = NULL;
}

static void
drop_first(struct correlator *c, struct early *e)
{
	free_text(c, at(e, 0));
	e->head++;
	e->len--;
	c->n_entries--;
}

void
early_free(struct correlator *c, struct key *k)
{
	struct early *e = k->early;

	while (e->len > 0)
		drop_first(c, e);
	pool_free(&c->pool, e->list, e->cap * sizeof(*e->list));
	pool_free(&c->pool, e->told, e->told_cap * sizeof(*e->told));
	pool_free(&c->pool, e, sizeof(*e));
}

/* What is settled is looked up where that is. */
static void
prune(struct correlator *c, struct key *k)
{
	struct early *e = k->early;
	uint32_t to = 0;

	while (e->len > 0 && at(e, 0)->at_ns < c->now_ns)
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
		memmove(e->list, at(e, 0), e->len * sizeof(*list));
		e->head = 0;
		return true;
	}
	list = pool_alloc(&c->pool, cap * sizeof(*list));
	if (list == NULL)
		return false;
	if (e->len > 0)
		memcpy(list, at(e, 0), e->len * sizeof(*list));
	pool_free(&c->pool, e->list, e->cap * sizeof(*list));
	e->list = list;
	e->cap = cap;
	e->head = 0;
	return true;
}

/* Its place, or UINT32_MAX: it is there already, with no earlier start, or no room. */
static uint32_t
insert(struct correlator *c, struct key *k, struct arrival *in)
{
	struct early *e = k->early;
	uint32_t i = e->len;

	while (i > 0 && compare(at(e, i - 1), in) > 0)
		i--;
	if (i > 0 && compare(at(e, i - 1), in) == 0) {
		struct arrival *old = at(e, i - 1);

		if (in->first_ns <= old->first_ns)
			return UINT32_MAX;
		old->first_ns = in->first_ns;
		old->span_ns = in->span_ns;
		return i - 1;
	}
	if (!make_room(c, k))
		return UINT32_MAX;
	i = i < e->len ? i : e->len;
	while (i > 0 && compare(at(e, i - 1), in) > 0)
		i--;
	memmove(at(e, i + 1), at(e, i), (e->len - i) * sizeof(*in));
	*at(e, i) = *in;
	e->len++;
	c->n_entries++;
	return i;
}

/* What holds at one contributor: the latest set that does, and all there is to show. */
struct found {
	int64_t set_ns, span_ns;
	uint64_t count;
};

static bool
in_window(const struct arrival *x, int64_t from_ns)
{
	return x->first_ns >= from_ns;
}

/*
 * k as it is settled, or NULL. It does not outlive the next look-up. Of what it has at
 * the watermark itself, which may be settled or not, k knows as well.
 */
static struct key *
settled(struct correlator *c, const struct key *k)
{
	return key_find(c->settled, k->ident.corr, key_bytes(k), k->ident.hash);
}

/* The latest entries that are enough, whether settled or not: f grows by one of them. */
static void
add_found(const struct correlation *co, struct found *f, uint64_t weight,
	int64_t first_ns, int64_t span_ns, bool *holds)
{
	f->count = weight_add(f->count, weight);
	f->span_ns = span_ns < f->span_ns ? span_ns : f->span_ns;
	if (!*holds && first_ns < f->set_ns)
		f->set_ns = first_ns;
	*holds = *holds || plan_bounds(co, (double)f->count);
}

/* Whether a value was not seen in this look yet. */
static bool
is_fresh(struct correlator *c, uint64_t hash)
{
	struct early_seen *seen = c->early;
	size_t i = (size_t)(hash ^ hash >> 32) % ARRAY_LEN(seen->slot);

	for (; seen->slot[i].look == seen->look; i = (i + 1) % ARRAY_LEN(seen->slot))
		if (seen->slot[i].hash == hash)
			return false;
	seen->slot[i].look = seen->look;
	seen->slot[i].hash = hash;
	return true;
}

static void
add_values(struct correlator *c, const struct key *s, int64_t from_ns, uint64_t most,
	struct found *f, bool *holds)
{
	struct early_seen *seen = c->early;
	const struct distinct *v = s->values.newest;

	for (uint32_t n = 0; v != NULL && n < LOOK_MAX; n++, v = v->older) {
		if (v->first_ns < from_ns || f->count >= most)
			return;
		if (v->at_ns >= c->now_ns || !is_fresh(c, v->hash))
			continue;
		seen->settled[seen->n_settled++] = v;
		add_found(key_corr(c->settled, s), f, 1, v->first_ns, v->span_ns, holds);
	}
}

static void
add_moments(struct correlator *c, const struct key *s, int64_t from_ns, uint64_t most,
	struct found *f, bool *holds)
{
	uint32_t words = key_plan(c->settled, s)->words;

	for (uint32_t n = 1; n <= s->moments.len && n < LOOK_MAX; n++) {
		struct moment m = moments_at(&s->moments, words, s->moments.len - n);

		if (m.first_ns < from_ns || f->count >= most)
			return;
		if (m.at_ns < c->now_ns)
			add_found(key_corr(c->settled, s), f, m.weight, m.first_ns,
				m.span_ns, holds);
	}
}

static bool
count_at(struct correlator *c, struct key *k, uint32_t i, struct found *f)
{
	const struct correlation *co = key_corr(c, k);
	bool distinct = co->type == CORR_VALUE_COUNT, holds = false;
	int64_t from_ns = time_add(at(k->early, i)->at_ns, -co->timespan_ns);
	uint64_t most = key_plan(c, k)->need;
	const struct key *s = settled(c, k);

	*f = (struct found){ .set_ns = INT64_MAX, .span_ns = INT64_MAX };
	c->early->look++;
	c->early->n_settled = 0;
	for (uint32_t n = 0; n <= i && n < LOOK_MAX; n++) {
		struct arrival *x = at(k->early, i - n);

		if (x->at_ns < from_ns || f->count >= most)
			break;
		if (!in_window(x, from_ns) || (distinct && !is_fresh(c, x->weight)))
			continue;
		x->look = c->early->look;
		add_found(
			co, f, distinct ? 1 : x->weight, x->first_ns, x->span_ns, &holds);
	}
	if (s != NULL && distinct)
		add_values(c, s, from_ns, most, f, &holds);
	else if (s != NULL)
		add_moments(c, s, from_ns, most, f, &holds);
	return holds;
}

/* The newest of the steps that are settled and not in the set; UINT32_MAX: none. */
static uint32_t
newest_step(const struct correlator *c, const struct key *s, const struct refset *set,
	int64_t from_ns)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < key_corr(c, s)->n_refs; i++) {
		const struct step *x = &s->steps[i];

		if (x->first_ns == TIME_NONE || x->first_ns < from_ns ||
			x->last_ns >= c->now_ns || refset_has(set, i))
			continue;
		if (best == UINT32_MAX || x->first_ns > s->steps[best].first_ns)
			best = i;
	}
	return best;
}

static bool
together_at(struct correlator *c, struct key *k, uint32_t i, struct found *f)
{
	const struct correlation *co = key_corr(c, k);
	int64_t from_ns = time_add(at(k->early, i)->at_ns, -co->timespan_ns);
	struct refset seen = { 0 };
	const struct key *s = settled(c, k);
	bool holds = false;
	uint32_t ref;

	*f = (struct found){ .set_ns = INT64_MAX, .span_ns = INT64_MAX };
	for (uint32_t n = 0; n <= i && n < LOOK_MAX; n++) {
		const struct arrival *x = at(k->early, i - n);

		if (x->at_ns < from_ns || f->count == co->n_refs)
			break;
		if (!in_window(x, from_ns) || refset_has(&seen, x->ref))
			continue;
		refset_add(&seen, x->ref);
		f->count++;
		f->span_ns = x->span_ns < f->span_ns ? x->span_ns : f->span_ns;
		if (!holds && x->first_ns < f->set_ns)
			f->set_ns = x->first_ns;
		holds = holds || refset_meets(&seen, co);
	}
	while (s != NULL && (ref = newest_step(c, s, &seen, from_ns)) != UINT32_MAX) {
		const struct step *x = &s->steps[ref];

		refset_add(&seen, ref);
		f->count++;
		f->span_ns = x->span_ns < f->span_ns ? x->span_ns : f->span_ns;
		if (!holds && x->first_ns < f->set_ns)
			f->set_ns = x->first_ns;
		holds = holds || refset_meets(&seen, co);
	}
	return holds;
}

/* A true span that touches one told before is a part of it. */
static bool
is_told(struct early *e, int64_t from_ns, int64_t to_ns)
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
told_room(struct correlator *c, struct early *e)
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

static void
remember(struct correlator *c, struct early *e, int64_t from_ns, int64_t to_ns)
{
	if (told_room(c, e))
		e->told[e->n_told++] = (struct gap){ from_ns, to_ns };
}

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
	const struct arrival *x = at(k->early, r->first);
	struct fire fire = fire_of(key_corr(c, k), x, &r->found);

	if (r->to_ns == TIME_NONE || is_told(k->early, r->from_ns, r->to_ns))
		return;
	remember(c, k->early, r->from_ns, r->to_ns);
	if (key_corr(c, k)->type == CORR_VALUE_COUNT)
		(void)count_at(c, k, r->first, &r->found); /* which values, again */
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
	const struct arrival *x = at(k->early, i);
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
	const struct key *s = settled(c, k);

	for (uint32_t i = 0; s != NULL && i < s->cands.len; i++) {
		const struct refset none = { 0 };
		struct chain x = chain_at(&s->cands, i);

		if (x.cand.last_ns < c->now_ns &&
			!chain_add(&c->pool, key_plan(c, k), to, &x, &none))
			return;
	}
}

static bool
is_same_record(const struct arrival *a, const struct arrival *b)
{
	return a->source_id == b->source_id && a->place.offset == b->place.offset &&
	       a->place.ordinal == b->place.ordinal;
}

/* From what could begin a chain on to the last that the one at i can be a part of. */
static void
look_chains(
	struct correlator *c, struct key *k, struct run *r, uint32_t i, int64_t until_ns)
{
	const struct plan *pl = key_plan(c, k);
	int64_t from_ns = time_add(at(k->early, i)->at_ns, -pl->corr->timespan_ns);
	struct cands cs = { 0 };
	struct chain whole;
	uint32_t n = i, before = UINT32_MAX; /* the last that was taken */

	begin_chains(c, k, &cs);
	while (n > 0 && i - n < LOOK_MAX && at(k->early, n - 1)->at_ns >= from_ns)
		n--;
	for (; n < k->early->len && at(k->early, n)->at_ns <= until_ns; n++) {
		const struct arrival *x = at(k->early, n);
		struct chain_link l = { .first_ns = x->first_ns,
			.last_ns = x->at_ns,
			.end = { x->span_ns, x->id, x->source_id, x->place },
			.ref = x->ref,
			.again = before != UINT32_MAX &&
				 is_same_record(x, at(k->early, before)) };
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
		if (at(k->early, n)->at_ns > until_ns)
			return;
		if (together ? together_at(c, k, n, &f) : count_at(c, k, n, &f))
			hold(c, k, r, n, &f);
	}
}

static void
look_once(struct correlator *c, struct key *k, struct run *r, uint32_t i)
{
	const struct correlation *co = key_corr(c, k);
	int64_t until_ns = time_add(at(k->early, i)->at_ns, co->timespan_ns);

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
	prune(c, k);
	before = settled(c, k);
	if (before != NULL)
		key_inherit(c, k, before);
	i = take_text(c, co, l->m, &in) ? insert(c, k, &in) : UINT32_MAX;
	if (i != UINT32_MAX) {
		if (l->m->quality > (enum time_quality)k->quality)
			k->quality = (uint8_t)l->m->quality;
		if (i + 1 == k->early->len)
			key_note(c, k, l);
		look(c, k, i);
	}
	if (i == UINT32_MAX || at(k->early, i)->text != in.text)
		free_text(c, &in);
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

		prune(c, k);
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
