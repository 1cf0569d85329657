/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small shop by hand: rules, correlations and matches for the tests of incident/, and a
 * store in a temporary file. One thread.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/time.h"
#include "incident/incident.h"
#include "incident/report.h"
#include "tap.h"

/* 2025-10-28T10:00:00Z */
#define KIT_START   INT64_C(1761645600000000000)
#define AT(seconds) (KIT_START + (int64_t)((seconds)*1000) * TIME_MS)

enum {
	R_CREATED,
	R_FAILED,
	R_PAID,
	R_SCALED,
	R_LOGIN,
	R_RESTART,
	R_NPM,
	R_KILLING,
	R_BACKOFF,
	R_ALONE,
	R_COUNT
};
enum { C_OUTAGE, C_DOWN, C_SLOW, C_CRASH, C_COUNT };
#define CORR(c) (CORRELATION_BIT | (uint32_t)(c))

struct kit {
	struct rule rule[R_COUNT];
	struct correlation corr[C_COUNT];
	struct corr_ref ref[C_COUNT][4];
	struct ruleset rs;
	struct source_table *sources;
	const struct source *source;
	char path[32];
	struct store *store;
	struct incidents *incidents;
	struct incidents_conf conf;
	uint64_t next_id;
};

static const struct str kit_namespace[] = { { "namespace", 9 } };
static const struct str kit_service[] = { { "namespace", 9 }, { "service", 7 } };

static inline int64_t
kit_wall(void)
{
	static int64_t wall_ns = INT64_C(1800000000) * TIME_S;

	return wall_ns += TIME_S;
}

static inline void
kit_correlation(struct kit *k, unsigned c, const char *name_z, const struct str *key,
	size_t n_key, const uint32_t *rules, size_t n)
{
	struct correlation *co = &k->corr[c];

	co->name = co->title = str_z(name_z);
	co->level = LEVEL_HIGH;
	co->refs = k->ref[c];
	co->n_refs = n;
	/* The test reads it only. */
	co->group_by = (struct str *)(uintptr_t)key;
	co->n_group_by = n_key;
	co->timespan_ns = 5 * TIME_MIN;
	for (size_t i = 0; i < n; i++)
		co->refs[i] =
			(struct corr_ref){ .rule = rules[i], .fields = co->group_by };
	co->incident.present = true;
	co->incident.title = co->title;
	co->incident.lookback_ns = co->incident.resolve_after_ns = 10 * TIME_MIN;
}

static inline void
kit_rules(struct kit *k)
{
	static const char *const names_z[R_COUNT] = { "order_created", "payment_failed",
		"order_paid", "scaled_to_zero", "login", "restarted", "npm_sigterm",
		"killing", "backoff", "alone" };

	for (size_t r = 0; r < R_COUNT; r++) {
		k->rule[r].name = k->rule[r].title = str_z(names_z[r]);
		k->rule[r].level = LEVEL_MEDIUM;
		k->rule[r].named = true;
	}
	k->rule[R_RESTART].category = RECORD_POD;
	k->rule[R_KILLING].category = k->rule[R_BACKOFF].category = RECORD_EVENT;
	k->rule[R_SCALED].category = RECORD_EVENT;
}

static inline void
kit_correlations(struct kit *k)
{
	static const uint32_t outage[] = { R_FAILED };
	static const uint32_t down[] = { R_SCALED, R_FAILED };
	static const uint32_t slow[] = { R_LOGIN };
	static const uint32_t crash[] = { R_NPM, R_BACKOFF };
	static uint32_t timeline[] = { R_CREATED, R_FAILED };
	static uint32_t deaths[] = { R_RESTART, R_NPM, R_KILLING };
	static uint32_t over_down[] = { CORR(C_DOWN) };
	static uint32_t over_slow[] = { CORR(C_SLOW) };
	static struct field where[] = { { { "service", 7 }, { "payment", 7 } } };
	static struct cause causes[] = {
		{ .rule = R_SCALED, .where = where, .n_where = 1 }
	};
	struct incident_conf *i;

	kit_correlation(k, C_OUTAGE, "payment_outage", kit_namespace, 1, outage, 1);
	k->corr[C_OUTAGE].type = CORR_VALUE_COUNT;
	k->corr[C_OUTAGE].field = STR("order_id");
	i = &k->corr[C_OUTAGE].incident;
	i->title = STR("{count} orders failed to pay in {namespace}");
	i->timeline = timeline;
	i->n_timeline = 2;
	i->causes = causes;
	i->n_causes = 1;
	i->supersedes = over_down;
	i->n_supersedes = 1;
	kit_correlation(k, C_DOWN, "payment_down", kit_namespace, 1, down, 2);
	k->corr[C_DOWN].type = CORR_TEMPORAL_ORDERED;
	kit_correlation(k, C_SLOW, "slow", kit_service, 2, slow, 1);
	k->corr[C_SLOW].type = CORR_VALUE_PERCENTILE;
	kit_correlation(k, C_CRASH, "crash_loop", kit_service, 2, crash, 2);
	k->corr[C_CRASH].type = CORR_TEMPORAL;
	i = &k->corr[C_CRASH].incident;
	i->title = STR("{service} died {count} times ({count:backoff} back-offs)");
	i->deaths = deaths;
	i->n_deaths = 3;
	i->supersedes = over_slow;
	i->n_supersedes = 1;
}

/* A crash loop of orders mutes the outage and what comes before it, in its namespace. */
static inline void
kit_mute(struct kit *k)
{
	static struct mute_pair pairs[] = { { .own = 0, .its = 0 },
		{ .own = 1, .its = SIZE_MAX, .text = { "orders", 6 } } };
	static struct mute mutes[] = { { .number = CORR(C_OUTAGE), pairs, 2, { 0 } },
		{ .number = CORR(C_DOWN), pairs, 2, { 0 } } };

	k->corr[C_CRASH].incident.mutes = mutes;
	k->corr[C_CRASH].incident.n_mutes = ARRAY_LEN(mutes);
}

/* A fresh shop; kit_open() makes its incidents after a test has changed the rules. */
static inline void
kit_init(struct kit *k)
{
	static const struct str labels[LABEL_COUNT] = { { "sock-shop", 9 }, { "", 0 },
		{ "", 0 }, { "orders", 6 }, { "", 0 }, { "", 0 }, { "", 0 } };
	int fd;

	*k = (struct kit){ 0 };
	kit_rules(k);
	kit_correlations(k);
	k->rs = (struct ruleset){
		.rules = k->rule, .n_rules = R_COUNT, .corrs = k->corr, .n_corrs = C_COUNT
	};
	k->conf = (struct incidents_conf){
		.max_open = 100, .max_values = 100, .wall_ns = kit_wall
	};
	memcpy(k->path, "/tmp/gumshoe-test-XXXXXX", 25);
	fd = mkstemp(k->path);
	OK(fd >= 0);
	close(fd);
	OK(store_open(k->path, STORE_REPLACE, true, &k->store) == 0);
	OK(store_begin(k->store) == 0);
	k->sources = source_table_new(10, SOURCES_STAY);
	k->source = source_table_get(k->sources, STR("orders.log"), labels);
}

static inline void
kit_open(struct kit *k)
{
	k->incidents = incidents_new(&k->rs, k->sources, k->store, &k->conf);
	OK(k->incidents != NULL);
}

static inline void
kit_fini(struct kit *k)
{
	if (k->incidents != NULL)
		incidents_free(&k->incidents);
	store_close(&k->store);
	source_table_free(&k->sources);
	unlink(k->path);
}

/* Views must outlive the call only. capture "name=value;name=value". */
static inline uint64_t
kit_match(struct kit *k, uint32_t rule, int64_t at_ns, const char *captures_z)
{
	struct str rest = str_z(captures_z);
	struct match m = { .rule = rule,
		.source = k->source->index,
		.source_id = k->source->id,
		.id = ++k->next_id,
		.at_ns = at_ns,
		.category = k->rule[rule].category,
		.place = { .offset = k->next_id * 100 },
		.weight = 1,
		.text = STR("what the log said") };

	m.label[LABEL_NAMESPACE] = STR("sock-shop");
	m.label[LABEL_SERVICE] = STR("orders");
	while (rest.len > 0) {
		struct str one = str_cut(&rest, ';');
		struct str name = str_cut(&one, '=');

		if (label_find(name) != LABEL_COUNT)
			m.label[label_find(name)] = one;
		else if (str_eq(name, STR("weight")))
			m.weight = (uint32_t)(one.ptr[0] - '0');
		else
			m.capture[m.n_captures++] = (struct field){ name, one };
	}
	OK(incidents_advance(k->incidents, at_ns) == 0);
	OK(incidents_match(k->incidents, &m, MATCH_IN_ORDER) == 0);
	return m.id;
}

/* Fired, for the sock-shop and the service orders if it is keyed by it. */
static inline struct outcome
kit_fired(unsigned c, int64_t first_ns, int64_t at_ns, uint64_t deciding, uint64_t count)
{
	struct outcome o = { .kind = OUTCOME_FIRED,
		.corr = c,
		.key = { { "sock-shop", 9 }, { "orders", 6 } },
		.n_key = c == C_SLOW || c == C_CRASH ? 2 : 1,
		.at_ns = at_ns,
		.first_ns = first_ns,
		.last_ns = at_ns,
		.deciding = deciding,
		.count = count };

	return o;
}

static inline void
kit_outcome(struct kit *k, const struct outcome *o)
{
	OK(incidents_advance(k->incidents, o->at_ns) == 0);
	OK(incidents_outcome(k->incidents, o) == 0);
}

/* The n-th incident by opened_at as JSON; NULL when there are fewer. */
static inline json_t *
kit_report(struct kit *k, size_t n)
{
	struct store_query *q = store_incidents(k->store, STR(""));
	struct incident_row row;
	json_t *out = NULL;

	for (size_t i = 0; store_next_incident(q, &row); i++)
		if (i == n) {
			out = report_incident(k->store, row.id);
			break;
		}
	store_query_free(&q);
	return out;
}

static inline bool
kit_is(const json_t *obj, const char *key_z, const char *text_z)
{
	bool same = str_eq(json_member_text(obj, key_z), str_z(text_z));

	if (!same)
		printf("# %s is \"%.*s\"\n", key_z,
			STR_ARG(json_member_text(obj, key_z)));
	return same;
}

static inline int64_t
kit_number(const json_t *obj, const char *path_z)
{
	return json_i64(json_at(obj, str_z(path_z)), -1);
}
