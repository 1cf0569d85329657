/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, transactions and closing. Three shapes of file: a live store is WAL with a
 * full sync per commit; a fast one syncs only at checkpoints; a fast replacement is a
 * file of its own that nobody reads before it is whole, so it has no sync at all.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/db.h"
#include "store/files.h"
#include "store/names.h"
#include "store/outbox.h"
#include "store/schema.h"
#include "store/touches.h"

#define SCRATCH_MAX ((size_t)1 << 20)

/* Each thread's last failure of store_open(): there is no store to ask. */
static _Thread_local char open_error[320];

static int
remember_open_error(int err, const char *text_z, long pid)
{
	if (pid > 0)
		(void)snprintf(open_error, sizeof(open_error),
			"in use by another gumshoe (process %ld)", pid);
	else
		(void)snprintf(open_error, sizeof(open_error), "%s", text_z);
	return err;
}

const char *
store_strerror(int err)
{
	if (open_error[0] != '\0' && err <= STORE_NEWER)
		return open_error;
	switch (err) {
	case STORE_NEWER:
		return "the store was written by a newer gumshoe";
	case STORE_CORRUPT:
		return "not a store, or a damaged one";
	case STORE_BUSY:
		return "in use by another gumshoe";
	case STORE_FULL:
		return "disk full";
	case STORE_OLDER:
		return "the store was written by an older gumshoe";
	default:
		return err < 0 && err > STORE_NEWER ? strerror(-err) : "unknown error";
	}
}

const char *
store_error_z(const struct store *s)
{
	return s->error;
}

char *
store_folder(const struct store *s)
{
	const char *slash = strrchr(s->path_z, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(s->path_z, slash == s->path_z ? 1 : (size_t)(slash - s->path_z));
}

/* Nothing that a hostile file says may run or reach further than its rows. */
static int
harden(struct store *s)
{
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	return sqlite3_busy_timeout(s->db, 5000);
}

/* What the statements use beside the tables. */
static int
prepare(struct store *s)
{
	int err = db_error(s, harden(s));

	return err != 0 ? err : feed_register(s);
}

static int
set_up_reader(struct store *s)
{
	int err = db_exec(s, "PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0;"
			     " PRAGMA mmap_size=0; PRAGMA cache_size=-4000");

	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return err != 0 ? err : schema_check(s, schema_version);
}

static int
set_up_writer(struct store *s)
{
	int err;

	/*
	 * Nobody wants a bulk load by half: what would take rows back is no file. (OFF is
	 * not to be had where harden() was.) Its pages come in order, and go before the
	 * end.
	 */
	if (s->bulk)
		err = db_exec(s,
			"PRAGMA page_size=16384;"
			" PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY;"
			" PRAGMA synchronous=OFF; PRAGMA mmap_size=0; PRAGMA cache_size=-2000");
	else
		err = db_exec(s,
			"PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000;"
			" PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=0;"
			" PRAGMA cache_size=-4000");
	if (err == 0 && !s->bulk)
		err = db_exec(s, s->fast ? "PRAGMA synchronous=NORMAL"
					 : "PRAGMA synchronous=FULL");
	if (err == 0)
		err = schema_update(s, schema_steps, schema_version);
	return err;
}

/*
 * A reader of a WAL file in a folder it may not write to cannot make the shared index;
 * when there is no WAL either, the file is complete as it stands.
 */
static int
open_still(struct store *s)
{
	struct buf uri;
	int rc = SQLITE_CANTOPEN;

	if (!files_is_still(s->file_z))
		return rc;
	sqlite3_close(s->db);
	s->db = NULL;
	buf_init(&uri, 1 << 16);
	buf_add(&uri, STR("file:"));
	for (const char *p = s->file_z; *p != '\0'; p++)
		if (char_is_alnum(*p) || strchr("/._-", *p) != NULL)
			buf_add_char(&uri, *p);
		else
			buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*p);
	buf_add(&uri, STR("?immutable=1"));
	if (buf_z(&uri) != NULL)
		rc = sqlite3_open_v2(buf_z(&uri), &s->db,
			SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
			NULL);
	buf_fini(&uri);
	return rc;
}

static int
open_reader(struct store *s)
{
	int rc, err;

	if (access(s->file_z, R_OK) != 0)
		return db_fail(s, -errno, strerror(errno));
	rc = sqlite3_open_v2(
		s->file_z, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	err = rc == SQLITE_OK ? prepare(s) : db_error(s, rc);
	if (err == 0)
		err = set_up_reader(s);
	if (err == 0 || (sqlite3_errcode(s->db) & 0xff) != SQLITE_CANTOPEN)
		return err;
	rc = open_still(s);
	if (rc != SQLITE_OK)
		return err;
	err = prepare(s);
	return err != 0 ? err : set_up_reader(s);
}

/* A file that cannot be read any more has nothing to hand over, and stops nobody. */
static int
take_over(struct store *s)
{
	struct store *old = NULL;
	int err = 0;

	if (access(s->path_z, R_OK) != 0 ||
		store_open(s->path_z, STORE_READ, true, &old) != 0) {
		open_error[0] = '\0';
		return 0;
	}
	err = outbox_carry(s, old);
	if (err == STORE_CORRUPT) {
		log_warn("store",
			"%s cannot be read: %s; findings sent before may be sent again",
			s->path_z, old->error);
		err = 0;
	}
	store_close(&old);
	return err;
}

static int
open_writer(struct store *s)
{
	long pid;
	int rc, err;

	s->lock_fd = files_lock(s->path_z, &pid);
	if (s->lock_fd < 0) {
		err = s->lock_fd;
		return remember_open_error(
			db_fail(s, err, store_strerror(err)), store_strerror(err), pid);
	}
	if (s->mode == STORE_REPLACE)
		files_remove(s->file_z);
	err = files_make(s->file_z);
	if (err != 0)
		return db_fail(s, err, strerror(-err));
	rc = sqlite3_open_v2(
		s->file_z, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	err = rc == SQLITE_OK ? prepare(s) : db_error(s, rc);
	if (err == 0)
		err = set_up_writer(s);
	return err == 0 && s->mode == STORE_REPLACE ? take_over(s) : err;
}

static void
release(struct store *s)
{
	db_finalize_all(s);
	names_fini(s);
	entries_fini(&s->entries);
	touches_fini(&s->touches);
	incident_rows_fini(&s->incidents);
	buf_fini(&s->scratch);
	if (s->db != NULL && sqlite3_close(s->db) != SQLITE_OK)
		log_error("store", "%s: closed with a query open", s->file_z);
	s->db = NULL;
	aside_end(&s->aside);
	writeout_end(&s->writeout);
}

static void
drop(struct store *s)
{
	if (s->lock_fd >= 0)
		files_unlock(s->path_z, s->lock_fd);
	free(s->path_z);
	free(s->file_z);
	free(s);
}

/*
 * Nobody asks how much memory it has: counting it takes a lock each time. And most of
 * what is opened is read for a page or two: no connection begins with twenty.
 */
static void
configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

static struct store *
new_store(const char *path_z, enum store_mode mode, bool fast)
{
	struct store *s = calloc(1, sizeof(*s));
	size_t size = strlen(path_z) + sizeof(".new");

	if (s == NULL)
		return NULL;
	s->mode = mode;
	s->fast = fast;
	s->bulk = mode == STORE_REPLACE && fast;
	s->lock_fd = -1;
	s->undated = -1;
	s->touches.whole = s->bulk;
	buf_init(&s->scratch, SCRATCH_MAX);
	s->path_z = strdup(path_z);
	s->file_z = malloc(size);
	if (s->path_z == NULL || s->file_z == NULL) {
		drop(s);
		return NULL;
	}
	(void)snprintf(
		s->file_z, size, "%s%s", path_z, mode == STORE_REPLACE ? ".new" : "");
	return s;
}

int
store_open(const char *path_z, enum store_mode mode, bool fast, struct store **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store *s = new_store(path_z, mode, fast);
	int err;

	(void)pthread_once(&once, configure);
	open_error[0] = '\0';
	if (s == NULL)
		return -ENOMEM;
	err = mode == STORE_READ ? open_reader(s) : open_writer(s);
	if (err == 0) {
		*out = s;
		return 0;
	}
	if (open_error[0] == '\0')
		(void)remember_open_error(err, s->error, 0);
	release(s);
	if (mode == STORE_REPLACE && s->lock_fd >= 0)
		files_remove(s->file_z);
	drop(s);
	return err;
}

void
store_close(struct store **ps)
{
	struct store *s = *ps;
	bool replace;
	int err = 0;

	*ps = NULL;
	if (s == NULL)
		return;
	db_await(s);
	if (!sqlite3_get_autocommit(s->db))
		store_rollback(s);
	replace = s->mode == STORE_REPLACE;
	if (replace && s->finished) {
		db_finalize_all(s);
		err = db_exec(s, "PRAGMA journal_mode=DELETE");
	}
	release(s);
	if (replace && s->finished && err == 0)
		err = files_replace(s->file_z, s->path_z, !s->fast);
	if (err != 0)
		log_error("store", "%s: the new one could not take its place: %s",
			s->path_z, store_strerror(err));
	if (replace && (!s->finished || err != 0))
		files_remove(s->file_z);
	drop(s);
}

/* Nobody reads it before it is whole, so it is one transaction. */
static bool
is_loading(const struct store *s)
{
	return s->bulk && !s->finished;
}

int
store_begin(struct store *s)
{
	if (is_loading(s) && !sqlite3_get_autocommit(s->db))
		return 0;
	return db_run(s, db_stmt(s, s->mode == STORE_READ ? DB_BEGIN_READ : DB_BEGIN));
}

static int
commit(struct store *s)
{
	int err = entries_flush(s);

	if (err == 0)
		err = touches_flush(s);
	if (err == 0)
		err = incident_rows_flush(s);
	return err != 0 ? err : db_run(s, db_stmt(s, DB_COMMIT));
}

int
store_commit(struct store *s)
{
	return is_loading(s) ? 0 : commit(s);
}

void
store_rollback(struct store *s)
{
	db_await(s);
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->facts++;
	s->undated = -1;
	entries_forget(&s->entries);
	touches_forget(&s->touches);
	incident_rows_forget(&s->incidents);
	incident_rows_leave(&s->incidents);
	names_forget(s);
}

static int
finish(struct store *s)
{
	int err = 0;

	assert(s->mode != STORE_READ);
	if (sqlite3_get_autocommit(s->db))
		err = db_exec(s, "BEGIN IMMEDIATE");
	if (err == 0)
		err = commit(s);
	/* A reader that holds an old snapshot only keeps the WAL longer. */
	if (err == 0 && !s->bulk)
		sqlite3_wal_checkpoint_v2(
			s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (err == 0)
		s->finished = true;
	return err;
}

int
store_finish(struct store *s)
{
	int err = finish(s);

	if (err != 0)
		store_rollback(s);
	return err;
}

static int
take_place(struct store *s)
{
	int old_fd, err;

	assert(s->bulk && s->finished);
	err = db_exec(s, "PRAGMA journal_mode=DELETE; PRAGMA locking_mode=NORMAL;"
			 " SELECT count(*) FROM sqlite_schema; PRAGMA query_only=1");
	if (err == 0)
		err = files_exchange(s->file_z, s->path_z, &old_fd);
	if (err != 0)
		return err;
	files_unname_lock(s->path_z);
	writeout_set(&s->writeout, s->path_z, old_fd, s->lock_fd);
	return 0;
}

/* What is in its place is only read from now on. */
static void
be_reader(struct store *s)
{
	s->lock_fd = -1;
	s->mode = STORE_READ;
	s->bulk = false;
}

int
store_place(struct store *s)
{
	int err = take_place(s);

	if (err != 0)
		return err;
	writeout_begin(&s->writeout);
	be_reader(s);
	return 0;
}

static int
finish_and_place(struct store *s)
{
	int err = finish(s);

	return err != 0 ? err : take_place(s);
}

static void
write_out(struct store *s)
{
	writeout_do(&s->writeout);
}

void
store_finish_aside(struct store *s)
{
	const struct aside_work work = { finish_and_place, write_out };

	assert(s->bulk && !s->finished);
	incident_rows_sort(&s->incidents);
	(void)entries_undated(s);
	aside_begin(&s->aside, work, s);
	if (!aside_has_it(&s->aside) && s->aside.err == 0)
		be_reader(s); /* it is done: there was no thread */
}

void
db_await(struct store *s)
{
	if (!aside_has_it(&s->aside))
		return;
	aside_wait(&s->aside);
	if (s->aside.err == 0)
		be_reader(s);
}

bool
store_is_aside(const struct store *s)
{
	return aside_has_it(&s->aside);
}

int
store_await(struct store *s)
{
	db_await(s);
	return s->aside.err;
}
