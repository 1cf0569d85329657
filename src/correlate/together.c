/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporal: which of the rules were seen for the key within the window. Without a `not`
 * it is judged at once; with one it looks back over [t - timespan, t] at every
 * contributor t, once everything up to t is in, and ends when its positive part does. A
 * measure (a percentile) takes part while it is true.
 */
#include "base/time.h"
#include "correlate/engine.h"

static bool
present(const struct correlation *co, const struct step *s, int64_t at_ns)
{
	return s->active > 0 || (s->first_ns != TIME_NONE &&
					s->first_ns >= time_add(at_ns, -co->timespan_ns));
}

/* Without its negated refs a condition is as true as it can be. */
static bool
holds(const struct correlation *co, const struct key *k, int64_t at_ns, bool negated)
{
	struct refset set = { 0 };

	for (uint32_t i = 0; i < co->n_refs; i++)
		if ((negated || !co->refs[i].negated) && present(co, &k->steps[i], at_ns))
			refset_add(&set, i);
	return refset_meets(&set, co);
}

/*
 * While it is true the next time at which a contributor leaves the window, else the last:
 * nothing is left then.
 */
static void
arm(const struct correlation *co, struct key *k, int64_t after_ns)
{
	int64_t next_ns = NEVER, last_ns = TIME_NONE;

	for (size_t i = 0; i < co->n_refs; i++) {
		int64_t gone_ns;

		if (k->steps[i].first_ns == TIME_NONE)
			continue;
		gone_ns = time_add(k->steps[i].first_ns, co->timespan_ns + 1);
		if (gone_ns > after_ns && gone_ns < next_ns)
			next_ns = gone_ns;
		if (gone_ns > after_ns && gone_ns > last_ns)
			last_ns = gone_ns;
	}
	if (k->firing && next_ns < k->clear_ns)
		k->clear_ns = next_ns;
	else if (k->clear_ns == NEVER && last_ns != TIME_NONE)
		k->clear_ns = last_ns;
}

/* Where the latest contributors begin that are enough. */
static int64_t
set_start(const struct correlation *co, const struct key *k, int64_t at_ns)
{
	struct refset set = { 0 };
	int64_t start_ns = at_ns;

	while (!refset_meets(&set, co)) {
		int64_t next_ns = TIME_NONE;
		uint32_t best = 0;

		for (uint32_t i = 0; i < co->n_refs; i++) {
			const struct step *s = &k->steps[i];

			if (co->refs[i].negated || refset_has(&set, i) ||
				!present(co, s, at_ns) || s->first_ns < next_ns)
				continue;
			next_ns = s->first_ns;
			best = i;
		}
		if (next_ns == TIME_NONE)
			break;
		refset_add(&set, best);
		start_ns = next_ns < start_ns ? next_ns : start_ns;
	}
	return start_ns;
}

/* At a contributor. */
static void
judge(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = key_corr(c, k);
	struct fire f = { .at_ns = at_ns, .first_ns = INT64_MAX, .last_ns = INT64_MIN };

	if (!holds(co, k, at_ns, true)) {
		/* Without a `not` the rest of this moment may still hold it. */
		if (k->firing && co->has_not)
			fire_off(c, k, at_ns);
		return;
	}
	for (size_t i = 0; i < co->n_refs; i++) {
		const struct step *s = &k->steps[i];

		if (co->refs[i].negated || !present(co, s, at_ns))
			continue;
		f.count++;
		f.first_ns = s->span_ns < f.first_ns ? s->span_ns : f.first_ns;
		f.last_ns = s->last_ns > f.last_ns ? s->last_ns : f.last_ns;
	}
	f.set_ns = key_plan(c, k)->outer.n > 0 ? set_start(co, k, at_ns) : f.first_ns;
	if (c->blind_ns[k->ident.corr] <= at_ns)
		told_add(c, k, OUTCOME_UNKNOWN, &f);
	else if (k->firing)
		fire_again(c, k, &f);
	else
		fire_on(c, k, &f);
}

static bool
is_left(const struct correlation *co, const struct key *k, int64_t at_ns)
{
	if (k->firing || k->judge_ns != NEVER || k->clear_ns != NEVER)
		return true;
	for (size_t i = 0; i < co->n_refs; i++)
		if (present(co, &k->steps[i], at_ns))
			return true;
	return false;
}

bool
together_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l)
{
	const struct correlation *co = key_corr(c, k);
	struct step *s = &k->steps[ref];
	int64_t at_ns = l->m->at_ns;

	if (s->first_ns == TIME_NONE || l->first_ns >= s->first_ns) {
		/* A set that goes on from the last one is shown from where that began. */
		if (s->first_ns == TIME_NONE || l->span_ns > s->last_ns ||
			l->span_ns < s->span_ns ||
			s->span_ns < time_add(at_ns, -co->timespan_ns))
			s->span_ns = l->span_ns;
		s->first_ns = l->first_ns;
		s->last_ns = at_ns;
	}
	s->active += l->state;
	if (!co->refs[ref].negated) {
		key_note(c, k, l);
		if (!co->has_not)
			judge(c, k, at_ns);
		else
			k->judge_ns = at_ns;
	}
	arm(co, k, at_ns);
	return is_left(co, k, at_ns);
}

bool
together_off(struct correlator *c, struct key *k, uint32_t ref, int64_t at_ns)
{
	const struct correlation *co = key_corr(c, k);
	struct step *s = &k->steps[ref];

	if (s->active > 0 && --s->active > 0)
		return true;
	s->first_ns = s->last_ns = TIME_NONE;
	if (k->firing && !holds(co, k, at_ns, false))
		fire_off(c, k, at_ns);
	return is_left(co, k, at_ns);
}

bool
together_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judged)
{
	const struct correlation *co = key_corr(c, k);

	if (judged)
		judge(c, k, at_ns);
	else if (k->firing && !holds(co, k, at_ns, false))
		fire_off(c, k, at_ns);
	arm(co, k, at_ns);
	return is_left(co, k, at_ns);
}
