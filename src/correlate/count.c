/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_count and value_count: a sliding window, both ends inclusive. Of settled entries
 * only those are kept that the condition still needs: one more than its largest bound.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "correlate/engine.h"

static bool
is_monotone(const struct correlation *co)
{
	for (size_t i = 0; i < co->n_bounds; i++)
		if (co->bounds[i].op != BOUND_GT && co->bounds[i].op != BOUND_GTE)
			return false;
	return true;
}

static size_t
need(const struct correlation *co)
{
	double most = 0;

	for (size_t i = 0; i < co->n_bounds; i++)
		most = fmax(most, co->bounds[i].limit);
	return most > 1e9 ? SIZE_MAX : (size_t)most + 2;
}

static uint64_t
tally(const struct correlation *co, const struct key *k)
{
	return co->type == CORR_VALUE_COUNT ? k->moments.len : k->moments.weight;
}

static void
pop(struct correlator *c, struct key *k)
{
	moments_pop(&k->moments);
	c->n_entries--;
}

/* Lets go of what is older than the window that ends at at_ns. */
static void
slide(struct correlator *c, struct key *k, int64_t at_ns)
{
	int64_t from_ns = at_ns - c->rs->corrs[k->corr].timespan_ns;

	while (k->moments.len > 0 && moments_at(&k->moments, 0)->first_ns < from_ns)
		pop(c, k);
}

static bool
push(struct correlator *c, struct key *k, const struct moment *in)
{
	if (!key_room(c, k)) {
		if (k->moments.len == 0)
			return false;
		pop(c, k);
	}
	if (!moments_push(&k->moments, *in))
		return false;
	c->n_entries++;
	while (k->moments.len > need(&c->rs->corrs[k->corr]))
		pop(c, k);
	return true;
}

/* The same value again only moves. */
static bool
take_value(struct correlator *c, struct key *k, struct moment *in)
{
	struct str value = in->text;
	char *copy;

	in->value = hash_stable(value);
	for (size_t i = 0; i < k->moments.len; i++) {
		const struct moment *m = moments_at(&k->moments, i);

		if (m->value != in->value || !str_eq(m->text, value))
			continue;
		moments_renew(&k->moments, i, in);
		return true;
	}
	copy = malloc(value.len + 1);
	if (copy == NULL)
		return false;
	if (value.len > 0)
		memcpy(copy, value.ptr, value.len);
	in->text.ptr = copy;
	if (push(c, k, in))
		return true;
	free(copy);
	return false;
}

static bool
take(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct moment in = { .at_ns = l->m->at_ns,
		.first_ns = l->first_ns,
		.span_ns = l->span_ns,
		.weight = l->m->weight };
	struct moment *last;

	/* A set longer than the window. */
	if (l->first_ns < l->m->at_ns - co->timespan_ns)
		return false;
	if (co->type == CORR_VALUE_COUNT) {
		if (match_field(l->m, co->field, &in.text))
			return take_value(c, k, &in);
		c->counts.no_key++;
		return false;
	}
	last = k->moments.len > 0 ? moments_at(&k->moments, k->moments.len - 1) : NULL;
	if (last == NULL || last->first_ns != in.first_ns)
		return push(c, k, &in);
	last->weight += in.weight;
	last->at_ns = in.at_ns;
	k->moments.weight += in.weight;
	return true;
}

/* When the oldest entry leaves. */
static void
arm(struct correlator *c, struct key *k)
{
	if (k->clear.pos == 0 && k->moments.len > 0)
		agenda_set(c, &k->clear,
			moments_at(&k->moments, 0)->first_ns +
				c->rs->corrs[k->corr].timespan_ns + 1,
			PHASE_CLEAR);
}

/* Where the latest entries begin that are enough. */
static int64_t
set_start(const struct correlation *co, const struct key *k)
{
	uint64_t n = 0;

	for (size_t i = is_monotone(co) ? k->moments.len : 0; i-- > 0;) {
		const struct moment *m = moments_at(&k->moments, i);

		n += co->type == CORR_VALUE_COUNT ? 1 : m->weight;
		if (fire_bounds(co, (double)n))
			return m->first_ns;
	}
	return moments_at(&k->moments, 0)->first_ns;
}

/* It ends only when the moment is over: the rest of it may still hold it. */
static void
judge(struct correlator *c, struct key *k, int64_t at_ns, bool contributor)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	uint64_t n = tally(co, k);
	bool now = k->moments.len > 0 && fire_bounds(co, (double)n);
	struct fire f = { at_ns, at_ns, at_ns, at_ns, n, (double)n };

	if (!now) {
		if (k->firing && !(contributor && is_monotone(co)))
			fire_off(c, k, at_ns);
		return;
	}
	f.first_ns = moments_at(&k->moments, 0)->span_ns;
	f.last_ns = moments_at(&k->moments, k->moments.len - 1)->at_ns;
	f.set_ns = set_start(co, k);
	if (!k->firing)
		fire_on(c, k, &f);
	else if (contributor)
		fire_again(c, k, &f);
}

/*
 * What is not monotone (lt, eq ...) is judged from the first whole window on, and at the
 * end of each moment at which it may have changed.
 */
void
count_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = l->m->at_ns;

	slide(c, k, at_ns);
	if (k->moments.len == 0)
		k->start_ns = at_ns;
	if (!take(c, k, l)) {
		if (k->clear.pos == 0 && !k->firing)
			key_drop(c, k);
		return;
	}
	key_note(c, k, l);
	arm(c, k);
	if (is_monotone(co))
		judge(c, k, at_ns, true);
	else if (k->judge.pos == 0) {
		int64_t whole_ns = k->start_ns + co->timespan_ns;

		agenda_set(
			c, &k->judge, at_ns > whole_ns ? at_ns : whole_ns, PHASE_JUDGE);
	}
}

void
count_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = t->at_ns;

	slide(c, k, at_ns);
	if (t->phase == PHASE_JUDGE || k->firing ||
		(!is_monotone(co) && at_ns >= k->start_ns + co->timespan_ns))
		judge(c, k, at_ns, t->phase == PHASE_JUDGE);
	arm(c, k);
	if (k->moments.len == 0 && k->judge.pos == 0 && !k->firing)
		key_drop(c, k);
}
