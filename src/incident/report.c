/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"
#include "base/time.h"
#include "incident/impact.h"
#include "incident/text.h"
#include "incident/timeline.h"
#include "record/source.h"
#include "rules/ruleset.h"

/* A finding is read by people: what is longer says how much more there is. */
#define ENTRIES_MAX ((size_t)5000)
#define CAUSES_MAX  ((size_t)100)
#define GAPS_MAX    ((size_t)100)
#define VALUES_MAX  ((size_t)100000)

static const char *
level_z(int level)
{
	struct str name = STR("");

	if (level > LEVEL_NONE && level <= LEVEL_CRITICAL)
		name = level_names[level];
	return name.ptr;
}

static bool
is_own_key(struct str name)
{
	const struct str own[] = { STR("at"), STR("rule"), STR("count"), STR("source"),
		STR("text"), STR("level"), STR("inferred"), STR("captures") };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq(own[i], name))
			return true;
	return false;
}

/* Labels go to the source, captures beside it; one named like our keys goes apart. */
static void
add_fields(json_t *obj, json_t *source, const struct entry_row *e)
{
	json_t *apart = NULL;

	for (size_t i = 0; i < e->n_fields; i++) {
		const struct store_field *f = &e->fields[i];

		if (label_find(f->name) != LABEL_COUNT)
			text_set(source, f->name, text_json(f->value));
		else if (!is_own_key(f->name))
			text_set(obj, f->name, text_json(f->value));
		else {
			if (apart == NULL)
				apart = json_object();
			text_set(apart, f->name, text_json(f->value));
		}
	}
	if (apart != NULL)
		text_set(obj, STR("captures"), apart);
}

json_t *
report_entry(const struct entry_row *e)
{
	json_t *obj = json_object();
	json_t *source = json_object();

	text_set(obj, STR("at"), text_time(e->at_ns));
	text_set(obj, STR("rule"), text_json(e->rule));
	if (e->level > LEVEL_NONE)
		text_set(obj, STR("level"), json_string(level_z(e->level)));
	add_fields(obj, source, e);
	text_set(obj, STR("count"), json_integer((json_int_t)e->weight));
	if (e->file.len > 0) {
		text_set(source, STR("file"), text_json(e->file));
		text_set(source, STR("offset"), json_integer((json_int_t)e->offset));
	}
	text_set(obj, STR("source"), source);
	if (e->quality >= (int)TIME_ARRIVAL)
		text_set(obj, STR("inferred"), json_true());
	text_set(obj, STR("text"), text_json(e->text));
	return obj;
}

static json_t *
gap_json(const struct gap_row *g)
{
	json_t *obj = json_object();

	text_set(obj, STR("from"), text_time(g->from_ns));
	text_set(obj, STR("to"), text_time(g->to_ns));
	text_set(obj, STR("source"), text_json(g->source));
	text_set(obj, STR("reason"), text_json(g->reason));
	text_set(obj, STR("detail"), text_json(g->detail));
	text_set(obj, STR("n"), json_integer((json_int_t)g->n));
	return obj;
}

json_t *
report_complete(struct store *s)
{
	json_t *obj = json_object();
	json_t *gaps = json_array();
	struct store_query *q = store_gaps(s);
	struct gap_row g;
	size_t more = 0;

	while (q != NULL && store_next_gap(q, &g)) {
		if (json_array_size(gaps) < GAPS_MAX)
			json_array_append_new(gaps, gap_json(&g));
		else
			more++;
	}
	if (q != NULL)
		store_query_free(&q);
	text_set(obj, STR("from"),
		text_time(store_meta_i64(s, STR("complete_from"), TIME_NONE)));
	text_set(obj, STR("to"),
		text_time(store_meta_i64(s, STR("complete_to"), TIME_NONE)));
	text_set(obj, STR("gaps"), gaps);
	if (more > 0)
		text_set(obj, STR("gaps_more"), json_integer((json_int_t)more));
	text_set(obj, STR("not_judged"),
		json_integer(store_meta_i64(s, STR("not_judged"), 0)));
	return obj;
}

struct report {
	struct store *store; /* borrowed, like all but values and impact */
	const struct incident_row *row;
	const json_t *body;
	struct map *values; /* NULL: the incident counts none */
	struct impact *impact;
};

static int
load_values(struct report *r)
{
	struct store_query *q;
	struct str value;
	int err;

	if (json_member_text(r->body, "field").len == 0)
		return 0;
	q = store_incident_values(r->store, r->row->id);
	r->values = map_new(VALUES_MAX);
	if (q == NULL || r->values == NULL) {
		store_query_free(&q);
		return -ENOMEM;
	}
	while (store_next_value(q, &value))
		(void)map_put(r->values, value, NULL);
	err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

/* One of the rules whose matches are the incident, not only its surroundings. */
static bool
is_own_rule(const json_t *body, struct str rule)
{
	const json_t *rules = json_member(body, "rules");

	for (size_t i = 0; i < json_array_size(rules); i++)
		if (str_eq(json_text(json_array_get(rules, i)), rule))
			return true;
	return false;
}

static bool
counts_orders(const struct report *r)
{
	return str_eq(json_member_text(r->body, "field"), STR("order_id"));
}

static void
add_order(struct report *r, const struct entry_row *e)
{
	struct str id, amount = { 0 }, customer = { 0 };

	if (!timeline_field(e, STR("order_id"), &id))
		return;
	if (counts_orders(r) ? map_get(r->values, id) == NULL
			     : !is_own_rule(r->body, e->rule))
		return;
	if (!timeline_field(e, STR("amount"), &amount))
		(void)timeline_field(e, STR("total"), &amount);
	if (!timeline_field(e, STR("customer_id"), &customer))
		(void)timeline_field(e, STR("customer"), &customer);
	impact_order(r->impact, id, amount, customer);
}

/* Orders that are known without an entry: what was counted, and the key. */
static void
add_known_orders(struct report *r)
{
	static const struct str none = { 0 };
	size_t pos = 0;
	struct str id;

	while (counts_orders(r) && map_next(r->values, &pos, &id, NULL))
		impact_order(r->impact, id, none, none);
	for (size_t k = 0; k < r->row->n_key; k++)
		if (str_eq(r->row->key[k].name, STR("order_id")))
			impact_order(r->impact, r->row->key[k].value, none, none);
}

static int
add_part(struct report *r, json_t *out, enum timeline_part part)
{
	bool causes = part == TIMELINE_CAUSES;
	size_t max = causes ? CAUSES_MAX : ENTRIES_MAX;
	struct timeline *t = timeline_open(r->store, r->row, r->body, part, r->values);
	json_t *list = json_array();
	struct entry_row e;
	size_t more = 0;
	int err;

	text_set(out, causes ? STR("causes") : STR("timeline"), list);
	if (t == NULL)
		return -ENOMEM;
	while (timeline_next(t, &e, NULL)) {
		if (!causes)
			add_order(r, &e);
		if (json_array_size(list) < max)
			json_array_append_new(list, report_entry(&e));
		else
			more++;
	}
	if (more > 0)
		text_set(out, causes ? STR("causes_more") : STR("timeline_more"),
			json_integer((json_int_t)more));
	err = timeline_error(t);
	timeline_close(&t);
	return err;
}

static json_t *
key_json(const struct incident_row *row)
{
	json_t *key = json_object();

	for (size_t k = 0; k < row->n_key; k++)
		text_set(key, row->key[k].name, text_json(row->key[k].value));
	return key;
}

static void
add_head(json_t *out, const struct incident_row *row)
{
	text_set(out, STR("id"), text_json(row->id));
	text_set(out, STR("rule"), text_json(row->rule));
	text_set(out, STR("title"), text_json(row->title));
	text_set(out, STR("level"), json_string(level_z(row->level)));
	text_set(out, STR("state"), text_json(row->state));
	if (row->superseded_by.len > 0)
		text_set(out, STR("superseded_by"), text_json(row->superseded_by));
	text_set(out, STR("key"), key_json(row));
	text_set(out, STR("first_at"), text_time(row->first_ns));
	text_set(out, STR("last_at"), text_time(row->last_ns));
	text_set(out, STR("opened_at"), text_time(row->opened_ns));
	text_set(out, STR("resolved_at"), text_time(row->resolved_ns));
	text_set(out, STR("detected_at"), text_time(row->detected_ns));
	text_set(out, STR("count"), json_integer((json_int_t)row->count));
}

json_t *
report_head(const struct incident_row *row)
{
	json_t *out = json_object();

	add_head(out, row);
	return out;
}

static void
add_texts(json_t *out, const json_t *body)
{
	static const char *const names_z[] = { "remediation", "runbook", "uncounted" };

	for (size_t i = 0; i < ARRAY_LEN(names_z); i++) {
		json_t *v = json_member(body, names_z[i]);

		if (v != NULL)
			json_object_set(out, names_z[i], v);
	}
}

static json_t *
build(struct report *r)
{
	json_t *out = json_object();
	int err = load_values(r);

	add_head(out, r->row);
	json_object_set_new(
		out, "impact", json_null()); /* its place in the order of keys */
	if (err == 0)
		err = add_part(r, out, TIMELINE_CAUSES);
	if (err == 0)
		err = add_part(r, out, TIMELINE_ENTRIES);
	add_known_orders(r);
	if (err == 0)
		err = impact_complete(r->impact, r->store);
	text_set(out, STR("impact"),
		impact_json(r->impact, r->row->last_ns - r->row->first_ns));
	add_texts(out, r->body);
	text_set(out, STR("complete"), report_complete(r->store));
	if (err != 0) {
		json_decref(out);
		return NULL;
	}
	return out;
}

json_t *
report_incident(struct store *s, struct str id)
{
	struct store_query *q = id.len > 0 ? store_incidents(s, id) : NULL;
	struct report r = { .store = s, .impact = impact_new() };
	struct incident_row row;
	json_t *body = NULL;
	json_t *out = NULL;
	size_t used;

	if (q != NULL && r.impact != NULL && store_next_incident(q, &row) &&
		json_read(row.body, &body, &used) == JSON_OK) {
		r.row = &row;
		r.body = body;
		out = build(&r);
	}
	json_decref(body);
	if (r.values != NULL)
		map_free(&r.values);
	impact_free(&r.impact);
	if (q != NULL)
		store_query_free(&q);
	return out;
}
