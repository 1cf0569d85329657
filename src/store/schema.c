/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times are ns since the epoch, INT64_MIN for none. mark.entity is an id of
 * name. Rows are
 * ignored or replaced when they come again, so reading a log twice changes nothing.
 */
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/migrate.h"

#define APPLICATION_ID 1198878024 /* "Gush": says whose file it is */

#define ENTRY_6                                                              \
	"CREATE TABLE entry(row INTEGER PRIMARY KEY, last INTEGER NOT NULL," \
	" body BLOB NOT NULL) STRICT;"
#define TOUCH_6                                                        \
	"CREATE TABLE touch(key BLOB PRIMARY KEY, body BLOB NOT NULL)" \
	" STRICT, WITHOUT ROWID;"

const struct schema_step schema_steps[] = {
	{ .sql_z = "CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
		   "CREATE TABLE entry(row INTEGER PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL,"
		   " rule INTEGER NOT NULL, level INTEGER NOT NULL, quality INTEGER NOT NULL,"
		   " weight INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL,"
		   " text TEXT NOT NULL, fields BLOB NOT NULL) STRICT;"
		   "CREATE INDEX entry_rule_at ON entry(rule, at);"
		   "CREATE TABLE touch(entity INTEGER NOT NULL, entity_id TEXT NOT NULL,"
		   " entry INTEGER NOT NULL) STRICT;"
		   "CREATE TABLE mark(entity INTEGER NOT NULL, entity_id TEXT NOT NULL,"
		   " at INTEGER NOT NULL, entry INTEGER NOT NULL, state TEXT NOT NULL,"
		   " fallback TEXT NOT NULL, reason TEXT NOT NULL, amount TEXT NOT NULL,"
		   " customer TEXT NOT NULL, pod TEXT NOT NULL,"
		   " PRIMARY KEY(entity, entity_id, at, entry, state, fallback)) STRICT, WITHOUT ROWID;"
		   "CREATE TABLE incident(id TEXT PRIMARY KEY, rule TEXT NOT NULL, title TEXT NOT NULL,"
		   " state TEXT NOT NULL, level INTEGER NOT NULL, key BLOB NOT NULL,"
		   " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, opened_at INTEGER NOT NULL,"
		   " resolved_at INTEGER NOT NULL, detected_at INTEGER NOT NULL,"
		   " from_at INTEGER NOT NULL, count INTEGER NOT NULL, superseded_by TEXT NOT NULL,"
		   " body TEXT NOT NULL) STRICT, WITHOUT ROWID;"
		   "CREATE TABLE incident_value(incident TEXT NOT NULL, value TEXT NOT NULL,"
		   " PRIMARY KEY(incident, value)) STRICT, WITHOUT ROWID;"
		   "CREATE TABLE gap(source TEXT NOT NULL, reason TEXT NOT NULL,"
		   " from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, detail TEXT NOT NULL,"
		   " n INTEGER NOT NULL, PRIMARY KEY(from_at, to_at, source, reason, detail))"
		   " STRICT, WITHOUT ROWID;"
		   "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
		   "CREATE TABLE journal(seq INTEGER PRIMARY KEY, blob BLOB NOT NULL) STRICT;"
		   "CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
		   " offset INTEGER NOT NULL, watermark INTEGER NOT NULL, state BLOB NOT NULL) STRICT;"
		   "CREATE TABLE outbox(row INTEGER PRIMARY KEY AUTOINCREMENT,"
		   " destination TEXT NOT NULL, finding TEXT NOT NULL, seq INTEGER NOT NULL,"
		   " kind TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL,"
		   " next_wall INTEGER NOT NULL, body TEXT NOT NULL,"
		   " UNIQUE(destination, finding, seq)) STRICT;"
		   "CREATE TABLE sent(destination TEXT NOT NULL, finding TEXT NOT NULL,"
		   " seq INTEGER NOT NULL, PRIMARY KEY(destination, finding, seq)) STRICT, WITHOUT ROWID;" },
	{ .sql_z = "DROP TABLE journal;"
		   "CREATE TABLE journal(seq INTEGER PRIMARY KEY, until INTEGER NOT NULL,"
		   " blob BLOB NOT NULL) STRICT;"
		   "CREATE TABLE checkpoint(part INTEGER NOT NULL, id INTEGER NOT NULL,"
		   " bytes BLOB NOT NULL, PRIMARY KEY(part, id)) STRICT, WITHOUT ROWID;"
		   "ALTER TABLE sent ADD COLUMN at INTEGER NOT NULL DEFAULT 0;"
		   "ALTER TABLE sent ADD COLUMN kind TEXT NOT NULL DEFAULT '';" },
	/* Rows by time (store/rows.h). A label's touches name it by its id. */
	{ .sql_z = "CREATE TABLE entry_by_time(row INTEGER PRIMARY KEY, id INTEGER NOT NULL,"
		   " at INTEGER NOT NULL, rule INTEGER NOT NULL, level INTEGER NOT NULL,"
		   " quality INTEGER NOT NULL, weight INTEGER NOT NULL, file INTEGER NOT NULL,"
		   " offset INTEGER NOT NULL, text TEXT NOT NULL, fields BLOB NOT NULL) STRICT;"
		   "INSERT INTO entry_by_time SELECT"
		   " (max(ms - n) OVER (PARTITION BY slot ORDER BY n) + n) << 20 | slot, id, at,"
		   " rule, level, quality, weight, file, offset, text, fields FROM"
		   " (SELECT *, row_number() OVER (PARTITION BY slot ORDER BY ms, id) AS n FROM"
		   " (SELECT *, at >> 20 AS ms, id & 1048575 AS slot FROM entry));"
		   "CREATE INDEX entry_id_3 ON entry_by_time(id);"
		   "CREATE TABLE touch_by_time(entity INTEGER NOT NULL, entity_id ANY NOT NULL,"
		   " entry INTEGER NOT NULL, PRIMARY KEY(entity, entity_id, entry))"
		   " STRICT, WITHOUT ROWID;"
		   "CREATE TEMP TABLE label AS SELECT id FROM name WHERE text IN ('namespace', 'pod',"
		   " 'container', 'service', 'node', 'uid', 'instance', 'stream');"
		   "INSERT OR IGNORE INTO name(text) SELECT entity_id FROM touch"
		   " WHERE entity IN (SELECT id FROM label);"
		   "INSERT OR IGNORE INTO touch_by_time SELECT entity,"
		   " iif(entity IN (SELECT id FROM label),"
		   " (SELECT id FROM name WHERE text = entity_id), entity_id), e.row"
		   " FROM touch JOIN entry_by_time e ON e.id = touch.entry ORDER BY 1, 2, 3;"
		   "DROP TABLE label; DROP TABLE touch; DROP TABLE entry; DROP INDEX entry_id_3;"
		   "ALTER TABLE entry_by_time RENAME TO entry;"
		   "ALTER TABLE touch_by_time RENAME TO touch;"
		   "CREATE INDEX entry_rule ON entry(rule);" },
	{ .sql_z = "ALTER TABLE incident ADD COLUMN explained_by TEXT NOT NULL DEFAULT '';"
		   "ALTER TABLE incident ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;"
		   "CREATE INDEX incident_explained ON incident(explained_by)"
		   " WHERE explained_by <> '';"
		   "ALTER TABLE outbox ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;" },
	{ .sql_z = "ALTER TABLE sent ADD COLUMN link TEXT NOT NULL DEFAULT '';" },
	/* Packs of entries and of touches (store/entry_body.c, store/packs.c). */
	{ .sql_z = "ALTER TABLE entry RENAME TO entry_5; DROP INDEX entry_rule;"
		   "ALTER TABLE touch RENAME TO touch_5;" ENTRY_6 TOUCH_6,
		.run = migrate_5,
		.then_z = "DROP TABLE entry_5; DROP TABLE touch_5;" },
};
const int schema_version = ARRAY_LEN(schema_steps);

/* What all steps make, at once: for a new file. */
static const char now_z[] =
	"CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;" ENTRY_6
		TOUCH_6
	"CREATE TABLE mark(entity INTEGER NOT NULL, entity_id TEXT NOT NULL,"
	" at INTEGER NOT NULL, entry INTEGER NOT NULL, state TEXT NOT NULL,"
	" fallback TEXT NOT NULL, reason TEXT NOT NULL, amount TEXT NOT NULL,"
	" customer TEXT NOT NULL, pod TEXT NOT NULL,"
	" PRIMARY KEY(entity, entity_id, at, entry, state, fallback)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE incident(id TEXT PRIMARY KEY, rule TEXT NOT NULL, title TEXT NOT NULL,"
	" state TEXT NOT NULL, level INTEGER NOT NULL, key BLOB NOT NULL,"
	" first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, opened_at INTEGER NOT NULL,"
	" resolved_at INTEGER NOT NULL, detected_at INTEGER NOT NULL,"
	" from_at INTEGER NOT NULL, count INTEGER NOT NULL, superseded_by TEXT NOT NULL,"
	" body TEXT NOT NULL, explained_by TEXT NOT NULL DEFAULT '',"
	" muted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
	"CREATE INDEX incident_explained ON incident(explained_by)"
	" WHERE explained_by <> '';"
	"CREATE TABLE incident_value(incident TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY(incident, value)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE gap(source TEXT NOT NULL, reason TEXT NOT NULL,"
	" from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, detail TEXT NOT NULL,"
	" n INTEGER NOT NULL, PRIMARY KEY(from_at, to_at, source, reason, detail))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	" offset INTEGER NOT NULL, watermark INTEGER NOT NULL, state BLOB NOT NULL) STRICT;"
	"CREATE TABLE outbox(row INTEGER PRIMARY KEY AUTOINCREMENT,"
	" destination TEXT NOT NULL, finding TEXT NOT NULL, seq INTEGER NOT NULL,"
	" kind TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL,"
	" next_wall INTEGER NOT NULL, body TEXT NOT NULL,"
	" hold INTEGER NOT NULL DEFAULT 0, UNIQUE(destination, finding, seq)) STRICT;"
	"CREATE TABLE sent(destination TEXT NOT NULL, finding TEXT NOT NULL,"
	" seq INTEGER NOT NULL, at INTEGER NOT NULL DEFAULT 0,"
	" kind TEXT NOT NULL DEFAULT '', link TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY(destination, finding, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE journal(seq INTEGER PRIMARY KEY, until INTEGER NOT NULL,"
	" blob BLOB NOT NULL) STRICT;"
	"CREATE TABLE checkpoint(part INTEGER NOT NULL, id INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY(part, id)) STRICT, WITHOUT ROWID;";

/* The file's version; 0 for an empty file. Somebody else's database is refused. */
static int
find_version(struct store *s, int64_t *out)
{
	int64_t owner = 0, tables = 0;
	int err = db_int(s, "PRAGMA user_version", 0, out);

	if (err == 0)
		err = db_int(s, "PRAGMA application_id", 0, &owner);
	if (err == 0)
		err = db_int(s, "SELECT count(*) FROM sqlite_schema", 0, &tables);
	if (err != 0)
		return err;
	if (owner != APPLICATION_ID && (tables > 0 || *out != 0))
		return db_fail(s, STORE_CORRUPT, "not a store of gumshoe");
	return 0;
}

static int
newer(struct store *s, int64_t have, int version)
{
	(void)snprintf(s->error, sizeof(s->error),
		"its schema is version %" PRId64 ", this gumshoe knows up to %d", have,
		version);
	return STORE_NEWER;
}

/* A whole copy, as it was, beside the file: PATH.vN, 0600; an earlier one is replaced. */
static int
copy_aside(struct store *s, int64_t have)
{
	struct buf path;
	sqlite3 *to = NULL;
	sqlite3_backup *backup = NULL;
	int rc = SQLITE_CANTOPEN, fd = -1;

	buf_init(&path, 1 << 16);
	buf_printf(&path, "%s.v%" PRId64, s->file_z, have);
	if (buf_z(&path) == NULL)
		goto out;
	(void)unlink(buf_z(&path));
	fd = open(
		buf_z(&path), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 ||
		sqlite3_open_v2(buf_z(&path), &to, SQLITE_OPEN_READWRITE, NULL) != 0)
		goto out;
	backup = sqlite3_backup_init(to, "main", s->db, "main");
	if (backup == NULL)
		goto out;
	rc = sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) == SQLITE_OK && rc == SQLITE_DONE)
		rc = SQLITE_OK;
out:
	if (sqlite3_close(to) != SQLITE_OK && rc == SQLITE_OK)
		rc = SQLITE_IOERR;
	if (fd >= 0)
		close(fd);
	buf_fini(&path);
	return rc == SQLITE_OK
		       ? 0
		       : db_fail(s, -EIO, "cannot copy the store before migrating it");
}

static int
take_step(struct store *s, const struct schema_step *step)
{
	int err = db_exec(s, step->sql_z);

	if (err == 0 && step->run != NULL)
		err = step->run(s);
	return err == 0 && step->then_z != NULL ? db_exec(s, step->then_z) : err;
}

static int
migrate(struct store *s, const struct schema_step *steps, int64_t have, int version)
{
	char last_z[96];
	int err = db_exec(s, "BEGIN IMMEDIATE");

	if (err != 0)
		return err;
	if (have == 0) {
		err = db_exec(s, now_z);
		have = schema_version;
	}
	for (int64_t i = have; err == 0 && i < version; i++)
		err = take_step(s, &steps[i]);
	(void)snprintf(last_z, sizeof(last_z),
		"PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		APPLICATION_ID, version);
	if (err == 0)
		err = db_exec(s, last_z);
	if (err != 0)
		store_rollback(s);
	return err;
}

int
schema_update(struct store *s, const struct schema_step *steps, int version)
{
	int64_t have;
	int err = find_version(s, &have);

	if (err != 0)
		return err;
	if (have > version)
		return newer(s, have, version);
	if (have > 0 && have < version)
		err = copy_aside(s, have);
	if (err == 0 && have < version)
		err = migrate(s, steps, have, version);
	return err;
}

int
schema_check(struct store *s, int version)
{
	int64_t have;
	int err = find_version(s, &have);

	if (err != 0)
		return err;
	if (have == 0)
		return db_fail(s, -ENOENT, "the store is empty");
	if (have > version)
		return newer(s, have, version);
	if (have < version)
		return db_fail(s, STORE_OLDER, "the store is of an older gumshoe");
	return 0;
}
