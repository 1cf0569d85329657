/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a store: the connection, its cached statements, its interned names. Only
 * for the files of store/; the only header that includes sqlite3.h. The store's thread.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/str.h"
#include "store/aside.h"
#include "store/entries.h"
#include "store/feed.h"
#include "store/incident_rows.h"
#include "store/store.h"
#include "store/touches.h"
#include "store/writeout.h"

#define DB_NEAR_BITS 9
#define DB_NEAR      (1 << DB_NEAR_BITS)

/* Statements that are prepared once, by their place in db.c's table. */
enum db_stmt {
	DB_BEGIN,
	DB_BEGIN_READ,
	DB_COMMIT,
	DB_PACKS, /* of entries: those of a feed */
	DB_PACK_PUT,
	DB_PACK_GET,
	DB_PACK_AFTER,
	DB_PACK_DEL,
	DB_TOUCHES, /* those of a feed */
	DB_TOUCH_GET,
	DB_TOUCH_AFTER,
	DB_TOUCH_PUT,
	DB_TOUCH_DEL,
	DB_MARK,
	DB_INCIDENT,
	DB_INCIDENTS, /* those of a feed */
	DB_INCIDENT_DEL,
	DB_VALUE,
	DB_VALUE_DEL,
	DB_GAP,
	DB_META,
	DB_META_GET,
	DB_JOURNAL,
	DB_JOURNAL_DEL,
	DB_CHECKPOINT,
	DB_CHECKPOINT_GET,
	DB_CHECKPOINT_DEL,
	DB_CHECKPOINT_CLEAR,
	DB_SOURCE,
	DB_SOURCE_DEL,
	DB_SENT,
	DB_OUTBOX,
	DB_OUTBOX_LAST,
	DB_OUTBOX_SENT,
	DB_OUTBOX_DEL,
	DB_WITHDRAW,
	DB_WITHDRAW_DEL,
	DB_OUTBOX_MAX,
	DB_OUTBOX_COUNT,
	DB_NAME,
	DB_NAME_ID,
	DB_NAME_TEXT,
	DB_STMTS
};

/* One of each kind waits idle, so that the usual caller prepares nothing. */
enum db_query {
	DB_Q_ENTRIES,
	DB_Q_PACKS,
	DB_Q_INCIDENTS,
	DB_Q_INCIDENT,
	DB_Q_EXPLAINED,
	DB_Q_ALL_EXPLAINED,
	DB_Q_VALUES,
	DB_Q_MARKS,
	DB_Q_MARK,
	DB_Q_GAPS,
	DB_Q_LINKS,
	DB_Q_JOURNAL,
	DB_Q_CHECKPOINT,
	DB_Q_SOURCES,
	DB_Q_OUTBOX,
	DB_Q_OUTBOX_OF,
	DB_QUERIES
};

/* Of a label: its values are names, too. */
struct name {
	struct str text; /* ptr NULL: not read yet */
	bool is_label;
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	bool bulk; /* nobody reads the file before store_finish() */
	bool fast;
	uint64_t facts; /* see store_facts() */
	bool muted;     /* puts do nothing: see store_mute() */
	bool finished;  /* REPLACE: the new file may take the old one's place */
	char *path_z;   /* as given */
	char *file_z;   /* what is open: path_z, or path_z + ".new" */
	int lock_fd;    /* -1: a reader */
	struct writeout writeout;
	struct aside aside; /* finishes it */
	sqlite3_stmt *stmt[DB_STMTS];
	struct store_query *idle[DB_QUERIES];
	struct map *name_ids;        /* text -> id */
	struct arena *names;         /* their bytes */
	struct name *name;           /* by id */
	uint32_t name_near[DB_NEAR]; /* ids of names seen a moment ago, by a look at them
				      */
	size_t name_cap;
	bool names_failed; /* one could not be read: rows with it are not whole */
	struct entries entries;
	struct touches touches;
	struct incident_rows incidents;
	struct feed *feed; /* of the statement that runs; NULL: none */
	int undated; /* entries have the date of a file: 1 some, 0 none, -1 unknown */
	struct buf scratch; /* encoding of one row's fields */
	char error[256];
};

/* The code of store.h for a result of SQLite; remembers its text. 0 for OK, ROW, DONE. */
int db_error(struct store *s, int rc);

/* Whoever needs the connection asks here first: it may be with a thread of its own. */
void db_await(struct store *s);

/* Remembers a text of our own and returns err. */
int db_fail(struct store *s, int err, const char *text_z);

/* Runs SQL without results. */
MUST_USE int db_exec(struct store *s, const char *sql_z);

/* A cached statement, reset and ready to bind; NULL with the error remembered. */
sqlite3_stmt *db_stmt(struct store *s, enum db_stmt which);

/* Somebody else may have changed it since. */
bool db_is_shared(const struct store *s);

/* What db_stmt() failed with. */
int db_no_stmt(struct store *s);

/* Steps a statement that gives no rows and resets it. */
MUST_USE int db_run(struct store *s, sqlite3_stmt *st);

/* A statement that takes the rows of feed. */
MUST_USE int db_feed(struct store *s, enum db_stmt which, struct feed *feed);

/* One integer, or otherwise when there is no row. */
MUST_USE int db_int(struct store *s, const char *sql_z, int64_t otherwise, int64_t *out);

/* Borrowed bytes: must live until the statement's last step. */
void db_bind(sqlite3_stmt *st, int at, struct str text);
void db_bind_copy(sqlite3_stmt *st, int at, struct str text);
void db_bind_blob(sqlite3_stmt *st, int at, struct str bytes);

/* Valid until the next step. */
struct str db_text(sqlite3_stmt *st, int column);

void db_finalize_all(struct store *s);

/* query.c: the idle queries go. */
void db_free_queries(struct store *s);
