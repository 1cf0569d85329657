/* SPDX-License-Identifier: Apache-2.0 */
#include "store/touches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/names.h"
#include "store/schema.h"

#define ITEMS_MAX ((size_t)32768)
#define BYTES_MAX ((size_t)1 << 20)

static uint32_t *
slot_of(struct touches *t, int64_t entity, int64_t name, struct str id)
{
	uint64_t h = name != 0 ? (uint64_t)name : names_look(id) ^ id.len;

	h = (h ^ (uint64_t)entity << 32) * UINT64_C(0x9e3779b97f4a7c15);
	return &t->slots[h >> 32 & (TOUCHES_SLOTS - 1)];
}

static bool
grow(struct touches *t)
{
	size_t cap = t->cap == 0 ? 256 : 2 * t->cap;
	struct touch *items = realloc(t->items, cap * sizeof(*items));

	if (items == NULL)
		return false;
	t->items = items;
	t->cap = cap;
	return true;
}

static int
add(struct store *s, int64_t entity, int64_t name, struct str id, int64_t row)
{
	struct touches *t = &s->touches;
	uint32_t *slot = slot_of(t, entity, name, id);
	size_t at = t->bytes.len;

	if (t->n == t->cap && !grow(t))
		return db_fail(s, -ENOMEM, "out of memory");
	if (name == 0)
		buf_add(&t->bytes, id);
	if (buf_failed(&t->bytes))
		return db_fail(s, -E2BIG, "the name of an entity is too long");
	t->items[t->n++] = (struct touch){ .entity = entity,
		.name = name,
		.id = { .len = name == 0 ? id.len : 0 },
		.row = row,
		.at = at,
		.next = *slot };
	*slot = (uint32_t)t->n;
	return 0;
}

void
touches_forget(struct touches *t)
{
	t->n = 0;
	buf_reset(&t->bytes);
	memset(t->slots, 0, sizeof(t->slots));
}

void
touches_fini(struct touches *t)
{
	free(t->items);
	buf_fini(&t->bytes);
	*t = (struct touches){ 0 };
}

/* The table's order: numbers before texts. */
static int
cmp(const void *va, const void *vb)
{
	const struct touch *a = va, *b = vb;
	size_t n = a->id.len < b->id.len ? a->id.len : b->id.len;
	int order;

	if (a->entity != b->entity)
		return a->entity < b->entity ? -1 : 1;
	if ((a->name == 0) != (b->name == 0))
		return a->name != 0 ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	order = n > 0 ? memcmp(a->id.ptr, b->id.ptr, n) : 0;
	if (order != 0)
		return order;
	if (a->id.len != b->id.len)
		return a->id.len < b->id.len ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static void
bind(sqlite3_stmt *st, int from, const struct touch *t)
{
	sqlite3_bind_int64(st, from + 1, t->entity);
	if (t->name != 0)
		sqlite3_bind_int64(st, from + 2, t->name);
	else
		db_bind(st, from + 2, t->id);
	sqlite3_bind_int64(st, from + 3, t->row);
}

/* many and one: the same, of TOUCH_ROWS and of one row. */
static int
write_all(struct store *s, enum db_stmt many, enum db_stmt one)
{
	struct touches *t = &s->touches;
	int err = 0;
	size_t i = 0;

	while (err == 0 && i < t->n) {
		size_t n = t->n - i < TOUCH_ROWS ? 1 : TOUCH_ROWS;
		sqlite3_stmt *st = db_stmt(s, n == 1 ? one : many);

		if (st == NULL)
			return db_error(s, sqlite3_errcode(s->db));
		for (size_t k = 0; k < n; k++)
			bind(st, 3 * (int)k, &t->items[i++]);
		err = db_run(s, st);
	}
	return err;
}

static void
set_ids(struct touches *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->items[i].id.ptr = t->bytes.data + t->items[i].at;
}

int
touches_flush(struct store *s)
{
	struct touches *t = &s->touches;
	int err;

	if (t->n == 0 || !store_indexed(s))
		return 0;
	set_ids(t);
	qsort(t->items, t->n, sizeof(*t->items), cmp);
	err = write_all(s, DB_TOUCHES, DB_TOUCH);
	touches_forget(t);
	return err;
}

/* In the order in which they came: to be sorted with what follows. */
static int
put_away(struct store *s)
{
	int err = schema_late(s);

	s->touches.late = true;
	set_ids(&s->touches);
	if (err == 0)
		err = write_all(s, DB_TOUCHES_LATE, DB_TOUCH_LATE);
	touches_forget(&s->touches);
	return err;
}

int
touches_put(struct store *s, int64_t entity, int64_t name, struct str id, int64_t row)
{
	struct touches *t = &s->touches;
	int err = 0;

	if (t->bytes.limit == 0)
		buf_init(&t->bytes, 2 * BYTES_MAX);
	if (t->n == ITEMS_MAX || t->bytes.len >= BYTES_MAX)
		err = store_indexed(s) ? touches_flush(s) : put_away(s);
	if (err == 0)
		err = add(s, entity, name, id, row);
	/* Without a transaction it is one of its own. */
	return err == 0 && sqlite3_get_autocommit(s->db) ? touches_flush(s) : err;
}

int
touches_index(struct store *s)
{
	int err = 0;

	if (s->touches.late && s->touches.n > 0)
		err = put_away(s);
	if (err == 0 && s->touches.late)
		err = schema_index(s);
	if (err != 0)
		return err;
	s->touches.late = false;
	s->indexed = true;
	return touches_flush(s);
}

static int
cmp_rows(const void *va, const void *vb)
{
	int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

	return (a > b) - (a < b);
}

void
touches_find(const struct touches *t, int64_t entity, int64_t name, struct str id,
	struct buf *rows)
{
	struct touches *all = (struct touches *)(uintptr_t)t;
	uint32_t i = t->n > 0 ? *slot_of(all, entity, name, id) : 0;

	for (; i > 0; i = t->items[i - 1].next) {
		const struct touch *x = &t->items[i - 1];
		struct str text = { t->bytes.data + x->at, x->id.len };

		if (x->entity == entity && x->name == name &&
			(name != 0 || str_eq(text, id)))
			buf_add(rows,
				(struct str){ (const char *)&x->row, sizeof(x->row) });
	}
	if (rows->len > 0)
		qsort(rows->data, rows->len / sizeof(int64_t), sizeof(int64_t), cmp_rows);
}
