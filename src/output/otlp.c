/* SPDX-License-Identifier: Apache-2.0 */
#include "output/otlp.h"

#include <errno.h>
#include <inttypes.h>

#include "base/json.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/finding.h"
#include "output/note.h"
#include "rules/ruleset.h"

#define LINE_MAX_B ((size_t)8000)
#define TEXT_MAX   ((size_t)2000)
#define DEPTH_MAX  16
#define SHOWN_MAX  ((size_t)200)

/* The integers of SeverityNumber. */
enum { OTLP_INFO = 9, OTLP_WARN = 13, OTLP_ERROR = 17, OTLP_FATAL = 21 };

static json_t *pairs(const json_t *obj, const char *prefix_z, int depth);

/* AnyValue; null, and what lies too deep, is an empty one. */
static json_t *
any_value(const json_t *v, int depth)
{
	json_t *out = json_object();
	json_t *list;

	if (depth > DEPTH_MAX)
		return out;
	if (json_is_string(v)) {
		body_set(out, "stringValue", body_text(json_text(v), TEXT_MAX));
	} else if (json_is_boolean(v)) {
		body_set(out, "boolValue", json_boolean(json_is_true(v)));
	} else if (json_is_integer(v)) {
		body_set(out, "intValue",
			json_sprintf("%" PRId64, (int64_t)json_integer_value(v)));
	} else if (json_is_real(v)) {
		body_set(out, "doubleValue", json_real(json_real_value(v)));
	} else if (json_is_array(v)) {
		list = json_array();
		for (size_t i = 0; i < json_array_size(v); i++)
			(void)json_array_append_new(
				list, any_value(json_array_get(v, i), depth + 1));
		body_set(out, "arrayValue", json_pack("{so}", "values", list));
	} else if (json_is_object(v)) {
		body_set(out, "kvlistValue",
			json_pack("{so}", "values", pairs(v, "", depth + 1)));
	}
	return out;
}

static void
add_pair(json_t *list, const char *prefix_z, const char *name_z, json_t *value)
{
	json_t *pair = json_object();

	body_set(pair, "key", json_sprintf("%s%s", prefix_z, name_z));
	body_set(pair, "value", value);
	(void)json_array_append_new(list, pair);
}

static void
add_text(json_t *list, const char *name_z, struct str s)
{
	json_t *value;

	if (s.len == 0)
		return;
	value = json_object();
	body_set(value, "stringValue", body_text(s, TEXT_MAX));
	add_pair(list, "", name_z, value);
}

/* Members as key values; what is not set is left out. */
static json_t *
pairs(const json_t *obj, const char *prefix_z, int depth)
{
	json_t *out = json_array();
	const char *name_z;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)obj, name_z, v)
	{
		if (!json_is_null(v))
			add_pair(out, prefix_z, name_z, any_value(v, depth));
	}
	return out;
}

void
otlp_begin(const struct output_settings *conf, struct buf *out)
{
	json_t *list = json_array();
	json_t *host = datadog_host(conf);

	add_text(list, "service.name", conf->service);
	add_text(list, "service.version", STR(PACKAGE_VERSION));
	add_text(list, "host.name", json_text(host));
	add_text(list, "deployment.environment.name", conf->env);
	add_text(list, "k8s.cluster.name", conf->cluster);
	json_decref(host);
	buf_add(out, STR("{\"resourceLogs\":[{\"resource\":{\"attributes\":"));
	if (body_print(list, out) != 0)
		out->failed = true;
	buf_add(out,
		STR("},\"scopeLogs\":[{\"scope\":{\"name\":\"gumshoe\",\"version\":\"" PACKAGE_VERSION
		    "\"},\"logRecords\":["));
}

void
otlp_end(struct buf *out)
{
	buf_add(out, STR("]}]}]}"));
}

static int
severity(const struct finding *f)
{
	if (f->kind == FINDING_RESOLVED)
		return OTLP_INFO;
	switch (finding_level(f->body)) {
	case LEVEL_CRITICAL:
		return OTLP_FATAL;
	case LEVEL_HIGH:
		return OTLP_ERROR;
	case LEVEL_MEDIUM:
		return OTLP_WARN;
	default:
		return OTLP_INFO;
	}
}

static json_t *
record_body(const json_t *finding)
{
	json_t *out = json_object();
	struct buf b;

	buf_init(&b, LINE_MAX_B);
	note_line(finding, &b);
	body_set(out, "stringValue", body_text_of(&b, LINE_MAX_B));
	buf_fini(&b);
	return out;
}

int
otlp_record(const struct finding *f, size_t max, int64_t wall_ns, struct buf *out)
{
	json_t *small = finding_small(f->body, max);
	int64_t at_ns = finding_at(f->body);
	json_t *record = json_object();
	json_t *list = pairs(small, "gumshoe.", 0);

	json_decref(small);
	if (at_ns != TIME_NONE)
		body_set(record, "timeUnixNano", json_sprintf("%" PRId64, at_ns));
	body_set(record, "observedTimeUnixNano", json_sprintf("%" PRId64, wall_ns));
	body_set(record, "severityNumber", json_integer(severity(f)));
	body_set(record, "severityText",
		body_text(json_member_text(f->body, "level"), TEXT_MAX));
	body_set(record, "body", record_body(f->body));
	add_text(list, "k8s.namespace.name", finding_label(f->body, "namespace"));
	body_set(record, "attributes", list);
	return body_print(record, out);
}

int
otlp_heartbeat(int64_t wall_ns, struct buf *out)
{
	json_t *record = json_object();
	json_t *body = json_object();
	json_t *list = json_array();

	body_set(body, "stringValue", json_string("gumshoe is running"));
	add_text(list, "gumshoe.kind", STR("heartbeat"));
	body_set(record, "timeUnixNano", json_sprintf("%" PRId64, wall_ns));
	body_set(record, "observedTimeUnixNano", json_sprintf("%" PRId64, wall_ns));
	body_set(record, "severityNumber", json_integer(OTLP_INFO));
	body_set(record, "severityText", json_string("informational"));
	body_set(record, "body", body);
	body_set(record, "attributes", list);
	return body_print(record, out);
}

int64_t
otlp_rejected(struct str reply, struct buf *why)
{
	json_t *v = NULL;
	const json_t *part, *n;
	int64_t rejected = 0;
	size_t used;

	if (json_read(reply, &v, &used) == JSON_OK) {
		part = json_member(v, "partialSuccess");
		n = json_member(part, "rejectedLogRecords");
		if (!str_to_i64(json_text(n), 0, INT64_MAX, &rejected))
			rejected = json_i64(n, 0);
		if (rejected > 0 || json_member_text(part, "errorMessage").len > 0) {
			buf_printf(why, "%" PRId64 " records were not taken: ", rejected);
			buf_add_visible(
				why, str_sub(json_member_text(part, "errorMessage"), 0,
					     SHOWN_MAX));
		}
	}
	json_decref(v);
	return rejected;
}
