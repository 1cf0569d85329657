/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings on their way out. What was delivered leaves a small row in sent, so that a
 * second reading of the same log sends nothing again.
 */
#include <assert.h>
#include <errno.h>

#include "store/outbox.h"
#include "store/query.h"
#include "store/store.h"

#define SENT_MAX 200000 /* rows that a new store takes over */

int
store_put_outbox(struct store *s, const struct outbox_row *o)
{
	sqlite3_stmt *st;

	if (s->muted)
		return 0;
	st = db_stmt(s, DB_OUTBOX);
	if (st == NULL)
		return -EINVAL;
	db_bind(st, 1, o->destination);
	db_bind(st, 2, o->finding);
	sqlite3_bind_int64(st, 3, o->seq);
	db_bind(st, 4, o->kind);
	sqlite3_bind_int64(st, 5, o->at_ns);
	sqlite3_bind_int64(st, 6, o->put_ns);
	db_bind(st, 7, o->body);
	sqlite3_bind_int(st, 8, o->hold);
	return db_run(s, st);
}

/* SQLITE_DONE, or what reading failed with; *err is of the writing. */
static int
copy_sent(struct store *s, sqlite3_stmt *from, int *err)
{
	sqlite3_stmt *to = db_stmt(s, DB_SENT);
	int rc = SQLITE_DONE;

	*err = to == NULL ? -EINVAL : 0;
	while (*err == 0 && (rc = sqlite3_step(from)) == SQLITE_ROW) {
		db_bind(to, 1, db_text(from, 0));
		db_bind(to, 2, db_text(from, 1));
		sqlite3_bind_int64(to, 3, sqlite3_column_int64(from, 2));
		sqlite3_bind_int64(to, 4, sqlite3_column_int64(from, 3));
		db_bind(to, 5, db_text(from, 4));
		db_bind(to, 6, db_text(from, 5));
		*err = db_run(s, to);
	}
	return rc;
}

int
outbox_carry(struct store *s, struct store *old)
{
	sqlite3_stmt *from;
	int err, rc = sqlite3_prepare_v2(old->db,
			 "SELECT destination, finding, seq, at, kind, link FROM sent"
			 " WHERE destination <> 'stdout' ORDER BY at DESC LIMIT ?",
			 -1, &from, NULL);

	if (db_error(old, rc) != 0)
		return STORE_CORRUPT;
	sqlite3_bind_int64(from, 1, SENT_MAX);
	err = store_begin(s);
	if (err == 0) {
		rc = copy_sent(s, from, &err);
		if (err == 0)
			err = store_commit(s);
		if (err != 0)
			store_rollback(s);
	}
	if (err == 0 && rc != SQLITE_DONE && db_error(old, rc) != 0)
		err = STORE_CORRUPT;
	sqlite3_finalize(from);
	return err;
}

static int
move_to_sent(struct store *s, int64_t row, struct str link)
{
	sqlite3_stmt *sent = db_stmt(s, DB_OUTBOX_SENT);
	sqlite3_stmt *del = db_stmt(s, DB_OUTBOX_DEL);
	int err;

	if (sent == NULL || del == NULL)
		return -EINVAL;
	sqlite3_bind_int64(sent, 1, row);
	db_bind(sent, 2, link);
	sqlite3_bind_int64(del, 1, row);
	err = db_run(s, sent);
	return err != 0 ? err : db_run(s, del);
}

int
store_del_outbox(struct store *s, int64_t row, struct str link)
{
	int err;

	if (!sqlite3_get_autocommit(s->db))
		return move_to_sent(s, row, link);
	err = store_begin(s);
	if (err != 0)
		return err;
	err = move_to_sent(s, row, link);
	if (err == 0)
		err = store_commit(s);
	if (err != 0)
		store_rollback(s);
	return err;
}

static enum finding_told
told_by(struct str kind)
{
	if (str_eq(kind, STR("withdrawn")))
		return TOLD_WITHDRAWN;
	return str_eq(kind, STR("resolved")) ? TOLD_ENDED : TOLD_OPEN;
}

int64_t
store_last_finding(struct store *s, struct str destination, struct str finding,
	enum finding_told *told)
{
	sqlite3_stmt *st = db_stmt(s, DB_OUTBOX_LAST);
	int64_t seq = -1;

	*told = TOLD_NEVER;
	if (st == NULL)
		return seq;
	db_bind(st, 1, destination);
	db_bind(st, 2, finding);
	if (sqlite3_step(st) == SQLITE_ROW) {
		seq = sqlite3_column_int64(st, 0);
		*told = told_by(db_text(st, 1));
	}
	sqlite3_reset(st);
	return seq;
}

int
store_forget_outbox(struct store *s, int64_t row)
{
	sqlite3_stmt *st = db_stmt(s, DB_OUTBOX_DEL);

	if (st == NULL)
		return -EINVAL;
	sqlite3_bind_int64(st, 1, row);
	return db_run(s, st);
}

int
store_withdraw_outbox(struct store *s, struct str destination, struct str finding)
{
	static const enum db_stmt stmts[] = { DB_WITHDRAW, DB_WITHDRAW_DEL };
	int err = 0;

	for (size_t k = 0; err == 0 && k < ARRAY_LEN(stmts); k++) {
		sqlite3_stmt *st = db_stmt(s, stmts[k]);

		if (st == NULL)
			return -EINVAL;
		db_bind(st, 1, destination);
		db_bind(st, 2, finding);
		err = db_run(s, st);
	}
	return err;
}

/* The one number of a statement's first row, else 0. */
static int
number(struct store *s, sqlite3_stmt *st, int64_t *out)
{
	int rc = sqlite3_step(st);

	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_error(s, rc);
}

int
store_outbox_last(struct store *s, int64_t *row)
{
	sqlite3_stmt *st = db_stmt(s, DB_OUTBOX_MAX);

	*row = 0;
	return st == NULL ? -EINVAL : number(s, st, row);
}

int
store_outbox_count(struct store *s, struct str destination, uint64_t *n)
{
	sqlite3_stmt *st = db_stmt(s, DB_OUTBOX_COUNT);
	int64_t found = 0;
	int err = -EINVAL;

	if (st != NULL) {
		db_bind(st, 1, destination);
		err = number(s, st, &found);
	}
	*n = (uint64_t)found;
	return err;
}

struct store_query *
store_outbox(struct store *s, struct str destination, int64_t after_row)
{
	struct store_query *q =
		query_open(s, destination.len == 0 ? DB_Q_OUTBOX : DB_Q_OUTBOX_OF);

	if (q == NULL)
		return NULL;
	sqlite3_bind_int64(q->st, 1, after_row);
	if (destination.len > 0)
		db_bind_copy(q->st, 2, destination);
	return q;
}

bool
store_next_outbox(struct store_query *q, struct outbox_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_OUTBOX || q->kind == DB_Q_OUTBOX_OF);
	if (!query_next(q))
		return false;
	*out = (struct outbox_row){
		.row = sqlite3_column_int64(st, 0),
		.destination = db_text(st, 1),
		.finding = db_text(st, 2),
		.seq = sqlite3_column_int64(st, 3),
		.kind = db_text(st, 4),
		.at_ns = sqlite3_column_int64(st, 5),
		.put_ns = sqlite3_column_int64(st, 6),
		.body = db_text(st, 7),
		.hold = sqlite3_column_int(st, 8) != 0,
	};
	return true;
}

struct store_query *
store_links(struct store *s, struct str finding)
{
	struct store_query *q = query_open(s, DB_Q_LINKS);

	if (q != NULL)
		db_bind_copy(q->st, 1, finding);
	return q;
}

bool
store_next_link(struct store_query *q, struct link_row *out)
{
	assert(q->kind == DB_Q_LINKS);
	if (!query_next(q))
		return false;
	*out = (struct link_row){ .destination = db_text(q->st, 0),
		.kind = db_text(q->st, 1),
		.link = db_text(q->st, 2) };
	return true;
}
