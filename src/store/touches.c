/* SPDX-License-Identifier: Apache-2.0 */
#include "store/touches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/names.h"
#include "store/shelf.h"
#include "store/stream.h"

#define ITEMS_MAX ((size_t)49152)
#define BYTES_MAX ((size_t)1 << 20)
#define ROWS_MAX  ((size_t)64 << 20)
#define NAMED     UINT32_MAX

/* What is not used of it costs nothing; to move it does. */
#define ROOM_FIRST ((size_t)4096)

static uint32_t *
slot_of(struct touches *t, const struct packs_entity *e)
{
	uint64_t h = e->name != 0 ? (uint64_t)e->name : names_look(e->id) ^ e->id.len;

	h = (h ^ (uint64_t)e->kind << 32) * UINT64_C(0x9e3779b97f4a7c15);
	return &t->slots[h >> (64 - TOUCHES_BITS)];
}

static struct packs_entity
entity_of(const struct touches *t, const struct touch_key *k)
{
	struct packs_entity e = { .kind = k->kind };

	if (k->len == NAMED)
		e.name = (int64_t)k->place;
	else
		e.id = (struct str){ t->bytes.data + k->place, k->len };
	return e;
}

static bool
is_of(const struct touches *t, const struct touch_key *k, const struct packs_entity *e)
{
	if (k->kind != (uint32_t)e->kind)
		return false;
	if (e->name != 0)
		return k->len == NAMED && k->place == (uint64_t)e->name;
	return k->len == e->id.len && str_eq(entity_of(t, k).id, e->id);
}

/* Number + 1; 0: there is none. */
static uint32_t
find_key(const struct touches *t, uint32_t first, const struct packs_entity *e)
{
	uint32_t i = first;

	while (i > 0 && !is_of(t, &t->keys[i - 1], e))
		i = t->keys[i - 1].next;
	return i;
}

/* Room for one more. */
static bool
grow(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? ROOM_FIRST : 2 * *cap;
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
add_key(struct store *s, uint32_t *slot, const struct packs_entity *e)
{
	struct touches *t = &s->touches;
	struct touch_key k = { .kind = (uint32_t)e->kind, .next = *slot };

	if (!grow(&t->keys, t->n_keys, &t->keys_cap, sizeof(*t->keys)))
		return db_fail(s, -ENOMEM, "out of memory");
	k.place = e->name != 0 ? (uint64_t)e->name : t->bytes.len;
	k.len = e->name != 0 ? NAMED : (uint32_t)e->id.len;
	if (e->name == 0)
		buf_add(&t->bytes, e->id);
	if (buf_failed(&t->bytes))
		return db_fail(s, -E2BIG, "the name of an entity is too long");
	t->keys[t->n_keys++] = k;
	*slot = (uint32_t)t->n_keys;
	return 0;
}

static int
add(struct store *s, const struct packs_entity *e, int64_t row)
{
	struct touches *t = &s->touches;
	uint32_t *slot = slot_of(t, e);
	uint32_t number = find_key(t, *slot, e);
	struct touch_key *k;
	int err = 0;

	if (!grow(&t->items, t->n, &t->cap, sizeof(*t->items)))
		return db_fail(s, -ENOMEM, "out of memory");
	if (number == 0)
		err = add_key(s, slot, e);
	if (err != 0)
		return err;
	k = &t->keys[(number != 0 ? number : *slot) - 1];
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

/* What is to be written. */
struct packing {
	struct shelf_item *items; /* ptrs: set at the end */
	size_t n, cap;
	struct buf bytes; /* of keys and values */
	struct buf rows;  /* of one entity */
};

static int
read_all(struct store *s, const struct packs_entity *e, int64_t from, int64_t to,
	struct buf *rows)
{
	struct stream t = { 0 };
	int err = stream_begin(s, &t, e, from, to);

	while (err == 0 && t.bound != INT64_MAX)
		err = stream_take(s, &t, rows);
	stream_fini(&t);
	return err;
}

/* Takes away what is in the table already. */
static int
only_new(struct store *s, const struct packs_entity *e, struct buf *rows)
{
	int64_t *mine = (int64_t *)(void *)rows->data, *there;
	size_t n = rows->len / sizeof(*mine), n_there, kept = 0, at = 0;
	struct buf old;
	int err;

	buf_init(&old, ROWS_MAX);
	err = read_all(s, e, mine[0], mine[n - 1], &old);
	there = (int64_t *)(void *)old.data;
	n_there = old.len / sizeof(*there);
	packs_sort(there, n_there);
	for (size_t i = 0; i < n; i++) {
		while (at < n_there && there[at] < mine[i])
			at++;
		if (at == n_there || there[at] != mine[i])
			mine[kept++] = mine[i];
	}
	rows->len = kept * sizeof(*mine);
	buf_fini(&old);
	return err;
}

/* One entity's. */
static int
pack(struct store *s, struct packing *p, const struct touch_key *k)
{
	struct packs_entity e = entity_of(&s->touches, k);
	const int64_t *rows;
	int err = 0;

	buf_reset(&p->rows);
	rows_of(&s->touches, k, &p->rows);
	if (!buf_failed(&p->rows) && s->touches.again)
		err = only_new(s, &e, &p->rows);
	rows = (const int64_t *)(const void *)p->rows.data;
	for (size_t at = 0, n = p->rows.len / sizeof(*rows); err == 0 && at < n;) {
		size_t key = p->bytes.len, value;

		if (!grow(&p->items, p->n, &p->cap, sizeof(*p->items)))
			return db_fail(s, -ENOMEM, "out of memory");
		packs_key(&p->bytes, &e, rows[at]);
		value = p->bytes.len;
		at += packs_encode(rows + at, n - at, &p->bytes);
		p->items[p->n++] = (struct shelf_item){ .key.len = value - key,
			.value.len = p->bytes.len - value };
	}
	return err;
}

/* Keys and values stay where they are now. */
static int
write_sorted(struct store *s, struct packing *p)
{
	struct shelf_item *sorted = malloc(p->n * sizeof(*sorted));
	const char *at = p->bytes.data;
	int err = -ENOMEM;

	for (size_t i = 0; i < p->n; i++) {
		p->items[i].key.ptr = at;
		at += p->items[i].key.len;
		p->items[i].value.ptr = at;
		at += p->items[i].value.len;
	}
	if (sorted != NULL)
		err = shelf_sort(p->items, p->n, sorted);
	if (err != 0)
		err = db_fail(s, err, "out of memory");
	else
		err = shelf_write(s, sorted, p->n);
	free(sorted);
	return err;
}

int
touches_flush(struct store *s)
{
	struct touches *t = &s->touches;
	/* Few have more than one pack. */
	struct packing p = { .cap = t->n_keys + t->n_keys / 8 + 1 };
	int err = 0;

	if (t->n == 0 || t->written)
		return 0;
	p.items = malloc(p.cap * sizeof(*p.items));
	if (p.items == NULL)
		return db_fail(s, -ENOMEM, "out of memory");
	buf_init(&p.rows, ITEMS_MAX * sizeof(int64_t));
	buf_init(&p.bytes, ROWS_MAX);
	for (size_t i = 0; err == 0 && i < t->n_keys; i++)
		err = pack(s, &p, &t->keys[i]);
	if (err == 0 && (buf_failed(&p.rows) || buf_failed(&p.bytes)))
		err = db_fail(s, -ENOMEM, "out of memory");
	if (err == 0 && p.n > 0)
		err = write_sorted(s, &p);
	free(p.items);
	buf_fini(&p.rows);
	buf_fini(&p.bytes);
	t->written = true;
	return err;
}

int
touches_put(struct store *s, const struct packs_entity *e, int64_t row, bool again)
{
	struct touches *t = &s->touches;
	int err = 0;

	if (t->bytes.limit == 0)
		buf_init(&t->bytes, 2 * BYTES_MAX);
	if (t->n == ITEMS_MAX || t->bytes.len >= BYTES_MAX)
		err = touches_flush(s);
	if (t->written)
		touches_forget(t);
	if (err == 0)
		err = add(s, e, row);
	t->again = t->again || again;
	/* Without a transaction it is one of its own. */
	return err == 0 && sqlite3_get_autocommit(s->db) ? touches_flush(s) : err;
}

void
touches_find(const struct touches *t, const struct packs_entity *e, struct buf *rows)
{
	struct touches *all = (struct touches *)(uintptr_t)t;
	uint32_t number = t->n > 0 ? find_key(t, *slot_of(all, e), e) : 0;

	if (number != 0)
		rows_of(t, &t->keys[number - 1], rows);
}
