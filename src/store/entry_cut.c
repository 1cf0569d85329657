/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that are too old leave their packs.
 */
#include <errno.h>

#include "store/db.h"
#include "store/entries.h"
#include "store/rows.h"

#define PACK_MAX ((size_t)64 << 20)

/* Appends a pack of those that stay; how many go. */
static uint64_t
keep_young(struct str pack, int64_t before_ns, struct buf *rest, int64_t *first,
	int64_t *last)
{
	struct entry_item x;
	uint64_t gone = 0;

	while (entry_unpack(&pack, &x)) {
		struct entry_parts parts;

		if (!entry_decode(x.body, x.row, &parts) || parts.at_ns < before_ns) {
			gone++;
			continue;
		}
		if (rest->len == 0)
			*first = x.row;
		entry_pack(rest, &x);
		*last = x.row;
	}
	return gone;
}

static int
put_pack(struct store *s, int64_t first, int64_t last, struct str pack)
{
	sqlite3_stmt *st = db_stmt(s, DB_PACK_PUT);

	if (st == NULL)
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, first);
	sqlite3_bind_int64(st, 2, last);
	db_bind_blob(st, 3, pack);
	return db_run(s, st);
}

static int
del_pack(struct store *s, int64_t first)
{
	sqlite3_stmt *st = db_stmt(s, DB_PACK_DEL);

	if (st == NULL)
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, first);
	return db_run(s, st);
}

/* The pack behind *row; it moves. 0: there is none. */
static int
cut_next(struct store *s, int64_t before_ns, int64_t limit, int64_t *row,
	uint64_t *deleted)
{
	sqlite3_stmt *st = db_stmt(s, DB_PACK_AFTER);
	int64_t first = 0, last = 0;
	uint64_t gone = 0;
	struct buf rest;
	int rc, err;

	if (st == NULL)
		return db_no_stmt(s);
	buf_init(&rest, PACK_MAX);
	sqlite3_bind_int64(st, 1, *row);
	rc = sqlite3_step(st);
	err = db_error(s, rc);
	if (rc == SQLITE_ROW) {
		*row = sqlite3_column_int64(st, 0);
		if (*row <= limit)
			gone = keep_young(
				db_text(st, 1), before_ns, &rest, &first, &last);
	}
	sqlite3_reset(st);
	if (err == 0 && buf_failed(&rest))
		err = db_fail(s, -ENOMEM, "out of memory");
	if (err == 0 && gone > 0)
		err = del_pack(s, *row);
	if (err == 0 && gone > 0 && rest.len > 0)
		err = put_pack(s, first, last, buf_str(&rest));
	buf_fini(&rest);
	*deleted += gone;
	return err != 0 ? err : rc == SQLITE_ROW && *row <= limit;
}

int
entries_cut(struct store *s, int64_t before_ns, uint64_t *deleted)
{
	int64_t row = INT64_MIN, limit = INT64_MAX;
	int more;

	if (before_ns < INT64_MAX - 2 * ROWS_SPAN)
		limit = (before_ns | ROWS_SLOTS) + ROWS_SPAN;
	do {
		more = cut_next(s, before_ns, limit, &row, deleted);
	} while (more > 0);
	entries_forget(&s->entries);
	return more;
}

int
entries_oldest(struct store *s, int64_t *at_ns)
{
	sqlite3_stmt *st = db_stmt(s, DB_PACK_AFTER);
	struct entry_item x;
	struct entry_parts parts;
	struct str pack;
	int rc;

	*at_ns = INT64_MAX;
	if (st == NULL)
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, INT64_MIN);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		pack = db_text(st, 1);
		if (entry_unpack(&pack, &x) && entry_decode(x.body, x.row, &parts))
			*at_ns = parts.at_ns;
	}
	sqlite3_reset(st);
	return db_error(s, rc);
}
