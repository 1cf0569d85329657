/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of entities, in and out.
 */
#include <assert.h>

#include "store/names.h"
#include "store/query.h"
#include "store/store.h"

int
store_put_mark(struct store *s, const struct mark_row *m)
{
	sqlite3_stmt *st;
	int64_t kind;
	int err;

	if (s->muted)
		return 0;
	err = names_put(s, m->entity, &kind);
	if (err != 0)
		return err;
	st = db_stmt(s, DB_MARK);
	if (st == NULL)
		return db_no_stmt(s);
	sqlite3_bind_int64(st, 1, kind);
	db_bind(st, 2, m->entity_id);
	sqlite3_bind_int64(st, 3, m->at_ns);
	sqlite3_bind_int64(st, 4, (int64_t)m->entry_id);
	db_bind(st, 5, m->state);
	db_bind(st, 6, m->fallback);
	db_bind(st, 7, m->reason);
	db_bind(st, 8, m->amount);
	db_bind(st, 9, m->customer);
	db_bind(st, 10, m->pod);
	return db_run(s, st);
}

struct store_query *
store_marks(struct store *s, struct str entity, struct str entity_id)
{
	struct store_query *q =
		query_open(s, entity_id.len == 0 ? DB_Q_MARKS : DB_Q_MARK);

	if (q == NULL)
		return NULL;
	buf_add(&q->entity, entity);
	sqlite3_bind_int64(q->st, 1, names_find(s, entity));
	if (entity_id.len > 0)
		db_bind_copy(q->st, 2, entity_id);
	return q;
}

bool
store_next_mark(struct store_query *q, struct mark_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_MARKS || q->kind == DB_Q_MARK);
	if (!query_next(q))
		return false;
	*out = (struct mark_row){
		.entity = buf_str(&q->entity),
		.entity_id = db_text(st, 0),
		.fallback = db_text(st, 1),
		.state = db_text(st, 2),
		.at_ns = sqlite3_column_int64(st, 3),
		.entry_id = (uint64_t)sqlite3_column_int64(st, 4),
		.reason = db_text(st, 5),
		.amount = db_text(st, 6),
		.customer = db_text(st, 7),
		.pod = db_text(st, 8),
	};
	return true;
}
