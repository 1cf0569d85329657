/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way of matches that only add to value_*: while they go to the same keys and
 * into the same slices as the ones before, no key is looked up and no timer changes.
 * Where nobody else looks meanwhile they wait to be added many at a time.
 */
#include "correlate/engine.h"

static struct lane *
lane_of(struct correlator *c, const struct match *m)
{
	return &c->lanes[(m->source_id ^ m->rule * UINT64_C(37)) % LANES];
}

/* Whether m has the key of x. All lines of a source have its labels. */
static bool
is_keyed(const struct correlator *c, struct lane *x, const struct uses *u,
	const struct match *m)
{
	bool known = u->list[0].by_labels && m->category == RECORD_LOG &&
		     m->source_id != 0 && m->source != UINT32_MAX;

	if (known && m->source == x->source && m->source_id == x->source_id)
		return true;
	if (!key_is_of(c, x->key[0], &u->list[0], m))
		return false;
	x->source = known ? m->source : UINT32_MAX;
	x->source_id = m->source_id;
	return true;
}

/* Whether all that correlator_feed() would find, and set, is as it left it. */
static bool
goes_on(const struct correlator *c, struct lane *x, const struct uses *u,
	const struct match *m)
{
	return x->rule == m->rule && x->freed == c->freed && m->at_ns < x->until_ns &&
	       x->key[0] != NULL && is_keyed(c, x, u, m);
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
		if (!number)
			continue;
		measure_add(c, k, &c->noted.sample, 1);
		key_note(c, k, l);
	}
}

static void
begin(struct correlator *c, struct lane *x, const struct uses *u, const struct link *l)
{
	bool good = true;

	x->freed = c->freed;
	x->until_ns = INT64_MAX;
	x->rule = l->m->rule;
	x->source = UINT32_MAX;
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

static void
flush(struct correlator *c, struct lane *x)
{
	const struct uses *u = &c->plans->rules[x->rule];

	for (size_t i = 0; i < u->n; i++) {
		struct key *k = x->key[i];

		key_use(c, k);
		key_lower(k, (enum time_quality)x->quality);
		measure_add(c, k, x->samples, x->n);
		k->latest = x->latest;
		k->source_id = x->latest_source;
		k->place = x->place;
	}
	x->n = 0;
}

/* Several may have the same key, of which the last one is its latest. */
static void
sort_by_turn(struct lane **list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct lane *x = list[i];
		size_t k = i;

		for (; k > 0 && list[k - 1]->turn > x->turn; k--)
			list[k] = list[k - 1];
		list[k] = x;
	}
}

void
lane_flush_all(struct correlator *c)
{
	sort_by_turn(c->waiting, c->n_waiting);
	for (size_t i = 0; i < c->n_waiting; i++)
		flush(c, c->waiting[i]);
	c->n_waiting = 0;
}

bool
correlator_adds(const struct correlator *c, uint32_t rule)
{
	return c->plans->rules[rule].adds;
}

/* Whether m may be added to what waits for x. */
static bool
may_wait(const struct correlator *c, struct lane *x, const struct match *m)
{
	const struct uses *u = &c->plans->rules[m->rule];

	return u->adds && !c->restored && m->quality != TIME_FILE_DATE &&
	       correlator_deadline(c) >= m->at_ns && goes_on(c, x, u, m);
}

/* n more samples of x wait; the last is of the match at place. */
static void
wait_more(struct correlator *c, struct lane *x, size_t n, enum time_quality quality,
	uint64_t id, uint64_t source_id, struct place place)
{
	if (x->n == 0) {
		c->waiting[c->n_waiting++] = x;
		x->quality = (uint8_t)quality;
	}
	if (quality > (enum time_quality)x->quality)
		x->quality = (uint8_t)quality;
	x->turn = link_serial(c);
	x->latest = id;
	x->latest_source = source_id;
	x->place = place;
	x->n += (uint32_t)n;
	c->counts.matches += n;
	c->own_changed = true;
	if (x->n == LANE_SAMPLES)
		lane_flush_all(c);
}

static void
pass(struct correlator *c, int64_t at_ns)
{
	if (at_ns > c->now_ns)
		c->now_ns = at_ns;
}

bool
correlator_add(struct correlator *c, const struct match *m)
{
	struct lane *x = lane_of(c, m);

	if (!may_wait(c, x, m) ||
		!measure_sample(key_plan(c, x->key[0]), m, &x->samples[x->n]))
		return false;
	wait_more(c, x, 1, m->quality, match_id(m), m->source_id, m->place);
	pass(c, m->at_ns);
	return true;
}

/* Samples of rows before until_ns, as many as there is room for. */
static size_t
read_rows(struct lane *x, struct value_rows *v, int64_t until_ns)
{
	size_t n = 0;

	while (v->n > 0 && x->n + n < LANE_SAMPLES) {
		struct value_row row = value_rows_peek(v);

		if (row.at_ns >= until_ns ||
			!measure_read(row.value, 1, &x->samples[x->n + n]))
			break;
		value_rows_take(v, &row);
		n++;
	}
	return n;
}

/* How far rows like m go into the same slices. */
static int64_t
end_of(const struct correlator *c, const struct lane *x, int64_t until_ns)
{
	int64_t due_ns = correlator_deadline(c);

	until_ns = until_ns < due_ns ? until_ns : due_ns;
	return until_ns < x->until_ns ? until_ns : x->until_ns;
}

size_t
correlator_add_rows(struct correlator *c, const struct match *like, struct value_rows *v,
	int64_t until_ns)
{
	struct lane *x = lane_of(c, like);
	size_t n, all = 0;

	if (like->n_captures != 1 || !may_wait(c, x, like) ||
		!str_eq(like->capture[0].name, key_corr(c, x->key[0])->field))
		return 0;
	until_ns = end_of(c, x, until_ns);
	while ((n = read_rows(x, v, until_ns)) > 0) {
		const struct place place = { v->last_offset, 0 };

		wait_more(c, x, n, like->quality, match_make_id(like->id_seed, place),
			like->source_id, place);
		all += n;
	}
	if (all > 0)
		pass(c, v->last_ns);
	return all;
}
