/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/tally.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/map.h"
#include "incident/text.h"

#define ORDERS_MAX 100000 /* remembered, so that none counts twice */
#define ROWS_MAX   ((size_t)200)
#define REASON_MAX ((size_t)80)

struct tally {
	struct map *orders;
	json_t *failed, *restarts;
	uint64_t last_id; /* of the record of the last restart */
};

struct tally *
tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->orders = map_new(ORDERS_MAX);
	t->failed = json_array();
	t->restarts = json_array();
	if (t->orders == NULL || t->failed == NULL || t->restarts == NULL)
		tally_free(&t);
	return t;
}

void
tally_free(struct tally **pt)
{
	struct tally *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	if (t->orders != NULL)
		map_free(&t->orders);
	json_decref(t->failed);
	json_decref(t->restarts);
	free(t);
}

static json_t *
find(const json_t *list, const char *name_z, struct str value, struct str namespace)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (str_eq(json_member_text(row, name_z), value) &&
			str_eq(json_member_text(row, "namespace"), namespace))
			return row;
	}
	return NULL;
}

static void
add(json_t *list, const char *name_z, struct str value, struct str namespace, uint64_t n)
{
	json_t *row = find(list, name_z, value, namespace);

	if (row == NULL && json_array_size(list) >= ROWS_MAX) {
		value = namespace = STR("other");
		row = find(list, name_z, value, namespace);
	}
	if (row == NULL) {
		row = json_object();
		text_set(row, str_z(name_z), text_json(value));
		text_set(row, STR("namespace"), text_json(namespace));
		(void)json_array_append_new(list, row);
	}
	n += (uint64_t)json_i64(json_member(row, "n"), 0);
	text_set(row, STR("n"), json_integer((json_int_t)n));
}

/* Cut between characters. */
static struct str
start_of(struct str reason)
{
	size_t end = REASON_MAX;

	if (reason.len <= end)
		return reason;
	while (end > 0 && ((unsigned char)reason.ptr[end] & 0xc0) == 0x80)
		end--;
	return str_sub(reason, 0, end);
}

/* A full table is begun anew: an order that fails much later counts again. */
void
tally_order_failed(
	struct tally *t, struct str order, struct str reason, struct str namespace)
{
	bool fresh;

	if (map_len(t->orders) >= ORDERS_MAX) {
		map_free(&t->orders);
		t->orders = map_new(ORDERS_MAX);
	}
	if (t->orders == NULL || map_put(t->orders, order, &fresh) == NULL || !fresh)
		return;
	add(t->failed, "reason", start_of(reason), namespace, 1);
}

void
tally_restart(struct tally *t, const struct match *m)
{
	struct str service = m->label[LABEL_DATADOG];

	if (m->id == t->last_id)
		return;
	t->last_id = m->id;
	if (service.len == 0)
		service = m->label[LABEL_SERVICE];
	add(t->restarts, "service", service, m->label[LABEL_NAMESPACE], m->weight);
}

void
tally_add_to(const struct tally *t, json_t *numbers)
{
	text_set(numbers, STR("orders_failed"), json_deep_copy(t->failed));
	text_set(numbers, STR("restarts"), json_deep_copy(t->restarts));
}
