/* SPDX-License-Identifier: Apache-2.0 */
/* Events and pods: occurrences and deaths, not objects and updates. */
#include "decode/objects.h"

#include "decode/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time.h"
#include "tap.h"

#define POD_UID "2f6c1b7e-8d34-4c1a-9f0b-6b1f6f1f9a10"

struct seen {
	int64_t at_ns;
	uint32_t count;
	uint32_t ordinal;
	uint64_t offset;
	char text[600]; /* reason|pod|container|service|namespace|node|... */
};

struct run {
	struct source_table *sources;
	struct past *past;
	struct objects *o;
	struct seen seen[200];
	size_t n;
	uint64_t total;
};

static void
begin(struct run *r, bool live)
{
	*r = (struct run){ .sources = source_table_new(100, SOURCES_STAY),
		.past = past_new(1000, (struct hash_key){ 0 }) };
	r->o = objects_new(r->sources, r->past, 1000, live);
}

static void
end(struct run *r)
{
	objects_free(&r->o);
	past_free(&r->past);
	source_table_free(&r->sources);
}

static struct str
field(const struct record *rec, struct str name)
{
	for (size_t i = 0; i < rec->n_fields; i++)
		if (str_eq(rec->field[i].name, name))
			return rec->field[i].value;
	return (struct str){ 0 };
}

static void
drain(struct run *r)
{
	const struct record *rec;

	while ((rec = objects_next(r->o)) != NULL && r->n < 200) {
		struct seen *s = &r->seen[r->n++];

		*s = (struct seen){ rec->at_ns, rec->count, rec->place.ordinal,
			rec->place.offset, "" };
		snprintf(s->text, sizeof(s->text),
			"%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s",
			STR_ARG(field(rec, STR("reason"))),
			STR_ARG(rec->label[LABEL_POD]),
			STR_ARG(rec->label[LABEL_CONTAINER]),
			STR_ARG(rec->label[LABEL_SERVICE]),
			STR_ARG(rec->label[LABEL_NAMESPACE]),
			STR_ARG(rec->label[LABEL_NODE]),
			STR_ARG(rec->label[LABEL_INSTANCE]),
			STR_ARG(field(rec, STR("state"))),
			STR_ARG(field(rec, STR("exit_code"))),
			STR_ARG(field(rec, STR("restarts"))));
		r->total += rec->count;
	}
}

static bool
is(const struct run *r, size_t i, const char *text_z, const char *time_z)
{
	struct buf b;
	bool same;

	if (i >= r->n)
		return false;
	buf_init(&b, 100);
	time_format(&b, r->seen[i].at_ns, NULL, 0);
	same = strcmp(r->seen[i].text, text_z) == 0 && str_eq(buf_str(&b), str_z(time_z));
	if (!same)
		printf("# %zu: %s %.*s\n", i, r->seen[i].text, STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}

/* An event as kubectl prints it; type_z NULL: bare. */
static struct str
event(char *out, size_t cap, const char *type_z, const char *uid_z, unsigned version,
	unsigned count, const char *last_z)
{
	int n = snprintf(out, cap,
		"%s%s%s{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\","
		"\"namespace\":\"sock-shop\",\"uid\":\"%s\",\"resourceVersion\":\"%u\","
		"\"creationTimestamp\":\"2026-03-14T09:42:53Z\"},\"involvedObject\":{"
		"\"kind\":\"Pod\",\"namespace\":\"sock-shop\","
		"\"name\":\"orders-6c9f7b5d8-4xk2p\",\"uid\":\"" POD_UID "\","
		"\"fieldPath\":\"spec.containers{orders}\"},\"reason\":\"BackOff\","
		"\"message\":\"Back-off restarting failed container\",\"source\":{"
		"\"component\":\"kubelet\",\"host\":\"worker-2\"},"
		"\"firstTimestamp\":\"2026-03-14T09:42:53Z\",\"lastTimestamp\":\"%s\","
		"\"count\":%u,\"type\":\"Warning\",\"eventTime\":null}%s\n",
		type_z ? "{\"type\":\"" : "", type_z ? type_z : "",
		type_z ? "\",\"object\":" : "", uid_z, version, last_z, count,
		type_z ? "}" : "");

	return (struct str){ out, (size_t)n };
}

#define BACKOFF "BackOff|orders-6c9f7b5d8-4xk2p|orders|orders|sock-shop|worker-2||||"

/* 16 updates up to 19 are 19 occurrences. */
static void
test_backoff(bool live)
{
	static const unsigned counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16,
		17, 19 };
	char text[2000];
	struct run r;

	begin(&r, live);
	for (unsigned i = 0; i < 16; i++) {
		char last[40];

		snprintf(last, sizeof(last), "2026-03-14T09:%02u:00Z", 43 + i);
		objects_feed(r.o, STR("w"),
			event(text, sizeof(text), i ? "MODIFIED" : "ADDED", "e1", 100 + i,
				counts[i], last));
		/* what a new list says is no news */
		objects_feed(r.o, STR("w"),
			event(text, sizeof(text), NULL, "e1", 100 + i, counts[i], last));
		if (live)
			drain(&r);
	}
	objects_feed(r.o, STR("w"),
		event(text, sizeof(text), "DELETED", "e1", 200, 19,
			"2026-03-14T10:00:00Z"));
	objects_feed(r.o, STR("w"),
		event(text, sizeof(text), NULL, "e1", 201, 19, "2026-03-14T10:00:00Z"));
	objects_end(r.o);
	if (!live)
		objects_settle(r.o);
	drain(&r);
	OK(r.n == 16 && r.total == 19);
	OK(is(&r, 0, BACKOFF, "2026-03-14T09:43:00Z"));
	OK(is(&r, 15, BACKOFF, "2026-03-14T09:58:00Z"));
	OK(r.seen[15].count == 2 && r.seen[15].offset == 115);
	OK(objects_counts(r.o)->bad == 0 && objects_counts(r.o)->events == 34);
	end(&r);
}

/* Hazard 4: 1, 2, 25, 31, deleted, then a new object with 32 of the same thing. */
static void
test_reborn(void)
{
	static const unsigned counts[] = { 1, 2, 25, 31 };
	char text[2000];
	struct run r;

	begin(&r, false);
	objects_feed(r.o, STR("w"),
		event(text, sizeof(text), "ADDED", "e0", 300, 32,
			"2026-03-14T11:00:00Z"));
	for (unsigned i = 4; i > 0; i--)
		objects_feed(r.o, STR("w"),
			event(text, sizeof(text), "MODIFIED", "e9", 100 + i,
				counts[i - 1], "2026-03-14T10:00:00Z"));
	objects_settle(r.o);
	drain(&r);
	OK(r.total == 32 && r.n == 5 && r.seen[4].count == 1);
	end(&r);
	begin(&r, false);
	objects_feed(r.o, STR("w"),
		event(text, sizeof(text), NULL, "e1", 1, 19, "2026-03-14T11:00:00Z"));
	objects_feed(r.o, STR("w"),
		event(text, sizeof(text), NULL, "e1", 2, 3, "2026-03-14T12:00:00Z"));
	objects_settle(r.o);
	drain(&r);
	OK(r.n == 2 && r.seen[0].count == 19 && r.seen[1].count == 3);
	end(&r);
}

/* The sequence of kubernetes.md 4.7; restarts: -1 ends. */
struct status {
	unsigned version;
	int restarts;
	const char *state;    /* running, waiting */
	const char *finished; /* of lastState; NULL: none */
};

static struct str
pod(char *out, size_t cap, const struct status *s)
{
	char state[200], last[300] = "{}";
	int n;

	snprintf(state, sizeof(state), "{\"running\":{\"startedAt\":\"%s\"}}",
		s->finished ? s->finished : "2026-03-14T01:00:00Z");
	if (strcmp(s->state, "waiting") == 0)
		snprintf(state, sizeof(state),
			"{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}");
	if (s->finished != NULL)
		snprintf(last, sizeof(last),
			"{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\","
			"\"finishedAt\":\"%s\",\"containerID\":\"containerd://1\"}}",
			s->finished);
	n = snprintf(out, cap,
		"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
		"\"name\":\"orders-6c9f7b5d8-4xk2p\",\"namespace\":\"sock-shop\","
		"\"uid\":\"" POD_UID "\",\"resourceVersion\":\"%u\","
		"\"creationTimestamp\":\"2026-03-12T22:10:03Z\","
		"\"labels\":{\"pod-template-hash\":\"6c9f7b5d8\"},\"ownerReferences\":[{"
		"\"kind\":\"ReplicaSet\",\"name\":\"orders-api-6c9f7b5d8\","
		"\"controller\":true}]},\"spec\":{\"nodeName\":\"worker-2\"},"
		"\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{"
		"\"name\":\"orders\",\"state\":%s,\"lastState\":%s,\"restartCount\":%d}]}}\n",
		s->version, state, last, s->restarts);
	return (struct str){ out, (size_t)n };
}

#define DIED(instance, state, restarts)                                                   \
	"OOMKilled|orders-6c9f7b5d8-4xk2p|orders|orders-api|sock-shop|worker-2|" instance \
	"|" state "|137|" restarts

static void
test_jump(void)
{
	const struct status first = { 10, 42, "running", "2026-03-14T09:00:00Z" };
	const struct status last = { 20, 48, "running", "2026-03-14T09:06:00Z" };
	char text[4000];
	struct run r;

	begin(&r, false);
	objects_feed(r.o, STR("b"), pod(text, sizeof(text), &last));
	objects_end(r.o);
	objects_feed(r.o, STR("a"), pod(text, sizeof(text), &first));
	objects_end(r.o);
	objects_settle(r.o);
	drain(&r);
	OK(r.n == 6);
	OK(is(&r, 0, DIED("42", "restarted", "43"), "2026-03-14T09:01:00Z"));
	OK(is(&r, 4, DIED("46", "restarted", "47"), "2026-03-14T09:05:00Z"));
	OK(is(&r, 5, DIED("47", "restarted", "48"), "2026-03-14T09:06:00Z"));
	OK(r.seen[0].offset == 20 && r.seen[0].ordinal == 0 && r.seen[5].ordinal == 5);
	end(&r);
}

static void
test_crash_loop(bool live)
{
	static const struct status steps[] = {
		{ 10, 42, "running", "2026-03-14T06:05:11Z" },
		{ 11, 43, "running", "2026-03-14T09:42:10Z" },
		{ 12, 43, "waiting", "2026-03-14T09:42:52Z" },
		{ 13, 43, "waiting", "2026-03-14T09:42:52Z" },
		{ 14, 44, "running", "2026-03-14T09:42:52Z" },
		{ 15, 44, "waiting", "2026-03-14T09:43:30Z" },
		{ 16, 2, "running", NULL },
		{ 17, 3, "running", "2026-03-14T10:00:00Z" },
	};
	char text[4000];
	struct run r;

	begin(&r, live);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		objects_feed(r.o, STR("w"), pod(text, sizeof(text), &steps[i]));
		if (i == 4) /* an old list in between */
			objects_feed(r.o, STR("w"), pod(text, sizeof(text), &steps[1]));
		if (live)
			drain(&r);
	}
	if (!live)
		objects_settle(r.o);
	drain(&r);
	OK(r.n == 4);
	OK(is(&r, 0, DIED("42", "restarted", "43"), "2026-03-14T09:42:10Z"));
	OK(is(&r, 1, DIED("43", "waiting", "43"), "2026-03-14T09:42:52Z"));
	OK(is(&r, 2, DIED("44", "waiting", "44"), "2026-03-14T09:43:30Z"));
	OK(is(&r, 3, DIED("2", "restarted", "3"), "2026-03-14T10:00:00Z"));
	end(&r);
}

static const char list_z[] =
	"{\n \"apiVersion\": \"v1\",\n \"items\": [\n"
	"  {\"kind\": \"Event\", \"metadata\": {\"uid\": \"u1\", \"namespace\": \"default\","
	"\"resourceVersion\": \"7\"}, \"involvedObject\": {\"kind\": \"Node\", "
	"\"name\": \"worker-2\", \"uid\": \"worker-2\"}, \"reason\": \"OOMKilling\","
	"\"message\": \"a \\\"}]{[ b\", \"source\": {\"component\": \"kernel-monitor\"},"
	"\"eventTime\": null, \"count\": 1, \"lastTimestamp\": \"2026-03-14T09:42:10Z\"},\n"
	"  {\"metadata\": {\"uid\": \"u2\", \"namespace\": \"shop\", \"resourceVersion\": "
	"\"8\"}, \"regarding\": {\"kind\": \"ReplicaSet\", \"name\": \"payment-7d8b6f9c54\","
	" \"namespace\": \"shop\"}, \"reason\": \"SuccessfulDelete\", \"note\": \"Deleted\","
	" \"eventTime\": \"2026-03-14T11:20:04.123456Z\", \"reportingController\": \"rs\"}\n"
	" ],\n \"kind\": \"List\", \"metadata\": {\"resourceVersion\": \"\"}\n}\n"
	"No resources found\n"
	"[{\"kind\":\"ConfigMap\"},{\"kind\":\"Event\",\"metadata\":{\"uid\":\"u3\"},"
	"\"involvedObject\":{\"kind\":\"Deployment\",\"name\":\"payment\"},"
	"\"reason\":\"ScalingReplicaSet\",\"firstTimestamp\":\"2026-03-14T11:20:03Z\","
	"\"series\":{\"count\":4,\"lastObservedTime\":\"2026-03-14T11:20:05Z\"}}]\n"
	"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\"}}\n{\"kind\":\"Event\", ";

static void
test_shapes(void)
{
	struct str text = str_z(list_z);

	for (size_t chunk = 1; chunk <= 4096; chunk *= 4) {
		struct run r;

		begin(&r, false);
		for (size_t i = 0; i < text.len; i += chunk)
			objects_feed(r.o, STR("f"), str_sub(text, i, chunk));
		objects_end(r.o);
		objects_settle(r.o);
		drain(&r);
		OK(r.n == 3);
		OK(is(&r, 0, "OOMKilling||||default|worker-2||||",
			"2026-03-14T09:42:10Z"));
		OK(is(&r, 1, "SuccessfulDelete|||payment|shop|||||",
			"2026-03-14T11:20:04Z"));
		OK(is(&r, 2, "ScalingReplicaSet|||payment||||||",
			"2026-03-14T11:20:05Z"));
		OK(r.n == 3 && r.seen[2].count == 4);
		OK(objects_counts(r.o)->bad == 2 && objects_counts(r.o)->other == 2);
		end(&r);
	}
}

/* A log source that comes later knows its namespace and its workload. */
static void
test_workload(void)
{
	const struct status first = { 10, 0, "running", NULL };
	struct str label[LABEL_COUNT] = { 0 };
	const struct source *s;
	char text[4000];
	struct run r;

	begin(&r, false);
	objects_feed(r.o, STR("a"), pod(text, sizeof(text), &first));
	label[LABEL_POD] = STR("orders-6c9f7b5d8-4xk2p");
	s = source_table_get(r.sources, STR("-"), label);
	OK(str_eq(s->label[LABEL_NAMESPACE], STR("sock-shop")));
	OK(str_eq(s->label[LABEL_SERVICE], STR("orders-api")));
	end(&r);
}

static void
test_bounds(void)
{
	char text[2000];
	struct run r;

	r = (struct run){ .sources = source_table_new(100, SOURCES_STAY),
		.past = past_new(10, (struct hash_key){ 0 }) };
	r.o = objects_new(r.sources, r.past, 10, false);
	for (unsigned i = 0; i < 50; i++) {
		char uid[20];

		snprintf(uid, sizeof(uid), "u%u", i);
		objects_feed(r.o, STR("w"),
			event(text, sizeof(text), NULL, uid, i + 1, 1,
				"2026-03-14T10:00:00Z"));
	}
	objects_settle(r.o);
	OK(objects_counts(r.o)->full == 40);
	objects_free(&r.o);
	past_free(&r.past);
	r.past = past_new(10, (struct hash_key){ 0 });
	r.o = objects_new(r.sources, r.past, 10, true);
	for (unsigned i = 0; i < 50; i++) {
		char uid[20];

		snprintf(uid, sizeof(uid), "u%u", i);
		objects_feed(r.o, STR("w"),
			event(text, sizeof(text), NULL, uid, i + 1, 1,
				"2026-03-14T10:00:00Z"));
		drain(&r);
	}
	OK(r.n == 50 && objects_counts(r.o)->full == 0);
	end(&r);
}

/* What run r knows, as if its process had ended. */
static struct past *
carry_over(struct run *r)
{
	struct past *next = past_new(1000, (struct hash_key){ 0 });
	struct buf b;
	uint64_t row;
	bool good = true;

	buf_init(&b, 1 << 16);
	for (; past_changed(r->past, &row, &b); buf_reset(&b))
		good &= past_restore(next, row, buf_str(&b)) == 0;
	buf_fini(&b);
	OK(good);
	past_free(&r->past);
	return next;
}

/* A watch and a list. */
static void
add_day(struct buf *b)
{
	static const unsigned counts[] = { 1, 3, 7, 19 };
	static const struct status steps[] = {
		{ 110, 42, "running", "2026-03-14T06:05:11Z" },
		{ 111, 43, "running", "2026-03-14T09:42:10Z" },
		{ 112, 43, "waiting", "2026-03-14T09:42:52Z" },
		{ 113, 46, "running", "2026-03-14T10:42:52Z" },
	};
	char text[4000];

	buf_init(b, 1 << 20);
	for (unsigned i = 0; i < 4; i++) {
		buf_add(b, event(text, sizeof(text), i ? "MODIFIED" : "ADDED", "e1",
				   100 + 3 * i, counts[i], "2026-03-14T09:43:00Z"));
		buf_add(b, pod(text, sizeof(text), &steps[i]));
		buf_add(b, STR("{\"kind\":\"List\",\"items\":["));
		buf_add(b, event(text, sizeof(text), NULL, "e1", 100 + 3 * i, counts[i],
				   "2026-03-14T09:43:00Z"));
		buf_add_char(b, ',');
		buf_add(b, event(text, sizeof(text), NULL, i % 2 ? "e3" : "e2",
				   101 + 3 * i, 2 + i, "2026-03-14T09:44:00Z"));
		buf_add(b, STR("]}\n"));
	}
}

static void
feed_live(struct run *r, struct str text)
{
	for (; text.len > 0; text = str_sub(text, 50, text.len)) {
		objects_feed(r->o, STR("w"), str_sub(text, 0, 50));
		drain(r);
	}
}

/* Read up to any byte, ended, and read on from where objects_needs() says. */
static void
test_restart(void)
{
	struct buf day;
	struct run whole;

	add_day(&day);
	begin(&whole, true);
	feed_live(&whole, buf_str(&day));
	OK(whole.n == 11 && whole.total == 28);
	for (size_t cut = 0; cut <= day.len; cut += 61) {
		struct run r;
		size_t from;

		begin(&r, true);
		feed_live(&r, str_sub(buf_str(&day), 0, cut));
		from = (size_t)objects_needs(r.o);
		OK(from <= cut);
		objects_free(&r.o);
		r.past = carry_over(&r);
		r.o = objects_new(r.sources, r.past, 1000, true);
		feed_live(&r, str_sub(buf_str(&day), from, day.len));
		OK(r.n == whole.n &&
			memcmp(r.seen, whole.seen, r.n * sizeof(r.seen[0])) == 0);
		OK(objects_needs(r.o) == day.len - from);
		end(&r);
	}
	end(&whole);
	buf_fini(&day);
}

/* Read up to any byte, and on from there by another that has what was open. */
static void
test_handed_over(void)
{
	struct buf day;
	struct run whole;

	add_day(&day);
	begin(&whole, true);
	feed_live(&whole, buf_str(&day));
	for (size_t cut = 0; cut <= day.len; cut += 61) {
		struct documents open;
		struct run r;

		documents_init(&open, 0);
		begin(&r, true);
		feed_live(&r, str_sub(buf_str(&day), 0, cut));
		OK(objects_save(r.o, &open));
		objects_free(&r.o);
		r.past = carry_over(&r);
		r.o = objects_new(r.sources, r.past, 1000, true);
		OK(objects_take(r.o, &open));
		feed_live(&r, str_sub(buf_str(&day), cut, day.len));
		OK(r.n == whole.n &&
			memcmp(r.seen, whole.seen, r.n * sizeof(r.seen[0])) == 0);
		documents_fini(&open);
		end(&r);
	}
	end(&whole);
	buf_fini(&day);
}

/* The label for the container, for the pod, the variable, the image. */
static void
test_datadog(void)
{
	static const char pod_z[] =
		"{\"metadata\":{\"labels\":{%s\"name\":\"x\"}},\"spec\":{\"containers\":["
		"{\"name\":\"web\",\"image\":\"a/shop-web:v1\"},{\"name\":\"db\",\"image\":"
		"\"a/db:v1\",\"env\":[{\"name\":\"X\"},{\"name\":\"DD_SERVICE\",\"value\":"
		"\"shop-db\"}]}]}}";
	static const struct {
		const char *labels_z, *web_z, *db_z;
	} rows[] = { { "", "shop-web", "shop-db" },
		{ "\"tags.datadoghq.com/service\":\"foo\",", "foo", "foo" },
		{ "\"tags.datadoghq.com/db.service\":\"bar\",", "shop-web", "bar" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str name, web, db;
		char text_z[1024];
		json_t *pod;

		(void)snprintf(text_z, sizeof(text_z), pod_z, rows[i].labels_z);
		pod = json_loads(text_z, 0, NULL);
		OK(pod_datadog(pod, 0, &name, &web) && str_eq(name, STR("web")));
		OK(pod_datadog(pod, 1, &name, &db) && str_eq(name, STR("db")));
		OK(str_eq(web, str_z(rows[i].web_z)) && str_eq(db, str_z(rows[i].db_z)));
		OK(!pod_datadog(pod, 2, &name, &web));
		json_decref(pod);
	}
}

int
main(void)
{
	test_datadog();
	test_backoff(false);
	test_backoff(true);
	test_reborn();
	test_jump();
	test_crash_loop(false);
	test_crash_loop(true);
	test_shapes();
	test_workload();
	test_bounds();
	test_restart();
	test_handed_over();
	return tap_done();
}
