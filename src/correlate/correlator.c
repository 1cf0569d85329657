/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which correlations a match takes part in, and timers in the order of their times. What a
 * kind of correlation does stands in count.c, measure.c, together.c and chain.c.
 */
#include "correlate/correlator.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

#define TIMERS_PER_KEY 4

static int
timer_cmp(const void *pa, const void *pb)
{
	const struct timer *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->corr != b->corr)
		return a->corr < b->corr ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static bool
add_use(struct uses *u, uint32_t corr, uint32_t ref)
{
	struct use *p = realloc(u->list, (u->n + 1) * sizeof(*p));

	if (p == NULL)
		return false;
	u->list = p;
	u->list[u->n++] = (struct use){ corr, ref };
	return true;
}

/* Later refs first: one record never serves two steps of a chain. */
static bool
find_uses(struct correlator *c)
{
	for (uint32_t i = 0; i < c->rs->n_corrs; i++)
		for (uint32_t k = (uint32_t)c->rs->corrs[i].n_refs; k-- > 0;) {
			uint32_t number = c->rs->corrs[i].refs[k].rule;
			struct uses *u = (number & CORRELATION_BIT) != 0
				? &c->corr_uses[number & ~CORRELATION_BIT]
				: &c->rule_uses[number];

			if (!add_use(u, i, k))
				return false;
		}
	return true;
}

struct correlator *
correlator_new(const struct ruleset *rs, const struct correlate_conf *conf)
{
	struct correlator *c = calloc(1, sizeof(*c));
	bool good;

	if (c == NULL)
		return NULL;
	c->rs = rs;
	c->conf = *conf;
	c->now_ns = TIME_NONE;
	buf_init(&c->scratch, (size_t)1 << 20);
	c->rule_uses = calloc(rs->n_rules + 1, sizeof(*c->rule_uses));
	c->corr_uses = calloc(rs->n_corrs + 1, sizeof(*c->corr_uses));
	c->keys = calloc(rs->n_corrs + 1, sizeof(*c->keys));
	c->agenda = heap_new(TIMERS_PER_KEY * conf->max_keys + 1024, timer_cmp);
	good = c->rule_uses != NULL && c->corr_uses != NULL && c->keys != NULL &&
		c->agenda != NULL && find_uses(c);
	for (size_t i = 0; good && i < rs->n_corrs; i++) {
		c->keys[i] = map_new(conf->max_keys + 1);
		good = c->keys[i] != NULL;
	}
	if (!good)
		correlator_free(&c);
	return c;
}

static void
free_queued(struct queued *q)
{
	if (q == NULL)
		return;
	free(q->bytes);
	free(q);
}

static void
free_keys(struct correlator *c)
{
	struct key *k = c->newest;

	while (k != NULL) {
		struct key *older = k->older;

		key_free(k);
		k = older;
	}
}

static void
free_uses(struct uses *u, size_t n)
{
	for (size_t i = 0; u != NULL && i < n; i++)
		free(u[i].list);
	free(u);
}

void
correlator_free(struct correlator **pc)
{
	struct correlator *c = *pc;
	struct timer *t;

	*pc = NULL;
	if (c == NULL)
		return;
	while (c->agenda != NULL && (t = heap_pop(c->agenda)) != NULL)
		free(t);
	if (c->agenda != NULL)
		heap_free(&c->agenda);
	free_keys(c);
	for (size_t i = 0; c->keys != NULL && i < c->rs->n_corrs; i++)
		if (c->keys[i] != NULL)
			map_free(&c->keys[i]);
	free(c->keys);
	free_uses(c->rule_uses, c->rs->n_rules);
	free_uses(c->corr_uses, c->rs->n_corrs);
	while (c->first != NULL) {
		struct queued *next = c->first->next;

		free_queued(c->first);
		c->first = next;
	}
	free_queued(c->current);
	buf_fini(&c->scratch);
	free(c);
}

/* A negated rule makes no key: nothing waits for it there. */
static bool
makes_key(const struct correlation *co, uint32_t ref)
{
	return !co->refs[ref].negated || co->type == CORR_TEMPORAL;
}

static void
hand_on(struct correlator *c, const struct use *u, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct key *k = key_get(c, u, l->m, makes_key(co, u->ref));

	if (k == NULL)
		return;
	if (l->m->quality > k->quality)
		k->quality = l->m->quality;
	switch (co->type) {
	case CORR_EVENT_COUNT:
	case CORR_VALUE_COUNT:
		count_link(c, k, l);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		measure_link(c, k, l);
		break;
	case CORR_TEMPORAL:
		together_link(c, k, u->ref, l);
		break;
	case CORR_TEMPORAL_ORDERED:
		chain_link(c, k, u->ref, l);
		break;
	}
}

static const struct uses *
uses_of(const struct correlator *c, uint32_t number)
{
	return (number & CORRELATION_BIT) != 0 ? &c->corr_uses[number & ~CORRELATION_BIT]
					       : &c->rule_uses[number];
}

void
correlator_feed(struct correlator *c, uint32_t number, const struct link *l)
{
	const struct uses *u = uses_of(c, number);

	for (size_t i = 0; i < u->n; i++)
		hand_on(c, &u->list[i], l);
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
		if (k != NULL)
			together_off(c, k, u->list[i].ref, m->at_ns);
	}
}

void
correlator_match(struct correlator *c, const struct match *m)
{
	struct link l = { .m = m,
		.first_ns = m->at_ns,
		.id = m->id,
		.inferred = m->quality != TIME_WRITTEN };

	c->counts.matches++;
	if (m->quality == TIME_FILE_DATE) {
		c->counts.no_clock++;
		return;
	}
	correlator_advance(c, m->at_ns);
	correlator_feed(c, m->rule, &l);
}

static void
run_timer(struct correlator *c, struct timer *t)
{
	struct key *k = t->key;

	k->timers--;
	c->now_ns = t->at_ns;
	switch (c->rs->corrs[t->corr].type) {
	case CORR_EVENT_COUNT:
	case CORR_VALUE_COUNT:
		count_timer(c, k, t);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		measure_timer(c, k, t);
		break;
	case CORR_TEMPORAL:
		together_timer(c, k, t);
		break;
	case CORR_TEMPORAL_ORDERED:
		chain_timer(c, k, t);
		break;
	}
	free(t);
}

void
correlator_advance(struct correlator *c, int64_t at_ns)
{
	struct timer *t;

	while ((t = heap_peek(c->agenda)) != NULL && t->at_ns < at_ns) {
		heap_pop(c->agenda);
		run_timer(c, t);
	}
	if (at_ns > c->now_ns)
		c->now_ns = at_ns;
}

size_t
correlator_end(struct correlator *c, int64_t now_ns)
{
	struct timer *t;
	size_t not_judged = 0;

	correlator_advance(c, now_ns < INT64_MAX ? now_ns + 1 : now_ns);
	c->ending = true;
	while ((t = heap_pop(c->agenda)) != NULL) {
		struct key *k = t->key;

		if (t->phase == PHASE_DEADLINE && k->pending && k->judge_ns == t->at_ns) {
			not_judged++;
			chain_timer(c, k, t);
		}
		free(t);
	}
	return not_judged;
}

void
correlator_gap(struct correlator *c, int64_t from_ns, int64_t to_ns)
{
	struct gap *g;

	/* Too many to keep: the last one widens. */
	if (c->n_gaps == sizeof(c->gaps) / sizeof(c->gaps[0])) {
		g = &c->gaps[c->n_gaps - 1];
		g->from_ns = from_ns < g->from_ns ? from_ns : g->from_ns;
		g->to_ns = to_ns > g->to_ns ? to_ns : g->to_ns;
		return;
	}
	c->gaps[c->n_gaps++] = (struct gap){ from_ns, to_ns };
}

bool
correlator_next(struct correlator *c, struct outcome *out)
{
	free_queued(c->current);
	c->current = c->first;
	if (c->current == NULL) {
		c->last = NULL;
		return false;
	}
	c->first = c->current->next;
	if (c->first == NULL)
		c->last = NULL;
	*out = c->current->o;
	return true;
}

int64_t
correlator_deadline(const struct correlator *c)
{
	const struct timer *t = heap_peek(c->agenda);

	return t == NULL ? INT64_MAX : t->at_ns;
}

const struct correlate_counts *
correlator_counts(const struct correlator *c)
{
	return &c->counts;
}
