/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datadog: the contract of a request with hostile findings, the key's file.
 */
#include "output/datadog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"

#include "output/backoff.h"
#include "output/credential.h"
#include "output/datadog_event.h"
#include "output/datadog_log.h"
#include "output/finding.h"
#include "output/note.h"
#include "output/tags.h"

#include "../../tap.h"

#define T0    (INT64_C(1761645885) * TIME_S) /* 2025-10-28T10:04:45Z */
#define KEY_Z "SECRETKEY0123456789"

static const struct output_settings plain = { .site = STR_INIT("datadoghq.com"),
	.service = STR_INIT("gumshoe") };

static const char finding_z[] =
	"{\"id\":\"0123456789abcdef\",\"kind\":\"opened\",\"seq\":0,\"rule\":\"payment_outage\","
	"\"title\":\"4 orders failed to pay in sock-shop\",\"level\":\"critical\","
	"\"state\":\"open\",\"key\":{\"namespace\":\"sock-shop\"},"
	"\"first_at\":\"2025-10-28T10:04:45.548Z\",\"last_at\":\"2025-10-28T10:06:02.000Z\","
	"\"opened_at\":\"2025-10-28T10:04:45.000Z\",\"resolved_at\":null,\"count\":4,"
	"\"impact\":{\"orders\":4,\"customers\":2,\"amount_cents\":34993,\"minutes\":1.3},"
	"\"causes\":[{\"at\":\"2025-10-28T10:04:40.000Z\",\"rule\":\"scaled_to_zero\","
	"\"count\":1,\"source\":{\"namespace\":\"sock-shop\"},\"text\":\"Scaled ~down~ to 0\"}],"
	"\"timeline\":[{\"at\":\"2025-10-28T10:04:45.548Z\",\"rule\":\"payment_failed\","
	"\"order_id\":\"6900953ac1f4320001b50703\",\"count\":1,"
	"\"source\":{\"namespace\":\"sock-shop\",\"pod\":\"orders-1\",\"service\":\"Orders\"},"
	"\"text\":\"Payment failed for order 6900953ac1f4320001b50703\"}],"
	"\"complete\":{\"from\":null,\"to\":null,\"gaps\":[],\"not_judged\":0}}";

static json_t *
parse(const char *text_z)
{
	json_t *v = json_loads(text_z, 0, NULL);

	if (v == NULL)
		abort();
	return v;
}

static struct finding
finding_of(const json_t *f)
{
	return (struct finding){ .body = f,
		.id = finding_id(f),
		.seq = finding_seq(f),
		.kind = finding_kind(f) };
}

/* Takes the text of b, in brackets or not; the JSON is owned by the caller. */
static json_t *
parse_body(struct buf *b)
{
	json_t *v = json_loadb(b->data, b->len, 0, NULL);

	OK(v != NULL);
	buf_fini(b);
	return v;
}

typedef int build_fn(
	const struct output_settings *, const struct parcel *, int64_t, struct buf *);

static json_t *
build(build_fn *fn, const struct output_settings *conf, const json_t *f, int64_t wall_ns)
{
	const struct finding one = finding_of(f);
	const struct parcel p = {
		.key = one.id, .kind = one.kind, .findings = &one, .n = 1, .open = 1
	};
	struct buf body;

	buf_init(&body, 1000000);
	OK(fn(conf, &p, wall_ns, &body) == 0);
	return parse_body(&body);
}

static json_t *
event(const json_t *finding, int64_t wall_ns)
{
	return build(datadog_event, &plain, finding, wall_ns);
}

static json_t *
log_of(const json_t *finding, int64_t wall_ns)
{
	const struct finding one = finding_of(finding);
	struct buf body;

	buf_init(&body, 1000000);
	buf_add_char(&body, '[');
	OK(datadog_log(&plain, &one, wall_ns, &body) == 0);
	buf_add_char(&body, ']');
	return parse_body(&body);
}

static bool
is(const json_t *obj, const char *name_z, const char *want_z)
{
	return str_eq(json_member_text(obj, name_z), str_z(want_z));
}

static bool
contains(struct str s, const char *want_z)
{
	return str_find(s, str_z(want_z)) != SIZE_MAX;
}

static void
test_event(void)
{
	json_t *f = parse(finding_z);
	json_t *e = event(f, T0 + TIME_MIN);
	struct str text = json_member_text(e, "text");

	OK(json_object_size(e) == 7);
	OK(is(e, "title", "[gumshoe] 4 orders failed to pay in sock-shop"));
	OK(is(e, "aggregation_key", "gumshoe:0123456789abcdef"));
	OK(is(e, "alert_type", "error") && is(e, "priority", "normal"));
	OK(json_i64(json_member(e, "date_happened"), 0) == T0 / TIME_S);
	OK(str_starts(text, STR("%%% \n")) && str_ends(text, STR("\n %%%")));
	OK(contains(text, "4 orders, 2 customers, 349.93"));
	OK(contains(text, "Scaled \\~down\\~ to 0"));
	OK(contains(text,
		"1. 2025-10-28T10:04:45.548Z payment_failed (Orders): Payment failed"));
	json_decref(e);
	json_decref(f);
}

static void
test_levels(void)
{
	static const struct {
		const char *kind_z, *level_z, *alert_z, *status_z;
	} rows[] = { { "opened", "critical", "error", "critical" },
		{ "opened", "high", "error", "error" },
		{ "updated", "medium", "warning", "warn" },
		{ "opened", "low", "info", "info" },
		{ "opened", "informational", "info", "info" },
		{ "opened", "odd", "info", "info" },
		{ "resolved", "critical", "success", "ok" } };
	json_t *f = parse(finding_z);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *e, *l;

		json_object_set_new(f, "kind", json_string(rows[i].kind_z));
		json_object_set_new(f, "level", json_string(rows[i].level_z));
		e = event(f, T0);
		l = log_of(f, T0);
		OK(is(e, "alert_type", rows[i].alert_z));
		OK(is(json_array_get(l, 0), "status", rows[i].status_z));
		json_decref(e);
		json_decref(l);
	}
	json_decref(f);
}

static void
test_age(void)
{
	static const struct {
		int64_t wall_ns;
		bool said;
	} rows[] = { { T0, true }, { T0 + 17 * TIME_H, true },
		{ T0 + 17 * TIME_H + 1, false }, { T0 + 19 * TIME_H, false },
		{ T0 - TIME_H, true }, { T0 - 2 * TIME_H, false }, { INT64_MAX, false } };
	json_t *f = parse(finding_z);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *e = event(f, rows[i].wall_ns);
		json_t *list = log_of(f, rows[i].wall_ns);
		const json_t *l = json_array_get(list, 0);

		OK((json_member(e, "date_happened") != NULL) == rows[i].said);
		OK((json_member(l, "timestamp") != NULL) == rows[i].said);
		OK(contains(json_member_text(e, "text"), "2025-10-28T10:04:45"));
		OK(is(json_member(l, "gumshoe"), "occurred_at",
			"2025-10-28T10:04:45.000Z"));
		json_decref(e);
		json_decref(list);
	}
	json_decref(f);
}

static void
test_log(void)
{
	static const char *const roots_z[] = { "message", "ddtags", "ddsource", "service",
		"hostname", "status", "timestamp", "gumshoe" };
	json_t *f = parse(finding_z);
	json_t *list = log_of(f, T0 + TIME_MIN);
	const json_t *l = json_array_get(list, 0);
	const json_t *g = json_member(l, "gumshoe");
	const json_t *incident = json_member(g, "incident");

	OK(json_array_size(list) == 1 && json_object_size(l) == ARRAY_LEN(roots_z));
	for (size_t i = 0; i < ARRAY_LEN(roots_z); i++)
		OK(json_member(l, roots_z[i]) != NULL);
	OK(is(l, "service", "gumshoe") && is(l, "ddsource", "gumshoe"));
	OK(json_i64(json_member(l, "timestamp"), 0) == T0 / TIME_MS);
	OK(is(l, "ddtags",
		"kube_namespace:sock-shop,detected_by:gumshoe,rule:payment_outage"));
	OK(is(g, "finding_id", "0123456789abcdef") && is(g, "kind", "opened"));
	OK(json_i64(json_member(g, "seq"), -1) == 0);
	OK(json_array_size(json_member(incident, "orders")) == 1);
	OK(str_eq(json_text(json_array_get(json_member(incident, "orders"), 0)),
		STR("6900953ac1f4320001b50703")));
	OK(json_i64(json_member(json_member(incident, "impact"), "amount_cents"), 0) ==
		34993);
	json_decref(list);
	json_decref(f);
}

static void
test_urls(void)
{
	static const struct {
		const char *site_z, *url_z, *want_z;
	} rows[] = { { "datadoghq.com", "", "https://api.datadoghq.com" },
		{ "us5.datadoghq.com", "", "https://api.us5.datadoghq.com" },
		{ "ddog-gov.com", "", "https://api.ddog-gov.com" },
		{ "x", "http://127.0.0.1:1/", "http://127.0.0.1:1" },
		{ "x", "intake.example:443", "https://intake.example:443" } };
	struct output_settings conf;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf url;

		conf = (struct output_settings){ .site = str_z(rows[i].site_z) };
		buf_init(&url, 4096);
		datadog_url(&conf, str_z(rows[i].url_z), "api", &url);
		OK(str_eq(buf_str(&url), str_z(rows[i].want_z)));
		buf_fini(&url);
	}
	OK(datadog_knows_site(STR("us2.ddog-gov.com")));
	OK(!datadog_knows_site(STR("datadoghq.org")));
	setenv("DD_SITE", "datadoghq.eu", 1);
	setenv("DD_ENV", "demo", 1);
	datadog_from_env(&conf);
	OK(str_eq(conf.site, STR("datadoghq.eu")) && str_eq(conf.env, STR("demo")));
	OK(conf.api_url.len == 0);
	unsetenv("DD_SITE");
	datadog_from_env(&conf);
	OK(str_eq(conf.site, STR("datadoghq.com")));
}

/* A finding of n entries whose texts try to break out. */
static json_t *
hostile(size_t n)
{
	json_t *f = parse(finding_z);
	json_t *entry = json_array_get(json_member(f, "timeline"), 0);
	struct buf b;

	buf_init(&b, 1 << 22);
	for (size_t i = 0; i < 30000; i++)
		buf_add(&b, STR("\xe2\x82\xac~\n %%% \n[x](http://e)\\"));
	json_object_set_new(entry, "text", json_stringn(b.data, b.len));
	json_object_set_new(f, "title", json_stringn(b.data, b.len));
	json_object_set_new(f, "remediation", json_stringn(b.data, b.len));
	for (size_t i = 1; i < n; i++)
		json_array_append_new(json_member(f, "timeline"), json_deep_copy(entry));
	buf_fini(&b);
	return f;
}

static bool
is_escaped(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '~' || str_starts(str_sub(s, i, 2), STR("[x")))
			return false;
	}
	return true;
}

static void
test_hostile(void)
{
	json_t *f = hostile(50);
	json_t *e = event(f, T0);
	json_t *list = log_of(f, T0);
	struct str text = json_member_text(e, "text");
	struct str title = json_member_text(e, "title");
	struct str inner = str_sub(text, 5, text.len - 10);
	char *text_z = json_dumps(list, 0);

	OK(text.len <= 4000 && text.len > 2500);
	OK(str_starts(text, STR("%%% \n")) && str_ends(text, STR("\n %%%")));
	OK(!contains(inner, "%%%") && is_escaped(inner));
	OK(contains(text, "more") && contains(text, "gumshoe show 0123456789abcdef"));
	OK(title.len <= 500 && title.len > 490 && !contains(title, "\n"));
	OK(!contains(json_member_text(json_array_get(list, 0), "message"), "\n"));
	OK(text_z != NULL && strlen(text_z) < 25000);
	free(text_z);
	json_decref(e);
	json_decref(list);
	json_decref(f);
}

static void
test_nonsense(void)
{
	static const char *const texts_z[] = { "{}",
		"{\"title\":7,\"key\":[],\"timeline\":{},\"causes\":[1,null],\"count\":\"x\","
		"\"opened_at\":\"yesterday\",\"impact\":3,\"complete\":[]}" };

	for (size_t i = 0; i < ARRAY_LEN(texts_z); i++) {
		json_t *f = parse(texts_z[i]);
		json_t *e = event(f, T0);
		json_t *l = log_of(f, T0);

		OK(json_member(e, "date_happened") == NULL);
		json_decref(e);
		json_decref(l);
		json_decref(f);
	}
}

static void
test_alert(void)
{
	struct output_settings conf = plain;
	json_t *f = parse(finding_z);
	json_t *data, *a, *b, *e;

	conf.hostname = STR("node-1");
	json_object_set_new(f, "runbook", json_string("https://wiki.example/payment"));
	e = build(datadog_alert, &conf, f, T0 + TIME_MIN);
	data = json_member(e, "data");
	a = json_member(data, "attributes");
	b = json_member(a, "attributes");
	OK(json_object_size(e) == 1 && is(data, "type", "event"));
	OK(json_object_size(a) == 8 && is(a, "category", "alert"));
	OK(is(a, "timestamp", "2025-10-28T10:04:45.000Z") && is(a, "host", "node-1"));
	OK(is(a, "aggregation_key", "gumshoe:0123456789abcdef"));
	OK(!contains(json_member_text(a, "message"), "%%%"));
	OK(is(b, "status", "error") && is(b, "priority", "1"));
	OK(json_array_size(json_member(b, "links")) == 5);
	OK(is(json_array_get(json_member(b, "links"), 4), "category", "runbook"));
	OK(json_i64(json_member(json_at(b, STR("custom.gumshoe")), "orders"), 0) == 4);
	json_decref(e);
	json_object_set_new(f, "kind", json_string("resolved"));
	e = build(datadog_alert, &conf, f, T0 + 20 * TIME_H);
	a = json_at(e, STR("data.attributes"));
	OK(is(json_member(a, "attributes"), "status", "ok"));
	OK(json_member(a, "timestamp") == NULL);
	OK(is(a, "aggregation_key", "gumshoe:0123456789abcdef"));
	json_decref(e);
	json_decref(f);
}

static void
test_group(void)
{
	json_t *a = parse(finding_z);
	json_t *b = parse(finding_z);
	const struct finding two[] = { finding_of(a), finding_of(b) };
	const struct parcel p = { .key = STR("group-12"),
		.kind = FINDING_OPENED,
		.is_group = true,
		.findings = two,
		.n = 2,
		.open = 1 };
	struct buf body;
	json_t *e;

	json_object_set_new(b, "title", json_string("the second"));
	json_object_set_new(a, "level", json_string("low"));
	buf_init(&body, 1000000);
	OK(datadog_event(&plain, &p, T0, &body) == 0);
	e = parse_body(&body);
	OK(is(e, "title",
		"[gumshoe] 2 incidents, 1 open: 4 orders failed to pay in sock-shop"));
	OK(is(e, "aggregation_key", "gumshoe:group-12") && is(e, "alert_type", "error"));
	OK(contains(
		json_member_text(e, "text"), "2. 2025-10-28T10:04:45.548Z the second"));
	json_decref(e);
	json_decref(a);
	json_decref(b);
}

static void
test_entries(void)
{
	json_t *f = parse(finding_z);
	struct finding one = finding_of(f);
	struct buf body;
	json_t *l;

	buf_init(&body, 1000000);
	json_object_set_new(f, "opened_at", json_string("2025-10-28T10:04:45.600Z"));
	OK(datadog_log_entry(&plain, &one, 1, T0, &body) == -ENOENT);
	one.kind = FINDING_RESOLVED;
	OK(datadog_log_entry(&plain, &one, 0, T0, &body) == -ENOENT);
	one.kind = FINDING_OPENED;
	OK(datadog_log_entry(&plain, &one, 0, T0, &body) == 0);
	l = parse_body(&body);
	OK(is(l, "message", "timeline entry 1 of incident 0123456789abcdef"));
	OK(is(l, "ddtags", "detected_by:gumshoe,rule:payment_outage"));
	OK(is(l, "service", "gumshoe") &&
		is(json_member(l, "gumshoe"), "kind", "timeline"));
	OK(contains(json_member_text(json_at(l, STR("gumshoe.entry")), "text"),
		"Payment failed for order"));
	json_decref(l);
	json_decref(f);
}

static char folder_z[64];

static const char *
in_folder(const char *name_z)
{
	static char path_z[128];

	(void)snprintf(path_z, sizeof(path_z), "%s/%s", folder_z, name_z);
	return path_z;
}

static const char *
key_file(const char *data, size_t len)
{
	FILE *f = fopen(in_folder("key"), "w");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		abort();
	return in_folder("key");
}

static void
test_key(void)
{
	struct credential k;
	char longest[2100];

	memset(longest, 'k', sizeof(longest));
	OK(credential_read(STR(""), key_file(KEY_Z " \r\n\n", strlen(KEY_Z) + 4), "key",
		   &k) == 0);
	OK(strcmp(k.text_z, KEY_Z) == 0);
	credential_forget(&k);
	OK(k.text_z[0] == '\0');
	OK(credential_read(STR(""), key_file(longest, 2048), "key", &k) == 0);
	OK(credential_read(STR(""), key_file(longest, 2049), "key", &k) == -EINVAL);
	OK(credential_read(STR(""), key_file("a\nb", 3), "key", &k) == -EINVAL);
	OK(credential_read(STR(""), key_file("a\0b", 3), "key", &k) == -EINVAL);
	OK(credential_read(STR(""), key_file("\n", 1), "key", &k) == -EINVAL);
	OK(credential_read(STR(""), in_folder("none"), "key", &k) == -ENOENT);
	unsetenv("CREDENTIALS_DIRECTORY");
	OK(credential_read(STR("$CREDENTIALS_DIRECTORY/x"), NULL, "key", &k) == -ENOENT);
	(void)unlink(in_folder("key"));
}

static void
test_backoff(void)
{
	for (unsigned i = 0; i < 40; i++) {
		int64_t low = i < 6 ? TIME_S << i : TIME_MIN;

		OK(backoff_wait(i, 0, -1) == low);
		OK(backoff_wait(i, (uint64_t)low - 1, -1) == 2 * low - 1);
		OK(backoff_wait(i, UINT64_MAX, 300 * TIME_S) == 300 * TIME_S);
	}
}

int
main(void)
{
	unsetenv("http_proxy");
	(void)snprintf(folder_z, sizeof(folder_z), "/tmp/test_datadog.XXXXXX");
	if (mkdtemp(folder_z) == NULL)
		abort();
	test_event();
	test_levels();
	test_age();
	test_log();
	test_urls();
	test_hostile();
	test_alert();
	test_group();
	test_entries();
	test_nonsense();
	test_key();
	test_backoff();
	(void)unlink(in_folder("key"));
	OK(rmdir(folder_z) == 0);
	return tap_done();
}
