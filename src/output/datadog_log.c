/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything in a log is cut to a size of its own, so that even text that needs six bytes
 * for each of its own stays far below what Datadog takes.
 */
#include "output/datadog_log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/finding.h"
#include "output/note.h"
#include "output/tags.h"

#define NAME_MAX_B  ((size_t)49)
#define TEXT_MAX    ((size_t)300)  /* one text inside a log; a log should stay small */
#define LINE_MAX_B  ((size_t)8000) /* the text of an entry that is a log of its own */
#define CAUSES_MAX  ((size_t)5)
#define ENTRIES_MAX ((size_t)10)
#define ORDERS_MAX  ((size_t)100)
#define KEYS_MAX    ((size_t)16)
#define TAGS_MAX    ((size_t)1 << 15)

static json_t *
log_entry(const json_t *entry, size_t max)
{
	static const char *const names_z[] = { "at", "rule", "order_id", "count",
		"text" };
	static const char *const places_z[] = { "namespace", "service", "pod",
		"container" };
	const json_t *from = json_member(entry, "source");
	struct str name = tags_service(from);
	json_t *out = json_object();
	json_t *source = json_object();

	body_copy(out, entry, names_z, ARRAY_LEN(names_z), max);
	body_copy(source, from, places_z, ARRAY_LEN(places_z), TEXT_MAX);
	if (name.len > 0)
		body_set(source, "datadog_service", body_text(name, TEXT_MAX));
	body_set(out, "source", source);
	return out;
}

static json_t *
log_list(const json_t *list, size_t max)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list) && i < max; i++)
		(void)json_array_append_new(
			out, log_entry(json_array_get(list, i), TEXT_MAX));
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
		(void)json_array_append_new(out, body_text(id, TEXT_MAX));
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
			body_set(out, name_z, body_text(json_text(v), TEXT_MAX));
		at = json_object_iter_next((json_t *)(uintptr_t)key, at);
	}
	return out;
}

static json_t *
log_incident(const json_t *finding)
{
	static const char *const names_z[] = { "title", "level", "state", "superseded_by",
		"explained_by", "first_at", "last_at", "opened_at", "resolved_at",
		"count", "remediation", "runbook" };
	static const char *const impact_z[] = { "orders", "customers", "amount_cents",
		"minutes" };
	static const char *const complete_z[] = { "from", "to", "not_judged" };
	const json_t *timeline = json_member(finding, "timeline");
	const json_t *complete = json_member(finding, "complete");
	size_t gaps = json_array_size(json_member(complete, "gaps"));
	json_t *out = json_object();
	json_t *impact = json_object();
	json_t *known = json_object();

	body_copy(out, finding, names_z, ARRAY_LEN(names_z), TEXT_MAX);
	body_set(out, "key", log_key(json_member(finding, "key")));
	body_copy(impact, json_member(finding, "impact"), impact_z, ARRAY_LEN(impact_z),
		TEXT_MAX);
	body_set(out, "impact", impact);
	body_set(out, "orders", log_orders(timeline));
	body_set(out, "causes", log_list(json_member(finding, "causes"), CAUSES_MAX));
	body_set(out, "timeline", log_list(timeline, ENTRIES_MAX));
	body_set(out, "timeline_entries",
		json_integer((json_int_t)json_array_size(timeline)));
	body_copy(known, complete, complete_z, ARRAY_LEN(complete_z), TEXT_MAX);
	body_set(known, "gaps", json_integer((json_int_t)gaps));
	body_set(out, "complete", known);
	return out;
}

/* What every log of ours has under "gumshoe". */
static json_t *
log_private(const struct finding *f, const char *kind_z, int64_t at_ns)
{
	json_t *out = json_object();

	body_set(out, "finding_id", body_text(finding_id(f->body), FINDING_ID_MAX));
	body_set(out, "seq", json_integer(f->seq));
	body_set(out, "kind", json_string(kind_z));
	body_set(out, "rule", body_text(json_member_text(f->body, "rule"), TEXT_MAX));
	if (at_ns != TIME_NONE)
		body_set(out, "occurred_at", body_time(at_ns, 3));
	return out;
}

static json_t *
log_item(const struct output_settings *conf, const struct finding *f, enum tags_use use)
{
	json_t *tags = tags_make(conf, f, 1, use);
	json_t *out = json_object();
	struct buf b;

	buf_init(&b, TAGS_MAX);
	tags_join(tags, &b);
	body_set(out, "ddtags", body_text_of(&b, TAGS_MAX));
	buf_fini(&b);
	json_decref(tags);
	body_set(out, "ddsource", json_string("gumshoe"));
	body_set(out, "service", body_text(conf->service, TEXT_MAX));
	body_set(out, "hostname", datadog_host(conf));
	return out;
}

static void
add_time(json_t *item, int64_t at_ns, int64_t wall_ns)
{
	if (datadog_may_say(at_ns, wall_ns))
		body_set(item, "timestamp", json_integer(at_ns / TIME_MS));
}

static const char *
kind_z(unsigned kind)
{
	if (kind == FINDING_OPENED)
		return "opened";
	return kind == FINDING_RESOLVED ? "resolved" : "updated";
}

int
datadog_log(const struct output_settings *conf, const struct finding *f, int64_t wall_ns,
	struct buf *item)
{
	int64_t at_ns = finding_at(f->body);
	json_t *out = log_item(conf, f, TAGS_PLACE);
	json_t *own = log_private(f, kind_z(f->kind), at_ns);
	struct buf b;

	buf_init(&b, LINE_MAX_B);
	note_line(f->body, &b);
	body_set(out, "message", body_text_of(&b, LINE_MAX_B));
	buf_fini(&b);
	body_set(out, "status", json_string(datadog_level(f, 1, f->kind)->log_z));
	add_time(out, at_ns, wall_ns);
	body_set(own, "incident", log_incident(f->body));
	body_set(out, "gumshoe", own);
	return body_print(out, item);
}

static bool
is_entry_of(const struct finding *f, int64_t at_ns)
{
	int64_t opened_ns = finding_time(f->body, "opened_at");

	if (f->kind == FINDING_OPENED)
		return at_ns <= opened_ns;
	return f->kind == FINDING_RESOLVED && at_ns > opened_ns;
}

int
datadog_log_entry(const struct output_settings *conf, const struct finding *f, size_t i,
	int64_t wall_ns, struct buf *item)
{
	const json_t *entry = json_array_get(json_member(f->body, "timeline"), i);
	int64_t at_ns = finding_time(entry, "at");
	json_t *out, *own;
	struct buf b;

	if (entry == NULL || !is_entry_of(f, at_ns))
		return -ENOENT;
	out = log_item(conf, f, TAGS_OWN);
	own = log_private(f, "timeline", at_ns);
	buf_init(&b, LINE_MAX_B);
	buf_printf(&b, "timeline entry %zu of incident %.*s", i + 1,
		STR_ARG(finding_id(f->body)));
	body_set(out, "message", body_text_of(&b, LINE_MAX_B));
	buf_fini(&b);
	body_set(out, "status", json_string("info"));
	add_time(out, at_ns, wall_ns);
	body_set(own, "number", json_integer((json_int_t)i + 1));
	body_set(own, "entry", log_entry(entry, LINE_MAX_B));
	body_set(out, "gumshoe", own);
	return body_print(out, item);
}
