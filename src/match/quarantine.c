/* SPDX-License-Identifier: Apache-2.0 */
#include "match/quarantine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/time.h"

#define STEPS_MAX   UINT64_C(100000) /* of one rule in one block */
#define BLOCK       (UINT64_C(16) << 20)
#define WINDOW_NS   (10 * TIME_MIN) /* of event time: live, a block ends with it, too */
#define SPENDERS    ((size_t)200000)
#define FORGET_EACH 10000 /* so many without room: all are looked at once */
#define CASES_MAX   ((size_t)10000)
#define NAME_MAX    ((size_t)4096) /* bytes of a source's name */
#define NO_SOURCE   UINT64_MAX
#define WHY_OFF \
	"what it looks for costs too much (%.*s:%u; LIMITS in gumshoe-rules(5) says what helps)"

/* What one rule spent in one block; live, in the last one. */
struct spent {
	uint64_t block;
	int64_t from_ns;
	uint64_t steps;
};

/* A rule that is off in a source. */
struct off {
	uint32_t rule;
	uint64_t source_id;
	struct str source; /* its name: it may be gone itself */
	uint64_t from;     /* offset of the first record it is off for */
	int64_t at_ns;
	bool told;
};

struct key {
	uint64_t source_id;
	uint64_t rule;
	uint64_t block;
};

enum { STATE_ON, STATE_OFF_SOMEWHERE, STATE_OUT };

struct quarantine {
	const struct ruleset *rules; /* borrowed */
	bool batch;
	_Atomic unsigned char *state; /* by rule */
	unsigned char *sources;       /* by rule: in how many it is off; under lock */
	bool *told;                   /* by rule: that it is off everywhere */
	_Atomic uint64_t changes;
	pthread_mutex_t lock;
	struct map *spent;  /* key -> struct spent, owned */
	struct map *offs;   /* key without a block -> struct off, owned */
	struct off **cases; /* the same */
	struct arena *names;
	size_t missed; /* spenders that found no room */
	size_t n_cases, cap_cases;
	bool sorted;
};

struct quarantine *
quarantine_new(const struct ruleset *rs, bool batch)
{
	struct quarantine *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->rules = rs;
	q->batch = batch;
	pthread_mutex_init(&q->lock, NULL);
	q->state = calloc(rs->n_rules + 1, sizeof(*q->state));
	q->sources = calloc(rs->n_rules + 1, sizeof(*q->sources));
	q->told = calloc(rs->n_rules + 1, sizeof(*q->told));
	q->spent = map_new(SPENDERS);
	q->offs = map_new(CASES_MAX);
	q->names = arena_new("names of sources", CASES_MAX * NAME_MAX);
	if (q->names == NULL || q->told == NULL || q->state == NULL ||
		q->sources == NULL || q->spent == NULL || q->offs == NULL)
		quarantine_free(&q);
	return q;
}

static void
free_all(struct map **pm)
{
	size_t pos = 0;
	void *value;

	if (*pm == NULL)
		return;
	while (map_next(*pm, &pos, NULL, &value))
		free(value);
	map_free(pm);
}

void
quarantine_free(struct quarantine **pq)
{
	struct quarantine *q = *pq;

	*pq = NULL;
	if (q == NULL)
		return;
	free_all(&q->spent);
	free_all(&q->offs);
	if (q->names != NULL)
		arena_free(&q->names);
	pthread_mutex_destroy(&q->lock);
	free(q->cases);
	free(q->sources);
	free(q->told);
	free(q->state);
	free(q);
}

/* Events and pods come from one place. */
static uint64_t
id_of(const struct source *source)
{
	return source != NULL ? source->id : NO_SOURCE;
}

static const struct source *
source_of(const struct record *r)
{
	return r->category == RECORD_LOG ? r->source : NULL;
}

static uint64_t
offset_of(const struct record *r)
{
	return source_of(r) != NULL ? r->place.offset : 0;
}

/* The value of the key, made of size bytes if it has none; NULL: there is no room. */
static void *
find_or_make(struct map *m, const struct key *key, size_t size)
{
	struct str text = { (const char *)key, sizeof(*key) };
	void **slot = map_get(m, text), *value;

	if (slot != NULL)
		return *slot;
	value = calloc(1, size);
	slot = value != NULL ? map_put(m, text, NULL) : NULL;
	if (slot == NULL) {
		free(value);
		return NULL;
	}
	*slot = value;
	return value;
}

static struct off *
find_off(const struct quarantine *q, uint32_t rule, uint64_t source_id)
{
	const struct key key = { source_id, rule, 0 };
	void **slot = map_get(q->offs, (struct str){ (const char *)&key, sizeof(key) });

	return slot != NULL ? *slot : NULL;
}

static bool
is_off_at(const struct quarantine *q, uint32_t rule, uint64_t source_id, uint64_t offset)
{
	const struct off *o = find_off(q, rule, source_id);

	return o != NULL && offset >= o->from;
}

bool
quarantine_is_on(const struct quarantine *q, uint32_t rule)
{
	return atomic_load_explicit(&q->state[rule], memory_order_relaxed) == STATE_ON;
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
quarantine_list(struct quarantine *q, const struct source *source, uint64_t offset,
	unsigned char *off)
{
	bool any = false;

	pthread_mutex_lock(&q->lock);
	for (uint32_t i = 0; i < q->rules->n_rules; i++) {
		unsigned state = atomic_load_explicit(&q->state[i], memory_order_relaxed);

		off[i] = state == STATE_OUT ||
			 (state == STATE_OFF_SOMEWHERE && source != NULL &&
				 is_off_at(q, i, source->id, offset));
		any = any || off[i];
	}
	pthread_mutex_unlock(&q->lock);
	return any;
}

size_t
quarantine_rules(const struct quarantine *q)
{
	size_t n = 0;

	for (uint32_t i = 0; i < q->rules->n_rules; i++)
		n += !quarantine_is_on(q, i);
	return n;
}

/* The rule is off somewhere. */
static bool
is_off_there(struct quarantine *q, uint32_t rule, uint64_t source_id, uint64_t offset)
{
	bool off;

	pthread_mutex_lock(&q->lock);
	off = is_off_at(q, rule, source_id, offset);
	pthread_mutex_unlock(&q->lock);
	return off;
}

bool
quarantine_is_off(struct quarantine *q, uint32_t rule, const struct record *r)
{
	unsigned state = atomic_load_explicit(&q->state[rule], memory_order_relaxed);

	if (state != STATE_OFF_SOMEWHERE)
		return state == STATE_OUT;
	return is_off_there(q, rule, id_of(source_of(r)), offset_of(r));
}

bool
quarantine_drops(struct quarantine *q, const struct match *m)
{
	unsigned state = atomic_load_explicit(&q->state[m->rule], memory_order_relaxed);
	bool log = m->category == RECORD_LOG;

	if (!q->batch || state != STATE_OFF_SOMEWHERE)
		return q->batch && state == STATE_OUT;
	return is_off_there(
		q, m->rule, log ? m->source_id : NO_SOURCE, log ? m->place.offset : 0);
}

/* NULL: there is no room. */
static struct off *
add_case(struct quarantine *q, uint32_t rule, const struct source *source)
{
	const struct key key = { id_of(source), rule, 0 };
	size_t cap = q->cap_cases ? 2 * q->cap_cases : 16;
	struct off *o;

	if (q->n_cases == q->cap_cases) {
		struct off **p = realloc(q->cases, cap * sizeof(*p));

		if (p == NULL)
			return NULL;
		q->cases = p;
		q->cap_cases = cap;
	}
	o = find_or_make(q->offs, &key, sizeof(*o));
	if (o == NULL)
		return NULL;
	*o = (struct off){ .rule = rule, .source_id = id_of(source), .from = UINT64_MAX };
	o->source = source != NULL ? arena_copy(q->names, source->name)
				   : STR("events and pods");
	q->cases[q->n_cases++] = o;
	q->sorted = false;
	return o;
}

static void
switch_off(struct quarantine *q, uint32_t rule, const struct record *r)
{
	const struct source *source = source_of(r);
	struct off *o = find_off(q, rule, id_of(source));
	uint64_t from = q->batch ? offset_of(r) / BLOCK * BLOCK : 0;
	bool out;

	if (o == NULL) {
		o = add_case(q, rule, source);
		if (o == NULL)
			return;
		o->at_ns = q->batch ? TIME_NONE : r->at_ns;
		out = ++q->sources[rule] >= QUARANTINE_SOURCES;
		atomic_store_explicit(&q->state[rule],
			out ? STATE_OUT : STATE_OFF_SOMEWHERE, memory_order_relaxed);
	}
	if (from < o->from)
		o->from = from;
	atomic_fetch_add(&q->changes, 1);
}

/* What ended a window ago spent nothing that counts still: it makes room. */
static void
forget_spent(struct quarantine *q, int64_t now_ns)
{
	size_t pos = 0;
	struct str key;
	void *value;

	while (map_next(q->spent, &pos, &key, &value)) {
		const struct spent *s = value;

		if (now_ns - s->from_ns < WINDOW_NS)
			continue;
		(void)map_del(q->spent, key);
		free(value);
	}
}

/* Live, what was spent before is forgotten with time. */
static struct spent *
spent_of(struct quarantine *q, uint32_t rule, const struct record *r)
{
	uint64_t block = offset_of(r) / BLOCK;
	const struct key key = { id_of(source_of(r)), rule, q->batch ? block : 0 };
	struct spent *s = find_or_make(q->spent, &key, sizeof(*s));

	if (s == NULL && !q->batch && q->missed++ % FORGET_EACH == 0) {
		forget_spent(q, r->at_ns);
		s = find_or_make(q->spent, &key, sizeof(*s));
	}

	if (s == NULL || q->batch)
		return s;
	if (s->steps == 0 || s->block != block || r->at_ns - s->from_ns >= WINDOW_NS)
		*s = (struct spent){ .block = block, .from_ns = r->at_ns };
	return s;
}

void
quarantine_charge(
	struct quarantine *q, uint32_t rule, const struct record *r, uint64_t steps)
{
	struct spent *s;

	pthread_mutex_lock(&q->lock);
	s = quarantine_is_out(q, rule) ||
			    is_off_at(q, rule, id_of(source_of(r)), offset_of(r))
		    ? NULL
		    : spent_of(q, rule, r);
	if (s != NULL) {
		s->steps += steps;
		if (s->steps > STEPS_MAX)
			switch_off(q, rule, r);
	}
	pthread_mutex_unlock(&q->lock);
}

static int
by_rule(const void *pa, const void *pb)
{
	const struct off *a = *(struct off *const *)pa;
	const struct off *b = *(struct off *const *)pb;
	uint64_t x = a->source_id, y = b->source_id;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return (x > y) - (x < y);
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
		q->cases[i]->at_ns };
	return true;
}

static void
tell_case(const struct quarantine *q, const struct off *o, bool everywhere)
{
	const struct rule *r = &q->rules->rules[o->rule];

	if (everywhere)
		log_error("rule", "%.*s is switched off everywhere: " WHY_OFF,
			STR_ARG(r->name), STR_ARG(r->file), r->line);
	else
		log_error("rule", "%.*s is switched off for %.*s: " WHY_OFF,
			STR_ARG(r->name), STR_ARG(o->source), STR_ARG(r->file), r->line);
}

void
quarantine_tell(struct quarantine *q)
{
	struct quarantine_case first;
	bool sorts;

	pthread_mutex_lock(&q->lock);
	sorts = quarantine_at(q, 0, &first);
	for (size_t i = 0; sorts && i < q->n_cases; i++) {
		struct off *o = q->cases[i];
		bool out = quarantine_is_out(q, o->rule);

		if (out ? !q->told[o->rule] : !o->told)
			tell_case(q, o, out);
		q->told[o->rule] = q->told[o->rule] || out;
		o->told = true;
	}
	pthread_mutex_unlock(&q->lock);
}
