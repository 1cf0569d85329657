/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for one finding. Only the keys that v1 events knows are sent (it refuses
 * others), and in a log every key of ours is under "gumshoe" (a root "level" or "status"
 * would be taken for Datadog's own).
 */
#include "output/datadog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/time.h"
#include "output/note.h"
#include "output/tags.h"

#define AGE_MAX     (17 * TIME_H) /* Datadog takes 18 h; retries need some of it */
#define AHEAD_MAX   (2 * TIME_H - 5 * TIME_MIN)
#define TITLE_MAX   ((size_t)500)
#define KEY_MAX     ((size_t)100)
#define NAME_MAX_B  ((size_t)49)
#define TEXT_MAX    ((size_t)300) /* one text inside a log; a log should stay small */
#define CAUSES_MAX  ((size_t)5)
#define ENTRIES_MAX ((size_t)10)
#define ORDERS_MAX  ((size_t)100)
#define KEYS_MAX    ((size_t)16)
#define TAGS_MAX    ((size_t)1 << 14)

void
datadog_from_env(struct output_settings *out)
{
	*out = (struct output_settings){ .type = DEST_DATADOG,
		.site = str_trim(str_z(getenv("DD_SITE"))),
		.api_url = str_trim(str_z(getenv("DD_URL"))),
		.logs_url = str_trim(str_z(getenv("DD_LOGS_CONFIG_LOGS_DD_URL"))),
		.env = str_trim(str_z(getenv("DD_ENV"))),
		.cluster = str_trim(str_z(getenv("DD_CLUSTER_NAME"))) };
	if (out->site.len == 0)
		out->site = STR("datadoghq.com");
}

/* No scheme means https, as in Datadog's own programs. */
void
datadog_url(const struct output_settings *conf, struct str base, const char *host_z,
	struct buf *url)
{
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	if (base.len == 0) {
		buf_printf(url, "https://%s.", host_z);
		buf_add(url, conf->site);
		return;
	}
	if (str_find(base, STR("://")) == SIZE_MAX)
		buf_add(url, STR("https://"));
	buf_add(url, base);
}

static void
set(json_t *obj, const char *name_z, json_t *value)
{
	(void)json_object_set_new(obj, name_z, value);
}

static json_t *
text(struct str s, size_t max)
{
	s = note_cut(s, max);
	return json_stringn(s.ptr, s.len);
}

static json_t *
text_of(const struct buf *b, size_t max)
{
	return text(buf_str(b), max);
}

static bool
is_resolved(const json_t *finding)
{
	return str_eq(json_member_text(finding, "kind"), STR("resolved"));
}

/* When what the finding tells happened, or TIME_NONE. */
static int64_t
finding_time(const json_t *finding)
{
	struct str kind = json_member_text(finding, "kind");
	const char *name_z = "opened_at";
	struct str at;
	int64_t at_ns;

	if (is_resolved(finding))
		name_z = "resolved_at";
	else if (str_eq(kind, STR("updated")))
		name_z = "last_at";
	at = json_member_text(finding, name_z);
	if (at.len == 0)
		at = json_member_text(finding, "first_at");
	return time_parse(&at, NULL, &at_ns) ? at_ns : TIME_NONE;
}

/* An older one is refused (event) or lost behind a 202 (log): then the arrival counts. */
static bool
may_say(int64_t at_ns, int64_t wall_ns)
{
	return at_ns > 0 && at_ns >= wall_ns - AGE_MAX && at_ns <= wall_ns + AHEAD_MAX;
}

struct level {
	struct str name;
	const char *alert_z, *status_z, *priority_z;
};

static const struct level *
level_of(const json_t *finding)
{
	static const struct level levels[] = {
		{ STR_INIT("critical"), "error", "critical", "normal" },
		{ STR_INIT("high"), "error", "error", "normal" },
		{ STR_INIT("medium"), "warning", "warn", "normal" },
		{ STR_INIT("low"), "info", "info", "low" },
		{ STR_INIT("informational"), "info", "info", "low" },
	};
	static const struct level none = { STR_INIT(""), "info", "info", "normal" };
	static const struct level over = { STR_INIT(""), "success", "ok", "normal" };

	if (is_resolved(finding))
		return &over;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_eq(levels[i].name, json_member_text(finding, "level")))
			return &levels[i];
	return &none;
}

/* Takes v over. */
static int
finish(json_t *v, struct buf *body)
{
	char *text_z = json_dumps(v, JSON_COMPACT | JSON_REAL_PRECISION(12));

	json_decref(v);
	if (text_z == NULL)
		return -ENOMEM;
	buf_add(body, str_z(text_z));
	free(text_z);
	return buf_failed(body) ? -ENOMEM : 0;
}

static json_t *
event_title(const json_t *finding)
{
	struct buf b;
	json_t *out;

	buf_init(&b, (size_t)1 << 20);
	buf_add(&b,
		is_resolved(finding) ? STR("[gumshoe] resolved: ") : STR("[gumshoe] "));
	buf_add(&b, note_cut(json_member_text(finding, "title"), TITLE_MAX));
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
			b.data[i] = ' ';
	out = text_of(&b, TITLE_MAX);
	buf_fini(&b);
	return out;
}

static json_t *
event_text(const json_t *finding)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 2 * NOTE_MAX);
	note_event(finding, &b);
	out = text_of(&b, NOTE_MAX);
	buf_fini(&b);
	return out;
}

static json_t *
event_key(const json_t *finding)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 4096);
	buf_add(&b, STR("gumshoe:"));
	buf_add(&b, note_cut(json_member_text(finding, "id"), KEY_MAX));
	out = text_of(&b, KEY_MAX);
	buf_fini(&b);
	return out;
}

int
datadog_event(const struct output_settings *conf, const json_t *finding, int64_t wall_ns,
	struct buf *url, struct buf *body)
{
	int64_t at_ns = finding_time(finding);
	const struct level *level;
	json_t *e;

	if (!json_is_object(finding))
		return -EINVAL;
	level = level_of(finding);
	e = json_object();
	set(e, "title", event_title(finding));
	set(e, "text", event_text(finding));
	if (may_say(at_ns, wall_ns))
		set(e, "date_happened", json_integer(at_ns / TIME_S));
	set(e, "priority", json_string(level->priority_z));
	set(e, "alert_type", json_string(level->alert_z));
	set(e, "aggregation_key", event_key(finding));
	set(e, "tags", tags_make(conf, finding));
	datadog_url(conf, conf->api_url, "api", url);
	buf_add(url, STR("/api/v1/events"));
	return finish(e, body);
}

/* Copies members that are there: texts cut, numbers and null as they are. */
static void
copy(json_t *to, const json_t *from, const char *const *names_z, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_member(from, names_z[i]);

		if (json_is_string(v))
			set(to, names_z[i], text(json_text(v), TEXT_MAX));
		else if (json_is_number(v) || json_is_boolean(v))
			set(to, names_z[i], json_incref(v));
	}
}

static json_t *
log_entry(const json_t *entry)
{
	static const char *const names_z[] = { "at", "rule", "order_id", "count",
		"text" };
	static const char *const places_z[] = { "namespace", "service", "pod",
		"container" };
	json_t *out = json_object();
	json_t *source = json_object();

	copy(out, entry, names_z, ARRAY_LEN(names_z));
	copy(source, json_member(entry, "source"), places_z, ARRAY_LEN(places_z));
	set(out, "source", source);
	return out;
}

static json_t *
log_list(const json_t *list, size_t max)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list) && i < max; i++)
		(void)json_array_append_new(out, log_entry(json_array_get(list, i)));
	return out;
}

/* What a search for one order finds, though few of the entries go along. */
static json_t *
log_orders(const json_t *timeline)
{
	json_t *seen = json_object();
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(timeline); i++) {
		struct str id = json_member_text(json_array_get(timeline, i), "order_id");

		if (id.len == 0 || id.len > TEXT_MAX ||
			json_array_size(out) >= ORDERS_MAX ||
			json_object_getn(seen, id.ptr, id.len) != NULL)
			continue;
		(void)json_object_setn_new(seen, id.ptr, id.len, json_true());
		(void)json_array_append_new(out, text(id, TEXT_MAX));
	}
	json_decref(seen);
	return out;
}

static json_t *
log_key(const json_t *key)
{
	json_t *out = json_object();
	void *at = json_object_iter((json_t *)(uintptr_t)key);

	while (at != NULL && json_object_size(out) < KEYS_MAX) {
		const char *name_z = json_object_iter_key(at);
		json_t *v = json_object_iter_value(at);

		if (strlen(name_z) <= NAME_MAX_B && json_is_string(v))
			set(out, name_z, text(json_text(v), TEXT_MAX));
		at = json_object_iter_next((json_t *)(uintptr_t)key, at);
	}
	return out;
}

static json_t *
log_incident(const json_t *finding)
{
	static const char *const names_z[] = { "title", "level", "state", "superseded_by",
		"first_at", "last_at", "opened_at", "resolved_at", "count", "remediation",
		"runbook" };
	static const char *const impact_z[] = { "orders", "customers", "amount_cents",
		"minutes" };
	static const char *const complete_z[] = { "from", "to", "not_judged" };
	const json_t *timeline = json_member(finding, "timeline");
	const json_t *complete = json_member(finding, "complete");
	size_t gaps = json_array_size(json_member(complete, "gaps"));
	json_t *out = json_object();
	json_t *impact = json_object();
	json_t *known = json_object();

	copy(out, finding, names_z, ARRAY_LEN(names_z));
	set(out, "key", log_key(json_member(finding, "key")));
	copy(impact, json_member(finding, "impact"), impact_z, ARRAY_LEN(impact_z));
	set(out, "impact", impact);
	set(out, "orders", log_orders(timeline));
	set(out, "causes", log_list(json_member(finding, "causes"), CAUSES_MAX));
	set(out, "timeline", log_list(timeline, ENTRIES_MAX));
	set(out, "timeline_entries", json_integer((json_int_t)json_array_size(timeline)));
	copy(known, complete, complete_z, ARRAY_LEN(complete_z));
	set(known, "gaps", json_integer((json_int_t)gaps));
	set(out, "complete", known);
	return out;
}

static json_t *
log_private(const json_t *finding, int64_t at_ns)
{
	json_t *out = json_object();
	struct buf b;

	set(out, "finding_id", text(json_member_text(finding, "id"), KEY_MAX));
	set(out, "seq", json_integer(json_i64(json_member(finding, "seq"), 0)));
	set(out, "kind", text(json_member_text(finding, "kind"), KEY_MAX));
	set(out, "rule", text(json_member_text(finding, "rule"), TEXT_MAX));
	if (at_ns != TIME_NONE) {
		buf_init(&b, 64);
		time_format(&b, at_ns, NULL, 3);
		set(out, "occurred_at", text_of(&b, TEXT_MAX));
		buf_fini(&b);
	}
	set(out, "incident", log_incident(finding));
	return out;
}

static json_t *
host_name(void)
{
	char name_z[256] = "";

	if (gethostname(name_z, sizeof(name_z) - 1) != 0 || name_z[0] == '\0')
		return json_string("unknown");
	return json_string(name_z);
}

static json_t *
log_item(const struct output_settings *conf, const json_t *finding, int64_t wall_ns)
{
	int64_t at_ns = finding_time(finding);
	json_t *tags = tags_make(conf, finding);
	json_t *out = json_object();
	struct buf b;

	buf_init(&b, TAGS_MAX);
	note_line(finding, &b);
	set(out, "message", text_of(&b, TAGS_MAX));
	buf_reset(&b);
	tags_join(tags, &b);
	set(out, "ddtags", text_of(&b, TAGS_MAX));
	buf_fini(&b);
	json_decref(tags);
	set(out, "ddsource", json_string("gumshoe"));
	set(out, "service", json_string("gumshoe"));
	set(out, "hostname", host_name());
	set(out, "status", json_string(level_of(finding)->status_z));
	if (may_say(at_ns, wall_ns))
		set(out, "timestamp", json_integer(at_ns / TIME_MS));
	set(out, "gumshoe", log_private(finding, at_ns));
	return out;
}

int
datadog_log(const struct output_settings *conf, const json_t *finding, int64_t wall_ns,
	struct buf *url, struct buf *body)
{
	json_t *list;

	if (!json_is_object(finding))
		return -EINVAL;
	list = json_array();
	(void)json_array_append_new(list, log_item(conf, finding, wall_ns));
	datadog_url(conf, conf->logs_url, "http-intake.logs", url);
	buf_add(url, STR("/api/v2/logs"));
	return finish(list, body);
}
