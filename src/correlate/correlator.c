/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which correlations a match takes part in, and timers in the order of their times. What
 * a kind of correlation does stands in count.c, measure.c, together.c and chain.c.
 */
#include "correlate/correlator.h"

#include <stdlib.h>

#include "base/time.h"
#include "correlate/engine.h"

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
			struct uses *u =
				(number & CORRELATION_BIT) != 0
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
	buf_init(&c->scratch, (size_t)1 << 20);
	buf_init(&c->spare, (size_t)64 * 1024);
	c->rule_uses = calloc(rs->n_rules + 1, sizeof(*c->rule_uses));
	c->corr_uses = calloc(rs->n_corrs + 1, sizeof(*c->corr_uses));
	c->keys = calloc(rs->n_corrs + 1, sizeof(*c->keys));
	c->blind_ns = calloc(rs->n_corrs + 1, sizeof(*c->blind_ns));
	for (size_t i = 0; c->blind_ns != NULL && i < rs->n_corrs; i++)
		c->blind_ns[i] = INT64_MAX;
	good = c->blind_ns != NULL && c->rule_uses != NULL && c->corr_uses != NULL &&
	       c->keys != NULL && find_uses(c);
	for (size_t i = 0; good && i < rs->n_corrs; i++) {
		c->keys[i] = map_new(conf->max_keys + 1);
		good = c->keys[i] != NULL;
	}
	if (!good)
		correlator_free(&c);
	return c;
}

static void
free_keys(struct map **pm)
{
	size_t pos = 0;
	void *k;

	if (*pm == NULL)
		return;
	while (map_next(*pm, &pos, NULL, &k))
		key_free(k);
	map_free(pm);
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

	*pc = NULL;
	if (c == NULL)
		return;
	for (size_t i = 0; c->keys != NULL && i < c->rs->n_corrs; i++)
		free_keys(&c->keys[i]);
	free(c->keys);
	free(c->blind_ns);
	free_uses(c->rule_uses, c->rs->n_rules);
	free_uses(c->corr_uses, c->rs->n_corrs);
	free(c->agenda.heap);
	told_free(c);
	buf_fini(&c->scratch);
	buf_fini(&c->spare);
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
		.span_ns = m->at_ns,
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

/* The timer is a part of its key, which may be dropped here. */
static void
run_timer(struct correlator *c, struct timer *t)
{
	struct key *k = t->key;
	const struct timer fired = *t;

	agenda_unset(c, t);
	switch (c->rs->corrs[k->corr].type) {
	case CORR_EVENT_COUNT:
	case CORR_VALUE_COUNT:
		count_timer(c, k, &fired);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		measure_timer(c, k, &fired);
		break;
	case CORR_TEMPORAL:
		together_timer(c, k, &fired);
		break;
	case CORR_TEMPORAL_ORDERED:
		chain_timer(c, k, &fired);
		break;
	}
}

void
correlator_advance(struct correlator *c, int64_t at_ns)
{
	while (c->agenda.len > 0 && c->agenda.heap[0]->at_ns < at_ns)
		run_timer(c, c->agenda.heap[0]);
}

size_t
correlator_end(struct correlator *c, int64_t now_ns)
{
	size_t not_judged = 0;

	correlator_advance(c, now_ns < INT64_MAX ? now_ns + 1 : now_ns);
	c->ending = true;
	while (c->agenda.len > 0) {
		struct timer *t = c->agenda.heap[0];

		if (t->phase == PHASE_DEADLINE) {
			not_judged++;
			run_timer(c, t);
		} else
			agenda_unset(c, t);
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

/* Correlations of correlations: cycles are refused at load. */
void
correlator_blind(struct correlator *c, uint32_t rule, int64_t from_ns)
{
	const struct uses *u = uses_of(c, rule);

	for (size_t i = 0; i < u->n; i++) {
		uint32_t corr = u->list[i].corr;

		if (from_ns < c->blind_ns[corr] &&
			c->rs->corrs[corr].refs[u->list[i].ref].negated)
			c->blind_ns[corr] = from_ns;
		correlator_blind(c, corr | CORRELATION_BIT, from_ns);
	}
}

int64_t
correlator_deadline(const struct correlator *c)
{
	return c->agenda.len == 0 ? INT64_MAX : c->agenda.heap[0]->at_ns;
}

const struct correlate_counts *
correlator_counts(const struct correlator *c)
{
	return &c->counts;
}
