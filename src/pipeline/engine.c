/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/time.h"
#include "correlate/arrive.h"
#include "incident/incident.h"
#include "pipeline/settle.h"

#define MAX_KEYS       ((size_t)100000)
#define MAX_PENDING    ((size_t)200000)
#define MAX_SOURCES    ((size_t)100000)
#define MAX_OPEN       10000
#define MAX_VALUES     10000
#define COMMIT_MATCHES 20000
#define COMMIT_NS      (50 * TIME_MS)
#define QUIET_NS       TIME_S

/* How far one source has been read. */
struct source_mark {
	uint64_t id;
	int64_t last_ns; /* TIME_NONE: no time yet */
	bool idle;
};

struct engine {
	struct engine_conf conf;
	const struct ruleset *rules;
	struct store *store;
	struct arrive *arrive;
	struct correlator *correlator;
	struct incidents *incidents;
	struct settle *settle;
	struct map *mark_of; /* source id -> its index in marks, from 1 */
	struct source_mark *marks;
	size_t n_marks, cap_marks;
	int64_t *blind_ns;  /* owned, by rule: since when it is switched off, or INT64_MAX
			     */
	int64_t settled_ns; /* the watermark of the last commit */
	int64_t since_ns;   /* monotonic: the first look after the last commit */
	size_t matches;     /* since the last commit */
	bool moved;         /* positions or watermarks did */
	uint64_t findings;  /* of incidents, at the last commit */
	struct engine_counts counts;
};

static int
start(struct engine *e, const struct source_table *sources)
{
	struct correlate_conf cc = { .max_keys = e->conf.max_keys,
		.max_entries = 20 * e->conf.max_keys };
	struct incidents_conf ic = { .max_open = MAX_OPEN,
		.max_values = MAX_VALUES,
		.destinations = e->conf.destinations,
		.n_destinations = e->conf.n_destinations,
		.at_once = true };

	e->mark_of = map_new(MAX_SOURCES);
	e->arrive = arrive_new(e->rules, e->conf.max_pending);
	e->correlator = correlator_new(e->rules, &cc);
	e->incidents = incidents_new(e->rules, sources, e->store, &ic);
	e->blind_ns = calloc(e->rules->n_rules + 1, sizeof(*e->blind_ns));
	for (size_t i = 0; e->blind_ns != NULL && i < e->rules->n_rules; i++)
		e->blind_ns[i] = INT64_MAX;
	if (e->blind_ns == NULL || e->mark_of == NULL || e->arrive == NULL ||
		e->correlator == NULL || e->incidents == NULL)
		return -ENOMEM;
	e->settle = settle_new(e->correlator, e->incidents, e->store, 0);
	return e->settle == NULL ? -ENOMEM : 0;
}

int
engine_open(const struct engine_conf *conf, const struct ruleset *rs,
	const struct source_table *sources, struct store *s, struct engine **out)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (e == NULL)
		return -ENOMEM;
	e->conf = *conf;
	e->conf.max_keys = conf->max_keys ? conf->max_keys : MAX_KEYS;
	e->conf.max_pending = conf->max_pending ? conf->max_pending : MAX_PENDING;
	e->conf.commit_matches =
		conf->commit_matches ? conf->commit_matches : COMMIT_MATCHES;
	e->conf.commit_ns = conf->commit_ns ? conf->commit_ns : COMMIT_NS;
	e->conf.quiet_ns = conf->quiet_ns ? conf->quiet_ns : QUIET_NS;
	e->rules = rs;
	e->store = s;
	e->settled_ns = e->since_ns = TIME_NONE;
	err = start(e, sources);
	if (err != 0)
		engine_free(&e);
	else
		*out = e;
	return err;
}

void
engine_free(struct engine **pe)
{
	struct engine *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->settle != NULL)
		settle_free(&e->settle);
	if (e->incidents != NULL)
		incidents_free(&e->incidents);
	if (e->correlator != NULL)
		correlator_free(&e->correlator);
	if (e->arrive != NULL)
		arrive_free(&e->arrive);
	if (e->mark_of != NULL)
		map_free(&e->mark_of);
	free(e->blind_ns);
	free(e->marks);
	free(e);
}

void
engine_clock(struct engine *e, int64_t wall_ns)
{
	incidents_clock(e->incidents, wall_ns);
}

/* What a match does when it arrives. */
static int
take_match(struct engine *e, const struct match *m)
{
	struct outcome o;
	int err;

	if (m->quality == TIME_FILE_DATE || !arrive_put(e->arrive, m))
		return incidents_match(e->incidents, m, true);
	err = incidents_arrived(e->incidents, m);
	while (err == 0 && arrive_early(e->arrive, &o))
		err = incidents_early(e->incidents, &o);
	return err;
}

int
engine_match(struct engine *e, const struct match *m)
{
	e->counts.matches++;
	e->matches++;
	return take_match(e, m);
}

static struct str
id_bytes(const uint64_t *id)
{
	return (struct str){ (const char *)id, sizeof(*id) };
}

/* NULL: out of memory, or too many sources. */
static struct source_mark *
mark_of(struct engine *e, uint64_t id)
{
	void **slot = map_put(e->mark_of, id_bytes(&id), NULL);

	if (slot == NULL)
		return NULL;
	if (*slot != NULL)
		return &e->marks[(uintptr_t)*slot - 1];
	if (e->n_marks == e->cap_marks) {
		size_t cap = e->cap_marks ? 2 * e->cap_marks : 16;
		struct source_mark *p = realloc(e->marks, cap * sizeof(*p));

		if (p == NULL) {
			map_del(e->mark_of, id_bytes(&id));
			return NULL;
		}
		e->marks = p;
		e->cap_marks = cap;
	}
	e->marks[e->n_marks] = (struct source_mark){ .id = id, .last_ns = TIME_NONE };
	*slot = (void *)(uintptr_t)++e->n_marks;
	return &e->marks[e->n_marks - 1];
}

int
engine_watermark(struct engine *e, uint64_t source_id, int64_t last_ns, bool idle)
{
	struct source_mark *m = mark_of(e, source_id);

	if (m == NULL)
		return -ENOMEM;
	e->moved |= last_ns > m->last_ns || idle != m->idle;
	if (last_ns > m->last_ns)
		m->last_ns = last_ns;
	m->idle = idle;
	return 0;
}

void
engine_source_gone(struct engine *e, uint64_t source_id)
{
	void **slot = map_get(e->mark_of, id_bytes(&source_id));

	size_t at;

	if (slot == NULL)
		return;
	at = (uintptr_t)*slot - 1;
	map_del(e->mark_of, id_bytes(&source_id));
	e->marks[at] = e->marks[--e->n_marks];
	if (at < e->n_marks) {
		slot = map_get(e->mark_of, id_bytes(&e->marks[at].id));
		*slot = (void *)(uintptr_t)(at + 1);
	}
	e->moved = true;
}

/* TIME_NONE: there is none yet. */
static int64_t
watermark(const struct engine *e)
{
	int64_t least_ns = INT64_MAX, most_ns = TIME_NONE;

	for (size_t i = 0; i < e->n_marks; i++) {
		const struct source_mark *m = &e->marks[i];

		if (m->last_ns > most_ns)
			most_ns = m->last_ns;
		if (!m->idle && m->last_ns < least_ns)
			least_ns = m->last_ns;
	}
	if (least_ns == INT64_MAX)
		least_ns = most_ns;
	if (least_ns < INT64_MIN + 1 + e->conf.lateness_ns)
		return e->settled_ns;
	least_ns -= e->conf.lateness_ns;
	return least_ns > e->settled_ns ? least_ns : e->settled_ns;
}

int
engine_gap(struct engine *e, int64_t from_ns, int64_t to_ns)
{
	e->moved = true;
	correlator_gap(e->correlator, from_ns, to_ns);
	return 0;
}

int
engine_blind(struct engine *e, uint32_t rule, int64_t from_ns)
{
	if (rule >= e->rules->n_rules || from_ns >= e->blind_ns[rule])
		return 0;
	e->moved = true;
	e->blind_ns[rule] = from_ns;
	correlator_blind(e->correlator, rule, from_ns);
	return 0;
}

/* Matches before mark_ns, then timers. */
static int
settle_to(struct engine *e, int64_t mark_ns)
{
	const struct match *m;
	int err = 0;

	while (err == 0 && (m = arrive_settled(e->arrive, mark_ns)) != NULL)
		err = settle_match(e->settle, m);
	return err;
}

/* Something more than a position waits to become true. */
static bool
is_busy(const struct engine *e)
{
	int64_t mark_ns;

	if (e->matches > 0 || arrive_counts(e->arrive)->pending > 0)
		return true;
	mark_ns = watermark(e);
	return correlator_deadline(e->correlator) < mark_ns ||
	       incidents_deadline(e->incidents) < mark_ns;
}

int64_t
engine_commit_due(struct engine *e, int64_t mono_ns)
{
	int64_t wait_ns;

	if (e->matches == 0 && !e->moved)
		return INT64_MAX;
	if (e->matches >= e->conf.commit_matches ||
		incidents_findings(e->incidents) != e->findings)
		return 0;
	if (e->since_ns == TIME_NONE)
		e->since_ns = mono_ns;
	wait_ns = is_busy(e) ? e->conf.commit_ns : e->conf.quiet_ns;
	wait_ns -= mono_ns - e->since_ns;
	return wait_ns > 0 ? wait_ns : 0;
}

int
engine_commit(struct engine *e, int64_t mono_ns)
{
	int64_t mark_ns = watermark(e);
	int err = 0;

	(void)mono_ns;
	if (mark_ns != TIME_NONE) {
		err = settle_to(e, mark_ns);
		if (err == 0)
			err = settle_advance(e->settle, mark_ns);
	}
	if (err == 0)
		err = settle_commit(e->settle);
	if (err != 0)
		return err;
	e->settled_ns = mark_ns;
	e->since_ns = TIME_NONE;
	e->matches = 0;
	e->moved = false;
	e->findings = incidents_findings(e->incidents);
	e->counts.commits++;
	return 0;
}

int
engine_end(struct engine *e, int64_t now_ns, size_t *not_judged)
{
	int err = settle_to(e, INT64_MAX);

	*not_judged = 0;
	if (err == 0 && now_ns != TIME_NONE)
		err = settle_end(e->settle, now_ns, not_judged);
	return err;
}

const struct engine_counts *
engine_counts(struct engine *e)
{
	e->counts.late = arrive_counts(e->arrive)->late;
	e->counts.full = arrive_counts(e->arrive)->full;
	return &e->counts;
}

const struct correlate_counts *
engine_correlate_counts(const struct engine *e)
{
	return correlator_counts(e->correlator);
}

int64_t
engine_settled(const struct engine *e)
{
	return e->settled_ns;
}
