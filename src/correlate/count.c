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

#define NEED_MAX 100000

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
	return most > NEED_MAX ? NEED_MAX : (size_t)most + 2;
}

static uint64_t
tally(const struct correlation *co, const struct key *k)
{
	return co->type == CORR_VALUE_COUNT ? k->moments.len : k->moments.weight;
}

/*
 * Lets go of what is older than the window that ends at at_ns, and of true when it became
 * false on the way: at the first ns behind the window of the entry that left.
 */
static void
slide(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];

	while (k->moments.len > 0) {
		int64_t gone_ns = moments_at(&k->moments, 0)->first_ns + co->timespan_ns + 1;

		if (gone_ns > at_ns)
			break;
		moments_pop(&k->moments);
		if (k->firing && !fire_bounds(co, (double)tally(co, k)))
			fire_off(c, k, gone_ns);
	}
}

/* The same value again takes its place at the end. */
static bool
forget_value(struct moments *m, struct moment *in)
{
	size_t i = 0;

	while (i < m->len && !(moments_at(m, i)->value == in->value &&
				     str_eq(moments_at(m, i)->text, in->text)))
		i++;
	if (i == m->len)
		return false;
	m->weight -= moments_at(m, i)->weight;
	free((void *)(uintptr_t)moments_at(m, i)->text.ptr);
	for (; i + 1 < m->len; i++)
		*moments_at(m, i) = *moments_at(m, i + 1);
	m->len--;
	return true;
}

static bool
take(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct moment in = { .at_ns = l->m->at_ns, .first_ns = l->first_ns, .weight = l->m->weight };
	struct str value;
	char *copy;

	if (co->type == CORR_VALUE_COUNT) {
		if (!match_field(l->m, co->field, &value)) {
			c->counts.no_key++;
			return false;
		}
		in.text = value;
		in.value = hash_stable(value);
		forget_value(&k->moments, &in);
		copy = malloc(value.len + 1);
		if (copy == NULL)
			return false;
		if (value.len > 0)
			memcpy(copy, value.ptr, value.len);
		in.text.ptr = copy;
	}
	if (!moments_push(&k->moments, in))
		return false;
	while (k->moments.len > need(co))
		moments_pop(&k->moments);
	return true;
}

static void
arm(struct correlator *c, struct key *k)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns;

	if (k->clear_ns != TIME_NONE || k->moments.len == 0)
		return;
	at_ns = moments_at(&k->moments, 0)->first_ns + co->timespan_ns + 1;
	if (agenda_add(c, k, at_ns, PHASE_CLEAR))
		k->clear_ns = at_ns;
}

static void
judge(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	uint64_t n = tally(co, k);
	bool now = fire_bounds(co, (double)n);
	struct fire f = { at_ns, at_ns, at_ns, n, (double)n };

	if (k->moments.len > 0) {
		f.first_ns = moments_at(&k->moments, 0)->first_ns;
		f.last_ns = moments_at(&k->moments, k->moments.len - 1)->at_ns;
	}
	if (now && !k->firing)
		fire_on(c, k, &f);
	else if (!now && k->firing)
		fire_off(c, k, at_ns);
}

void
count_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];

	slide(c, k, l->m->at_ns);
	if (!take(c, k, l))
		return;
	key_note(k, l);
	if (!k->firing)
		k->deciding = l->id;
	arm(c, k);
	if (is_monotone(co))
		judge(c, k, l->m->at_ns);
	else if (k->judge_ns == TIME_NONE &&
		agenda_add(c, k, l->m->at_ns + co->timespan_ns, PHASE_JUDGE))
		k->judge_ns = l->m->at_ns + co->timespan_ns;
}

void
count_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	if (t->phase == PHASE_JUDGE) {
		k->judge_ns = TIME_NONE;
		slide(c, k, t->at_ns);
		judge(c, k, t->at_ns);
	} else {
		k->clear_ns = TIME_NONE;
		slide(c, k, t->at_ns);
		arm(c, k);
	}
	if (k->moments.len == 0 && k->timers == 0 && !k->firing)
		key_drop(c, k);
}
