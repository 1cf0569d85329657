/* SPDX-License-Identifier: Apache-2.0 */
#include "store/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "store/rows.h"

#define HELD_MAX  ((size_t)1 << 18)
#define BYTES_MAX ((size_t)4 << 20)

struct held {
	int64_t at_ns, file, rule, row;
	uint64_t offset, id;
	size_t bytes;         /* of what follows; 0: nothing does */
	struct entry_row e[]; /* one, then its fields, the text and the values */
};

static size_t
bytes_of(const struct entry_row *e)
{
	size_t n = sizeof(*e) + e->n_fields * sizeof(*e->fields) + e->text.len;

	for (size_t i = 0; i < e->n_fields; i++)
		n += e->fields[i].value.len;
	return n;
}

/* As many bytes as it takes are behind h. */
static void
keep(struct held *h, const struct entry_row *e)
{
	struct store_field *fields = (struct store_field *)(void *)&h->e[1];
	char *at = (char *)(fields + e->n_fields);

	h->e[0] = *e;
	h->e[0].text = str_put(&at, e->text);
	h->e[0].fields = fields;
	for (size_t i = 0; i < e->n_fields; i++)
		fields[i] = (struct store_field){ e->fields[i].name,
			str_put(&at, e->fields[i].value) };
}

static int
cmp(const void *va, const void *vb)
{
	const struct held *a = va, *b = vb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->offset != b->offset)
		return (int64_t)a->offset < (int64_t)b->offset ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->id != b->id)
		return (int64_t)a->id < (int64_t)b->id ? -1 : 1;
	return 0;
}

bool
order_put(struct order *o, const struct entry_row *e, int64_t file, int64_t rule)
{
	size_t bytes = o->bytes < BYTES_MAX ? bytes_of(e) : 0;
	struct held *h = malloc(sizeof(*h) + bytes);

	if (o->held == NULL)
		o->held = heap_new(HELD_MAX + 1, cmp);
	if (h != NULL && o->held != NULL) {
		*h = (struct held){ .at_ns = e->at_ns,
			.file = file,
			.rule = rule,
			.row = e->row,
			.offset = e->offset,
			.id = e->id,
			.bytes = bytes };
		if (bytes > 0)
			keep(h, e);
		if (heap_push(o->held, h)) {
			o->bytes += bytes;
			return true;
		}
	}
	free(h);
	return false;
}

/* Nothing in this row or a later one is before it. */
static int64_t
earliest(const struct order *o, int64_t row)
{
	int64_t home = row & ~ROWS_SLOTS;

	if (!o->undated)
		return home;
	return home < INT64_MIN + ROWS_SPAN ? INT64_MIN : home - ROWS_SPAN;
}

bool
order_passes(const struct order *o, const struct entry_row *e, int64_t row)
{
	return (o->held == NULL || heap_len(o->held) == 0) &&
	       (row == INT64_MAX || e->at_ns < earliest(o, row));
}

bool
order_take(struct order *o, int64_t row, struct entry_row *out, bool *bare)
{
	struct held *h = o->held != NULL ? heap_peek(o->held) : NULL;

	if (h == NULL || (row != INT64_MAX && heap_len(o->held) <= HELD_MAX &&
				 h->at_ns >= earliest(o, row)))
		return false;
	free(o->given);
	o->given = heap_pop(o->held);
	o->bytes -= h->bytes;
	*bare = h->bytes == 0;
	*out = *bare ? (struct entry_row){ .row = h->row } : h->e[0];
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
	o->bytes = 0;
}

void
order_fini(struct order *o)
{
	order_reset(o);
	heap_free(&o->held);
}
