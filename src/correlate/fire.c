/* SPDX-License-Identifier: Apache-2.0 */
/* A condition becomes true or false: told outside, and to outer correlations. */
#include "base/hash.h"
#include "base/time.h"
#include "correlate/engine.h"

/* A firing as a match of its own, at its deciding record: key fields and captures. */
static void
as_match(const struct correlator *c, const struct key *k, int64_t at_ns, struct match *m)
{
	const struct correlation *co = key_corr(c, k);
	struct str key[CORRELATE_KEY_MAX];
	size_t n = captures_key(key_bytes(k), key);

	*m = (struct match){ .rule = CORRELATION_BIT | k->ident.corr,
		.id = hash_mix(k->latest, key_plan(c, k)->name),
		.source_id = k->source_id,
		.place = k->place,
		.at_ns = at_ns,
		.weight = 1,
		.quality = (enum time_quality)k->quality };
	for (size_t i = 0; i < n; i++)
		m->capture[i] = (struct field){ co->group_by[i], key[i] };
	m->n_captures = n + captures_read((struct str){ k->captures, k->captures_len },
				    m->capture + n, MATCH_CAPTURES - n);
}

static void
hand_out(struct correlator *c, struct key *k, const struct fire *f, bool begins)
{
	bool measure = correlation_measures(key_corr(c, k)->type);
	struct match m;
	struct link l;

	if (key_plan(c, k)->outer.n == 0)
		return;
	key_pin(c, k);
	as_match(c, k, f->at_ns, &m);
	l = (struct link){ .m = &m,
		.serial = link_serial(c),
		.first_ns = f->set_ns,
		.span_ns = f->first_ns,
		.id = m.id,
		.inferred = k->quality >= TIME_ARRIVAL,
		.state = measure && begins,
		.again = measure && !begins };
	correlator_feed(c, m.rule, &l);
}

void
fire_again(struct correlator *c, struct key *k, const struct fire *f)
{
	hand_out(c, k, f, false);
}

void
fire_on(struct correlator *c, struct key *k, const struct fire *f)
{
	k->firing = true;
	k->deciding = k->latest;
	told_add(c, k, OUTCOME_FIRED, f);
	hand_out(c, k, f, true);
}

void
fire_off(struct correlator *c, struct key *k, int64_t at_ns)
{
	struct fire f = { at_ns, at_ns, at_ns, at_ns, 0, 0 };
	struct match m;

	k->firing = false;
	told_add(c, k, OUTCOME_CLEARED, &f);
	if (!correlation_measures(key_corr(c, k)->type) || key_plan(c, k)->outer.n == 0)
		return;
	key_pin(c, k);
	as_match(c, k, at_ns, &m);
	correlator_feed_off(c, m.rule, &m);
}
