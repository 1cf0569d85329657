/* SPDX-License-Identifier: Apache-2.0 */
/* alertmanager, webhook, slack, pagerduty, file: the contract of what each is sent, what
 * its answers mean, and that no secret is shown. */
#include "output/destination.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/time.h"
#include "output/auth.h"
#include "output/finding.h"

#include "../../tap.h"

#define T0       (INT64_C(1761645885) * TIME_S) /* 2025-10-28T10:04:45Z */
#define SECRET_Z "SECRET0123456789"

static const char finding_z[] =
	"{\"id\":\"0123456789abcdef\",\"kind\":\"opened\",\"seq\":3,\"rule\":\"payment_outage\","
	"\"title\":\"4 orders <failed> & lost\",\"level\":\"high\",\"key\":"
	"{\"namespace\":\"sock-shop\",\"rule\":\"x\",\"k8s.io/app\":\"shop\",\"9\":\"nine\"},"
	"\"first_at\":\"2025-10-28T10:04:45.000Z\",\"last_at\":\"2025-10-28T10:06:02.000Z\","
	"\"opened_at\":\"2025-10-28T10:04:45.000Z\",\"resolved_at\":null,\"count\":4,"
	"\"runbook\":\"https://wiki.example/pay\",\"impact\":{\"orders\":4,\"customers\":2,"
	"\"amount_cents\":34993,\"minutes\":1.3},\"causes\":[],\"timeline\":[{\"at\":"
	"\"2025-10-28T10:04:45.000Z\",\"rule\":\"payment_failed\",\"count\":1,\"source\":"
	"{\"service\":\"orders\"},\"text\":\"Payment <failed>\\nfor order 1\"}]}";

struct bench {
	const struct destination_type *type;
	struct output_settings conf;
	struct destination *d;
	struct requests list;
	json_t *json[3];
	struct finding findings[3];
	struct parcel parcel;
	int64_t heartbeat_ns;
	char path_z[64];
};

static void
secret_file(struct bench *b, const char *text_z)
{
	int fd;

	(void)snprintf(b->path_z, sizeof(b->path_z), "/tmp/services-XXXXXX");
	fd = mkstemp(b->path_z);
	if (fd < 0 || write(fd, text_z, strlen(text_z)) < 0 || close(fd) != 0)
		abort();
}

static void
start(struct bench *b, enum output_type type, const char *kind_z, size_t n)
{
	struct destination_conf dc = { .output = &b->conf,
		.heartbeat_ns = b->heartbeat_ns };

	b->conf.type = type;
	b->conf.name = STR("out");
	b->type = destination_types[type];
	for (size_t i = 0; i < n; i++) {
		b->json[i] = json_loads(finding_z, 0, NULL);
		json_object_set_new(b->json[i], "kind", json_string(kind_z));
		b->findings[i] = (struct finding){ .body = b->json[i],
			.id = finding_id(b->json[i]),
			.seq = finding_seq(b->json[i]),
			.kind = finding_kind(b->json[i]) };
	}
	b->parcel = (struct parcel){ .key = n > 1 ? STR("group-1") : b->findings[0].id,
		.kind = b->findings[0].kind,
		.is_group = n > 1,
		.findings = b->findings,
		.n = n,
		.open = 1 };
	OK(destination_new(b->type, &dc, &b->d) == 0);
}

static void
build(struct bench *b, int64_t wall_ns, bool small)
{
	struct build work = { .parcels = &b->parcel,
		.n = 1,
		.parts = UINT_MAX,
		.small = small,
		.wall_ns = wall_ns };

	requests_fini(&b->list);
	OK(b->type->build(b->d, &work, &b->list) == 0);
}

static json_t *
body(const struct bench *b)
{
	const struct buf *text = &b->list.items[0].body;

	return json_loadb(text->data, text->len, 0, NULL);
}

static bool
is(const json_t *obj, const char *name_z, const char *want_z)
{
	return str_eq(json_member_text(obj, name_z), str_z(want_z));
}

static bool
shows(const struct bench *b, const char *text_z)
{
	struct buf out;
	bool found;

	buf_init(&out, 1 << 22);
	request_show(&b->list.items[0], &out);
	found = str_find(buf_str(&out), str_z(text_z)) != SIZE_MAX;
	buf_fini(&out);
	return found;
}

static enum verdict
judge(struct bench *b, long status, const char *body_z)
{
	struct reply reply = { .status = status, .body = str_z(body_z), .wait_ns = -1 };
	struct buf why;
	enum verdict v;

	buf_init(&why, 4096);
	v = b->type->judge(b->d, &b->list.items[0], &reply, &why);
	OK(str_find(buf_str(&why), STR(SECRET_Z)) == SIZE_MAX);
	buf_fini(&why);
	return v;
}

static void
stop(struct bench *b)
{
	requests_fini(&b->list);
	destination_free(b->type, &b->d);
	for (size_t i = 0; i < ARRAY_LEN(b->json); i++)
		json_decref(b->json[i]);
	if (b->path_z[0] != '\0')
		unlink(b->path_z);
}

static void
test_alertmanager(void)
{
	struct bench b = { .conf = { .resend_ns = TIME_MIN } };
	const struct str urls[] = { STR_INIT("http://am:9093/") };
	json_t *v, *later;
	const json_t *a, *labels;

	b.conf.urls = (struct setting_texts){ urls, 1 };
	start(&b, DEST_ALERTMANAGER, "opened", 1);
	build(&b, T0 + TIME_MIN, false);
	OK(b.list.n == 1 && shows(&b, "POST http://am:9093/api/v2/alerts\n"));
	v = body(&b);
	a = json_array_get(v, 0);
	labels = json_member(a, "labels");
	OK(json_array_size(v) == 1 && json_object_size(labels) == 8);
	OK(is(labels, "alertname", "GumshoePaymentOutage"));
	OK(is(labels, "severity", "error") && is(labels, "rule", "payment_outage"));
	OK(is(labels, "k8s_io_app", "shop") && is(labels, "_9", "nine"));
	OK(is(a, "startsAt", "2025-10-28T10:04:45.000Z"));
	OK(is(a, "endsAt", "2025-10-28T10:09:45.000Z"));
	OK(is(json_member(a, "annotations"), "runbook_url", "https://wiki.example/pay"));
	b.findings[0].kind = FINDING_RESOLVED;
	json_object_set_new(b.json[0], "count", json_integer(5));
	json_object_set_new(b.json[0], "title", json_string("5 orders"));
	build(&b, T0 + TIME_H, false);
	later = body(&b);
	a = json_array_get(later, 0);
	OK(json_equal(json_member(a, "labels"), labels));
	OK(is(a, "endsAt", "2025-10-28T11:04:45.000Z"));
	OK(is(json_member(a, "annotations"), "summary", "5 orders"));
	OK(judge(&b, 200, "") == VERDICT_DONE &&
		judge(&b, 400, "\"x\"") == VERDICT_REJECTED);
	OK(judge(&b, 503, "") == VERDICT_RETRY && judge(&b, 401, "") == VERDICT_PAUSE);
	json_decref(v);
	json_decref(later);
	stop(&b);
}

static void
test_resend(void)
{
	struct bench b = { .conf = { .resend_ns = TIME_MIN } };
	const struct str urls[] = { STR_INIT("http://am:9093") };
	struct pulse p = { .wall_ns = T0 + TIME_MIN, .findings = b.findings, .n = 2 };
	json_t *v;

	b.conf.urls = (struct setting_texts){ urls, 1 };
	start(&b, DEST_ALERTMANAGER, "opened", 2);
	OK(b.type->wants_open && b.type->period_ns(b.d) == TIME_MIN);
	OK(b.type->periodic(b.d, &p, &b.list) == 0 && b.list.n == 1);
	OK(b.list.items[0].from == b.list.items[0].to);
	v = body(&b);
	OK(json_array_size(v) == 2);
	json_decref(v);
	stop(&b);
}

static void
test_webhook(void)
{
	struct bench b = { .conf = { .url = STR("http://hook/x"),
				   .username = STR("gumshoe") } };
	const json_t *alert;
	json_t *v;

	secret_file(&b, SECRET_Z "\n");
	b.conf.password_file = str_z(b.path_z);
	start(&b, DEST_WEBHOOK, "opened", 2);
	build(&b, T0 + TIME_MIN, false);
	OK(b.list.n == 1 && shows(&b, "POST http://hook/x\n"));
	OK(strcmp(b.list.items[0].headers[2].text_z,
		   "Authorization: Basic Z3Vtc2hvZTpTRUNSRVQwMTIzNDU2Nzg5") == 0);
	OK(shows(&b, "Authorization: (not shown)") && !shows(&b, "Z3Vtc2"));
	v = body(&b);
	alert = json_array_get(json_member(v, "alerts"), 1);
	OK(is(v, "version", "4") && is(v, "status", "firing") &&
		is(v, "receiver", "out"));
	OK(json_array_size(json_member(v, "alerts")) == 2);
	OK(is(json_member(v, "commonLabels"), "rule", "payment_outage"));
	OK(is(alert, "status", "firing") && is(alert, "endsAt", "0001-01-01T00:00:00Z"));
	OK(json_string_length(json_member(alert, "fingerprint")) == 16);
	OK(judge(&b, 410, SECRET_Z) == VERDICT_STOP &&
		judge(&b, 302, "") == VERDICT_PAUSE);
	OK(judge(&b, 204, "") == VERDICT_DONE && judge(&b, 429, "") == VERDICT_RETRY);
	json_decref(v);
	stop(&b);
}

static void
test_cloudevents(void)
{
	struct bench b = { .conf = { .url = STR("http://hook/x"),
				   .body = WEBHOOK_CLOUDEVENTS } };
	json_t *v, *again, *entry;

	start(&b, DEST_WEBHOOK, "resolved", 1);
	json_object_set_new(
		b.json[0], "resolved_at", json_string("2025-10-28T10:16:02.000Z"));
	build(&b, T0, false);
	v = body(&b);
	build(&b, T0 + TIME_H, false);
	again = body(&b);
	OK(json_equal(v, again) && json_object_size(v) == 8);
	OK(is(v, "specversion", "1.0") && is(v, "id", "0123456789abcdef-3"));
	OK(is(v, "type", "io.gumshoe.finding.resolved.v1"));
	OK(is(v, "subject", "sock-shop/orders") &&
		is(v, "time", "2025-10-28T10:16:02.000Z"));
	OK(is(json_member(v, "data"), "id", "0123456789abcdef"));
	json_decref(v);
	json_decref(again);
	entry = json_array_get(json_member(b.json[0], "timeline"), 0);
	for (int i = 0; i < 3000; i++)
		json_array_append_new(
			json_member(b.json[0], "timeline"), json_deep_copy(entry));
	build(&b, T0, false);
	v = body(&b);
	OK(b.list.items[0].body.len < 64000 && b.list.items[0].body.len > 20000);
	OK((size_t)json_i64(json_at(v, STR("data.timeline_more")), 0) +
			json_array_size(json_at(v, STR("data.timeline"))) ==
		3001);
	json_decref(v);
	stop(&b);
}

static void
test_slack(void)
{
	struct bench b = { 0 };
	const json_t *text;
	json_t *v;

	secret_file(&b, "https://hooks.slack.example/services/T0/B0/" SECRET_Z "\n");
	b.conf.url_file = str_z(b.path_z);
	start(&b, DEST_SLACK, "opened", 1);
	build(&b, T0, false);
	OK(b.list.n == 1 && shows(&b, "POST https://hooks.slack.example/(not shown)\n"));
	OK(!shows(&b, SECRET_Z));
	OK(strcmp(b.list.items[0].secret_url_z,
		   "https://hooks.slack.example/services/T0/B0/" SECRET_Z) == 0);
	v = body(&b);
	text = json_member(json_array_get(json_member(v, "blocks"), 0), "text");
	OK(is(v, "text", "4 orders &lt;failed&gt; &amp; lost") &&
		is(text, "type", "mrkdwn"));
	OK(str_find(json_member_text(text, "text"),
		   STR("Payment &lt;failed&gt; for order")) != SIZE_MAX);
	OK(str_find(json_member_text(text, "text"), STR("<")) == SIZE_MAX);
	json_decref(v);
	OK(judge(&b, 200, "ok") == VERDICT_DONE &&
		judge(&b, 200, "ok\n") == VERDICT_DONE);
	OK(judge(&b, 200, "invalid_payload") == VERDICT_REJECTED);
	OK(judge(&b, 400, "no_text") == VERDICT_REJECTED);
	OK(judge(&b, 404, "no_service") == VERDICT_PAUSE);
	OK(judge(&b, 410, "channel_is_archived") == VERDICT_PAUSE);
	OK(judge(&b, 403, "invalid_token") == VERDICT_PAUSE);
	OK(judge(&b, 400, "invalid_token") == VERDICT_PAUSE);
	OK(judge(&b, 200, "no_active_hooks") == VERDICT_PAUSE);
	OK(judge(&b, 404, "invalid_blocks") == VERDICT_REJECTED);
	OK(judge(&b, 200, "{\"success\":true}") == VERDICT_DONE);
	OK(judge(&b, 200, "{\"success\":false}") == VERDICT_REJECTED);
	OK(judge(&b, 200, "{\"success\":tr") == VERDICT_REJECTED);
	OK(judge(&b, 503, "no_service") == VERDICT_RETRY);
	OK(judge(&b, 404, "<html>") == VERDICT_PAUSE);
	OK(judge(&b, 429, "") == VERDICT_RETRY && judge(&b, 500, "") == VERDICT_RETRY);
	b.parcel.kind = FINDING_UPDATED;
	build(&b, T0, false);
	OK(b.list.n == 0);
	stop(&b);
}

static void
test_pagerduty(void)
{
	struct bench b = { 0 };
	const json_t *payload;
	json_t *v;

	secret_file(&b, SECRET_Z "\n");
	b.conf.routing_key_file = str_z(b.path_z);
	start(&b, DEST_PAGERDUTY, "opened", 1);
	build(&b, T0, false);
	OK(shows(&b, "POST https://events.pagerduty.com/v2/enqueue\n"));
	OK(!shows(&b, SECRET_Z) && shows(&b, "\"routing_key\":\"(not shown)\""));
	v = body(&b);
	payload = json_member(v, "payload");
	OK(is(v, "routing_key", SECRET_Z) && is(v, "event_action", "trigger"));
	OK(is(v, "dedup_key", "gumshoe:0123456789abcdef"));
	OK(is(payload, "summary", "4 orders <failed> & lost"));
	OK(is(payload, "source", "sock-shop") && is(payload, "severity", "error"));
	OK(is(payload, "component", "orders") && is(payload, "class", "payment_outage"));
	OK(json_array_size(json_member(v, "links")) == 1);
	json_decref(v);
	b.parcel.kind = FINDING_RESOLVED;
	build(&b, T0, false);
	v = body(&b);
	OK(json_object_size(v) == 3 && is(v, "event_action", "resolve"));
	OK(is(v, "dedup_key", "gumshoe:0123456789abcdef"));
	json_decref(v);
	OK(judge(&b, 202, "") == VERDICT_DONE &&
		judge(&b, 429, SECRET_Z) == VERDICT_RETRY);
	OK(judge(&b, 400, "") == VERDICT_REJECTED);
	OK(judge(&b, 400, "{\"errors\":[\"Length of 'routing_key' is incorrect\"]}") ==
		VERDICT_PAUSE);
	OK(judge(&b, 400, "Invalid routing key") == VERDICT_PAUSE);
	OK(judge(&b, 400, "{\"errors\":[\"'payload.summary' is missing\"]}") ==
		VERDICT_REJECTED);
	stop(&b);
}

static const json_t *
attribute(const json_t *record, const char *key_z)
{
	const json_t *list = json_member(record, "attributes");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(json_member_text(json_array_get(list, i), "key"),
			    str_z(key_z)))
			return json_member(json_array_get(list, i), "value");
	return NULL;
}

static void
test_otlp(void)
{
	struct bench b = { .conf = { .url = STR("http://collector:4318/"),
				   .service = STR("gumshoe"),
				   .hostname = STR("node-1") } };
	const json_t *record, *logs;
	json_t *v;

	start(&b, DEST_OTLP, "opened", 2);
	build(&b, T0, false);
	OK(b.list.n == 1 && b.list.items[0].gzip);
	OK(str_eq(buf_str(&b.list.items[0].url), STR("http://collector:4318/v1/logs")));
	v = body(&b);
	logs = json_array_get(json_member(v, "resourceLogs"), 0);
	logs = json_member(
		json_array_get(json_member(logs, "scopeLogs"), 0), "logRecords");
	OK(json_array_size(logs) == 2);
	record = json_array_get(logs, 0);
	OK(is(record, "timeUnixNano", "1761645885000000000"));
	OK(json_i64(json_member(record, "severityNumber"), 0) == 17);
	OK(is(attribute(record, "gumshoe.count"), "intValue", "4"));
	OK(json_member(attribute(record, "gumshoe.timeline"), "arrayValue") != NULL);
	OK(judge(&b, 200, "{}") == VERDICT_DONE && judge(&b, 200, "") == VERDICT_DONE);
	OK(judge(&b, 200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\"}}") ==
		VERDICT_PART);
	OK(judge(&b, 200, "{\"partialSuccess\":{\"errorMessage\":\"slow down\"}}") ==
		VERDICT_DONE);
	OK(judge(&b, 500, "") == VERDICT_REJECTED &&
		judge(&b, 501, "") == VERDICT_REJECTED);
	OK(judge(&b, 502, "") == VERDICT_RETRY && judge(&b, 504, "") == VERDICT_RETRY);
	OK(judge(&b, 429, "") == VERDICT_RETRY && judge(&b, 0, "") == VERDICT_RETRY);
	OK(judge(&b, 413, "") == VERDICT_SPLIT && judge(&b, 404, "") == VERDICT_PAUSE);
	json_decref(v);
	stop(&b);
}

static void
test_file(void)
{
	struct bench b = { .conf = { .path = STR("/var/log/findings") } };
	struct str text;
	json_t *v;

	start(&b, DEST_FILE, "opened", 2);
	build(&b, T0, false);
	OK(b.list.n == 1 && strcmp(b.list.items[0].method_z, REQUEST_APPEND) == 0);
	text = buf_str(&b.list.items[0].body);
	v = json_loadb(text.ptr, str_find_char(text, '\n'), 0, NULL);
	OK(json_equal(v, b.json[0]) && str_ends(text, STR("}\n")));
	OK(text.len == 2 * (str_find_char(text, '\n') + 1));
	json_decref(v);
	b.conf.lines = FILE_TEXT;
	build(&b, T0, false);
	text = buf_str(&b.list.items[0].body);
	OK(str_starts(
		text, STR("2025-10-28T10:04:45.000Z high opened: 4 orders <failed> & "
			  "lost: 4 counted from ")));
	OK(str_ends(text, STR(" (0123456789abcdef)\n")));
	stop(&b);
}

static void
test_base64(void)
{
	static const char *const rows_z[] = { "", "", "f", "Zg==", "fo", "Zm8=", "foo",
		"Zm9v", "foobar", "Zm9vYmFy", "\xff\xfe", "//4=" };

	for (size_t i = 0; i < ARRAY_LEN(rows_z); i += 2) {
		struct buf out;

		buf_init(&out, 64);
		auth_base64(&out, str_z(rows_z[i]));
		OK(str_eq(buf_str(&out), str_z(rows_z[i + 1])));
		buf_fini(&out);
	}
}

/* A sign of life at T0 and after it, of a destination that was started. */
static json_t *
heartbeat(struct bench *b, int64_t after_ns)
{
	const struct pulse p = { .wall_ns = T0 + after_ns, .alive = true };

	requests_fini(&b->list);
	OK(b->type->periodic(b->d, &p, &b->list) == 0 && b->list.n == 1);
	OK(b->list.items[0].from == b->list.items[0].to);
	return body(b);
}

static void
test_heartbeat_alert(void)
{
	struct bench b = { .conf = { .hostname = STR("node-1") },
		.heartbeat_ns = TIME_MIN };
	const struct str urls[] = { STR_INIT("http://am:9093") };
	json_t *v, *labels;
	const json_t *a;

	b.conf.urls = (struct setting_texts){ urls, 1 };
	start(&b, DEST_ALERTMANAGER, "opened", 1);
	v = heartbeat(&b, 0);
	a = json_array_get(v, 0);
	labels = json_incref(json_member(a, "labels"));
	OK(json_array_size(v) == 1 && json_object_size(labels) == 3);
	OK(is(labels, "alertname", "GumshoeHeartbeat") && is(labels, "host", "node-1"));
	OK(is(labels, "severity", "none") && is(a, "endsAt", "2025-10-28T10:09:45.000Z"));
	json_decref(v);
	v = heartbeat(&b, TIME_H);
	a = json_array_get(v, 0);
	OK(json_equal(json_member(a, "labels"), labels));
	OK(is(a, "startsAt", "2025-10-28T10:04:45.000Z"));
	json_decref(v);
	v = heartbeat(&b, -TIME_H); /* the clock was set back */
	OK(is(json_array_get(v, 0), "startsAt", "2025-10-28T09:04:45.000Z"));
	json_decref(v);
	json_decref(labels);
	stop(&b);
	b = (struct bench){ .heartbeat_ns = 10 * TIME_MIN };
	b.conf.urls = (struct setting_texts){ urls, 1 };
	start(&b, DEST_ALERTMANAGER, "opened", 1);
	v = heartbeat(&b, 0);
	OK(is(json_array_get(v, 0), "endsAt", "2025-10-28T10:34:45.000Z"));
	json_decref(v);
	stop(&b);
}

static void
test_heartbeat_webhook(enum webhook_body form)
{
	struct bench b = { .conf = { .url = STR("http://hook/x"),
				   .hostname = STR("node-1"),
				   .body = form } };
	json_t *v, *next, *host;
	const json_t *a;

	start(&b, DEST_WEBHOOK, "opened", 1);
	v = heartbeat(&b, 0);
	next = heartbeat(&b, TIME_MIN);
	host = json_member(v, "data");
	if (form == WEBHOOK_CLOUDEVENTS) {
		OK(is(v, "type", "io.gumshoe.heartbeat.v1") &&
			is(v, "specversion", "1.0"));
		OK(is(v, "id", "heartbeat-1761645885000000000"));
		OK(is(next, "time", "2025-10-28T10:05:45.000Z"));
		OK(is(next, "id", "heartbeat-1761645945000000000"));
	} else {
		a = json_array_get(json_member(v, "alerts"), 0);
		host = json_member(a, "labels");
		OK(json_equal(v, next) && json_array_size(json_member(v, "alerts")) == 1);
		OK(is(v, "version", "4") && is(v, "status", "firing") &&
			is(v, "receiver", "out"));
		OK(is(a, "status", "firing") && is(a, "endsAt", "0001-01-01T00:00:00Z"));
		OK(is(host, "alertname", "GumshoeHeartbeat"));
		OK(json_equal(json_member(v, "commonLabels"), host));
	}
	OK(is(host, "host", "node-1"));
	json_decref(v);
	json_decref(next);
	stop(&b);
}

static void
test_heartbeat_lines(void)
{
	struct bench b = { .conf = { .path = STR("/var/log/findings"),
				   .hostname = STR("node-1") } };
	const json_t *logs;
	json_t *v;

	start(&b, DEST_FILE, "opened", 1);
	v = heartbeat(&b, 0);
	OK(json_object_size(v) == 3 && is(v, "kind", "heartbeat"));
	OK(is(v, "at", "2025-10-28T10:04:45.000Z") && is(v, "host", "node-1"));
	OK(str_ends(buf_str(&b.list.items[0].body), STR("}\n")));
	json_decref(v);
	b.conf.lines = FILE_TEXT;
	json_decref(heartbeat(&b, 0));
	OK(str_eq(buf_str(&b.list.items[0].body),
		STR("2025-10-28T10:04:45.000Z heartbeat: gumshoe runs on node-1\n")));
	stop(&b);
	b = (struct bench){ .conf = { .url = STR("http://collector:4318") } };
	start(&b, DEST_OTLP, "opened", 1);
	v = heartbeat(&b, 0);
	logs = json_array_get(json_member(v, "resourceLogs"), 0);
	logs = json_member(
		json_array_get(json_member(logs, "scopeLogs"), 0), "logRecords");
	OK(json_array_size(logs) == 1);
	logs = json_array_get(logs, 0);
	OK(is(logs, "timeUnixNano", "1761645885000000000"));
	OK(json_i64(json_member(logs, "severityNumber"), 0) == 9);
	OK(is(attribute(logs, "gumshoe.kind"), "stringValue", "heartbeat"));
	json_decref(v);
	stop(&b);
}

/* Nothing it is made of is what it should be. */
static void
test_nonsense(void)
{
	static const char odd_z[] =
		"{\"id\":7,\"title\":[],\"key\":[1],\"timeline\":{},\"causes\":[null,1],"
		"\"impact\":3,\"runbook\":\"x\"}";
	const struct str urls[] = { STR_INIT("http://am:9093") };

	for (int type = 0; type < DEST_TYPES; type++) {
		struct bench b = { .conf = { .url = STR("http://hook/x") } };

		if (type == DEST_DATADOG || type == DEST_SLACK || type == DEST_PAGERDUTY)
			continue; /* want a secret: the same pieces */
		b.conf.urls = (struct setting_texts){ urls, 1 };
		b.conf.path = STR("-");
		start(&b, (enum output_type)type, "updated", 1);
		json_decref(b.json[0]);
		b.json[0] = json_loads(odd_z, 0, NULL);
		b.findings[0].body = b.json[0];
		b.findings[0].id = b.parcel.key = STR("odd");
		build(&b, T0, true);
		OK(b.list.n == 1);
		stop(&b);
	}
}

int
main(void)
{
	test_alertmanager();
	test_resend();
	test_webhook();
	test_cloudevents();
	test_slack();
	test_pagerduty();
	test_otlp();
	test_file();
	test_heartbeat_alert();
	test_heartbeat_webhook(WEBHOOK_ALERTMANAGER);
	test_heartbeat_webhook(WEBHOOK_CLOUDEVENTS);
	test_heartbeat_lines();
	test_base64();
	test_nonsense();
	return tap_done();
}
