/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/timeline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/time.h"
#include "record/source.h"

/* Clocks of a cluster differ: a cause may seem to come a little after its effect. */
#define CAUSE_SKEW_NS (30 * TIME_S)

struct timeline {
	const struct incident_row *row; /* borrowed */
	const json_t *items;            /* borrowed */
	struct str field;
	const struct map *values; /* borrowed, may be NULL */
	bool strict;              /* an entry without a key field stays out */
	int64_t from_ns, to_ns;
	struct store_query *query; /* NULL: nothing is asked for */
	struct str names[];
};

bool
timeline_field(const struct entry_row *e, struct str name, struct str *out)
{
	for (size_t i = 0; i < e->n_fields; i++)
		if (str_eq(e->fields[i].name, name)) {
			*out = e->fields[i].value;
			return true;
		}
	return false;
}

static void
set_span(struct timeline *t, const json_t *body, enum timeline_part part)
{
	const struct incident_row *row = t->row;

	t->from_ns = row->from_ns;
	t->to_ns = row->resolved_ns == TIME_NONE ? INT64_MAX : row->resolved_ns;
	if (part == TIMELINE_DEATHS)
		t->from_ns = time_later(t->from_ns,
			json_i64(json_member(body, "deaths_from"), t->from_ns));
	if (part == TIMELINE_CAUSES) {
		int64_t end_ns = time_later(row->last_ns, row->opened_ns) + CAUSE_SKEW_NS;

		if (end_ns < t->to_ns)
			t->to_ns = end_ns;
	}
}

/*
 * A strict part whose items all have the key field that finds entries is read by its
 * value: an order's few, not all orders' of an hour.
 */
static struct store_query *
open_query(struct store *s, const struct timeline *t, const json_t *body)
{
	struct str entity = json_member_text(body, "by_entity");
	size_t by = (size_t)json_i64(json_member(body, "by"), INT64_MAX);
	size_t n = json_array_size(t->items);
	bool found = t->strict && entity.len > 0 && by < t->row->n_key;

	for (size_t i = 0; i < n && found; i++) {
		const json_t *key = json_member(json_array_get(t->items, i), "key");

		found = json_text(json_array_get(key, by)).len > 0;
	}
	if (found)
		return store_entity_entries(s, entity, t->row->key[by].value);
	return store_entries(s, t->from_ns, t->to_ns, t->names, n);
}

struct timeline *
timeline_open(struct store *s, const struct incident_row *row, const json_t *body,
	enum timeline_part part, const struct map *values)
{
	static const char *const parts_z[] = { "timeline", "causes", "deaths" };
	const json_t *items = json_member(body, parts_z[part]);
	size_t n = json_array_size(items);
	struct timeline *t = calloc(1, sizeof(*t) + n * sizeof(t->names[0]));

	if (t == NULL)
		return NULL;
	t->row = row;
	t->items = items;
	t->field = json_member_text(body, "field");
	t->values = part == TIMELINE_ENTRIES ? values : NULL;
	t->strict = part != TIMELINE_CAUSES;
	for (size_t i = 0; i < n; i++)
		t->names[i] = json_member_text(json_array_get(items, i), "rule");
	set_span(t, body, part);
	if (n == 0)
		return t;
	t->query = open_query(s, t, body);
	if (t->query == NULL)
		timeline_close(&t);
	return t;
}

void
timeline_close(struct timeline **pt)
{
	struct timeline *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	if (t->query != NULL)
		store_query_free(&t->query);
	free(t);
}

/* A namespace nobody knows is a key value of its own. */
static bool
key_field(const struct entry_row *e, struct str name, struct str *out)
{
	if (timeline_field(e, name, out) && out->len > 0)
		return true;
	*out = STR("unknown");
	return str_eq(name, label_names[LABEL_NAMESPACE]);
}

static bool
shares_key(const struct timeline *t, const struct entry_row *e, const json_t *item)
{
	const json_t *key = json_member(item, "key");

	for (size_t i = 0; i < t->row->n_key; i++) {
		struct str name = json_text(json_array_get(key, i));
		struct str value;

		if (name.len == 0)
			continue;
		if (!key_field(e, name, &value)) {
			if (t->strict)
				return false;
		} else if (!str_eq(value, t->row->key[i].value))
			return false;
	}
	return true;
}

static bool
meets_where(const struct entry_row *e, json_t *item)
{
	json_t *where = json_member(item, "where");
	const char *name_z;
	json_t *wanted;

	json_object_foreach(where, name_z, wanted)
	{
		struct str value;

		if (!json_is_string(wanted) || !key_field(e, str_z(name_z), &value) ||
			!str_eq(value, json_text(wanted)))
			return false;
	}
	return true;
}

static bool
counted(const struct timeline *t, const struct entry_row *e, const json_t *item)
{
	struct str name = json_member_text(item, "field");
	struct str value;

	if (name.len == 0)
		name = t->field;
	if (t->values == NULL || name.len == 0 || !timeline_field(e, name, &value))
		return true;
	return map_get(t->values, value) != NULL;
}

bool
timeline_next(struct timeline *t, struct entry_row *out, const json_t **item)
{
	while (t->query != NULL && store_next_entry(t->query, out)) {
		if (out->at_ns < t->from_ns || out->at_ns > t->to_ns)
			continue;
		for (size_t i = 0; i < json_array_size(t->items); i++) {
			json_t *it = json_array_get(t->items, i);

			if (!str_eq(t->names[i], out->rule) || !shares_key(t, out, it) ||
				!meets_where(out, it) || !counted(t, out, it))
				continue;
			if (item != NULL)
				*item = it;
			return true;
		}
	}
	return false;
}

int
timeline_error(const struct timeline *t)
{
	return t->query != NULL && store_query_failed(t->query) ? -EIO : 0;
}
