/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "incident/advance.h"
#include "incident/asked.h"
#include "incident/index.h"
#include "incident/ledger.h"
#include "incident/life.h"
#include "incident/promise.h"
#include "incident/publish.h"
#include "incident/report.h"

#define KEY_BYTES  ((size_t)64 * 1024)
#define IDS_BYTES  ((size_t)64 << 20)
#define FIELD_ROOM MATCH_CAPTURES

struct incidents *
incidents_new(const struct ruleset *rs, const struct source_table *sources,
	struct store *store, const struct incidents_conf *conf)
{
	struct incidents *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	i->rules = rs;
	i->sources = sources;
	i->store = store;
	i->conf = *conf;
	i->now_ns = i->match_ns = i->flushed_ns = TIME_NONE;
	buf_init(&i->scratch, KEY_BYTES);
	buf_init(&i->opened, IDS_BYTES);
	buf_init(&i->saved, IDS_BYTES);
	buf_init(&i->gone, IDS_BYTES);
	buf_init(&i->after, IDS_BYTES);
	i->order = 1;
	i->plan = plan_new(rs);
	i->table = map_new(conf->max_open);
	i->promises = map_new(conf->max_open);
	/* Twice: those that resolved and are remembered for a while. */
	i->timers = heap_new(3 * conf->max_open + 1, index_timer_cmp);
	if (i->plan != NULL) {
		i->asked = asked_new(i->plan);
		i->by_opener = calloc(i->plan->n_openers + 1, sizeof(struct incident *));
	}
	if (i->plan == NULL || i->asked == NULL || i->table == NULL ||
		i->promises == NULL || i->timers == NULL || i->by_opener == NULL)
		incidents_free(&i);
	return i;
}

void
incidents_free(struct incidents **pi)
{
	struct incidents *i = *pi;

	*pi = NULL;
	if (i == NULL)
		return;
	promise_free_all(i);
	reporter_free(&i->reporter);
	if (i->by_opener != NULL)
		life_free_all(i);
	if (i->plan != NULL)
		plan_free(&i->plan);
	if (i->table != NULL)
		map_free(&i->table);
	if (i->promises != NULL)
		map_free(&i->promises);
	if (i->timers != NULL)
		heap_free(&i->timers);
	buf_fini(&i->scratch);
	buf_fini(&i->opened);
	buf_fini(&i->saved);
	buf_fini(&i->gone);
	buf_fini(&i->after);
	free(i->by_opener);
	free(i);
}

void
incidents_clock(struct incidents *i, int64_t wall_ns)
{
	i->wall_ns = wall_ns;
}

/* A namespace that nobody knows is a key value like any other. */
static bool
key_value(const struct match *m, struct str name, struct str *out)
{
	if (match_field(m, name, out))
		return true;
	*out = STR("unknown");
	return str_eq(name, label_names[LABEL_NAMESPACE]);
}

/* The live incident that m is keyed to by l, or NULL. False: m has no such key. */
static bool
find_linked(struct incidents *i, const struct plan_link *l, const struct match *m,
	struct str key[CORRELATE_KEY_MAX], struct incident **out)
{
	const struct plan_opener *o = &i->plan->openers[plan_index(i->plan, l->opener)];

	for (size_t k = 0; k < o->n_key; k++)
		if (!key_value(m, l->fields[k], &key[k]))
			return false;
	if (!index_key(i, l->opener, key, o->n_key))
		return false;
	*out = index_find(i);
	return true;
}

/* A rule that opens by itself: its match is all there is to decide. */
static struct outcome
fired_by_rule(const struct plan_opener *o, const struct match *m, const struct str *key)
{
	struct outcome out = { .kind = OUTCOME_FIRED,
		.n_key = o->n_key,
		.at_ns = m->at_ns,
		.first_ns = m->at_ns,
		.last_ns = m->at_ns,
		.deciding = m->id,
		.count = m->weight,
		.quality = m->quality };

	memcpy(out.key, key, o->n_key * sizeof(out.key[0]));
	for (size_t k = 0; k < m->n_captures && k < FIELD_ROOM; k++)
		out.capture[out.n_captures++] = m->capture[k];
	for (size_t k = 0; k < LABEL_COUNT && out.n_captures < FIELD_ROOM; k++)
		if (m->label[k].len > 0)
			out.capture[out.n_captures++] =
				(struct field){ label_names[k], m->label[k] };
	return out;
}

/* Whether m can do nothing to l's incidents: there are none, and it opens none. */
static inline bool
is_idle(const struct incidents *i, const struct plan_link *l)
{
	return (l->opener & CORRELATION_BIT) != 0 &&
	       i->by_opener[plan_index(i->plan, l->opener)] == NULL;
}

static int
feed(struct incidents *i, const struct plan_link *l, const struct match *m, bool late)
{
	const struct plan_opener *o = &i->plan->openers[plan_index(i->plan, l->opener)];
	struct str key[CORRELATE_KEY_MAX];
	struct str value = { 0 };
	struct incident *x = NULL;
	struct outcome out;
	bool by_rule = (l->opener & CORRELATION_BIT) == 0;

	if (!find_linked(i, l, m, key, &x))
		return 0;
	if (x == NULL) {
		if (!by_rule || late)
			return 0;
		out = fired_by_rule(o, m, key);
		return life_open(i, o, &out);
	}
	if (l->sample && !x->holds)
		return 0;
	if (l->value.len > 0)
		(void)match_field(m, l->value, &value);
	return life_extend(i, x, m, value);
}

static int
resolve_linked(struct incidents *i, const struct plan_link *l, const struct match *m)
{
	struct str key[CORRELATE_KEY_MAX];
	struct incident *x = NULL;

	if (!find_linked(i, l, m, key, &x) || x == NULL || m->at_ns < x->last_ns)
		return 0;
	return life_resolve(i, x, m->at_ns);
}

/* Whether the rule is a cause of incidents, or one of their deaths. */
static bool
is_suspect(const struct incident_conf *c, uint32_t rule)
{
	for (size_t k = 0; k < c->n_causes; k++)
		if (c->causes[k].rule == rule)
			return true;
	for (size_t k = 0; k < c->n_deaths; k++)
		if (c->deaths[k] == rule)
			return true;
	return false;
}

/* A cause that comes late attaches by an update. */
static void
touch_suspecting(struct incidents *i, uint32_t rule)
{
	for (size_t n = 0; n < i->plan->n_openers; n++) {
		struct incident *x = i->by_opener[n];

		if (x == NULL || !is_suspect(i->plan->openers[n].conf, rule))
			continue;
		for (; x != NULL; x = x->next)
			index_touch(i, x);
	}
	for (struct incident *p = i->promised; p != NULL; p = p->next)
		p->untold = p->untold || is_suspect(p->opener->conf, rule);
}

/* Nothing that still comes can make the match untrue. */
static int
promise_by_rule(struct incidents *i, const struct plan_link *l, const struct match *m)
{
	const struct plan_opener *o = &i->plan->openers[plan_index(i->plan, l->opener)];
	struct str key[CORRELATE_KEY_MAX];
	struct incident *x = NULL;
	struct outcome out;

	if (!find_linked(i, l, m, key, &x) || x != NULL)
		return 0;
	out = fired_by_rule(o, m, key);
	return promise_make(i, o, &out);
}

bool
incidents_keep(const struct incidents *i, uint32_t rule)
{
	return i->conf.keep_all || i->plan->wanted[rule];
}

const struct outcome_asked *
incidents_asked(const struct incidents *i)
{
	return i->asked;
}

/* Whether nothing but a count is made of a rule's matches. */
static bool
is_unused(const struct plan *p, const struct rule *rule, uint32_t number)
{
	return rule->category == RECORD_LOG && !rule->named && p->feeds[number].n == 0 &&
	       p->ends[number].n == 0;
}

static void
find_needs(const struct plan *p, enum match_need *of)
{
	for (uint32_t i = 0; i < p->rules->n_rules; i++) {
		of[i] = NEED_FIELDS;
		if (p->wanted[i])
			of[i] = NEED_ALL;
		else if (is_unused(p, &p->rules->rules[i], i))
			of[i] = NEED_COUNT;
	}
}

bool
incidents_needs(const struct ruleset *rs, struct arena *a, struct match_needs *out)
{
	struct plan *p = plan_new(rs);
	bool good;

	out->of = arena_alloc(a, (rs->n_rules + 1) * sizeof(*out->of));
	good = p != NULL && out->of != NULL &&
	       asked_names(p, a, &out->names, &out->n_names);
	if (good)
		find_needs(p, out->of);
	plan_free(&p);
	return good;
}

int
incidents_arrived(struct incidents *i, const struct match *m)
{
	const struct ledger ledger = { i->rules, i->sources, i->store, &i->plan->touches,
		i->conf.tally };

	const struct plan_links *feeds = &i->plan->feeds[m->rule];
	int err = 0;

	if (incidents_keep(i, m->rule))
		err = ledger_entry(&ledger, m);
	for (size_t k = 0; err == 0 && k < feeds->n; k++)
		if ((feeds->at[k].opener & CORRELATION_BIT) == 0)
			err = promise_by_rule(i, &feeds->at[k], m);
	return err;
}

/* An entry of the match, unless it has one, and what its rule marks. */
static int
note_match(struct incidents *i, const struct match *m, bool entry)
{
	const struct ledger ledger = { i->rules, i->sources, i->store, &i->plan->touches,
		i->conf.tally };
	int err = entry ? ledger_entry(&ledger, m) : 0;

	return err != 0 ? err : ledger_marks(&ledger, m);
}

int
incidents_match(struct incidents *i, const struct match *m, enum match_way way)
{
	const struct plan_links *feeds = &i->plan->feeds[m->rule];
	const struct plan_links *ends = &i->plan->ends[m->rule];
	bool entry = way != MATCH_ARRIVED && incidents_keep(i, m->rule);
	bool late = way == MATCH_LATE;
	int err = 0;

	if (entry || i->rules->rules[m->rule].n_marks > 0 || i->conf.tally != NULL)
		err = note_match(i, m, entry);
	if (i->conf.at_once && i->plan->suspected[m->rule])
		touch_suspecting(i, m->rule);
	if (m->quality == TIME_FILE_DATE)
		return err; /* it says nothing of when */
	for (size_t k = 0; err == 0 && k < feeds->n; k++)
		if (!is_idle(i, &feeds->at[k]))
			err = feed(i, &feeds->at[k], m, late);
	for (size_t k = 0; err == 0 && k < ends->n; k++)
		if (i->by_opener[plan_index(i->plan, ends->at[k].opener)] != NULL)
			err = resolve_linked(i, &ends->at[k], m);
	if (late)
		return err;
	if (m->at_ns >= i->match_ns) {
		i->match_ns = m->at_ns;
		i->match_id = m->id;
	}
	return err;
}

/* Whether a match of the rule does nothing to any incident. */
static bool
is_apart(const struct incidents *i, uint32_t rule)
{
	const struct plan_links *feeds = &i->plan->feeds[rule];
	const struct plan_links *ends = &i->plan->ends[rule];

	if (incidents_keep(i, rule) || i->rules->rules[rule].n_marks > 0 ||
		i->conf.tally != NULL || (i->conf.at_once && i->plan->suspected[rule]))
		return false;
	for (size_t k = 0; k < feeds->n; k++)
		if (!is_idle(i, &feeds->at[k]))
			return false;
	for (size_t k = 0; k < ends->n; k++)
		if (i->by_opener[plan_index(i->plan, ends->at[k].opener)] != NULL)
			return false;
	return true;
}

int64_t
incidents_calm(const struct incidents *i, uint32_t rule)
{
	return is_apart(i, rule) ? advance_calm(i) : TIME_NONE;
}

/* A key field of another opener, as a firing knows it. */
static bool
fired_value(const struct correlation *c, const struct outcome *o, struct str name,
	struct str *out)
{
	for (size_t k = 0; k < o->n_key && k < c->n_group_by; k++)
		if (str_eq(c->group_by[k], name)) {
			*out = o->key[k];
			return true;
		}
	for (size_t k = 0; k < o->n_captures; k++)
		if (str_eq(o->capture[k].name, name)) {
			*out = o->capture[k].value;
			return true;
		}
	return false;
}

/* The live incident that a firing is keyed to by l, or NULL. */
static struct incident *
find_fired(struct incidents *i, const struct plan_link *l, const struct outcome *o)
{
	const struct plan_opener *op = &i->plan->openers[plan_index(i->plan, l->opener)];
	struct str key[CORRELATE_KEY_MAX];

	for (size_t k = 0; k < op->n_key; k++)
		if (!fired_value(&i->rules->corrs[o->corr], o, l->fields[k], &key[k]))
			return NULL;
	return index_key(i, l->opener, key, op->n_key) ? index_find(i) : NULL;
}

/* A named correlation's firing is a match of those that name it. */
static int
feed_fired(struct incidents *i, const struct plan_link *l, const struct outcome *o)
{
	const struct match m = { .id = o->deciding, .at_ns = o->at_ns, .weight = 1 };
	struct incident *x = find_fired(i, l, o);
	struct str value = { 0 };

	if (x == NULL || (l->sample && !x->holds))
		return 0;
	if (l->value.len > 0)
		(void)fired_value(&i->rules->corrs[o->corr], o, l->value, &value);
	return life_extend(i, x, &m, value);
}

static int
use_fired(struct incidents *i, const struct outcome *o)
{
	size_t index = plan_index(i->plan, o->corr | CORRELATION_BIT);
	const struct plan_links *feeds = &i->plan->feeds[index];
	const struct plan_links *ends = &i->plan->ends[index];
	int err = 0;

	for (size_t n = 0; err == 0 && n < feeds->n; n++)
		err = feed_fired(i, &feeds->at[n], o);
	for (size_t n = 0; err == 0 && n < ends->n; n++) {
		struct incident *x = find_fired(i, &ends->at[n], o);

		if (x != NULL && o->at_ns >= x->last_ns)
			err = life_resolve(i, x, o->at_ns);
	}
	return err;
}

static int
on_fired(struct incidents *i, const struct plan_opener *o, const struct outcome *out)
{
	struct incident *x = index_find(i);

	if (x != NULL && x->state == INCIDENT_SUPERSEDED &&
		!life_covered(i, x, out->first_ns)) {
		life_drop(i, x); /* what folded it is over: this is a new one */
		x = NULL;
		if (!index_key(i, o->number, out->key, out->n_key))
			return -ENOMEM;
	}
	return x != NULL ? life_again(i, x, out) : life_open(i, o, out);
}

int
incidents_outcome(struct incidents *i, const struct outcome *o)
{
	const struct ledger ledger = { i->rules, i->sources, i->store, &i->plan->touches,
		i->conf.tally };
	uint32_t number = o->corr | CORRELATION_BIT;
	const struct plan_opener *opener = &i->plan->openers[plan_index(i->plan, number)];
	struct incident *x;
	int err = 0;

	if (o->kind != OUTCOME_CLEARED)
		err = ledger_fired(&ledger, o);
	if (err == 0 && o->kind == OUTCOME_FIRED)
		err = use_fired(i, o);
	if (err != 0 || !opener->opens || o->n_key != opener->n_key)
		return err;
	if (!index_key(i, number, o->key, o->n_key))
		return -ENOMEM;
	switch (o->kind) {
	case OUTCOME_FIRED:
		return on_fired(i, opener, o);
	case OUTCOME_CLEARED:
		x = index_find(i);
		if (x != NULL)
			life_clear(i, x);
		return 0;
	case OUTCOME_UNKNOWN:
		return 0;
	}
	return 0;
}

/* What holds must last, and a ledger is of what has settled: neither is told early. */
int
incidents_early(struct incidents *i, const struct outcome *o)
{
	uint32_t number = o->corr | CORRELATION_BIT;
	const struct plan_opener *opener = &i->plan->openers[plan_index(i->plan, number)];

	if (o->kind != OUTCOME_FIRED || !opener->opens || o->n_key != opener->n_key)
		return 0;
	if (!index_key(i, number, o->key, o->n_key))
		return -ENOMEM;
	return promise_make(i, opener, o);
}

int
incidents_advance(struct incidents *i, int64_t at_ns)
{
	return advance_to(i, at_ns);
}

/* A hold that has not passed is not known to be one. */
static size_t
count_waiting(const struct incidents *i)
{
	size_t pos = 0;
	size_t n = 0;
	void *value;

	while (map_next(i->table, &pos, NULL, &value))
		n += ((const struct incident *)value)->state == INCIDENT_CANDIDATE;
	return n;
}

int
incidents_end(struct incidents *i, int64_t now_ns, size_t *not_judged)
{
	int err = advance_to(i, now_ns < INT64_MAX ? now_ns + 1 : now_ns);

	*not_judged += count_waiting(i);
	if (err == 0)
		err = store_put_meta_i64(
			i->store, STR("not_judged"), (int64_t)*not_judged);
	if (err == 0)
		err = advance_flush(i);
	return err != 0 ? err : publish_all(i);
}

int64_t
incidents_deadline(const struct incidents *i)
{
	return advance_deadline(i);
}

uint64_t
incidents_findings(const struct incidents *i)
{
	return i->findings;
}

size_t
incidents_count(const struct incidents *i)
{
	return i->listed;
}
