/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migrate.h"

#include "store/db.h"

enum { READ_ENTRIES, READ_TOUCHES, MOVED, STMTS };

static const char *const sql_z[STMTS] = {
	[READ_ENTRIES] = "SELECT row, id, at, rule, level, quality, weight, file, offset,"
			 " text, fields FROM entry_5 ORDER BY row",
	[READ_TOUCHES] = "SELECT entity, entity_id, coalesce(m.row, entry) FROM touch_5"
			 " LEFT JOIN moved m ON m.was = entry",
	[MOVED] = "INSERT INTO moved(was, row) VALUES(?, ?)",
};

static int
put_entry(struct store *s, sqlite3_stmt *st, int64_t *row)
{
	const struct entry_row e = { .id = (uint64_t)sqlite3_column_int64(st, 1),
		.at_ns = sqlite3_column_int64(st, 2),
		.level = sqlite3_column_int(st, 4),
		.quality = sqlite3_column_int(st, 5),
		.weight = (uint32_t)sqlite3_column_int64(st, 6),
		.offset = (uint64_t)sqlite3_column_int64(st, 8),
		.text = db_text(st, 9) };
	int64_t rule = sqlite3_column_int64(st, 3);
	int err = entries_put(
		s, &e, rule, sqlite3_column_int64(st, 7), db_text(st, 10), row);

	return err != 0 ? err
			: touches_put(s,
				  &(struct packs_entity){
					  .kind = TOUCHES_RULE, .name = rule },
				  *row, false);
}

static int
put_entries(struct store *s, sqlite3_stmt *from, sqlite3_stmt *moved)
{
	int rc, err = 0;

	while (err == 0 && (rc = sqlite3_step(from)) == SQLITE_ROW) {
		int64_t was = sqlite3_column_int64(from, 0), row;

		err = put_entry(s, from, &row);
		if (err != 0 || row == was)
			continue;
		sqlite3_bind_int64(moved, 1, was);
		sqlite3_bind_int64(moved, 2, row);
		err = db_run(s, moved);
	}
	return err != 0 ? err : db_error(s, rc);
}

static int
put_touches(struct store *s, sqlite3_stmt *from)
{
	int rc, err = 0;

	while (err == 0 && (rc = sqlite3_step(from)) == SQLITE_ROW) {
		struct packs_entity e = { .kind = sqlite3_column_int64(from, 0) };

		if (sqlite3_column_type(from, 1) == SQLITE_INTEGER)
			e.name = sqlite3_column_int64(from, 1);
		else
			e.id = db_text(from, 1);
		err = touches_put(s, &e, sqlite3_column_int64(from, 2), false);
	}
	return err != 0 ? err : db_error(s, rc);
}

int
migrate_5(struct store *s)
{
	sqlite3_stmt *st[STMTS] = { NULL };
	int err = db_exec(s, "CREATE TEMP TABLE moved(was INTEGER PRIMARY KEY, row)");

	for (int i = 0; err == 0 && i < STMTS; i++)
		err = db_error(s, sqlite3_prepare_v2(s->db, sql_z[i], -1, &st[i], NULL));
	if (err == 0)
		err = put_entries(s, st[READ_ENTRIES], st[MOVED]);
	if (err == 0)
		err = put_touches(s, st[READ_TOUCHES]);
	for (int i = 0; i < STMTS; i++)
		sqlite3_finalize(st[i]);
	if (err == 0)
		err = entries_flush(s);
	if (err == 0)
		err = touches_flush(s);
	return err != 0 ? err : db_exec(s, "DROP TABLE moved");
}
