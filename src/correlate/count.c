/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_count and value_count: a sliding window, both ends inclusive. Entries are kept as
 * long as the condition needs them: one more than its largest bound. A key of which
 * nothing is left counts 0, and stays if that is what the condition asks for.
 */
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

static bool
is_distinct(const struct correlation *co)
{
	return co->type == CORR_VALUE_COUNT;
}

static uint32_t
length(const struct correlation *co, const struct key *k)
{
	return is_distinct(co) ? k->values.len : k->moments.len;
}

static uint64_t
tally(const struct correlation *co, const struct key *k)
{
	return is_distinct(co) ? k->values.len : k->moments.weight;
}

static int64_t
oldest_ns(const struct plan *pl, const struct key *k)
{
	return is_distinct(pl->corr) ? k->values.oldest->first_ns
				     : moments_at(&k->moments, pl->words, 0).first_ns;
}

static int64_t
newest_ns(const struct plan *pl, const struct key *k)
{
	return is_distinct(pl->corr)
		       ? k->values.newest->first_ns
		       : moments_at(&k->moments, pl->words, k->moments.len - 1).first_ns;
}

static void
pop(struct correlator *c, struct key *k)
{
	if (is_distinct(key_corr(c, k))) {
		values_pop(c, k);
		return;
	}
	moments_pop(&k->moments, key_plan(c, k)->words);
	c->n_entries--;
}

/* Lets go of what is older than the window that ends at at_ns. */
static void
slide(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = key_corr(c, k);
	int64_t from_ns = time_add(at_ns, -co->timespan_ns);

	while (length(co, k) > 0 && oldest_ns(key_plan(c, k), k) < from_ns)
		pop(c, k);
}

/* What is left without the oldest one is still over every bound. */
static void
prune(struct correlator *c, struct key *k)
{
	const struct plan *pl = key_plan(c, k);
	bool distinct = is_distinct(pl->corr);

	while (length(pl->corr, k) > 1 &&
		tally(pl->corr,
			k) - (distinct ? 1
				       : moments_at(&k->moments, pl->words, 0).weight) >=
			pl->need)
		pop(c, k);
}

static bool
make_room(struct correlator *c, struct key *k)
{
	if (key_room(c, k))
		return true;
	if (length(key_corr(c, k), k) == 0)
		return false;
	pop(c, k);
	return true;
}

static void
set_times(struct distinct *v, const struct link *l)
{
	v->at_ns = l->m->at_ns;
	v->first_ns = l->first_ns;
	v->span_ns = l->span_ns;
}

/* The same value again only moves. */
static bool
take_value(struct correlator *c, struct key *k, const struct link *l)
{
	struct str text;
	struct distinct *v;
	uint64_t hash;

	if (!match_field(l->m, key_corr(c, k)->field, &text)) {
		c->counts.no_key++;
		return false;
	}
	hash = hash_stable(text);
	v = values_find(c, k, text, hash);
	if (v == NULL) {
		v = make_room(c, k) ? values_append(c, k, text, hash) : NULL;
		if (v == NULL) {
			c->counts.full++;
			return false;
		}
		set_times(v, l);
	} else if (l->first_ns >= v->first_ns)
		set_times(v, l);
	else
		return true;
	values_move(k, v);
	return true;
}

static bool
take_moment(struct correlator *c, struct key *k, const struct link *l)
{
	struct moments *m = &k->moments;
	uint32_t words = key_plan(c, k)->words;
	struct moment in = { l->m->at_ns, l->first_ns, l->span_ns, l->m->weight }, last;

	if (in.weight > UINT64_MAX - m->weight)
		in.weight = UINT64_MAX - m->weight;
	if (m->len > 0) {
		last = moments_at(m, words, m->len - 1);
		if (last.first_ns == in.first_ns) {
			last.weight += in.weight;
			last.at_ns = in.at_ns;
			moments_set(m, words, m->len - 1, &last);
			m->weight += in.weight;
			return true;
		}
	}
	if (!make_room(c, k) || !moments_push(&c->pool, m, words, &in)) {
		c->counts.full++;
		return false;
	}
	c->n_entries++;
	return true;
}

static bool
take(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = key_corr(c, k);
	bool taken;

	/* A set longer than the window. */
	if (l->first_ns < time_add(l->m->at_ns, -co->timespan_ns))
		return false;
	taken = is_distinct(co) ? take_value(c, k, l) : take_moment(c, k, l);
	prune(c, k);
	return taken;
}

/*
 * When the oldest entry leaves; a timer that is too early only looks again. While more
 * can only make it true and it is not, the end of the newest is all that matters.
 */
static void
arm(struct correlator *c, struct key *k)
{
	const struct plan *pl = key_plan(c, k);
	int64_t span_ns = pl->corr->timespan_ns, at_ns;

	if (length(pl->corr, k) == 0)
		return;
	if (pl->monotone && !k->firing) {
		if (k->clear_ns == NEVER)
			k->clear_ns = time_add(newest_ns(pl, k), span_ns + 1);
		return;
	}
	at_ns = time_add(oldest_ns(pl, k), span_ns + 1);
	k->clear_ns = at_ns < k->clear_ns ? at_ns : k->clear_ns;
}

/* Where the latest entries begin that are enough. */
static int64_t
set_start(const struct plan *pl, const struct key *k)
{
	uint64_t n = 0;

	if (!pl->monotone)
		return oldest_ns(pl, k);
	if (is_distinct(pl->corr)) {
		for (const struct distinct *v = k->values.newest; v != NULL; v = v->older)
			if (plan_bounds(pl->corr, (double)++n))
				return v->first_ns;
		return k->values.oldest->first_ns;
	}
	for (uint32_t i = k->moments.len; i-- > 0;) {
		struct moment m = moments_at(&k->moments, pl->words, i);

		n += m.weight;
		if (plan_bounds(pl->corr, (double)n))
			return m.first_ns;
	}
	return oldest_ns(pl, k);
}

static struct fire
make_fire(const struct plan *pl, const struct key *k, int64_t at_ns)
{
	const struct correlation *co = pl->corr;
	uint64_t n = tally(co, k);
	struct fire f = { at_ns, at_ns, at_ns, at_ns, n, (double)n };

	if (length(co, k) == 0)
		return f;
	if (is_distinct(co)) {
		f.first_ns = k->values.oldest->span_ns;
		f.last_ns = k->values.newest->at_ns;
	} else {
		f.first_ns = moments_at(&k->moments, pl->words, 0).span_ns;
		f.last_ns = moments_at(&k->moments, pl->words, k->moments.len - 1).at_ns;
	}
	f.set_ns = pl->outer.n > 0 ? set_start(pl, k) : f.first_ns;
	return f;
}

/* It ends only when the moment is over: the rest of it may still hold it. */
static void
judge(struct correlator *c, struct key *k, int64_t at_ns, bool contributor)
{
	const struct plan *pl = key_plan(c, k);
	bool now = plan_bounds(pl->corr, (double)tally(pl->corr, k));
	struct fire f;

	if (!now) {
		if (k->firing && !(contributor && pl->monotone))
			fire_off(c, k, at_ns);
		return;
	}
	if (k->firing && (!contributor || pl->outer.n == 0))
		return;
	f = make_fire(pl, k, at_ns);
	if (k->firing)
		fire_again(c, k, &f);
	else
		fire_on(c, k, &f);
}

static bool
is_left(const struct correlation *co, const struct key *k)
{
	return length(co, k) > 0 || k->judge_ns != NEVER || k->firing;
}

/*
 * What is not monotone (lt, eq ...) is judged from the first whole window on, and at the
 * end of each moment at which it may have changed.
 */
bool
count_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct plan *pl = key_plan(c, k);
	const struct correlation *co = pl->corr;
	int64_t at_ns = l->m->at_ns, whole_ns;

	slide(c, k, at_ns);
	if (k->start_ns == TIME_NONE)
		k->start_ns = at_ns;
	if (!take(c, k, l))
		return is_left(co, k);
	key_note(c, k, l);
	if (pl->monotone)
		judge(c, k, at_ns, true);
	arm(c, k);
	if (!pl->monotone && k->judge_ns == NEVER) {
		whole_ns = time_add(k->start_ns, co->timespan_ns);
		k->judge_ns = at_ns > whole_ns ? at_ns : whole_ns;
		k->pending = at_ns < whole_ns;
	}
	return true;
}

bool
count_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judged)
{
	const struct plan *pl = key_plan(c, k);
	const struct correlation *co = pl->corr;

	if (judged)
		k->pending = false;
	slide(c, k, at_ns);
	if (judged || k->firing ||
		(!pl->monotone && at_ns >= time_add(k->start_ns, co->timespan_ns)))
		judge(c, k, at_ns, judged);
	arm(c, k);
	return is_left(co, k);
}
