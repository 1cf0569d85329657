/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thin layer over SQLite: every statement's text is in this table, errors become the
 * codes of store.h, and values reach SQL only as bound parameters.
 */
#include "store/db.h"

#include <errno.h>
#include <stdio.h>

#define PUT_INCIDENT                                                               \
	"INSERT OR REPLACE INTO incident(id, rule, title, state, level, key,"      \
	" first_at, last_at, opened_at, resolved_at, detected_at, from_at, count," \
	" superseded_by, body, explained_by, muted)"

static const char *const sql_z[DB_STMTS] = {
	[DB_BEGIN] = "BEGIN IMMEDIATE",
	[DB_BEGIN_READ] = "BEGIN",
	[DB_COMMIT] = "COMMIT",
	[DB_PACKS] = "INSERT OR REPLACE INTO entry(row, last, body)"
		     " SELECT a, b, c FROM feed",
	[DB_PACK_PUT] = "INSERT OR REPLACE INTO entry(row, last, body) VALUES(?, ?, ?)",
	[DB_PACK_GET] = "SELECT body FROM entry WHERE row <= ? ORDER BY row DESC LIMIT 1",
	[DB_PACK_AFTER] =
		"SELECT row, body FROM entry WHERE row > ? ORDER BY row LIMIT 1",
	[DB_PACK_DEL] = "DELETE FROM entry WHERE row = ?",
	[DB_TOUCHES] = "INSERT OR REPLACE INTO touch(key, body) SELECT a, b FROM feed",
	[DB_TOUCH_GET] =
		"SELECT body FROM touch WHERE key <= ? ORDER BY key DESC LIMIT 1",
	[DB_TOUCH_AFTER] = "SELECT key FROM touch WHERE key > ? ORDER BY key LIMIT 1",
	[DB_TOUCH_PUT] = "INSERT OR REPLACE INTO touch(key, body) VALUES(?, ?)",
	[DB_TOUCH_DEL] = "DELETE FROM touch WHERE key = ?",
	[DB_MARK] =
		"INSERT OR IGNORE INTO mark(entity, entity_id, at, entry, state, fallback,"
		" reason, amount, customer, pod) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_INCIDENT] =
		PUT_INCIDENT " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_INCIDENTS] = PUT_INCIDENT " SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, n,"
				      " o, p, q FROM feed",
	[DB_INCIDENT_DEL] = "DELETE FROM incident WHERE id = ?",
	[DB_VALUE_DEL] = "DELETE FROM incident_value WHERE incident = ?",
	[DB_VALUE] = "INSERT OR IGNORE INTO incident_value(incident, value) VALUES(?, ?)",
	[DB_GAP] =
		"INSERT INTO gap(source, reason, from_at, to_at, detail, n)"
		" VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)",
	[DB_META] = "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)",
	[DB_META_GET] = "SELECT value FROM meta WHERE name = ?",
	[DB_JOURNAL] = "INSERT INTO journal(seq, until, blob) VALUES(?, ?, ?)",
	[DB_JOURNAL_DEL] = "DELETE FROM journal WHERE seq < ? AND until < ?",
	[DB_CHECKPOINT] =
		"INSERT OR REPLACE INTO checkpoint(part, id, bytes) VALUES(?, ?, ?)",
	[DB_CHECKPOINT_GET] = "SELECT bytes FROM checkpoint WHERE part = ? AND id = ?",
	[DB_CHECKPOINT_DEL] = "DELETE FROM checkpoint WHERE part = ? AND id = ?",
	[DB_CHECKPOINT_CLEAR] = "DELETE FROM checkpoint WHERE part = ?",
	[DB_SOURCE_DEL] = "DELETE FROM source WHERE id = ?",
	[DB_SENT] =
		"INSERT OR IGNORE INTO sent(destination, finding, seq, at, kind, link)"
		" VALUES(?, ?, ?, ?, ?, ?)",
	[DB_SOURCE] = "INSERT OR REPLACE INTO source(id, name, offset, watermark, state)"
		      " VALUES(?, ?, ?, ?, ?)",
	[DB_OUTBOX] = "INSERT OR IGNORE INTO outbox(destination, finding, seq, kind, at,"
		      " attempts, next_wall, body, hold)"
		      " SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8"
		      " WHERE NOT EXISTS (SELECT 1 FROM sent WHERE destination = ?1"
		      " AND finding = ?2 AND seq = ?3)",
	[DB_OUTBOX_LAST] =
		"SELECT seq, kind FROM outbox WHERE destination = ?1 AND finding = ?2"
		" UNION ALL"
		" SELECT seq, kind FROM sent WHERE destination = ?1 AND finding = ?2"
		" ORDER BY seq DESC LIMIT 1",
	[DB_OUTBOX_SENT] =
		"INSERT OR IGNORE INTO sent(destination, finding, seq, at, kind, link)"
		" SELECT destination, finding, seq, at, kind, ?2 FROM outbox"
		" WHERE row = ?1",
	[DB_OUTBOX_DEL] = "DELETE FROM outbox WHERE row = ?",
	[DB_WITHDRAW] = "INSERT OR REPLACE INTO sent(destination, finding, seq, at, kind)"
			" SELECT destination, finding, seq, at, 'withdrawn' FROM outbox"
			" WHERE destination = ? AND finding = ?",
	[DB_WITHDRAW_DEL] = "DELETE FROM outbox WHERE destination = ? AND finding = ?",
	[DB_OUTBOX_MAX] = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
	[DB_OUTBOX_COUNT] = "SELECT count(*) FROM outbox WHERE destination = ?",
	[DB_NAME] = "INSERT INTO name(text) VALUES(?)",
	[DB_NAME_ID] = "SELECT id FROM name WHERE text = ?",
	[DB_NAME_TEXT] = "SELECT text FROM name WHERE id = ?",
};

static int
code_of(struct store *s, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STORE_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STORE_BUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_TOOBIG:
		return -E2BIG;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		break;
	default:
		return -EINVAL;
	}
	if (s->db != NULL && (sqlite3_system_errno(s->db) == ENOSPC ||
				     sqlite3_system_errno(s->db) == EDQUOT))
		return STORE_FULL;
	if (s->db != NULL && sqlite3_system_errno(s->db) > 0)
		return -sqlite3_system_errno(s->db);
	return -EIO;
}

int
db_fail(struct store *s, int err, const char *text_z)
{
	db_await(s);
	(void)snprintf(s->error, sizeof(s->error), "%s", text_z);
	return err;
}

int
db_error(struct store *s, int rc)
{
	int err = code_of(s, rc);
	const char *text_z = sqlite3_errstr(rc);

	if ((rc & 0xff) == SQLITE_NOTADB)
		text_z = "not a store of gumshoe";
	else if (s->db != NULL)
		text_z = sqlite3_errmsg(s->db);
	return err != 0 ? db_fail(s, err, text_z) : 0;
}

int
db_exec(struct store *s, const char *text_z)
{
	db_await(s);
	return db_error(s, sqlite3_exec(s->db, text_z, NULL, NULL, NULL));
}

sqlite3_stmt *
db_stmt(struct store *s, enum db_stmt which)
{
	sqlite3_stmt **st = &s->stmt[which];

	db_await(s);
	if (*st == NULL) {
		int rc = sqlite3_prepare_v3(
			s->db, sql_z[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL);

		if (rc != SQLITE_OK)
			(void)db_error(s, rc);
	}
	return *st;
}

bool
db_is_shared(const struct store *s)
{
	return s->mode == STORE_READ && !s->finished;
}

int
db_no_stmt(struct store *s)
{
	int err = db_error(s, sqlite3_errcode(s->db));

	return err != 0 ? err : -EINVAL;
}

int
db_run(struct store *s, sqlite3_stmt *st)
{
	int rc, err;

	if (st == NULL)
		return db_no_stmt(s);
	rc = sqlite3_step(st);
	err = db_error(s, rc);
	sqlite3_reset(st);
	return err;
}

int
db_feed(struct store *s, enum db_stmt which, struct feed *feed)
{
	int err;

	s->feed = feed;
	err = db_run(s, db_stmt(s, which));
	s->feed = NULL;
	return err;
}

int
db_int(struct store *s, const char *text_z, int64_t otherwise, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc, err;

	db_await(s);
	rc = sqlite3_prepare_v2(s->db, text_z, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return db_error(s, rc);
	rc = sqlite3_step(st);
	err = db_error(s, rc);
	if (rc == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		otherwise = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (err == 0)
		*out = otherwise;
	return err;
}

static void
bind(sqlite3_stmt *st, int at, struct str text, sqlite3_destructor_type kind)
{
	int rc = sqlite3_bind_text64(
		st, at, text.len == 0 ? "" : text.ptr, text.len, kind, SQLITE_UTF8);

	/* Too long or out of memory: NULL violates the column's NOT NULL. */
	if (rc != SQLITE_OK)
		sqlite3_bind_null(st, at);
}

void
db_bind(sqlite3_stmt *st, int at, struct str text)
{
	bind(st, at, text, SQLITE_STATIC);
}

void
db_bind_copy(sqlite3_stmt *st, int at, struct str text)
{
	bind(st, at, text, SQLITE_TRANSIENT);
}

void
db_bind_blob(sqlite3_stmt *st, int at, struct str bytes)
{
	int rc = sqlite3_bind_blob64(
		st, at, bytes.len == 0 ? "" : bytes.ptr, bytes.len, SQLITE_STATIC);

	if (rc != SQLITE_OK)
		sqlite3_bind_null(st, at);
}

struct str
db_text(sqlite3_stmt *st, int column)
{
	const void *p = sqlite3_column_blob(st, column);
	int n = sqlite3_column_bytes(st, column);

	return (struct str){ .ptr = n > 0 ? p : "", .len = n > 0 ? (size_t)n : 0 };
}

void
db_finalize_all(struct store *s)
{
	for (size_t i = 0; i < DB_STMTS; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	db_free_queries(s);
}
