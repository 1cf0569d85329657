/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of the store as a whole: gaps and small named facts.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "store/query.h"
#include "store/store.h"

int
store_put_gap(struct store *s, const struct gap_row *g)
{
	sqlite3_stmt *st;

	if (s->muted)
		return 0;
	s->facts++;
	st = db_stmt(s, DB_GAP);
	if (st == NULL)
		return db_no_stmt(s);
	db_bind(st, 1, g->source);
	db_bind(st, 2, g->reason);
	sqlite3_bind_int64(st, 3, g->from_ns);
	sqlite3_bind_int64(st, 4, g->to_ns);
	db_bind(st, 5, g->detail);
	sqlite3_bind_int64(st, 6, (int64_t)g->n);
	return db_run(s, st);
}

int
store_put_meta(struct store *s, struct str name, struct str value)
{
	sqlite3_stmt *st;

	if (s->muted)
		return 0;
	s->facts++;
	st = db_stmt(s, DB_META);
	if (st == NULL)
		return db_no_stmt(s);
	db_bind(st, 1, name);
	db_bind(st, 2, value);
	return db_run(s, st);
}

int
store_put_meta_i64(struct store *s, struct str name, int64_t value)
{
	char text_z[32];

	(void)snprintf(text_z, sizeof(text_z), "%" PRId64, value);
	return store_put_meta(s, name, str_z(text_z));
}

uint64_t
store_facts(const struct store *s)
{
	return s->facts;
}

bool
store_meta(struct store *s, struct arena *a, struct str name, struct str *out)
{
	sqlite3_stmt *st = db_stmt(s, DB_META_GET);
	bool found = false;

	if (st == NULL)
		return false;
	db_bind(st, 1, name);
	if (sqlite3_step(st) == SQLITE_ROW) {
		*out = arena_copy(a, db_text(st, 0));
		found = out->ptr != NULL;
	}
	sqlite3_reset(st);
	return found;
}

int64_t
store_meta_i64(struct store *s, struct str name, int64_t otherwise)
{
	sqlite3_stmt *st = db_stmt(s, DB_META_GET);
	int64_t v = otherwise;

	if (st == NULL)
		return otherwise;
	db_bind(st, 1, name);
	if (sqlite3_step(st) != SQLITE_ROW ||
		!str_to_i64(db_text(st, 0), INT64_MIN, INT64_MAX, &v))
		v = otherwise;
	sqlite3_reset(st);
	return v;
}

struct store_query *
store_gaps(struct store *s)
{
	return query_open(s, DB_Q_GAPS);
}

bool
store_next_gap(struct store_query *q, struct gap_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_GAPS);
	if (!query_next(q))
		return false;
	*out = (struct gap_row){
		.source = db_text(st, 0),
		.reason = db_text(st, 1),
		.from_ns = sqlite3_column_int64(st, 2),
		.to_ns = sqlite3_column_int64(st, 3),
		.detail = db_text(st, 4),
		.n = (uint64_t)sqlite3_column_int64(st, 5),
	};
	return true;
}
