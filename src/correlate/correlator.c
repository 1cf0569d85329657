/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which correlations a match takes part in, and timers in the order of their times. What
 * a kind of correlation does stands in count.c, measure.c, together.c and sequence.c.
 */
#include "correlate/correlator.h"

#include <stdlib.h>

#include "base/time.h"
#include "correlate/early.h"
#include "correlate/engine.h"
#include "correlate/measure.h"

#define KEY_BYTES   ((size_t)1024) /* on average of a key, without value_* */
#define ENTRY_BYTES ((size_t)512)  /* on average of an entry */
#define TEXT_MAX    ((size_t)64 * 1024)

/* Bounds what long captures and values can take. */
static size_t
bytes_limit(const struct ruleset *rs, const struct correlate_conf *conf)
{
	size_t key = KEY_BYTES, out, entries;

	for (size_t i = 0; i < rs->n_corrs; i++)
		if (correlation_measures(rs->corrs[i].type))
			key = KEY_BYTES + MEASURE_BYTES;
	if (__builtin_mul_overflow(conf->max_keys, key, &out) ||
		__builtin_mul_overflow(conf->max_entries, ENTRY_BYTES, &entries) ||
		__builtin_add_overflow(out, entries, &out) ||
		__builtin_add_overflow(out, (size_t)1 << 20, &out))
		return SIZE_MAX / 2;
	return out;
}

struct correlator *
correlator_new(const struct ruleset *rs, const struct correlate_conf *conf)
{
	struct correlator *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->rs = rs;
	c->conf = *conf;
	c->now_ns = TIME_NONE;
	table_init(&c->table);
	pool_init(&c->pool, bytes_limit(rs, conf));
	buf_init(&c->told, SIZE_MAX / 2);
	buf_init(&c->gone, SIZE_MAX / 2);
	buf_init(&c->state, SIZE_MAX / 2);
	buf_init(&c->scratch, TEXT_MAX);
	buf_init(&c->key_text, TEXT_MAX);
	c->plans = plans_new(rs, conf->asked);
	c->blind_ns = calloc(rs->n_corrs + 1, sizeof(*c->blind_ns));
	for (size_t i = 0; c->blind_ns != NULL && i < rs->n_corrs; i++)
		c->blind_ns[i] = NEVER;
	if (c->plans == NULL || c->blind_ns == NULL)
		correlator_free(&c);
	return c;
}

void
correlator_free(struct correlator **pc)
{
	struct correlator *c = *pc;

	*pc = NULL;
	if (c == NULL)
		return;
	plans_free(&c->plans);
	table_fini(&c->table);
	pool_fini(&c->pool);
	free(c->agenda.heap);
	free(c->index.slots);
	free(c->spilled.slots);
	free(c->texts);
	free(c->blind_ns);
	buf_fini(&c->told);
	buf_fini(&c->gone);
	buf_fini(&c->state);
	buf_fini(&c->scratch);
	buf_fini(&c->key_text);
	free(c);
}

/* A negated rule makes no key: nothing waits for it there. */
static bool
makes_key(const struct correlation *co, uint32_t ref)
{
	return !co->refs[ref].negated || co->type == CORR_TEMPORAL;
}

struct key *
correlator_hand_on(struct correlator *c, const struct use *u, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct key *k = key_get(c, u, l->m, makes_key(co, u->ref));
	bool left = false;

	if (k == NULL)
		return NULL;
	key_lower(k, l->m->quality);
	switch (co->type) {
	case CORR_EVENT_COUNT:
	case CORR_VALUE_COUNT:
		left = count_link(c, k, l);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		left = measure_link(c, k, l);
		break;
	case CORR_TEMPORAL:
		left = together_link(c, k, u->ref, l);
		break;
	case CORR_TEMPORAL_ORDERED:
		left = sequence_link(c, k, u->ref, l);
		break;
	}
	if (left)
		key_settle(c, k);
	else
		key_drop(c, k);
	return left ? k : NULL;
}

static const struct uses *
uses_of(const struct correlator *c, uint32_t number)
{
	return (number & CORRELATION_BIT) != 0
		       ? &c->plans->of[number & ~CORRELATION_BIT].outer
		       : &c->plans->rules[number];
}

/* "Slow and no restart": the restart may be forgotten while it is slow all the time. */
static bool
looks_back(const struct correlator *c, const struct use *u)
{
	const struct correlation *co = &c->rs->corrs[u->corr];

	return co->type == CORR_TEMPORAL && co->has_not;
}

void
correlator_feed(struct correlator *c, uint32_t number, const struct link *l)
{
	const struct uses *u = uses_of(c, number);

	for (size_t i = 0; i < u->n; i++)
		if (l->again && !looks_back(c, &u->list[i]))
			continue;
		else if (c->early != NULL)
			early_link(c, &u->list[i], l);
		else
			(void)correlator_hand_on(c, &u->list[i], l);
}

void
correlator_feed_off(struct correlator *c, uint32_t number, const struct match *m)
{
	const struct uses *u = uses_of(c, number);

	for (size_t i = 0; i < u->n; i++) {
		struct key *k;

		if (c->rs->corrs[u->list[i].corr].type != CORR_TEMPORAL)
			continue;
		k = key_get(c, &u->list[i], m, false);
		if (k == NULL)
			continue;
		if (together_off(c, k, u->list[i].ref, m->at_ns))
			key_settle(c, k);
		else
			key_drop(c, k);
	}
}

static struct link
link_of(struct correlator *c, const struct match *m)
{
	return (struct link){ .m = m,
		.serial = link_serial(c),
		.first_ns = m->at_ns,
		.span_ns = m->at_ns,
		.id = m->id,
		.inferred = m->quality >= TIME_ARRIVAL };
}

/* A key's next timer; afterwards the key may be gone. */
static void
run_timer(struct correlator *c, struct key *k)
{
	bool judge = k->judge_ns <= k->clear_ns, left = false;
	int64_t at_ns = judge ? k->judge_ns : k->clear_ns;

	*(judge ? &k->judge_ns : &k->clear_ns) = NEVER;
	switch (key_corr(c, k)->type) {
	case CORR_EVENT_COUNT:
	case CORR_VALUE_COUNT:
		left = count_timer(c, k, at_ns, judge);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		left = measure_timer(c, k, at_ns);
		break;
	case CORR_TEMPORAL:
		left = together_timer(c, k, at_ns, judge);
		break;
	case CORR_TEMPORAL_ORDERED:
		left = sequence_timer(c, k, at_ns, judge);
		break;
	}
	if (left)
		key_settle(c, k);
	else
		key_drop(c, k);
}

/* What is out comes back first: then it is the first again, as a key. */
static void
run_first(struct correlator *c)
{
	struct stub *s = c->agenda.heap[0].stub;

	if (!s->out)
		run_timer(c, stub_key(s));
	else if (stub_spilled(s)->forget)
		spilled_forget(c, stub_spilled(s));
	else
		spilled_take(c, stub_spilled(s));
}

/* Whether advancing to at_ns does anything. */
static bool
is_behind(const struct correlator *c, int64_t at_ns)
{
	return at_ns > c->now_ns || c->restored ||
	       (c->agenda.len > 0 && c->agenda.heap[0].at_ns < at_ns);
}

bool
correlator_advance(struct correlator *c, int64_t at_ns)
{
	lane_flush(c);
	if (c->restored)
		state_settle(c);
	while (c->agenda.len > 0 && c->agenda.heap[0].at_ns < at_ns)
		run_first(c);
	if (at_ns > c->now_ns) {
		c->now_ns = at_ns;
		c->own_changed = true;
	}
	return told_waits(c);
}

bool
correlator_match(struct correlator *c, const struct match *m)
{
	struct link l = link_of(c, m);

	lane_flush(c);
	c->counts.matches++;
	c->own_changed = true;
	if (m->quality == TIME_FILE_DATE) {
		c->counts.no_clock++;
		return told_waits(c);
	}
	if (is_behind(c, m->at_ns))
		(void)correlator_advance(c, m->at_ns);
	lane_feed(c, &l);
	c->counts.bytes = c->pool.used + c->n_places;
	return told_waits(c);
}

void
early_match(struct correlator *c, const struct match *m)
{
	struct link l = link_of(c, m);

	if (m->quality != TIME_FILE_DATE)
		correlator_feed(c, m->rule, &l);
}

/* A first whole window that did not end. */
static void
tell_unknown(struct correlator *c, struct key *k)
{
	struct fire f = { .at_ns = k->judge_ns,
		.first_ns = k->start_ns,
		.last_ns = k->start_ns,
		.set_ns = k->start_ns };

	k->deciding = k->latest;
	told_add(c, k, OUTCOME_UNKNOWN, &f);
	k->pending = false;
}

/* Returns whether it was not judged. */
static bool
end_key(struct correlator *c, struct key *k)
{
	bool pending = k->pending;

	if (pending && key_corr(c, k)->type == CORR_TEMPORAL_ORDERED) {
		run_timer(c, k);
		return true;
	}
	if (pending)
		tell_unknown(c, k);
	k->judge_ns = k->clear_ns = NEVER;
	key_settle(c, k);
	return pending;
}

size_t
correlator_end(struct correlator *c, int64_t now_ns)
{
	size_t not_judged = 0;

	(void)correlator_advance(c, now_ns < INT64_MAX ? now_ns + 1 : now_ns);
	c->ending = true;
	while (c->agenda.len > 0) {
		struct stub *s = c->agenda.heap[0].stub;

		if (!s->out)
			not_judged += end_key(c, stub_key(s));
		else if (stub_spilled(s)->pending)
			spilled_take(c, stub_spilled(s));
		else
			agenda_put(c, s, NEVER, s->phase);
	}
	return not_judged;
}

int64_t
correlator_deadline(const struct correlator *c)
{
	return c->agenda.len == 0 ? INT64_MAX : c->agenda.heap[0].at_ns;
}

const struct correlate_counts *
correlator_counts(const struct correlator *c)
{
	return &c->counts;
}
