/* SPDX-License-Identifier: Apache-2.0 */
#include "correlate/found.h"

#include "base/time.h"
#include "correlate/arrivals.h"

static bool
in_window(const struct arrival *x, int64_t from_ns)
{
	return x->first_ns >= from_ns;
}

struct key *
found_settled(struct correlator *c, const struct key *k)
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

bool
found_count(struct correlator *c, struct key *k, uint32_t i, struct found *f)
{
	const struct correlation *co = key_corr(c, k);
	bool distinct = co->type == CORR_VALUE_COUNT, holds = false;
	int64_t from_ns = time_add(arrival_at(k->early, i)->at_ns, -co->timespan_ns);
	uint64_t most = key_plan(c, k)->need;
	const struct key *s = found_settled(c, k);

	*f = (struct found){ .set_ns = INT64_MAX, .span_ns = INT64_MAX };
	c->early->look++;
	c->early->n_settled = 0;
	for (uint32_t n = 0; n <= i && n < LOOK_MAX; n++) {
		struct arrival *x = arrival_at(k->early, i - n);

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

bool
found_together(struct correlator *c, struct key *k, uint32_t i, struct found *f)
{
	const struct correlation *co = key_corr(c, k);
	int64_t from_ns = time_add(arrival_at(k->early, i)->at_ns, -co->timespan_ns);
	struct refset seen = { 0 };
	const struct key *s = found_settled(c, k);
	bool holds = false;
	uint32_t ref;

	*f = (struct found){ .set_ns = INT64_MAX, .span_ns = INT64_MAX };
	for (uint32_t n = 0; n <= i && n < LOOK_MAX; n++) {
		const struct arrival *x = arrival_at(k->early, i - n);

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
