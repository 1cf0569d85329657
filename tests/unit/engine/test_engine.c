/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine that is dropped at any moment and opened again on what its store has gives
 * the settled results of one that was never disturbed. Time is the test's. SEED says
 * where a random story begins.
 */
#include "engine/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/time.h"
#include "record/volume.h"
#include "rules/load.h"
#include "tap.h"

#define START    INT64_C(1761645600000000000)
#define LATENESS (30 * TIME_S)
#define STREAM   300

static const char yaml[] =
	"title: A\nname: created\nlogsource: {category: log}\n"
	"detection: {s: {message|re: 'c (?P<order_id>[0-9]+)'}, condition: s}\n"
	"marks: {order: created}\n---\n"
	"title: B\nname: failed\nlogsource: {category: log}\n"
	"detection: {s: {message|re: 'f (?P<order_id>[0-9]+)'}, condition: s}\n"
	"marks: {order: failed}\n---\n"
	"title: C\nname: paid\nlogsource: {category: log}\n"
	"detection: {s: {message|re: 'p (?P<order_id>[0-9]+) (?P<took>[0-9]+)'}, condition: s}\n"
	"marks: {order: paid}\n---\n"
	"title: D\nname: restarted\nlogsource: {category: log}\n"
	"detection: {s: {message|contains: again}, condition: s}\n---\n"
	"title: Outage\nname: outage\ncorrelation:\n  type: value_count\n  rules: [failed]\n"
	"  group-by: [namespace]\n  timespan: 2m\n  condition: {field: order_id, gte: 3}\n"
	"incident: {title: '{count} in {namespace}', timeline: [created, failed],\n"
	"  causes: [{rule: restarted}], resolve-after: 3m, resolve-on: [restarted],\n"
	"  supersedes: [many]}\n---\n"
	"title: Many\nname: many\ncorrelation:\n  type: event_count\n  rules: [failed]\n"
	"  group-by: [namespace]\n  timespan: 1m\n  condition: {gte: 2}\n"
	"incident: {title: '{count}', resolve-after: 1m}\n---\n"
	"title: Lost\nname: lost\ncorrelation:\n  type: temporal_ordered\n"
	"  rules: [created, paid, failed]\n  group-by: [order_id]\n  timespan: 1m\n"
	"  condition: created and not (paid or failed)\n"
	"incident: {title: 'lost {order_id}', resolve-after: 5m}\nmarks: {order: lost}\n---\n"
	"title: Slow\nname: slow\ncorrelation:\n  type: value_percentile\n  rules: [paid]\n"
	"  group-by: [namespace]\n  timespan: 1m\n"
	"  condition: {field: took, percentile: 90, gt: 70}\n"
	"incident: {title: 'slow', min-samples: 3, hold: 10s, resolve-after: 2m}\n---\n"
	"title: Both\nname: both\ncorrelation:\n  type: temporal\n  rules: [restarted, failed]\n"
	"  group-by: [namespace]\n  timespan: 30s\n"
	"incident: {title: 'both {order_id}', resolve-after: 2m}\n---\n"
	"title: Calm\nname: calm\ncorrelation:\n  type: temporal\n  rules: [failed, restarted]\n"
	"  group-by: [namespace]\n  timespan: 30s\n  condition: failed and not restarted\n"
	"incident: {title: 'calm', hold: 20s, resolve-after: 1m}\n---\n"
	"title: Silent\nname: silent\nlogsource: {category: volume}\n"
	"detection: {s: {silent_for|gte: 30}, condition: s}\n"
	"incident: {title: 'silent', key: [pod], resolve-after: 1m}\n---\n"
	"title: Volume\nname: volume\nlogsource: {category: volume}\n"
	"detection: {s: {lines|gte: 0}, condition: s}\n---\n"
	"title: Loud\nname: loud\ncorrelation:\n  type: value_avg\n  rules: [volume]\n"
	"  group-by: [namespace]\n  timespan: 1m\n"
	"  condition: {field: lines_ratio, gte: 1.2}\n"
	"incident: {title: 'loud', resolve-after: 1m}\n";

static struct ruleset *rules;
static uint64_t seed;

static unsigned
below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* One that arrives, with its own copy of its texts. */
struct arrival {
	struct match m;
	int64_t arrives_ns;
	char order[12], took[12];
};

static int
by_arrival(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	if (x->arrives_ns != y->arrives_ns)
		return x->arrives_ns < y->arrives_ns ? -1 : 1;
	return match_cmp(&x->m, &y->m);
}

/* What a pod wrote in the slice of that time. */
static void
make_sum(struct arrival *a, int64_t at_ns)
{
	static const struct source pods[] = {
		{ .writer = 1,
			.label = { [LABEL_NAMESPACE] = STR_INIT("shop"),
				[LABEL_POD] = STR_INIT("one") } },
		{ .writer = 2,
			.label = { [LABEL_NAMESPACE] = STR_INIT("test"),
				[LABEL_POD] = STR_INIT("two") } },
	};
	struct volume_sum s = { .source = &pods[below(2)],
		.slice = volume_slice(at_ns),
		.lines = 1 + below(40),
		.bytes = below(4000) };

	volume_to_match(&s, &a->m);
	a->arrives_ns = a->m.at_ns + below(28) * TIME_S;
}

static void
make_stream(struct arrival *list)
{
	static const char *const names_z[] = { "created", "failed", "paid", "restarted",
		"created", "paid", "created", "failed" };
	int64_t at_ns = START;

	for (size_t i = 0; i < STREAM; i++) {
		struct arrival *a = &list[i];
		const char *name_z = names_z[below(ARRAY_LEN(names_z))];

		if (below(3) == 0) {
			make_sum(a, at_ns);
			continue;
		}
		at_ns += below(20) == 0 ? below(200) * TIME_S : below(6) * TIME_S;
		a->m = (struct match){ .rule = ruleset_find(rules, str_z(name_z)),
			.source_id = 5 + below(3),
			.id = i + 1,
			.at_ns = at_ns + below(1000) * TIME_MS,
			.quality = below(10) == 0 ? TIME_NEAREST : TIME_WRITTEN,
			.place = { .offset = i * 100 },
			.weight = 1 + below(2),
			.text = STR("what the log said") };
		a->m.label[LABEL_NAMESPACE] = below(2) ? STR("shop") : STR("test");
		a->arrives_ns = a->m.at_ns + below(28) * TIME_S;
		(void)snprintf(a->order, sizeof(a->order), "%u", below(60));
		(void)snprintf(a->took, sizeof(a->took), "%u", below(100));
	}
	qsort(list, STREAM, sizeof(*list), by_arrival);
	for (size_t i = 0; i < STREAM; i++) {
		struct arrival *a = &list[i];

		if (volume_is_sum(&a->m) ||
			a->m.rule == ruleset_find(rules, STR("restarted")))
			continue;
		a->m.capture[a->m.n_captures++] =
			(struct field){ STR("order_id"), str_z(a->order) };
		a->m.capture[a->m.n_captures++] =
			(struct field){ STR("took"), str_z(a->took) };
	}
}

/* One run over a stream, disturbed or not. */
struct run {
	char folder[32], path[64];
	struct store *store;
	struct source_table *sources;
	struct engine *engine;
	struct engine_conf conf;
	size_t at; /* in the stream */
	int64_t mono_ns, newest_ns;
	uint64_t kills, replayed, restored, returns;
};

static void
open_engine(struct run *r)
{
	struct store_query *q;
	struct source_row row;

	OK(engine_open(&r->conf, rules, r->sources, r->store, &r->engine) == 0);
	r->replayed += engine_counts(r->engine)->replayed;
	r->restored += engine_counts(r->engine)->restored;
	OK(engine_counts(r->engine)->damaged == 0);
	q = store_sources(r->store);
	r->at = store_next_source(q, &row) ? (size_t)row.offset : 0;
	store_query_free(&q);
	r->newest_ns = TIME_NONE;
}

static void
open_run(struct run *r)
{
	OK(store_open(r->path, STORE_WRITE, true, &r->store) == 0);
	open_engine(r);
}

static void
begin_run(struct run *r, size_t max_keys)
{
	static const struct str to[] = { { "datadog", 7 } };

	*r = (struct run){ .conf = { .max_keys = max_keys,
				   .max_entries = 2000,
				   .lateness_ns = LATENESS,
				   .destinations = to,
				   .n_destinations = 1,
				   .checkpoint_ns = 2 * TIME_S } };
	memcpy(r->folder, "/tmp/gumshoe-test-XXXXXX", 25);
	OK(mkdtemp(r->folder) != NULL);
	(void)snprintf(r->path, sizeof(r->path), "%s/store", r->folder);
	r->sources = source_table_new(10, SOURCES_STAY);
	open_run(r);
}

/* What was not committed is gone: the transaction is rolled back. */
static void
close_run(struct run *r)
{
	const struct correlate_counts *cc = engine_correlate_counts(r->engine);

	r->returns += cc->returns;
	OK(cc->full == 0 && cc->spill_failed == 0);
	engine_free(&r->engine);
	store_close(&r->store);
}

static void
end_run(struct run *r)
{
	close_run(r);
	source_table_free(&r->sources);
	OK(unlink(r->path) == 0 && rmdir(r->folder) == 0);
}

static void
commit(struct run *r)
{
	struct source_row row = { .name = STR("-"),
		.id = 1,
		.offset = r->at,
		.watermark_ns = engine_settled(r->engine),
		.state = STR("x") };

	if (store_put_source(r->store, &row) != 0 ||
		engine_commit(r->engine, r->mono_ns) != 0)
		OK(false);
}

static void
put_next(struct run *r, const struct arrival *list)
{
	const struct match *m = &list[r->at].m;

	engine_clock(r->engine, START + (int64_t)r->at * TIME_H);
	if (m->at_ns > r->newest_ns)
		r->newest_ns = m->at_ns;
	if (engine_match(r->engine, m) != 0 ||
		engine_watermark(r->engine, 1, r->newest_ns, false) != 0)
		OK(false);
	r->at++;
}

/* kills: in how many of a hundred steps it is dropped; ends: or ended as at an end. */
static void
feed(struct run *r, const struct arrival *list, unsigned kills, unsigned ends)
{
	size_t not_judged;

	while (r->at < STREAM) {
		r->mono_ns += below(60) * TIME_MS;
		put_next(r, list);
		if (engine_commit_due(r->engine, r->mono_ns) == 0)
			commit(r);
		if (below(100) < ends) {
			OK(engine_stop(r->engine) == 0);
			commit(r);
			OK(engine_end(r->engine, r->newest_ns, &not_judged) == 0);
			commit(r);
			close_run(r);
			open_run(r);
		}
		if (below(100) < kills && r->kills < 100) {
			r->kills++;
			close_run(r);
			open_run(r);
		}
		if (below(100) < kills) {
			/* a reload: another engine on the store as it is open */
			engine_free(&r->engine);
			open_engine(r);
		}
	}
	OK(engine_watermark(r->engine, 1, list[STREAM - 1].m.at_ns + TIME_DAY, false) ==
		0);
	commit(r);
}

/*
 * What is settled, as text: ids and the clock apart. An end of input that is none judges
 * what is not known yet; a ledger keeps that it was judged so.
 */
static void
tell(struct run *r, struct buf *b, bool marks)
{
	struct store_query *q = store_incidents(r->store, STR(""));
	struct incident_row i;
	struct mark_row m;
	struct entry_row e;

	buf_init(b, 1 << 24);
	while (store_next_incident(q, &i)) {
		if (str_eq(i.state, STR("superseded")))
			continue;
		buf_printf(b,
			"%.*s %.*s %.*s %.*s %" PRIi64 " %" PRIi64 " %" PRIi64 " %" PRIi64
			" %" PRIu64 "\n",
			STR_ARG(i.rule), STR_ARG(i.key[0].value), STR_ARG(i.title),
			STR_ARG(i.state), i.first_ns - START, i.last_ns - START,
			i.opened_ns - START, i.resolved_ns - START, i.count);
	}
	store_query_free(&q);
	q = store_marks(r->store, STR("order"), STR(""));
	while (store_next_mark(q, &m))
		if (marks)
			buf_printf(b, "%.*s %.*s %" PRIi64 "\n", STR_ARG(m.entity_id),
				STR_ARG(m.state), m.at_ns - START);
	store_query_free(&q);
	q = store_entries(r->store, INT64_MIN, INT64_MAX, NULL, 0);
	while (store_next_entry(q, &e))
		buf_printf(b, "%" PRIu64 " %" PRIi64 "\n", e.id, e.at_ns - START);
	store_query_free(&q);
}

static int
by_line(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Incidents of equal times are in the order of their ids: sort the lines. */
static void
sort_lines(struct buf *b)
{
	static struct str lines[8192];
	struct str rest = buf_str(b);
	struct buf out;
	size_t n = 0;

	while (rest.len > 0 && n < ARRAY_LEN(lines))
		lines[n++] = str_cut(&rest, '\n');
	qsort(lines, n, sizeof(lines[0]), by_line);
	buf_init(&out, 1 << 24);
	for (size_t i = 0; i < n; i++) {
		buf_add(&out, lines[i]);
		buf_add_char(&out, '\n');
	}
	buf_fini(b);
	*b = out;
}

/* Findings by incident: how often each was opened and resolved. */
struct tally {
	unsigned opened, resolved;
};

static void
count_findings(struct run *r, struct map *by_id, struct tally *tallies)
{
	struct store_query *q = store_outbox(r->store, STR("datadog"), 0);
	struct outbox_row o;
	size_t n = 0;

	while (store_next_outbox(q, &o)) {
		bool fresh;
		void **slot = map_put(by_id, o.finding, &fresh);
		struct tally *t;

		if (fresh)
			*slot = &tallies[n++];
		t = *slot;
		t->opened += str_eq(o.kind, STR("opened"));
		t->resolved += str_eq(o.kind, STR("resolved"));
	}
	store_query_free(&q);
}

/* Every incident that is listed was told once, and its end if it has one. */
static bool
told_once(struct run *r)
{
	static struct tally tallies[4096];
	struct map *by_id = map_new(ARRAY_LEN(tallies));
	struct store_query *q = store_incidents(r->store, STR(""));
	struct incident_row i;
	bool good = true;

	memset(tallies, 0, sizeof(tallies));
	count_findings(r, by_id, tallies);
	while (store_next_incident(q, &i)) {
		void **slot = map_get(by_id, i.id);
		struct tally none = { 0 }, *t = slot != NULL ? *slot : &none;

		if (str_eq(i.state, STR("superseded")))
			good = good && t->opened == t->resolved && t->opened <= 1;
		else
			good = good && t->opened == 1 &&
			       t->resolved == str_eq(i.state, STR("resolved"));
	}
	store_query_free(&q);
	map_free(&by_id);
	return good;
}

static void
first_difference(struct str a, struct str b)
{
	while (a.len > 0 || b.len > 0) {
		struct str x = str_cut(&a, '\n'), y = str_cut(&b, '\n');

		if (str_eq(x, y))
			continue;
		printf("# undisturbed: %.*s\n# disturbed:   %.*s\n", STR_ARG(x),
			STR_ARG(y));
		return;
	}
}

static void
compare(uint64_t from, unsigned kills, unsigned ends, size_t max_keys, struct run *sum)
{
	static struct arrival list[STREAM];
	struct buf calm, wild;
	struct run r;
	bool same;

	seed = from;
	make_stream(list);
	begin_run(&r, 0);
	feed(&r, list, 0, 0);
	tell(&r, &calm, ends == 0);
	OK(told_once(&r));
	end_run(&r);
	begin_run(&r, max_keys);
	feed(&r, list, kills, ends);
	tell(&r, &wild, ends == 0);
	OK(told_once(&r));
	sum->kills += r.kills;
	sum->replayed += r.replayed;
	sum->restored += r.restored;
	end_run(&r);
	sum->returns += r.returns;
	sort_lines(&calm);
	sort_lines(&wild);
	same = calm.len > 1000 && str_eq(buf_str(&calm), buf_str(&wild));
	if (!same) {
		printf("# SEED=%" PRIu64 "\n", from);
		first_difference(buf_str(&calm), buf_str(&wild));
	}
	OK(same);
	buf_fini(&calm);
	buf_fini(&wild);
}

/* A number of the environment. */
static uint64_t
given(const char *name_z, uint64_t otherwise)
{
	const char *env_z = getenv(name_z);

	return env_z != NULL ? strtoull(env_z, NULL, 0) : otherwise;
}

/* Whether it was killed at least half as often as hundredths of all steps say. */
static bool
was_killed(const struct run *sum, uint64_t hundredths)
{
	return sum->kills * 2 >= hundredths * STREAM / 100;
}

static void
test_kills(uint64_t from, uint64_t seeds)
{
	struct run sum = { 0 };
	uint64_t hundredths = 3 * (seeds / 2);

	for (uint64_t n = from; n < from + seeds; n++) {
		hundredths += 1 + n % 20;
		compare(n, 1 + (unsigned)(n % 20), 0, 0, &sum);
	}
	for (uint64_t n = from; n < from + seeds / 2; n++)
		compare(n, 3, 3, 0, &sum);
	printf("# %" PRIu64 " kills, %" PRIu64 " items replayed, %" PRIu64
	       " rows restored\n",
		sum.kills, sum.replayed, sum.restored);
	OK(was_killed(&sum, hundredths));
	OK(sum.replayed > 10 * sum.kills && sum.restored > 20 * sum.kills);
	OK(sum.returns == 0);
}

/* Nearly all keys wait on disk; the answer is that of a run with room for all. */
static void
test_spilled(uint64_t from, uint64_t seeds)
{
	struct run sum = { 0 };
	uint64_t hundredths = 0;

	for (uint64_t n = from; n < from + seeds; n++) {
		hundredths += n % 4 * 5;
		compare(n, (unsigned)(n % 4) * 5, n % 3 == 0 ? 3 : 0, 1 + n % 5, &sum);
	}
	printf("# %" PRIu64 " kills, %" PRIu64 " keys came back\n", sum.kills,
		sum.returns);
	OK(was_killed(&sum, hundredths) && sum.returns > 100 * seeds);
}

int
main(void)
{
	uint64_t from = given("SEED", 1), seeds = given("GUMSHOE_ENGINE_SEEDS", 8);

	if (rules_load_text("engine.yaml", str_z(yaml), stderr, &rules) != 0)
		return 1;
	test_kills(from, seeds);
	test_spilled(from, seeds);
	ruleset_free(&rules);
	return tap_done();
}
