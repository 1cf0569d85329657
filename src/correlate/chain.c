/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporal_ordered: a chain of different records, each later than the one before, the
 * whole within the window; of several chains the one that began last is kept. With a
 * `not` the chain is followed by silence: none of the negated rules up to the start +
 * timespan, judged when that time has passed.
 */
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

/* The step that ends before the link begins: the newest, else the one before it. */
static const struct step *
step_before(const struct correlation *co, const struct key *k, uint32_t ref,
	const struct link *l)
{
	const struct step *s = &k->steps[ref];

	for (size_t i = 0; i < 2; i++, s += co->n_refs)
		if (s->first_ns != TIME_NONE && is_later(s, l))
			return s;
	return NULL;
}

/* The positive ref before or after ref by its direction, or n_refs. */
static uint32_t
neighbour(const struct correlation *co, uint32_t ref, uint32_t direction)
{
	for (ref += direction; ref < co->n_refs; ref += direction)
		if (!co->refs[ref].negated)
			return ref;
	return (uint32_t)co->n_refs;
}

static bool
is_last(const struct correlation *co, uint32_t ref)
{
	return neighbour(co, ref, 1) == co->n_refs;
}

/* The newest chain; its first_ns is TIME_NONE when there is none. */
static const struct step *
last_step(const struct correlation *co, const struct key *k)
{
	return &k->steps[neighbour(co, (uint32_t)co->n_refs, UINT32_MAX)];
}

static void
reset(const struct correlation *co, struct key *k)
{
	for (size_t i = 0; i < 2 * co->n_refs; i++)
		k->steps[i] =
			(struct step){ .first_ns = TIME_NONE, .last_ns = TIME_NONE };
}

static struct fire
span_of(const struct step *s, int64_t at_ns)
{
	return (struct fire){ .at_ns = at_ns,
		.first_ns = s->span_ns,
		.last_ns = s->last_ns,
		.set_ns = s->first_ns,
		.count = 1 };
}

/* The chain is whole: true now, or waiting for silence. */
static void
complete(struct correlator *c, struct key *k, const struct step *s, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct fire f = span_of(s, at_ns);

	if (co->has_not) {
		k->pending = true;
		k->deciding = k->latest;
		key_guard(c, k);
		agenda_set(c, &k->judge, s->first_ns + co->timespan_ns, PHASE_DEADLINE);
	} else if (k->firing)
		fire_again(c, k, &f);
	else
		fire_on(c, k, &f);
}

/* Until when something of the key is in the window; TIME_NONE: nothing is. */
static int64_t
newest(const struct correlation *co, const struct key *k)
{
	int64_t first_ns = TIME_NONE;

	for (size_t i = 0; i < co->n_refs; i++)
		if (k->steps[i].first_ns > first_ns)
			first_ns = k->steps[i].first_ns;
	return first_ns == TIME_NONE ? TIME_NONE : first_ns + co->timespan_ns;
}

/* Waits for the end of the window, or lets the key go. */
static void
rest(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t end_ns =
		k->firing ? last_step(co, k)->first_ns + co->timespan_ns : newest(co, k);

	if (k->pending || k->clear.pos != 0)
		return;
	if (k->firing || end_ns >= at_ns)
		agenda_set(c, &k->clear, end_ns + 1, PHASE_CLEAR);
	else
		key_drop(c, k);
}

/* Takes the link as step ref of the chain that began last; false: it is none. */
static bool
extend(const struct correlation *co, struct key *k, uint32_t ref, const struct link *l)
{
	uint32_t prior = neighbour(co, ref, UINT32_MAX);
	struct step *s = &k->steps[ref];
	const struct step *before = NULL;
	int64_t first_ns = l->first_ns, span_ns = l->span_ns;

	if (prior < co->n_refs) {
		before = step_before(co, k, prior, l);
		if (before == NULL)
			return false;
		first_ns = before->first_ns;
		span_ns = before->span_ns;
	}
	if (l->m->at_ns - first_ns > co->timespan_ns)
		return false;
	/* Of chains that began together the one that ended first is the better one. */
	if (s->first_ns != TIME_NONE && first_ns <= s->first_ns)
		return true;
	s[co->n_refs] = *s;
	*s = (struct step){ .first_ns = first_ns,
		.last_ns = l->m->at_ns,
		.span_ns = span_ns,
		.source_id = l->m->source_id,
		.place = l->m->place };
	return true;
}

/*
 * A negated one ends the wait and what was begun. A second start does not extend the
 * first one's silence, and a time that is not the record's own starts none.
 */
void
chain_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];

	if (co->refs[ref].negated) {
		k->pending = false;
		key_guard(c, k);
		key_drop(c, k);
		return;
	}
	if (k->pending)
		return;
	if (!(co->has_not && l->inferred) && extend(co, k, ref, l)) {
		key_note(c, k, l);
		if (is_last(co, ref))
			complete(c, k, last_step(co, k), l->m->at_ns);
	}
	rest(c, k, l->m->at_ns);
}

static bool
meets_gap(const struct correlator *c, uint32_t corr, int64_t from_ns, int64_t to_ns)
{
	if (c->blind_ns[corr] <= to_ns)
		return true;
	for (size_t i = 0; i < c->n_gaps; i++)
		if (c->gaps[i].from_ns <= to_ns && c->gaps[i].to_ns >= from_ns)
			return true;
	return false;
}

static void
deadline(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct fire f = span_of(last_step(co, k), at_ns);

	k->pending = false;
	if (c->ending || meets_gap(c, k->corr, f.set_ns, at_ns))
		told_add(c, k, OUTCOME_UNKNOWN, &f);
	else {
		fire_on(c, k, &f);
		k->firing = false; /* armed again: each start is judged on its own */
	}
	key_guard(c, k);
	reset(co, k);
}

void
chain_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = t->at_ns;

	if (t->phase == PHASE_DEADLINE)
		deadline(c, k, at_ns);
	else if (k->firing && last_step(co, k)->first_ns + co->timespan_ns < at_ns)
		fire_off(c, k, at_ns);
	rest(c, k, at_ns);
}
