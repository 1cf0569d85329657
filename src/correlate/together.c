/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporal: which of the rules were seen for the key within the window. Without a `not`
 * it is judged at once; with one it looks back over [t - timespan, t] at every
 * contributor t, once everything up to t is in. A measure (a percentile) takes part while
 * it is true.
 */
#include "base/time.h"
#include "correlate/engine.h"

static bool
present(const struct correlation *co, const struct step *s, int64_t at_ns)
{
	return s->active > 0 ||
	       (s->first_ns != TIME_NONE && s->first_ns >= at_ns - co->timespan_ns);
}

static bool
holds(const struct correlation *co, const struct key *k, const struct node *n,
	int64_t at_ns)
{
	switch (n->kind) {
	case NODE_AND:
		for (size_t i = 0; i < n->n; i++)
			if (!holds(co, k, n->child[i], at_ns))
				return false;
		return true;
	case NODE_OR:
		for (size_t i = 0; i < n->n; i++)
			if (holds(co, k, n->child[i], at_ns))
				return true;
		return false;
	case NODE_NOT:
		return !holds(co, k, n->child[0], at_ns);
	case NODE_NAME:
		return present(co, &k->steps[n->ref], at_ns);
	case NODE_ITEM:
	case NODE_TRUE:
		break;
	}
	return true;
}

static bool
all_hold(const struct correlation *co, const struct key *k, int64_t at_ns)
{
	if (co->condition != NULL)
		return holds(co, k, co->condition, at_ns);
	for (size_t i = 0; i < co->n_refs; i++)
		if (!present(co, &k->steps[i], at_ns))
			return false;
	return true;
}

/* The next time at which a contributor leaves the window. */
static void
arm(struct correlator *c, struct key *k, int64_t after_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = INT64_MAX;

	for (size_t i = 0; i < co->n_refs; i++) {
		int64_t gone_ns;

		if (k->steps[i].first_ns == TIME_NONE)
			continue;
		gone_ns = k->steps[i].first_ns + co->timespan_ns + 1;
		if (gone_ns > after_ns && gone_ns < at_ns)
			at_ns = gone_ns;
	}
	if (at_ns != INT64_MAX && (k->clear.pos == 0 || k->clear.at_ns > at_ns))
		agenda_set(c, &k->clear, at_ns, PHASE_CLEAR);
}

/* At a contributor. */
static void
judge(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct fire f = { .at_ns = at_ns,
		.first_ns = INT64_MAX,
		.last_ns = INT64_MIN,
		.set_ns = INT64_MAX };

	if (!all_hold(co, k, at_ns)) {
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
		f.set_ns = s->first_ns < f.set_ns ? s->first_ns : f.set_ns;
		f.last_ns = s->last_ns > f.last_ns ? s->last_ns : f.last_ns;
	}
	if (c->blind_ns[k->corr] <= at_ns)
		told_add(c, k, OUTCOME_UNKNOWN, &f);
	else if (k->firing)
		fire_again(c, k, &f);
	else
		fire_on(c, k, &f);
}

/* The key may go: nothing of it is in the window, and nothing waits. */
static void
drop_if_empty(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];

	if (k->firing || k->judge.pos != 0 || k->clear.pos != 0)
		return;
	for (size_t i = 0; i < co->n_refs; i++)
		if (present(co, &k->steps[i], at_ns))
			return;
	key_drop(c, k);
}

void
together_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct step *s = &k->steps[ref];
	int64_t at_ns = l->m->at_ns;

	if (s->first_ns == TIME_NONE || l->first_ns >= s->first_ns) {
		/* A set that goes on from the last one is shown from where that began. */
		if (s->first_ns == TIME_NONE || l->span_ns > s->last_ns ||
			l->span_ns < s->span_ns || s->span_ns < at_ns - co->timespan_ns)
			s->span_ns = l->span_ns;
		s->first_ns = l->first_ns;
		s->last_ns = at_ns;
	}
	s->active += l->state;
	arm(c, k, at_ns);
	if (!co->refs[ref].negated) {
		key_note(c, k, l);
		if (!co->has_not)
			judge(c, k, at_ns);
		else
			agenda_set(c, &k->judge, at_ns, PHASE_JUDGE);
	}
	drop_if_empty(c, k, at_ns);
}

void
together_off(struct correlator *c, struct key *k, uint32_t ref, int64_t at_ns)
{
	struct step *s = &k->steps[ref];

	if (s->active > 0 && --s->active > 0)
		return;
	s->first_ns = s->last_ns = TIME_NONE;
	if (k->firing && !all_hold(&c->rs->corrs[k->corr], k, at_ns))
		fire_off(c, k, at_ns);
	drop_if_empty(c, k, at_ns);
}

void
together_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = t->at_ns;

	if (t->phase == PHASE_JUDGE)
		judge(c, k, at_ns);
	else if (k->firing && !all_hold(co, k, at_ns))
		fire_off(c, k, at_ns);
	arm(c, k, at_ns);
	drop_if_empty(c, k, at_ns);
}
