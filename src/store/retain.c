/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention: what is too old goes, then whole days from the oldest on until the rest
 * fits. A day at a time is one transaction. What went is said: complete_from moves up,
 * and a gap widens.
 */
#include <errno.h>

#include "base/time.h"
#include "store/db.h"
#include "store/packs.h"
#include "store/rows.h"
#include "store/shelf.h"
#include "store/store.h"

/* One bound parameter: the time before which rows go. */
static const char *const delete_z[] = {
	"DELETE FROM mark WHERE at < ?",
	"DELETE FROM gap WHERE from_at < ?1 AND to_at < ?1 AND to_at > -9223372036854775808"
	" AND reason <> 'retention'",
	"DELETE FROM incident WHERE last_at < ? AND state <> 'open'",
};
static const char *const orphans_z[] = {
	"DELETE FROM incident_value WHERE incident NOT IN (SELECT id FROM incident)",
	"DELETE FROM sent WHERE at < ?",
};

static int
delete_before(struct store *s, const char *sql_z, int64_t before_ns, uint64_t *deleted)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql_z, -1, &st, NULL);
	int err;

	if (rc != SQLITE_OK)
		return db_error(s, rc);
	if (sqlite3_bind_parameter_count(st) > 0)
		sqlite3_bind_int64(st, 1, before_ns);
	err = db_error(s, sqlite3_step(st));
	sqlite3_finalize(st);
	if (err == 0)
		*deleted += (uint64_t)sqlite3_changes64(s->db);
	return err;
}

/* One gap for all that ever went. */
static int
put_gap(struct store *s, int64_t from_ns, int64_t before_ns, uint64_t n)
{
	int64_t first_ns = from_ns < before_ns ? from_ns : TIME_NONE, before = 0;
	struct gap_row g = { .to_ns = before_ns,
		.reason = STR("retention"),
		.detail = STR("older than what is kept") };
	int err = db_int(s, "SELECT min(from_at) FROM gap WHERE reason = 'retention'",
		first_ns, &g.from_ns);

	if (err == 0)
		err = db_int(s, "SELECT sum(n) FROM gap WHERE reason = 'retention'", 0,
			&before);
	if (err == 0)
		err = db_exec(s, "DELETE FROM gap WHERE reason = 'retention'");
	g.n = n + (uint64_t)before;
	return err != 0 ? err : store_put_gap(s, &g);
}

/* A pack that begins before this row has none that stays. */
static int64_t
last_of(int64_t before_ns)
{
	int64_t row = before_ns & ~ROWS_SLOTS;

	return row < INT64_MIN + PACKS_SPAN ? INT64_MIN : row - PACKS_SPAN;
}

static int
cut(struct store *s, int64_t before_ns, uint64_t *deleted)
{
	int64_t from_ns = store_meta_i64(s, STR("complete_from"), INT64_MAX);
	uint64_t n = 0, orphans = 0;
	int err = store_begin(s);

	if (err != 0)
		return err;
	incident_rows_leave(&s->incidents);
	err = entries_cut(s, before_ns, &n);
	for (size_t i = 0; err == 0 && i < ARRAY_LEN(delete_z); i++)
		err = delete_before(s, delete_z[i], before_ns, &n);
	for (size_t i = 0; err == 0 && n > 0 && i < ARRAY_LEN(orphans_z); i++)
		err = delete_before(s, orphans_z[i], before_ns, &orphans);
	if (err == 0 && n > 0)
		err = shelf_cut(s, last_of(before_ns));
	if (err == 0 && n > 0)
		err = put_gap(s, from_ns, before_ns, n);
	if (err == 0 && n > 0 && from_ns < before_ns)
		err = store_put_meta_i64(s, STR("complete_from"), before_ns);
	if (err == 0)
		err = store_commit(s);
	if (err != 0)
		store_rollback(s);
	else
		*deleted += n;
	return err;
}

/* Bytes of pages in use; freed ones are used again before the file grows. */
static int
used_bytes(struct store *s, int64_t *out)
{
	int64_t pages = 0, idle = 0, size = 0;
	int err = db_int(s, "PRAGMA page_count", 0, &pages);

	if (err == 0)
		err = db_int(s, "PRAGMA freelist_count", 0, &idle);
	if (err == 0)
		err = db_int(s, "PRAGMA page_size", 0, &size);
	if (err == 0)
		*out = (pages - idle) * size;
	return err;
}

int
store_retain(struct store *s, int64_t before_ns, int64_t max_bytes, uint64_t *deleted)
{
	int err;

	*deleted = 0;
	if (!sqlite3_get_autocommit(s->db))
		return db_fail(s, -EBUSY, "retention inside of a transaction");
	err = cut(s, before_ns, deleted);
	while (err == 0) {
		int64_t bytes = 0, oldest = INT64_MAX, day;

		err = used_bytes(s, &bytes);
		if (err == 0 && bytes > max_bytes)
			err = entries_oldest(s, &oldest);
		if (err != 0 || bytes <= max_bytes || oldest == INT64_MAX)
			break;
		day = oldest - (oldest % TIME_DAY + TIME_DAY) % TIME_DAY;
		if (day > INT64_MAX - TIME_DAY)
			break;
		err = cut(s, day + TIME_DAY, deleted);
	}
	return err;
}
