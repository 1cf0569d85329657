/* SPDX-License-Identifier: Apache-2.0 */
#include "store/touches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/feed.h"
#include "store/names.h"
#include "store/packs.h"
#include "store/schema.h"

#define ITEMS_MAX ((size_t)65536)
#define BYTES_MAX ((size_t)1 << 20)

static uint32_t *
slot_of(struct touches *t, int64_t kind, int64_t name, struct str id)
{
	uint64_t h = name != 0 ? (uint64_t)name : names_look(id) ^ id.len;

	h = (h ^ (uint64_t)kind << 32) * UINT64_C(0x9e3779b97f4a7c15);
	return &t->slots[h >> (64 - TOUCHES_BITS)];
}

/* Number + 1; 0: there is none. */
static uint32_t
find_key(const struct touches *t, uint32_t first, int64_t kind, int64_t name,
	struct str id)
{
	uint32_t i = first;

	for (; i > 0; i = t->keys[i - 1].next) {
		const struct touch_key *k = &t->keys[i - 1];

		if (k->kind == kind && k->name == name &&
			(name != 0 ||
				str_eq((struct str){ t->bytes.data + k->at, k->id.len },
					id)))
			break;
	}
	return i;
}

/* Room for one more. */
static bool
grow(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 256 : 2 * *cap;
	void **at = items, *grown;

	if (n < *cap)
		return true;
	grown = realloc(*at, more * size);
	if (grown == NULL)
		return false;
	*at = grown;
	*cap = more;
	return true;
}

static int
add_key(struct store *s, uint32_t *slot, int64_t kind, int64_t name, struct str id)
{
	struct touches *t = &s->touches;
	size_t at = t->bytes.len;

	if (!grow(&t->keys, t->n_keys, &t->keys_cap, sizeof(*t->keys)))
		return db_fail(s, -ENOMEM, "out of memory");
	if (name == 0)
		buf_add(&t->bytes, id);
	if (buf_failed(&t->bytes))
		return db_fail(s, -E2BIG, "the name of an entity is too long");
	t->keys[t->n_keys++] = (struct touch_key){ .kind = kind,
		.name = name,
		.id = { .len = name == 0 ? id.len : 0 },
		.at = at,
		.next = *slot };
	*slot = (uint32_t)t->n_keys;
	return 0;
}

static int
add(struct store *s, int64_t kind, int64_t name, struct str id, int64_t row)
{
	struct touches *t = &s->touches;
	uint32_t *slot = slot_of(t, kind, name, id);
	uint32_t key = find_key(t, *slot, kind, name, id);
	struct touch_key *k;
	int err = 0;

	if (!grow(&t->items, t->n, &t->cap, sizeof(*t->items)))
		return db_fail(s, -ENOMEM, "out of memory");
	if (key == 0)
		err = add_key(s, slot, kind, name, id);
	if (err != 0)
		return err;
	k = &t->keys[(key != 0 ? key : *slot) - 1];
	t->items[t->n++] = (struct touch_item){ .row = row, .before = k->last };
	k->last = (uint32_t)t->n;
	k->n++;
	return 0;
}

void
touches_forget(struct touches *t)
{
	if (t->n_keys > 0)
		memset(t->slots, 0, sizeof(t->slots));
	t->n = t->n_keys = 0;
	t->again = t->written = t->whole = false;
	buf_reset(&t->bytes);
}

void
touches_fini(struct touches *t)
{
	free(t->keys);
	free(t->items);
	buf_fini(&t->bytes);
	*t = (struct touches){ 0 };
}

/* The table's order: numbers before texts. */
static int
cmp(const void *va, const void *vb)
{
	const struct touch_key *a = va, *b = vb;
	size_t n = a->id.len < b->id.len ? a->id.len : b->id.len;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if ((a->name == 0) != (b->name == 0))
		return a->name != 0 ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	order = n > 0 ? memcmp(a->id.ptr, b->id.ptr, n) : 0;
	if (order != 0)
		return order;
	return (a->id.len > b->id.len) - (a->id.len < b->id.len);
}

/* In the table's order; they are found as before. */
static void
sort_keys(struct touches *t)
{
	memset(t->slots, 0, sizeof(t->slots));
	for (size_t i = 0; i < t->n_keys; i++)
		t->keys[i].id.ptr = t->bytes.data + t->keys[i].at;
	qsort(t->keys, t->n_keys, sizeof(*t->keys), cmp);
	for (size_t i = 0; i < t->n_keys; i++) {
		struct touch_key *k = &t->keys[i];
		uint32_t *slot = slot_of(t, k->kind, k->name, k->id);

		k->next = *slot;
		*slot = (uint32_t)i + 1;
	}
}

/* Appended, ascending; twice the same may be among them. */
static void
rows_of(const struct touches *t, const struct touch_key *k, struct buf *rows)
{
	char *to = buf_grow(rows, k->n * sizeof(int64_t));
	int64_t *all = (int64_t *)(void *)to;
	size_t n = k->n;

	if (to == NULL)
		return;
	for (uint32_t i = k->last; i > 0; i = t->items[i - 1].before)
		all[--n] = t->items[i - 1].row;
	packs_sort(all, k->n);
}

struct touches_feed {
	struct feed feed; /* first */
	struct store *store;
	size_t n;        /* keys given, or being given */
	struct buf rows; /* of the key */
	size_t at;       /* rows given */
	struct buf more;
	int err;
};

/* Takes away what is in the table already. */
static int
only_new(struct store *s, const struct touch_key *k, struct buf *rows)
{
	sqlite3_stmt *st = db_stmt(s, DB_TOUCH_GET);
	int64_t *all = (int64_t *)(void *)rows->data;
	size_t n = rows->len / sizeof(*all), kept = 0, at = 0, n_there;
	const int64_t *there;
	struct buf old;
	int rc = SQLITE_DONE;

	if (st == NULL)
		return db_no_stmt(s);
	buf_init(&old, (size_t)64 << 20);
	sqlite3_bind_int64(st, 1, k->kind);
	if (k->name != 0)
		sqlite3_bind_int64(st, 2, k->name);
	else
		db_bind(st, 2, k->id);
	sqlite3_bind_int64(
		st, 3, all[0] < INT64_MIN + PACKS_SPAN ? INT64_MIN : all[0] - PACKS_SPAN);
	sqlite3_bind_int64(st, 4, all[n - 1]);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		packs_decode(sqlite3_column_int64(st, 0), db_text(st, 1), &old);
	sqlite3_reset(st);
	n_there = old.len / sizeof(*there);
	packs_sort((int64_t *)(void *)old.data, n_there);
	there = (const int64_t *)(const void *)old.data;
	for (size_t i = 0; i < n; i++) {
		while (at < n_there && there[at] < all[i])
			at++;
		if (at == n_there || there[at] != all[i])
			all[kept++] = all[i];
	}
	rows->len = kept * sizeof(*all);
	buf_fini(&old);
	return db_error(s, rc);
}

/* False: there is no key left, or an error. */
static bool
next_key(struct touches_feed *f)
{
	struct touches *t = &f->store->touches;

	f->at = 0;
	buf_reset(&f->rows);
	while (f->err == 0 && f->rows.len == 0 && f->n < t->n_keys) {
		const struct touch_key *k = &t->keys[f->n++];

		rows_of(t, k, &f->rows);
		if (buf_failed(&f->rows))
			f->err = db_fail(f->store, -ENOMEM, "out of memory");
		else if (t->again && store_indexed(f->store))
			f->err = only_new(f->store, k, &f->rows);
	}
	return f->err == 0 && f->rows.len > 0;
}

static bool
next(struct feed *feed, struct feed_value row[FEED_COLUMNS])
{
	struct touches_feed *f = (struct touches_feed *)feed;
	const struct touch_key *k;
	const int64_t *rows;

	if (f->at * sizeof(*rows) == f->rows.len && !next_key(f))
		return false;
	k = &f->store->touches.keys[f->n - 1];
	rows = (const int64_t *)(const void *)f->rows.data + f->at;
	row[0] = (struct feed_value){ .kind = FEED_NUMBER, .number = k->kind };
	if (k->name != 0)
		row[1] = (struct feed_value){ .kind = FEED_NUMBER, .number = k->name };
	else
		row[1] = (struct feed_value){ .kind = FEED_TEXT, .bytes = k->id };
	row[2] = (struct feed_value){ .kind = FEED_NUMBER, .number = rows[0] };
	buf_reset(&f->more);
	f->at += packs_encode(rows, f->rows.len / sizeof(*rows) - f->at, &f->more);
	row[3] = (struct feed_value){ .kind = FEED_BLOB, .bytes = buf_str(&f->more) };
	return true;
}

static int
write_all(struct store *s, enum db_stmt which)
{
	struct touches_feed f = { .feed = { next }, .store = s };
	int err;

	buf_init(&f.rows, ITEMS_MAX * sizeof(int64_t));
	buf_init(&f.more, (size_t)16 * PACKS_ROWS);
	sort_keys(&s->touches);
	err = db_feed(s, which, &f.feed);
	buf_fini(&f.rows);
	buf_fini(&f.more);
	s->touches.written = true;
	return err != 0 ? err : f.err;
}

int
touches_flush(struct store *s)
{
	if (s->touches.n == 0 || s->touches.written || !store_indexed(s))
		return 0;
	return write_all(s, DB_TOUCHES);
}

/* To be sorted with what follows. */
static int
put_away(struct store *s)
{
	int err = schema_late(s);

	s->touches.late = true;
	return err != 0 ? err : write_all(s, DB_TOUCHES_LATE);
}

int
touches_put(struct store *s, int64_t kind, int64_t name, struct str id, int64_t row,
	bool again)
{
	struct touches *t = &s->touches;
	int err = 0;

	if (t->bytes.limit == 0)
		buf_init(&t->bytes, 2 * BYTES_MAX);
	if (t->n == ITEMS_MAX || t->bytes.len >= BYTES_MAX)
		err = store_indexed(s) ? touches_flush(s) : put_away(s);
	if (t->written)
		touches_forget(t);
	if (err == 0)
		err = add(s, kind, name, id, row);
	t->again = t->again || again;
	/* Without a transaction it is one of its own. */
	return err == 0 && sqlite3_get_autocommit(s->db) ? touches_flush(s) : err;
}

int
touches_index(struct store *s)
{
	int err = 0;

	if (s->touches.late && s->touches.n > 0 && !s->touches.written)
		err = put_away(s);
	if (err == 0 && s->touches.late)
		err = schema_index(s);
	if (err != 0)
		return err;
	s->touches.late = false;
	s->indexed = true;
	return touches_flush(s);
}

void
touches_find(const struct touches *t, int64_t kind, int64_t name, struct str id,
	struct buf *rows)
{
	struct touches *all = (struct touches *)(uintptr_t)t;
	uint32_t key = 0;

	if (t->n > 0)
		key = find_key(t, *slot_of(all, kind, name, id), kind, name, id);
	if (key != 0)
		rows_of(t, &t->keys[key - 1], rows);
}
