/* SPDX-License-Identifier: Apache-2.0 */
#include "match/quarantine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "base/time.h"

#define STEPS_MAX UINT64_C(300000) /* of one rule in one source */
#define WINDOW_NS (10 * TIME_MIN)  /* of event time; then it begins anew */
#define SPENDERS  ((size_t)200000)
#define CASES_MAX ((size_t)10000)
#define NO_SOURCE UINT64_MAX

/* What one rule spent in one source. */
struct spent {
	uint32_t rule;
	const struct source *source;
	int64_t from_ns;
	int64_t off_ns;
	uint64_t steps;
	bool off, told;
};

struct key {
	uint64_t source_id;
	uint64_t rule;
};

enum { STATE_ON, STATE_OFF_SOMEWHERE, STATE_OUT };

struct quarantine {
	const struct ruleset *rules;  /* borrowed */
	_Atomic unsigned char *state; /* by rule */
	unsigned char *sources;       /* by rule: in how many it is off; under lock */
	bool *told;                   /* by rule: that it is off everywhere */
	_Atomic uint64_t changes;
	pthread_mutex_t lock;
	struct map *spent;    /* key -> struct spent, owned */
	struct spent **cases; /* those that are off */
	size_t n_cases, cap_cases;
	bool sorted;
};

struct quarantine *
quarantine_new(const struct ruleset *rs)
{
	struct quarantine *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->rules = rs;
	pthread_mutex_init(&q->lock, NULL);
	q->state = calloc(rs->n_rules + 1, sizeof(*q->state));
	q->sources = calloc(rs->n_rules + 1, sizeof(*q->sources));
	q->told = calloc(rs->n_rules + 1, sizeof(*q->told));
	q->spent = map_new(SPENDERS);
	if (q->told == NULL || q->state == NULL || q->sources == NULL || q->spent == NULL)
		quarantine_free(&q);
	return q;
}

void
quarantine_free(struct quarantine **pq)
{
	struct quarantine *q = *pq;
	size_t pos = 0;
	void *value;

	*pq = NULL;
	if (q == NULL)
		return;
	while (q->spent != NULL && map_next(q->spent, &pos, NULL, &value))
		free(value);
	if (q->spent != NULL)
		map_free(&q->spent);
	pthread_mutex_destroy(&q->lock);
	free(q->cases);
	free(q->sources);
	free(q->told);
	free(q->state);
	free(q);
}

static struct key
key_of(uint32_t rule, const struct source *source)
{
	return (struct key){ source != NULL ? source->id : NO_SOURCE, rule };
}

/* Events and pods come from one place. */
static const struct source *
source_of(const struct record *r)
{
	return r->category == RECORD_LOG ? r->source : NULL;
}

static struct spent *
find(struct quarantine *q, uint32_t rule, const struct source *source, bool make)
{
	struct key key = key_of(rule, source);
	struct str text = { (const char *)&key, sizeof(key) };
	void **slot = map_get(q->spent, text);
	struct spent *s;

	if (slot != NULL || !make)
		return slot != NULL ? *slot : NULL;
	s = calloc(1, sizeof(*s));
	slot = s != NULL ? map_put(q->spent, text, NULL) : NULL;
	if (slot == NULL) {
		free(s);
		return NULL;
	}
	*s = (struct spent){ .rule = rule, .source = source, .from_ns = TIME_NONE };
	*slot = s;
	return s;
}

bool
quarantine_is_out(const struct quarantine *q, uint32_t rule)
{
	return atomic_load_explicit(&q->state[rule], memory_order_relaxed) == STATE_OUT;
}

uint64_t
quarantine_changes(const struct quarantine *q)
{
	return atomic_load_explicit(&q->changes, memory_order_acquire);
}

bool
quarantine_list(struct quarantine *q, const struct source *source, unsigned char *off)
{
	bool any = false;

	pthread_mutex_lock(&q->lock);
	for (uint32_t i = 0; i < q->rules->n_rules; i++) {
		unsigned state = atomic_load_explicit(&q->state[i], memory_order_relaxed);
		const struct spent *s = NULL;

		if (state == STATE_OFF_SOMEWHERE && source != NULL)
			s = find(q, i, source, false);
		off[i] = state == STATE_OUT || (s != NULL && s->off);
		any = any || off[i];
	}
	pthread_mutex_unlock(&q->lock);
	return any;
}

size_t
quarantine_rules(const struct quarantine *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->rules->n_rules; i++)
		n += atomic_load(&q->state[i]) != STATE_ON;
	return n;
}

bool
quarantine_is_off(struct quarantine *q, uint32_t rule, const struct record *r)
{
	unsigned state = atomic_load_explicit(&q->state[rule], memory_order_relaxed);
	const struct spent *s;
	bool off;

	if (state != STATE_OFF_SOMEWHERE)
		return state == STATE_OUT;
	pthread_mutex_lock(&q->lock);
	s = find(q, rule, source_of(r), false);
	off = s != NULL && s->off;
	pthread_mutex_unlock(&q->lock);
	return off;
}

static void
switch_off(struct quarantine *q, struct spent *s, int64_t at_ns)
{
	bool out;

	if (q->n_cases == CASES_MAX)
		return;
	if (q->n_cases == q->cap_cases) {
		size_t cap = q->cap_cases ? 2 * q->cap_cases : 16;
		struct spent **p = realloc(q->cases, cap * sizeof(*p));

		if (p == NULL)
			return;
		q->cases = p;
		q->cap_cases = cap;
	}
	q->cases[q->n_cases++] = s;
	q->sorted = false;
	s->off = true;
	s->off_ns = at_ns;
	out = ++q->sources[s->rule] >= QUARANTINE_SOURCES;
	atomic_store_explicit(&q->state[s->rule], out ? STATE_OUT : STATE_OFF_SOMEWHERE,
		memory_order_relaxed);
	atomic_fetch_add(&q->changes, 1);
}

void
quarantine_charge(
	struct quarantine *q, uint32_t rule, const struct record *r, uint64_t steps)
{
	struct spent *s;

	pthread_mutex_lock(&q->lock);
	s = find(q, rule, source_of(r), true);
	if (s != NULL && !s->off && !quarantine_is_out(q, rule)) {
		if (s->from_ns == TIME_NONE || r->at_ns - s->from_ns >= WINDOW_NS) {
			s->from_ns = r->at_ns;
			s->steps = 0;
		}
		s->steps += steps;
		if (s->steps > STEPS_MAX)
			switch_off(q, s, r->at_ns);
	}
	pthread_mutex_unlock(&q->lock);
}

static int
by_rule(const void *pa, const void *pb)
{
	const struct spent *a = *(struct spent *const *)pa;
	const struct spent *b = *(struct spent *const *)pb;
	struct key x = key_of(a->rule, a->source), y = key_of(b->rule, b->source);

	if (x.rule != y.rule)
		return x.rule < y.rule ? -1 : 1;
	return (x.source_id > y.source_id) - (x.source_id < y.source_id);
}

bool
quarantine_at(struct quarantine *q, size_t i, struct quarantine_case *out)
{
	if (i >= q->n_cases)
		return false;
	if (!q->sorted)
		qsort(q->cases, q->n_cases, sizeof(q->cases[0]), by_rule);
	q->sorted = true;
	*out = (struct quarantine_case){ q->cases[i]->rule, q->cases[i]->source,
		q->cases[i]->off_ns };
	return true;
}

static void
tell_case(const struct quarantine *q, const struct spent *s)
{
	struct str rule = q->rules->rules[s->rule].name;

	log_error("rule",
		"%.*s is switched off for %.*s: its regexes cost too much there",
		STR_ARG(rule),
		STR_ARG(s->source != NULL ? s->source->name : STR("events and pods")));
}

void
quarantine_tell(struct quarantine *q)
{
	struct quarantine_case first;
	bool sorts;

	pthread_mutex_lock(&q->lock);
	sorts = quarantine_at(q, 0, &first);
	for (size_t i = 0; sorts && i < q->n_cases; i++) {
		struct spent *s = q->cases[i];
		bool out = quarantine_is_out(q, s->rule);

		if (out && !q->told[s->rule])
			log_error("rule",
				"%.*s is switched off everywhere: its regexes cost too much",
				STR_ARG(q->rules->rules[s->rule].name));
		else if (!out && !s->told)
			tell_case(q, s);
		q->told[s->rule] = q->told[s->rule] || out;
		s->told = true;
	}
	pthread_mutex_unlock(&q->lock);
}
