/* SPDX-License-Identifier: Apache-2.0 */
/* A condition becomes true, false or unknowable: told outside, and to outer correlations.
 */
#include <math.h>

#include "base/hash.h"
#include "base/time.h"
#include "correlate/engine.h"

bool
fire_bounds(const struct correlation *corr, double v)
{
	for (size_t i = 0; i < corr->n_bounds; i++) {
		double limit = corr->bounds[i].limit;
		bool good = false;

		switch (corr->bounds[i].op) {
		case BOUND_GT:
			good = v > limit;
			break;
		case BOUND_GTE:
			good = v >= limit;
			break;
		case BOUND_LT:
			good = v < limit;
			break;
		case BOUND_LTE:
			good = v <= limit;
			break;
		case BOUND_EQ:
			good = fabs(v - limit) <= 0;
			break;
		case BOUND_NEQ:
			good = fabs(v - limit) > 0;
			break;
		}
		if (!good)
			return false;
	}
	return true;
}

static bool
is_measure(const struct correlation *co)
{
	return co->type == CORR_VALUE_PERCENTILE || co->type == CORR_VALUE_SUM ||
	       co->type == CORR_VALUE_AVG;
}

/* A firing as a match of its own, at its deciding record: key fields and captures. */
static void
as_match(const struct correlator *c, const struct key *k, int64_t at_ns, struct match *m)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct str key[CORRELATE_KEY_MAX];
	size_t n = told_key(k->bytes, key);

	*m = (struct match){ .rule = CORRELATION_BIT | k->corr,
		.id = hash_mix(k->latest, k->corr + 1),
		.source_id = k->source_id,
		.place = k->place,
		.at_ns = at_ns,
		.weight = 1,
		.quality = k->quality };
	for (size_t i = 0; i < n; i++)
		m->capture[i] = (struct field){ co->group_by[i], key[i] };
	m->n_captures = n + told_captures(buf_str(&k->captures), m->capture + n,
				    MATCH_CAPTURES - n);
}

void
fire_again(struct correlator *c, struct key *k, const struct fire *f)
{
	struct match m;
	struct link l;

	if (c->corr_uses[k->corr].n == 0)
		return;
	as_match(c, k, f->at_ns, &m);
	l = (struct link){ .m = &m,
		.first_ns = f->set_ns,
		.span_ns = f->first_ns,
		.id = m.id,
		.inferred = k->quality != TIME_WRITTEN,
		.state = is_measure(&c->rs->corrs[k->corr]) };
	correlator_feed(c, CORRELATION_BIT | k->corr, &l);
}

void
fire_on(struct correlator *c, struct key *k, const struct fire *f)
{
	k->firing = true;
	k->deciding = k->latest;
	key_guard(c, k);
	told_add(c, k, OUTCOME_FIRED, f);
	fire_again(c, k, f);
}

void
fire_off(struct correlator *c, struct key *k, int64_t at_ns)
{
	struct fire f = { at_ns, at_ns, at_ns, at_ns, 0, 0 };
	struct match m;

	k->firing = false;
	key_guard(c, k);
	told_add(c, k, OUTCOME_CLEARED, &f);
	if (!is_measure(&c->rs->corrs[k->corr]))
		return;
	as_match(c, k, at_ns, &m);
	correlator_feed_off(c, CORRELATION_BIT | k->corr, &m);
}
