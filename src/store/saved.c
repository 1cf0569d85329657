/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a restart reads: the journal, the checkpoint and the state of each source.
 */
#include <errno.h>

#include "store/db.h"
#include "store/store.h"

static int
no_stmt(struct store *s)
{
	int err = db_error(s, sqlite3_errcode(s->db));

	return err != 0 ? err : -EINVAL;
}

int
store_put_journal(struct store *s, int64_t seq, int64_t until_ns, struct str blob)
{
	sqlite3_stmt *st = db_stmt(s, DB_JOURNAL);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int64(st, 2, until_ns);
	db_bind_blob(st, 3, blob);
	return db_run(s, st);
}

int
store_del_journal(struct store *s, int64_t seq, int64_t until_ns)
{
	sqlite3_stmt *st = db_stmt(s, DB_JOURNAL_DEL);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int64(st, 2, until_ns);
	return db_run(s, st);
}

int
store_put_checkpoint(struct store *s, int part, uint64_t id, struct str bytes)
{
	sqlite3_stmt *st = db_stmt(s, bytes.len == 0 ? DB_CHECKPOINT_DEL : DB_CHECKPOINT);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int(st, 1, part);
	sqlite3_bind_int64(st, 2, (int64_t)id);
	if (bytes.len > 0)
		db_bind_blob(st, 3, bytes);
	return db_run(s, st);
}

int
store_get_checkpoint(struct store *s, int part, uint64_t id, struct buf *to)
{
	sqlite3_stmt *st = db_stmt(s, DB_CHECKPOINT_GET);
	int err, rc;

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int(st, 1, part);
	sqlite3_bind_int64(st, 2, (int64_t)id);
	rc = sqlite3_step(st);
	err = rc == SQLITE_DONE ? -ENOENT : db_error(s, rc);
	if (err == 0) {
		buf_add(to, db_text(st, 0));
		err = buf_failed(to) ? -ENOMEM : 0;
	}
	sqlite3_reset(st);
	return err;
}

int
store_del_checkpoint(struct store *s, int part)
{
	sqlite3_stmt *st = db_stmt(s, DB_CHECKPOINT_CLEAR);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int(st, 1, part);
	return db_run(s, st);
}

int
store_put_source(struct store *s, const struct source_row *row)
{
	sqlite3_stmt *st = db_stmt(s, DB_SOURCE);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 1, (int64_t)row->id);
	db_bind(st, 2, row->name);
	sqlite3_bind_int64(st, 3, (int64_t)row->offset);
	sqlite3_bind_int64(st, 4, row->watermark_ns);
	db_bind_blob(st, 5, row->state);
	return db_run(s, st);
}

int
store_del_source(struct store *s, uint64_t id)
{
	sqlite3_stmt *st = db_stmt(s, DB_SOURCE_DEL);

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 1, (int64_t)id);
	return db_run(s, st);
}

void
store_mute(struct store *s, bool muted)
{
	s->muted = muted;
}

bool
store_is_muted(const struct store *s)
{
	return s->muted;
}
