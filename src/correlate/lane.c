/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way of matches that only add to value_*: while they go to the same keys and
 * into the same slices as the ones before, no key is looked up and no timer changes.
 */
#include "correlate/engine.h"

static struct lane *
lane_of(struct correlator *c, const struct match *m)
{
	return &c->lanes[(m->source_id ^ m->rule * UINT64_C(37)) % LANES];
}

/* Whether all that correlator_feed() would find, and set, is as it left it. */
static bool
goes_on(const struct correlator *c, const struct lane *x, const struct uses *u,
	const struct match *m)
{
	return x->rule == m->rule && x->freed == c->freed && m->at_ns < x->until_ns &&
	       x->key[0] != NULL && key_is_of(c, x->key[0], &u->list[0], m);
}

static void
go_on(struct correlator *c, const struct lane *x, const struct uses *u,
	const struct link *l)
{
	bool number = measure_number(c, key_plan(c, x->key[0]), l);
	bool latest = c->uses - x->key[0]->used == u->n - 1; /* none was used since */

	if (!number)
		c->counts.no_number += u->n;
	for (size_t i = 0; i < u->n; i++) {
		struct key *k = x->key[i];

		if (latest)
			stub_changed(c, &k->stub);
		else
			key_use(c, k);
		key_lower(k, l->m->quality);
		if (number)
			measure_add(c, k, l);
	}
}

static void
begin(struct correlator *c, struct lane *x, const struct uses *u, const struct link *l)
{
	bool good = true;

	*x = (struct lane){
		.freed = c->freed, .until_ns = INT64_MAX, .rule = l->m->rule
	};
	for (size_t i = 0; i < u->n; i++) {
		struct key *k = correlator_hand_on(c, &u->list[i], l);

		x->key[i] = k;
		good = good && k != NULL;
		if (k != NULL && k->judge_ns < x->until_ns)
			x->until_ns = k->judge_ns;
	}
	if (!good)
		x->key[0] = NULL;
}

void
lane_feed(struct correlator *c, const struct link *l)
{
	const struct uses *u = &c->plans->rules[l->m->rule];
	struct lane *x = lane_of(c, l->m);

	if (!u->alike || u->n > LANE_KEYS)
		correlator_feed(c, l->m->rule, l);
	else if (goes_on(c, x, u, l->m))
		go_on(c, x, u, l);
	else
		begin(c, x, u, l);
}
