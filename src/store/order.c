/* SPDX-License-Identifier: Apache-2.0 */
#include "store/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "store/rows.h"

struct held {
	struct entry_row e;
	int64_t file, rule;
	struct store_field fields[]; /* and the bytes of the text and of the values */
};

static struct str
copy(char **at, struct str s)
{
	struct str out = { *at, s.len };

	if (s.len > 0)
		memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return out;
}

static struct held *
hold(const struct entry_row *e, int64_t file, int64_t rule)
{
	size_t head = sizeof(struct held) + e->n_fields * sizeof(struct store_field);
	size_t size = head + e->text.len;
	struct held *h;
	char *at;

	for (size_t i = 0; i < e->n_fields; i++)
		size += e->fields[i].value.len;
	h = malloc(size);
	if (h == NULL)
		return NULL;
	h->e = *e;
	h->file = file;
	h->rule = rule;
	at = (char *)h + head;
	h->e.text = copy(&at, e->text);
	h->e.fields = h->fields;
	for (size_t i = 0; i < e->n_fields; i++)
		h->fields[i] = (struct store_field){ e->fields[i].name,
			copy(&at, e->fields[i].value) };
	return h;
}

static int
cmp(const void *va, const void *vb)
{
	const struct held *a = va, *b = vb;

	if (a->e.at_ns != b->e.at_ns)
		return a->e.at_ns < b->e.at_ns ? -1 : 1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->e.offset != b->e.offset)
		return (int64_t)a->e.offset < (int64_t)b->e.offset ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->e.id != b->e.id)
		return (int64_t)a->e.id < (int64_t)b->e.id ? -1 : 1;
	return 0;
}

bool
order_put(struct order *o, const struct entry_row *e, int64_t file, int64_t rule)
{
	struct held *h;

	if (o->held == NULL)
		o->held = heap_new(SIZE_MAX, cmp);
	h = o->held != NULL ? hold(e, file, rule) : NULL;
	if (h != NULL && heap_push(o->held, h))
		return true;
	free(h);
	return false;
}

/* Nothing in this row or a later one is before it. */
static int64_t
earliest(int64_t row)
{
	int64_t home = row & ~ROWS_SLOTS;

	return home < INT64_MIN + ROWS_SPAN ? INT64_MIN : home - ROWS_SPAN;
}

bool
order_take(struct order *o, int64_t row, struct entry_row *out)
{
	const struct held *h = o->held != NULL ? heap_peek(o->held) : NULL;

	if (h == NULL || (row != INT64_MAX && h->e.at_ns >= earliest(row)))
		return false;
	free(o->given);
	o->given = heap_pop(o->held);
	*out = o->given->e;
	return true;
}

void
order_reset(struct order *o)
{
	struct held *h;

	free(o->given);
	o->given = NULL;
	while (o->held != NULL && (h = heap_pop(o->held)) != NULL)
		free(h);
}

void
order_fini(struct order *o)
{
	order_reset(o);
	heap_free(&o->held);
}
