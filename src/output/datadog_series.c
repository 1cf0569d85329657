/* SPDX-License-Identifier: Apache-2.0 */
#include "output/datadog_series.h"

#include <stdbool.h>

#include "base/json.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/tags.h"

#define AGE_MAX    (55 * TIME_MIN) /* an hour is taken; a try takes some of it */
#define AHEAD_MAX  (9 * TIME_MIN)
#define SERIES_MAX ((size_t)500) /* of about 400 bytes: half of what is taken at once */
#define LABEL_MAX  ((size_t)80)  /* of a reason: the start of a message */
#define WHY_MAX    ((size_t)500)

enum {
	ROW_OPEN,
	ROW_FAILED,
	ROW_RESTARTS,
	ROW_MONEY,
	ROW_WAITING,
	ROW_LEFT_OUT,
	ROW_HEARTBEAT,
	ROWS
};

const struct series_row series_rows[ROWS + 1] = {
	[ROW_OPEN] = { "gumshoe.incidents.open", SERIES_GAUGE, NULL,
		"Incidents that are open, by rule, level and namespace." },
	[ROW_FAILED] = { "gumshoe.orders.failed", SERIES_COUNT, NULL,
		"Orders that failed, by reason and namespace." },
	[ROW_RESTARTS] = { "gumshoe.container.restarts", SERIES_COUNT, NULL,
		"Restarts of containers, by namespace and service." },
	[ROW_MONEY] = { "gumshoe.money.at_risk", SERIES_GAUGE, NULL,
		"Amounts of the orders of open incidents, in units of money." },
	[ROW_WAITING] = { "gumshoe.findings.waiting", SERIES_GAUGE, NULL,
		"Findings that wait to be sent." },
	[ROW_LEFT_OUT] = { "gumshoe.series.left_out", SERIES_GAUGE, NULL,
		"Series beyond the bound, which are not sent." },
	[ROW_HEARTBEAT] = { "gumshoe.heartbeat", SERIES_GAUGE, NULL,
		"1 while Gumshoe runs and reaches Datadog." },
};

struct maker {
	const struct output_settings *conf;
	json_t *list;
	int64_t at_ns, interval_ns;
	size_t left_out;
};

struct label {
	const char *tag_z, *member_z;
};

static json_t *
point(int64_t at_ns, json_t *value)
{
	json_t *p = json_object();
	json_t *points = json_array();

	body_set(p, "timestamp", json_integer(at_ns / TIME_S));
	body_set(p, "value", value);
	(void)json_array_append_new(points, p);
	return points;
}

static json_t *
host_resource(const struct output_settings *conf)
{
	json_t *host = json_object();
	json_t *list = json_array();

	body_set(host, "type", json_string("host"));
	body_set(host, "name", datadog_host(conf));
	(void)json_array_append_new(list, host);
	return list;
}

/* Takes value and tags over. */
static void
add(struct maker *m, int row, json_t *value, json_t *tags)
{
	const struct series_row *r = &series_rows[row];
	json_t *s;

	if (row < ROW_LEFT_OUT && json_array_size(m->list) >= SERIES_MAX) {
		m->left_out++;
		json_decref(value);
		json_decref(tags);
		return;
	}
	s = json_object();
	body_set(s, "metric", json_string(r->metric_z));
	body_set(s, "type", json_integer(r->type));
	if (r->type == SERIES_COUNT)
		body_set(s, "interval", json_integer(m->interval_ns / TIME_S));
	if (r->unit_z != NULL)
		body_set(s, "unit", json_string(r->unit_z));
	body_set(s, "points", point(m->at_ns, value));
	body_set(s, "resources", host_resource(m->conf));
	body_set(s, "tags", tags);
	(void)json_array_append_new(m->list, s);
}

static json_t *
own_tags(struct maker *m)
{
	return tags_make(m->conf, NULL, 0, TAGS_OWN);
}

/* Labels that differ may be one tag: then their numbers are one. */
static bool
add_to_same(struct maker *m, int row, int64_t value, const json_t *tags)
{
	for (size_t i = 0; i < json_array_size(m->list); i++) {
		const json_t *s = json_array_get(m->list, i);
		json_t *p = json_array_get(json_member(s, "points"), 0);

		if (!str_eq(json_member_text(s, "metric"),
			    str_z(series_rows[row].metric_z)) ||
			!json_equal(json_member(s, "tags"), tags))
			continue;
		body_set(p, "value",
			json_integer(value + json_i64(json_member(p, "value"), 0)));
		return true;
	}
	return false;
}

/* One series per item of a list of the numbers, its labels as tags. */
static void
add_list(struct maker *m, int row, const json_t *list, const char *value_z,
	const struct label *labels, size_t n_labels)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		int64_t value = json_i64(json_member(item, value_z), 0);
		json_t *tags = own_tags(m);

		for (size_t k = 0; k < n_labels; k++)
			tags_add(tags, str_z(labels[k].tag_z),
				body_cut(json_member_text(item, labels[k].member_z),
					LABEL_MAX));
		if (add_to_same(m, row, value, tags))
			json_decref(tags);
		else
			add(m, row, json_integer(value), tags);
	}
}

static void
add_single(struct maker *m, int row, const json_t *numbers, const char *member_z)
{
	const json_t *v = json_member(numbers, member_z);

	if (json_is_integer(v))
		add(m, row, json_integer(json_integer_value(v)), own_tags(m));
}

static void
add_all(struct maker *m, const json_t *numbers)
{
	static const struct label open[] = { { "rule", "rule" }, { "level", "level" },
		{ "kube_namespace", "namespace" } };
	static const struct label failed[] = { { "reason", "reason" },
		{ "kube_namespace", "namespace" } };
	static const struct label restarts[] = { { "kube_namespace", "namespace" },
		{ "service", "service" } };
	const json_t *money = json_member(numbers, "money_at_risk_cents");

	add_single(m, ROW_WAITING, numbers, "findings_waiting");
	if (json_is_integer(money))
		add(m, ROW_MONEY, json_real((double)json_integer_value(money) / 100.0),
			own_tags(m));
	add_list(m, ROW_OPEN, json_member(numbers, "incidents"), "open", open,
		ARRAY_LEN(open));
	add_list(m, ROW_FAILED, json_member(numbers, "orders_failed"), "n", failed,
		ARRAY_LEN(failed));
	add_list(m, ROW_RESTARTS, json_member(numbers, "restarts"), "n", restarts,
		ARRAY_LEN(restarts));
	add(m, ROW_LEFT_OUT, json_integer((json_int_t)m->left_out), own_tags(m));
}

/* What list has over before; rows are the same when all but "n" is. */
static json_t *
difference(const json_t *list, const json_t *before)
{
	json_t *out = json_array();
	json_t *row, *old;
	size_t i, k;

	json_array_foreach(list, i, row)
	{
		json_t *copy = json_copy(row);
		int64_t n = json_i64(json_member(row, "n"), 0);

		json_array_foreach(before, k, old)
		{
			(void)json_object_set(copy, "n", json_member(old, "n"));
			if (json_equal(copy, old))
				n -= json_i64(json_member(old, "n"), 0);
		}
		body_set(copy, "n", json_integer(n));
		if (n > 0)
			(void)json_array_append(out, copy);
		json_decref(copy);
	}
	return out;
}

json_t *
series_since(const json_t *numbers, const json_t *before)
{
	static const char *const totals_z[] = { "orders_failed", "restarts" };
	json_t *out = json_copy((json_t *)(uintptr_t)numbers);

	for (size_t i = 0; i < ARRAY_LEN(totals_z); i++)
		if (json_member(numbers, totals_z[i]) != NULL)
			body_set(out, totals_z[i],
				difference(json_member(numbers, totals_z[i]),
					json_member(before, totals_z[i])));
	return out;
}

bool
series_make(const struct output_settings *conf, const struct series_numbers *n,
	int64_t wall_ns, struct buf *body)
{
	struct maker m = { .conf = conf,
		.list = json_array(),
		.at_ns = n->at_ns,
		.interval_ns = n->interval_ns > TIME_S ? n->interval_ns : TIME_S };
	bool fits = n->at_ns >= wall_ns - AGE_MAX && n->at_ns <= wall_ns + AHEAD_MAX;
	json_t *root;

	if (fits && n->alive)
		add(&m, ROW_HEARTBEAT, json_integer(1), own_tags(&m));
	if (fits && n->numbers != NULL)
		add_all(&m, n->numbers);
	if (json_array_size(m.list) == 0) {
		json_decref(m.list);
		return false;
	}
	root = json_object();
	body_set(root, "series", m.list);
	return body_print(root, body) == 0;
}

int
series_check(const struct output_settings *conf, int status, struct str why,
	int64_t wall_ns, struct buf *body)
{
	json_t *check = json_object();
	json_t *list = json_array();

	body_set(check, "check", json_string(SERIES_CHECK));
	body_set(check, "host_name", datadog_host(conf));
	body_set(check, "status", json_integer(status));
	body_set(check, "timestamp", json_integer(wall_ns / TIME_S));
	body_set(check, "tags", tags_make(conf, NULL, 0, TAGS_OWN));
	if (status != 0)
		body_set(check, "message", body_text(why, WHY_MAX));
	(void)json_array_append_new(list, check);
	return body_print(list, body);
}
