/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/timeline.h"

#include <errno.h>

#include "base/time.h"
#include "record/source.h"

/* Clocks of a cluster differ: a cause may seem to come a little after its effect. */
#define CAUSE_SKEW_NS (30 * TIME_S)

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
set_span(struct timeline *t, enum body_part part)
{
	const struct incident_row *row = t->row;

	t->from_ns = row->from_ns;
	t->to_ns = row->resolved_ns == TIME_NONE ? INT64_MAX : row->resolved_ns;
	if (part == BODY_DEATHS)
		t->from_ns = time_later(t->from_ns, t->body->deaths_from_ns);
	if (part == BODY_CAUSES) {
		int64_t end_ns = time_after(
			time_later(row->last_ns, row->opened_ns), CAUSE_SKEW_NS);

		if (end_ns < t->to_ns)
			t->to_ns = end_ns;
	}
}

/*
 * A strict part whose items all have the key field that finds entries is read by its
 * value: an order's few, not all orders' of an hour.
 */
static struct store_query *
open_query(struct store *s, const struct timeline *t)
{
	const struct body *body = t->body;
	bool found = t->strict && body->by_entity.len > 0 && body->by < t->row->n_key;

	for (size_t i = 0; i < t->list->n && found; i++) {
		const struct body_item *item = &t->list->items[i];

		found = body->by < item->n_key && item->key[body->by].len > 0;
	}
	if (found)
		return store_entity_entries(
			s, body->by_entity, t->row->key[body->by].value);
	return store_entries(s, t->from_ns, t->to_ns, t->list->rules, t->list->n);
}

int
timeline_open(struct timeline *t, struct store *s, const struct incident_row *row,
	const struct body *body, enum body_part part, const struct map *values)
{
	*t = (struct timeline){ .row = row,
		.body = body,
		.list = &body->list[part],
		.values = part == BODY_TIMELINE ? values : NULL,
		.strict = part != BODY_CAUSES };
	if (t->list->n == 0)
		return 0;
	set_span(t, part);
	t->query = open_query(s, t);
	return t->query != NULL ? 0 : -ENOMEM;
}

void
timeline_close(struct timeline *t)
{
	store_query_free(&t->query);
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
shares_key(
	const struct timeline *t, const struct entry_row *e, const struct body_item *item)
{
	for (size_t i = 0; i < t->row->n_key && i < item->n_key; i++) {
		struct str name = item->key[i];
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
meets_where(const struct entry_row *e, const struct body_item *item)
{
	for (size_t i = 0; i < item->n_where; i++) {
		const struct body_where *w = &item->where[i];
		struct str value;

		if (!w->known || !key_field(e, w->name, &value) ||
			!str_eq(value, w->value))
			return false;
	}
	return true;
}

static bool
counted(const struct timeline *t, const struct entry_row *e, const struct body_item *item)
{
	struct str name = item->field.len > 0 ? item->field : t->body->field;
	struct str value;

	if (t->values == NULL || name.len == 0 || !timeline_field(e, name, &value))
		return true;
	return map_get(t->values, value) != NULL;
}

bool
timeline_next(struct timeline *t, struct entry_row *out, const struct body_item **item)
{
	while (t->query != NULL && store_next_entry(t->query, out)) {
		if (out->at_ns < t->from_ns || out->at_ns > t->to_ns)
			continue;
		for (size_t i = 0; i < t->list->n; i++) {
			const struct body_item *x = &t->list->items[i];

			if (!str_eq(x->rule, out->rule) || !shares_key(t, out, x) ||
				!meets_where(out, x) || !counted(t, out, x))
				continue;
			if (item != NULL)
				*item = x;
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
