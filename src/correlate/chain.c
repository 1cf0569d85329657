/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporal_ordered: a chain of different records, each later than the one before, the whole
 * within the window; of several chains the one that began last is kept. With a `not` the
 * chain is followed by silence: none of the negated rules up to the start + timespan,
 * judged when that time has passed.
 */
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

/* Whether the link begins after the step ended. */
static bool
is_later(const struct step *s, const struct link *l)
{
	if (l->first_ns != s->last_ns)
		return l->first_ns > s->last_ns;
	if (l->m->source_id != s->source_id)
		return l->m->source_id > s->source_id;
	if (l->m->place.offset != s->place.offset)
		return l->m->place.offset > s->place.offset;
	return l->m->place.ordinal > s->place.ordinal;
}

static struct step *
step_before(const struct correlation *co, struct key *k, uint32_t ref)
{
	while (ref > 0)
		if (!co->refs[--ref].negated)
			return &k->steps[ref];
	return NULL;
}

static bool
is_last(const struct correlation *co, uint32_t ref)
{
	for (uint32_t i = ref + 1; i < co->n_refs; i++)
		if (!co->refs[i].negated)
			return false;
	return true;
}

static void
reset(const struct correlation *co, struct key *k)
{
	for (size_t i = 0; i < co->n_refs; i++)
		k->steps[i] = (struct step){ .first_ns = TIME_NONE, .last_ns = TIME_NONE };
}

static struct fire
span_of(const struct step *s, int64_t at_ns)
{
	return (struct fire){ .at_ns = at_ns,
		.first_ns = s->first_ns,
		.last_ns = s->last_ns,
		.count = 1 };
}

/* The chain is whole: true now, or waiting for silence. */
static void
complete(struct correlator *c, struct key *k, const struct step *s, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct fire f = span_of(s, l->m->at_ns);
	int64_t until_ns = s->first_ns + co->timespan_ns;

	if (co->has_not) {
		/* A second start does not extend the first one's silence. */
		if (k->pending || l->inferred)
			return;
		k->deciding = l->id;
		k->pending = agenda_add(c, k, until_ns, PHASE_DEADLINE);
		k->judge_ns = until_ns;
		return;
	}
	if (!k->firing) {
		k->deciding = l->id;
		fire_on(c, k, &f);
	}
	if (agenda_add(c, k, until_ns + 1, PHASE_CLEAR))
		k->clear_ns = until_ns + 1;
}

static void
cancel(const struct correlation *co, struct key *k)
{
	if (!k->pending)
		return;
	k->pending = false;
	k->judge_ns = TIME_NONE;
	reset(co, k);
}

void
chain_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct step *s = &k->steps[ref];
	const struct step *before;

	if (co->refs[ref].negated) {
		cancel(co, k);
		return;
	}
	if (k->firing && k->clear_ns != TIME_NONE && k->clear_ns <= l->m->at_ns)
		fire_off(c, k, k->clear_ns);
	before = step_before(co, k, ref);
	if (before != NULL && (before->first_ns == TIME_NONE || !is_later(before, l)))
		return;
	if (k->pending)
		return;
	s->first_ns = before != NULL ? before->first_ns : l->first_ns;
	s->last_ns = l->m->at_ns;
	s->source_id = l->m->source_id;
	s->place = l->m->place;
	key_note(k, l);
	if (l->m->at_ns - s->first_ns > co->timespan_ns)
		return;
	if (is_last(co, ref))
		complete(c, k, s, l);
	else if (k->timers == 0)
		agenda_add(c, k, s->first_ns + co->timespan_ns + 1, PHASE_CLEAR);
}

static bool
meets_gap(const struct correlator *c, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < c->n_gaps; i++)
		if (c->gaps[i].from_ns <= to_ns && c->gaps[i].to_ns >= from_ns)
			return true;
	return false;
}

static void
deadline(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	const struct step *last = NULL;
	struct fire f;

	for (uint32_t i = 0; i < co->n_refs; i++)
		if (!co->refs[i].negated && is_last(co, i))
			last = &k->steps[i];
	if (!k->pending || k->judge_ns != at_ns || last == NULL)
		return;
	f = span_of(last, at_ns);
	k->pending = false;
	k->judge_ns = TIME_NONE;
	if (c->ending || meets_gap(c, f.first_ns, at_ns))
		fire_unknown(c, k, &f);
	else {
		fire_on(c, k, &f);
		k->firing = false;	/* armed again: each start is judged on its own */
	}
	reset(co, k);
}

static bool
is_idle(const struct correlation *co, const struct key *k, int64_t at_ns)
{
	if (k->timers > 0 || k->firing || k->pending)
		return false;
	for (size_t i = 0; i < co->n_refs; i++)
		if (k->steps[i].first_ns != TIME_NONE &&
			k->steps[i].first_ns + co->timespan_ns >= at_ns)
			return false;
	return true;
}

void
chain_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];

	if (t->phase == PHASE_DEADLINE)
		deadline(c, k, t->at_ns);
	else if (k->firing && k->clear_ns == t->at_ns) {
		k->clear_ns = TIME_NONE;
		fire_off(c, k, t->at_ns);
	}
	if (is_idle(co, k, t->at_ns))
		key_drop(c, k);
	else if (k->timers == 0 && !k->firing)
		agenda_add(c, k, t->at_ns + co->timespan_ns + 1, PHASE_CLEAR);
}
