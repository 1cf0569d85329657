/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a restart reads: the journal, the checkpoint and the state of each source.
 */
#include <assert.h>
#include <errno.h>

#include "store/query.h"
#include "store/store.h"

int
store_put_journal(struct store *s, int64_t seq, int64_t until_ns, struct str blob)
{
	sqlite3_stmt *st = db_stmt(s, DB_JOURNAL);

	if (st == NULL)
		return db_no_stmt(s);
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
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int64(st, 2, until_ns);
	return db_run(s, st);
}

int
store_put_checkpoint(struct store *s, int part, uint64_t id, struct str bytes)
{
	sqlite3_stmt *st = db_stmt(s, bytes.len == 0 ? DB_CHECKPOINT_DEL : DB_CHECKPOINT);

	if (st == NULL)
		return db_no_stmt(s);
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
		return db_no_stmt(s);
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
		return db_no_stmt(s);
	sqlite3_bind_int(st, 1, part);
	return db_run(s, st);
}

int
store_put_source(struct store *s, const struct source_row *row)
{
	sqlite3_stmt *st = db_stmt(s, DB_SOURCE);

	if (st == NULL)
		return db_no_stmt(s);
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
		return db_no_stmt(s);
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

struct store_query *
store_journal(struct store *s)
{
	return query_open(s, DB_Q_JOURNAL);
}

bool
store_next_journal(struct store_query *q, int64_t *seq, struct str *blob)
{
	assert(q->kind == DB_Q_JOURNAL);
	if (!query_next(q))
		return false;
	*seq = sqlite3_column_int64(q->st, 0);
	*blob = db_text(q->st, 1);
	return true;
}

struct store_query *
store_checkpoint(struct store *s, int part)
{
	struct store_query *q = query_open(s, DB_Q_CHECKPOINT);

	if (q != NULL)
		sqlite3_bind_int(q->st, 1, part);
	return q;
}

bool
store_next_checkpoint(struct store_query *q, uint64_t *id, struct str *bytes)
{
	assert(q->kind == DB_Q_CHECKPOINT);
	if (!query_next(q))
		return false;
	*id = (uint64_t)sqlite3_column_int64(q->st, 0);
	*bytes = db_text(q->st, 1);
	return true;
}

struct store_query *
store_sources(struct store *s)
{
	return query_open(s, DB_Q_SOURCES);
}

bool
store_next_source(struct store_query *q, struct source_row *out)
{
	assert(q->kind == DB_Q_SOURCES);
	if (!query_next(q))
		return false;
	*out = (struct source_row){
		.id = (uint64_t)sqlite3_column_int64(q->st, 0),
		.name = db_text(q->st, 1),
		.offset = (uint64_t)sqlite3_column_int64(q->st, 2),
		.watermark_ns = sqlite3_column_int64(q->st, 3),
		.state = db_text(q->st, 4),
	};
	return true;
}
