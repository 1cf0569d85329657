/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shelf.h"

#include <errno.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/feed.h"
#include "store/packs.h"

/* A whole row stays in its leaf of a page of 4 KiB. */
#define ROW_BYTES ((size_t)768)
#define ROW_MAX   ((size_t)64 << 20)

bool
shelf_take(struct str *body, struct shelf_item *out)
{
	uint64_t key, value;

	return buf_take_varint(body, &key) && key <= body->len &&
	       buf_take(body, (size_t)key, &out->key) && buf_take_varint(body, &value) &&
	       value <= body->len && buf_take(body, (size_t)value, &out->value);
}

static size_t
size_of(const struct shelf_item *x)
{
	return x->key.len + x->value.len + 2;
}

static void
add(struct buf *body, const struct shelf_item *x, const struct shelf_item *same)
{
	buf_add_varint(body, x->key.len);
	buf_add(body, x->key);
	if (same == NULL || same->value.len == 0) {
		buf_add_varint(body, x->value.len);
		buf_add(body, x->value);
		return;
	}
	buf_add_varint(body, x->value.len + 1 + same->value.len);
	buf_add(body, x->value);
	buf_add_char(body, 0);
	buf_add(body, same->value);
}

/*
 * New items, and those of a row of the table that they go into. Those before `end` belong
 * between that row and the next one; then others are looked for.
 */
struct shelf_feed {
	struct feed feed; /* first */
	struct store *s;
	const struct shelf_item *items;
	size_t n, end, all;
	struct buf row, behind; /* of the table: a body and a key */
	struct str there;       /* what is left of the row */
	struct shelf_item x;    /* its next one */
	bool has_x;
	size_t room; /* bytes of a row */
	struct buf body;
	int err;
};

/* The next one in order, *same: the new one with its key. False: there is none. */
static bool
take(struct shelf_feed *f, struct shelf_item *out, const struct shelf_item **same)
{
	const struct shelf_item *x = f->n < f->end ? &f->items[f->n] : NULL;
	int order = !f->has_x ? 1 : x == NULL ? -1 : str_cmp(f->x.key, x->key);

	*same = NULL;
	if (order > 0 && x == NULL)
		return false;
	if (order > 0) {
		f->n++;
		*out = *x;
		return true;
	}
	*out = f->x;
	f->has_x = shelf_take(&f->there, &f->x);
	if (order == 0) {
		f->n++;
		*same = x;
	}
	return true;
}

/* 1: the first column of its first row. 0: there is none. */
static int
read_one(struct store *s, enum db_stmt which, struct str key, struct buf *out)
{
	sqlite3_stmt *st = db_stmt(s, which);
	int rc, err;

	if (st == NULL)
		return db_no_stmt(s);
	buf_reset(out);
	db_bind_blob(st, 1, key);
	rc = sqlite3_step(st);
	err = db_error(s, rc);
	if (rc == SQLITE_ROW) {
		buf_add(out, db_text(st, 0));
		err = buf_failed(out) ? db_fail(s, -ENOMEM, "out of memory") : 1;
	}
	sqlite3_reset(st);
	return err;
}

static struct str
last_of(struct str row)
{
	struct shelf_item x = { 0 };

	while (shelf_take(&row, &x))
		;
	return x.key;
}

/* The row joins; rows of one size are made, so that what comes between finds room. */
static void
join(struct shelf_feed *f)
{
	size_t bytes = f->row.len;

	for (size_t i = f->n; i < f->end; i++)
		bytes += size_of(&f->items[i]);
	f->room = bytes / (bytes / ROW_BYTES + 1);
	f->there = buf_str(&f->row);
	f->has_x = shelf_take(&f->there, &f->x);
}

/* Behind the last one of the row before them: those before the next row. */
static int
find_gap(struct shelf_feed *f)
{
	int found = read_one(f->s, DB_TOUCH_AFTER, f->items[f->n].key, &f->behind);

	while (found >= 0 && f->end < f->all &&
		(found == 0 || str_cmp(f->items[f->end].key, buf_str(&f->behind)) < 0))
		f->end++;
	if (found >= 0 && f->row.len > 0 && f->row.len < ROW_BYTES / 2)
		join(f);
	return found;
}

/* Where the next ones go. False: there are none, or an error. */
static bool
find_place(struct shelf_feed *f)
{
	struct str key, last;
	int found;

	if (f->n == f->all)
		return false;
	key = f->items[f->n].key;
	f->end = f->n + 1;
	f->room = ROW_BYTES;
	found = read_one(f->s, DB_TOUCH_GET, key, &f->row);
	if (found == 0)
		buf_reset(&f->row);
	last = last_of(buf_str(&f->row));
	if (found > 0 && str_cmp(key, last) <= 0) {
		while (f->end < f->all && str_cmp(f->items[f->end].key, last) <= 0)
			f->end++;
		join(f);
	} else if (found >= 0)
		found = find_gap(f);
	f->err = found < 0 ? found : 0;
	return f->err == 0;
}

static bool
next(struct feed *feed, struct feed_value row[FEED_COLUMNS])
{
	struct shelf_feed *f = (struct shelf_feed *)feed;
	const struct shelf_item *same;
	struct shelf_item x;

	if (!f->has_x && f->n == f->end && !find_place(f))
		return false;
	buf_reset(&f->body);
	while (f->body.len < f->room && take(f, &x, &same)) {
		if (f->body.len == 0)
			row[0] = (struct feed_value){ .kind = FEED_BLOB, .bytes = x.key };
		add(&f->body, &x, same);
	}
	row[1] = (struct feed_value){ .kind = FEED_BLOB, .bytes = buf_str(&f->body) };
	return f->body.len > 0;
}

int
shelf_write(struct store *s, const struct shelf_item *items, size_t n)
{
	struct shelf_feed f = { .feed = { next }, .s = s, .items = items, .all = n };
	int err;

	buf_init(&f.body, ROW_MAX);
	buf_init(&f.row, ROW_MAX);
	buf_init(&f.behind, ROW_MAX);
	err = db_feed(s, DB_TOUCHES, &f.feed);
	if (err == 0)
		err = f.err;
	if (err == 0 && buf_failed(&f.body))
		err = db_fail(s, -ENOMEM, "out of memory");
	buf_fini(&f.body);
	buf_fini(&f.row);
	buf_fini(&f.behind);
	return err;
}

/* Appends those that stay; *gone: some do not. */
static void
keep_young(struct str row, int64_t before, struct buf *rest, bool *gone)
{
	struct shelf_item x;
	int64_t first;

	while (shelf_take(&row, &x)) {
		if (packs_first(x.key, &first) && first >= before)
			add(rest, &x, NULL);
		else
			*gone = true;
	}
}

static int
put_row(struct store *s, const struct buf *body)
{
	sqlite3_stmt *st = db_stmt(s, DB_TOUCH_PUT);
	struct str rest = buf_str(body);
	struct shelf_item first;

	if (st == NULL)
		return db_no_stmt(s);
	if (!shelf_take(&rest, &first))
		return 0;
	db_bind_blob(st, 1, first.key);
	db_bind_blob(st, 2, buf_str(body));
	return db_run(s, st);
}

/* The row behind key, which then is its key. 0: there is none. */
static int
cut_next(struct store *s, int64_t before, struct buf *key, struct buf *row,
	struct buf *rest)
{
	int found = read_one(s, DB_TOUCH_AFTER, buf_str(key), row);
	bool gone = false;
	sqlite3_stmt *st;
	int err;

	if (found <= 0)
		return found;
	buf_reset(key);
	buf_add(key, buf_str(row));
	found = read_one(s, DB_TOUCH_GET, buf_str(key), row);
	buf_reset(rest);
	keep_young(buf_str(row), before, rest, &gone);
	if (!gone || found <= 0)
		return found;
	st = db_stmt(s, DB_TOUCH_DEL);
	if (st == NULL)
		return db_no_stmt(s);
	db_bind_blob(st, 1, buf_str(key));
	err = db_run(s, st);
	if (err == 0 && rest->len > 0)
		err = put_row(s, rest);
	return err != 0 ? err : 1;
}

int
shelf_cut(struct store *s, int64_t before)
{
	struct buf key, row, rest;
	int more;

	buf_init(&key, ROW_MAX);
	buf_init(&row, ROW_MAX);
	buf_init(&rest, ROW_MAX);
	do {
		more = cut_next(s, before, &key, &row, &rest);
	} while (more > 0);
	buf_fini(&key);
	buf_fini(&row);
	buf_fini(&rest);
	return more;
}
