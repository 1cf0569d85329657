/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entries.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "store/db.h"
#include "store/feed.h"
#include "store/rows.h"

#define ITEMS_MAX  ((size_t)16384)
#define BODIES_MAX ((size_t)4 << 20)   /* a list of incidents reads them from here */
#define BODIES_OUT ((size_t)512 << 10) /* of a bulk load go into the table at once */
#define BODY_ROOM  ((size_t)64 << 10)  /* a body is mostly shorter */
#define PACK_MAX   ((size_t)64 << 20)

/* The first one whose row is not before row. */
static size_t
place_of(const struct entries *t, int64_t row)
{
	size_t low = 0, high = t->n;

	if (t->n == 0 || t->items[t->n - 1].row < row)
		return t->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->items[mid].row < row)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
empty(struct entries *t)
{
	t->n = t->n_out = t->bytes_out = 0;
	buf_reset(&t->bodies);
}

static struct entry_item
waiting(const struct entries *t, size_t i)
{
	const struct entry_waiting *x = &t->items[i];

	return (struct entry_item){
		.row = x->row, .rule = x->rule, .body = { t->bodies.data + x->at, x->len }
	};
}

/* 1: in the pack at hand. */
static int
find_in_pack(const struct entries *t, int64_t row, struct entry_item *out)
{
	struct str pack = buf_str(&t->pack);

	do {
		if (!entry_unpack(&pack, out))
			return 0;
	} while (out->row < row);
	return out->row == row;
}

/* The pack in which row would be. 0: there is none. */
static int
read_pack(struct store *s, int64_t row)
{
	struct entries *t = &s->entries;
	sqlite3_stmt *st = db_stmt(s, DB_PACK_GET);
	int rc, err;

	t->has_pack = false;
	if (st == NULL)
		return db_no_stmt(s);
	if (t->pack.limit == 0)
		buf_init(&t->pack, PACK_MAX);
	sqlite3_bind_int64(st, 1, row);
	rc = sqlite3_step(st);
	err = db_error(s, rc);
	if (rc == SQLITE_ROW) {
		buf_reset(&t->pack);
		buf_add(&t->pack, db_text(st, 0));
		t->has_pack = !buf_failed(&t->pack);
		err = t->has_pack ? 1 : db_fail(s, -ENOMEM, "out of memory");
	}
	sqlite3_reset(st);
	return err;
}

int
entries_get(struct store *s, int64_t row, struct entry_item *out)
{
	const struct entries *t = &s->entries;
	size_t i = place_of(t, row);
	int err;

	if (i < t->n && t->items[i].row == row) {
		*out = waiting(t, i);
		return 1;
	}
	db_await(s);
	if (t->has_pack && find_in_pack(t, row, out))
		return 1;
	err = read_pack(s, row);
	return err > 0 ? find_in_pack(t, row, out) : err;
}

void
entries_begin(struct store *s)
{
	if (db_is_shared(s))
		s->entries.has_pack = false;
}

static int
find_last(struct store *s)
{
	int err = 0;

	if (!s->entries.looked)
		err = db_int(s, "SELECT last FROM entry ORDER BY row DESC LIMIT 1",
			INT64_MIN, &s->entries.last);
	s->entries.looked = err == 0;
	return err;
}

/* 0: the row is free; 1: e is there; 2: another one is. */
static int
look_at(struct store *s, int64_t row, const struct entry_row *e)
{
	const struct entries *t = &s->entries;
	struct entry_parts there;
	struct entry_item x;
	int found;

	if (row > t->last && (t->n == 0 || row > t->items[t->n - 1].row))
		return 0;
	found = entries_get(s, row, &x);
	if (found > 0 && (!entry_decode(x.body, row, &there) || there.id != e->id ||
				 there.at_ns != e->at_ns))
		found = 2;
	return found;
}

/* As look_at(), of the row in which e is, or may be. */
static int
find_row(struct store *s, const struct entry_row *e, int64_t first, int64_t *row)
{
	int n = 0, found;

	*row = first;
	do {
		found = look_at(s, *row, e);
	} while (found == 2 && rows_next(e, ++n, row));
	return found;
}

bool
store_has_entry(struct store *s, int64_t at_ns, uint64_t id)
{
	const struct entry_row e = { .id = id, .at_ns = at_ns };
	int64_t row;

	return find_last(s) == 0 && find_row(s, &e, rows_home(at_ns, id), &row) == 1;
}

/*
 * All the room there will be, where much may come: what is not used of it costs nothing,
 * and to move it as it grows does.
 */
static int
make_room(struct store *s)
{
	struct entries *t = &s->entries;

	buf_init(&t->bodies, 64 * BODIES_MAX);
	if (s->bulk) {
		(void)buf_grow(&t->bodies, BODIES_MAX + BODY_ROOM);
		buf_reset(&t->bodies);
	}
	t->items = malloc(ITEMS_MAX * sizeof(*t->items));
	return t->items != NULL ? 0 : db_fail(s, -ENOMEM, "out of memory");
}

/* Those in the table are read from there: one has come that belongs before them. */
static void
leave_out(struct entries *t)
{
	t->n -= t->n_out;
	memmove(t->items, t->items + t->n_out, t->n * sizeof(*t->items));
	t->n_out = 0;
	t->bytes_out = SIZE_MAX;
}

/* Its body is the last one of bodies. */
static void
insert(struct entries *t, int64_t row, int64_t rule, size_t at)
{
	size_t i = place_of(t, row);

	if (i < t->n_out) {
		leave_out(t);
		i = 0;
	}
	assert(t->n < ITEMS_MAX);
	if (i < t->n)
		memmove(&t->items[i + 1], &t->items[i], (t->n - i) * sizeof(*t->items));
	t->items[i] = (struct entry_waiting){
		.row = row, .rule = rule, .at = at, .len = t->bodies.len - at
	};
	t->n++;
}

bool
entries_undated(struct store *s)
{
	if (s->undated < 0 || db_is_shared(s))
		s->undated = store_meta_i64(s, STR("undated"), 0) != 0;
	return s->undated > 0;
}

static int
note_undated(struct store *s)
{
	int err = entries_undated(s) ? 0 : store_put_meta_i64(s, STR("undated"), 1);

	if (err == 0)
		s->undated = 1;
	return err;
}

static int
add(struct store *s, const struct entry_row *e, int64_t rule, int64_t file,
	struct str fields, int64_t row)
{
	struct entries *t = &s->entries;
	size_t at = t->bodies.len;

	entry_encode(&t->bodies, e, file, fields);
	if (buf_failed(&t->bodies))
		return db_fail(s, -E2BIG, "an entry is too long");
	insert(t, row, rule, at);
	t->fresh = row;
	t->is_fresh = true;
	return e->quality == TIME_FILE_DATE ? note_undated(s) : 0;
}

bool
entries_is_fresh(const struct store *s, int64_t row)
{
	return s->entries.is_fresh && s->entries.fresh == row;
}

/* Packs of what comes by row: from two sides, where the table has some. */
struct entries_feed {
	struct feed feed; /* first */
	const struct entries *of;
	size_t n, end;       /* the waiting ones */
	struct str there;    /* what is left of a pack of the table */
	struct entry_item x; /* its next one */
	bool has_x;
	size_t room; /* bytes of a pack */
	struct buf pack;
};

/* False: there is none. */
static bool
take(struct entries_feed *f, struct entry_item *out)
{
	if (f->has_x && (f->n == f->end || f->x.row < f->of->items[f->n].row)) {
		*out = f->x;
		f->has_x = entry_unpack(&f->there, &f->x);
		return true;
	}
	if (f->n == f->end)
		return false;
	*out = waiting(f->of, f->n++);
	return true;
}

static bool
next(struct feed *feed, struct feed_value row[FEED_COLUMNS])
{
	struct entries_feed *f = (struct entries_feed *)feed;
	struct entry_item x = { 0 };
	int64_t first = 0;
	bool any = false;

	buf_reset(&f->pack);
	while (f->pack.len < f->room && take(f, &x)) {
		first = any ? first : x.row;
		entry_pack(&f->pack, &x);
		any = true;
	}
	row[0] = (struct feed_value){ .kind = FEED_NUMBER, .number = first };
	row[1] = (struct feed_value){ .kind = FEED_NUMBER, .number = x.row };
	row[2] = (struct feed_value){ .kind = FEED_BLOB, .bytes = buf_str(&f->pack) };
	return any;
}

/*
 * Those from `from` to end, and all of the pack at hand if it is one with them: then in
 * packs of one size, so that what comes between finds room.
 */
static int
write_some(struct store *s, size_t from, size_t end, bool with_pack)
{
	struct entries *t = &s->entries;
	size_t bytes = t->pack.len, room = s->bulk ? ENTRY_PACK_BULK : ENTRY_PACK_BYTES;
	struct entries_feed f = {
		.feed = { next }, .of = t, .n = from, .end = end, .room = room
	};
	int err;

	buf_init(&f.pack, PACK_MAX);
	if (with_pack) {
		for (size_t i = from; i < end; i++)
			bytes += t->items[i].len;
		f.room = bytes / (bytes / room + 1);
		f.there = buf_str(&t->pack);
		f.has_x = entry_unpack(&f.there, &f.x);
	}
	err = db_feed(s, DB_PACKS, &f.feed);
	if (err == 0 && buf_failed(&f.pack))
		err = db_fail(s, -ENOMEM, "out of memory");
	buf_fini(&f.pack);
	return err;
}

static int64_t
last_of_pack(const struct entries *t)
{
	struct entry_item x = { .row = INT64_MIN };
	struct str pack = buf_str(&t->pack);

	while (entry_unpack(&pack, &x))
		;
	return x.row;
}

/* The waiting ones that belong before the next pack of the table; *from moves. */
static int
write_between(struct store *s, size_t *from)
{
	struct entries *t = &s->entries;
	int64_t row = t->items[*from].row, limit;
	sqlite3_stmt *st = db_stmt(s, DB_PACK_AFTER);
	size_t begin, end = *from;
	int rc, found;

	if (st == NULL)
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, row);
	rc = sqlite3_step(st);
	limit = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : INT64_MAX;
	sqlite3_reset(st);
	if (db_error(s, rc) != 0)
		return db_error(s, rc);
	while (end < t->n && t->items[end].row < limit)
		end++;
	found = read_pack(s, row);
	if (found < 0)
		return found;
	begin = *from;
	*from = end;
	return write_some(s, begin, end, found > 0 && row <= last_of_pack(t));
}

int
entries_flush(struct store *s)
{
	struct entries *t = &s->entries;
	size_t from = t->n_out;
	int err = 0;

	if (t->n == t->n_out)
		return 0;
	while (err == 0 && from < t->n && t->items[from].row <= t->last)
		err = write_between(s, &from);
	if (err == 0 && from < t->n)
		err = write_some(s, from, t->n, false);
	if (err == 0 && t->items[t->n - 1].row > t->last)
		t->last = t->items[t->n - 1].row;
	t->n_out = t->n;
	t->has_pack = false;
	return err;
}

/*
 * Of a bulk load that comes in order of time go those before which none is to come:
 * while it is read, not at its end.
 */
static int
flush_settled(struct store *s)
{
	struct entries *t = &s->entries;
	size_t end;
	int64_t row;
	int err;

	if (t->bytes_out > t->bodies.len || t->bodies.len - t->bytes_out < BODIES_OUT ||
		t->n_out == t->n || t->items[t->n_out].row <= t->last)
		return 0;
	t->bytes_out = t->bodies.len;
	row = t->items[t->n - 1].row;
	end = row < INT64_MIN + ROWS_SPAN ? 0 : place_of(t, row - ROWS_SPAN);
	if (end <= t->n_out)
		return 0;
	err = write_some(s, t->n_out, end, false);
	if (err != 0)
		return err;
	t->last = t->items[end - 1].row;
	t->n_out = end;
	return 0;
}

/* Before more come: 0 or a store error. */
static int
flush_many(struct store *s)
{
	struct entries *t = &s->entries;
	bool full = t->n == ITEMS_MAX || t->bodies.len >= BODIES_MAX;
	int err = full ? entries_flush(s) : 0;

	if (err == 0 && (full || (t->n > 0 && t->n_out == t->n && !s->bulk)))
		empty(t);
	return err == 0 && s->bulk ? flush_settled(s) : err;
}

int
entries_put(struct store *s, const struct entry_row *e, int64_t rule, int64_t file,
	struct str fields, int64_t *row)
{
	struct entries *t = &s->entries;
	int err = find_last(s), found;

	if (err == 0 && t->items == NULL)
		err = make_room(s);
	t->is_fresh = false;
	if (err == 0)
		err = flush_many(s);
	if (err != 0)
		return err;
	found = find_row(s, e, rows_first(e, file), row);
	if (found < 0 || found == 1)
		return found < 0 ? found : 0;
	if (found == 2)
		return db_fail(s, -E2BIG, "too many entries of one moment");
	err = add(s, e, rule, file, fields, *row);
	/* Without a transaction it is one of its own. */
	return err == 0 && sqlite3_get_autocommit(s->db) ? entries_flush(s) : err;
}

void
entries_forget(struct entries *t)
{
	empty(t);
	t->looked = t->is_fresh = t->has_pack = false;
}

void
entries_fini(struct entries *t)
{
	free(t->items);
	buf_fini(&t->bodies);
	buf_fini(&t->pack);
	*t = (struct entries){ 0 };
}
