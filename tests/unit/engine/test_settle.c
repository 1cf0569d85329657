/* SPDX-License-Identifier: Apache-2.0 */
/* Who is alone with correlator and incidents tells them later, and finds the same. */
#include "engine/settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "rules/load.h"
#include "tap.h"

#define START   (INT64_C(1761645600) * TIME_S)
#define MATCHES 6000
#define SOURCES 5

enum { R_SLOW, R_BROKEN };

static const char yaml[] =
	"title: Slow\nname: slow\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: 'took (?P<v>[0-9.]+)'}\n  condition: s\n---\n"
	"title: Broken\nname: broken\nlogsource: {category: log}\ndetection:\n"
	"  s: {message: broken}\n  condition: s\n---\n"
	"title: Late\nname: late\ncorrelation:\n  type: value_percentile\n"
	"  rules: [slow]\n  group-by: [service]\n  timespan: 1m\n"
	"  condition: {field: v, percentile: 90, gt: 4}\n"
	"incident: {hold: 5s, resolve-after: 20s, min-samples: 3}\n---\n"
	"title: Long\nname: long\ncorrelation:\n  type: value_avg\n  rules: [slow]\n"
	"  group-by: [service]\n  timespan: 2m\n  condition: {field: v, gt: 3}\n"
	"incident: {resolve-after: 40s}\n---\n"
	"title: Down\nname: down\ncorrelation:\n  type: event_count\n  rules: [broken]\n"
	"  group-by: [service]\n  timespan: 10s\n  condition: {gte: 5}\n"
	"incident: {resolve-after: 15s}\n";

static const char *const services_z[] = { "carts", "orders", "users", "orders", "users" };
static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % n;
}

static int64_t
wall_ns(void)
{
	return START;
}

/* Most say a number. At times these are large, some are none, and clocks are unsure. */
static void
next_match(struct match *m, size_t i, bool bad)
{
	static char value_z[16];
	uint32_t s = draw(SOURCES);

	*m = (struct match){ .rule = draw(12) > 0 ? R_SLOW : R_BROKEN,
		.source = s,
		.source_id = 100 + s,
		.id = i + 1,
		.at_ns = m->at_ns + (int64_t)draw(200) * TIME_MS,
		.quality = draw(100) > 0 ? TIME_WRITTEN : TIME_FILE_DATE,
		.category = RECORD_LOG,
		.place = { i, 0 },
		.weight = 1 + draw(2),
		.label = { [LABEL_SERVICE] = str_z(services_z[s]) } };
	snprintf(value_z, sizeof(value_z), "%u.%u", draw(bad ? 12 : 4), draw(10));
	if (draw(50) == 0)
		snprintf(value_z, sizeof(value_z), "none");
	if (m->rule == R_SLOW)
		m->capture[m->n_captures++] = (struct field){ STR("v"), str_z(value_z) };
}

static void
tell(struct store *store, struct buf *b)
{
	struct store_query *q = store_incidents(store, STR(""));
	struct incident_row i;
	struct entry_row e;

	while (store_next_incident(q, &i))
		buf_printf(b,
			"%.*s %.*s %.*s %.*s %" PRIi64 " %" PRIi64 " %" PRIi64 " %" PRIi64
			" %" PRIu64 "\n",
			STR_ARG(i.id), STR_ARG(i.rule), STR_ARG(i.key[0].value),
			STR_ARG(i.state), i.first_ns - START, i.last_ns - START,
			i.opened_ns - START, i.resolved_ns - START, i.count);
	store_query_free(&q);
	q = store_entries(store, INT64_MIN, INT64_MAX, NULL, 0);
	while (store_next_entry(q, &e))
		buf_printf(b, "%" PRIu64 " %" PRIi64 "\n", e.id, e.at_ns - START);
	store_query_free(&q);
}

static void
run(const struct ruleset *rs, bool alone, struct buf *told)
{
	char path_z[] = "/tmp/gumshoe-settle-XXXXXX";
	struct source_table *sources = source_table_new(10, SOURCES_STAY);
	struct incidents_conf ic = {
		.max_open = 100, .max_values = 100, .late_rows = true, .wall_ns = wall_ns
	};
	struct correlate_conf cc = { .max_keys = 100, .max_entries = 10000 };
	struct settle_conf sc = { .per_commit = 500, .alone = alone };
	struct match m = { .at_ns = START };
	struct settle *s;
	size_t open = 0;
	int err = 0;

	close(mkstemp(path_z));
	OK(store_open(path_z, STORE_REPLACE, true, &sc.store) == 0);
	sc.incidents = incidents_new(rs, sources, sc.store, &ic);
	cc.asked = incidents_asked(sc.incidents);
	sc.correlator = correlator_new(rs, &cc);
	s = settle_new(&sc);
	for (size_t i = 0; i < MATCHES && err == 0; i++) {
		next_match(&m, i, i / 700 % 3 == 1);
		err = settle_match(s, &m, false);
	}
	OK(err == 0 && settle_end(s, m.at_ns + TIME_MIN, &open) == 0);
	OK(store_commit(sc.store) == 0 && store_finish(sc.store) == 0);
	OK(correlator_counts(sc.correlator)->no_number > 0);
	tell(sc.store, told);
	settle_free(&s);
	incidents_free(&sc.incidents);
	correlator_free(&sc.correlator);
	store_close(&sc.store);
	source_table_free(&sources);
	unlink(path_z);
}

int
main(void)
{
	struct ruleset *rs = NULL;
	struct buf told[2];

	OK(rules_load_text("test.yaml", str_z(yaml), stdout, &rs) == 0);
	for (uint32_t round = 1; round <= 5; round++) {
		for (int k = 0; k < 2; k++) {
			buf_init(&told[k], (size_t)1 << 22);
			seed = 88172645U + round;
			run(rs, k == 1, &told[k]);
		}
		OK(told[0].len > 1000);
		OK(str_eq(buf_str(&told[0]), buf_str(&told[1])));
		buf_fini(&told[0]);
		buf_fini(&told[1]);
	}
	ruleset_free(&rs);
	return tap_done();
}
