/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents and their values, in and out: an incident is replaced by its id.
 */
#include <assert.h>

#include "store/names.h"
#include "store/query.h"
#include "store/store.h"

int
store_put_incident(struct store *s, const struct incident_row *i)
{
	sqlite3_stmt *st;
	struct str key;
	int err;

	if (s->muted)
		return 0;
	if (s->bulk && !s->finished)
		return incident_rows_put(s, i);
	incident_rows_leave(&s->incidents);
	err = names_encode(s, i->key, i->n_key, &key);
	if (err != 0)
		return err;
	st = db_stmt(s, DB_INCIDENT);
	if (st == NULL)
		return db_no_stmt(s);
	db_bind(st, 1, i->id);
	db_bind(st, 2, i->rule);
	db_bind(st, 3, i->title);
	db_bind(st, 4, i->state);
	sqlite3_bind_int(st, 5, i->level);
	db_bind_blob(st, 6, key);
	sqlite3_bind_int64(st, 7, i->first_ns);
	sqlite3_bind_int64(st, 8, i->last_ns);
	sqlite3_bind_int64(st, 9, i->opened_ns);
	sqlite3_bind_int64(st, 10, i->resolved_ns);
	sqlite3_bind_int64(st, 11, i->detected_ns);
	sqlite3_bind_int64(st, 12, i->from_ns);
	sqlite3_bind_int64(st, 13, (int64_t)i->count);
	db_bind(st, 14, i->superseded_by);
	db_bind(st, 15, i->body);
	db_bind(st, 16, i->explained_by);
	sqlite3_bind_int(st, 17, i->muted);
	return db_run(s, st);
}

int
store_del_incident(struct store *s, struct str id)
{
	static const enum db_stmt stmts[] = { DB_INCIDENT_DEL, DB_VALUE_DEL };
	int err = incident_rows_flush(s);

	incident_rows_leave(&s->incidents);
	for (size_t k = 0; err == 0 && !s->muted && k < ARRAY_LEN(stmts); k++) {
		sqlite3_stmt *st = db_stmt(s, stmts[k]);

		if (st == NULL)
			return db_no_stmt(s);
		db_bind(st, 1, id);
		err = db_run(s, st);
	}
	return err;
}

int
store_put_incident_value(struct store *s, struct str incident, struct str value)
{
	sqlite3_stmt *st;

	if (s->muted)
		return 0;
	st = db_stmt(s, DB_VALUE);
	if (st == NULL)
		return db_no_stmt(s);
	db_bind(st, 1, incident);
	db_bind(st, 2, value);
	return db_run(s, st);
}

/* Of the table: those that wait are in it, too. */
static struct store_query *
open_query(struct store *s, enum db_query kind)
{
	db_await(s);
	return incident_rows_flush(s) == 0 ? query_open(s, kind) : NULL;
}

/* Of all, in the order of a list. */
static struct store_query *
open_list(struct store *s, enum db_query kind)
{
	bool from_memory = incident_rows_list(&s->incidents);
	struct store_query *q =
		from_memory ? query_open_bare(s, kind) : open_query(s, kind);

	if (q != NULL)
		q->from_memory = from_memory;
	return q;
}

struct store_query *
store_incidents(struct store *s, struct str id)
{
	struct store_query *q;

	if (id.len == 0)
		return open_list(s, DB_Q_INCIDENTS);
	q = open_query(s, DB_Q_INCIDENT);
	if (q != NULL)
		db_bind_copy(q->st, 1, id);
	return q;
}

struct store_query *
store_explained(struct store *s, struct str id)
{
	struct store_query *q;

	if (id.len == 0)
		return open_list(s, DB_Q_ALL_EXPLAINED);
	q = open_query(s, DB_Q_EXPLAINED);
	if (q != NULL)
		db_bind_copy(q->st, 1, id);
	return q;
}

static bool
next_waiting(struct store_query *q, struct incident_row *out)
{
	const struct incident_rows *r = &q->s->incidents;

	while (q->n_given < r->n) {
		*out = *r->list[q->n_given++];
		if (q->kind == DB_Q_INCIDENTS || out->explained_by.len > 0)
			return true;
	}
	return false;
}

bool
store_next_incident(struct store_query *q, struct incident_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_INCIDENTS || q->kind == DB_Q_INCIDENT ||
		q->kind == DB_Q_EXPLAINED || q->kind == DB_Q_ALL_EXPLAINED);
	if (q->from_memory)
		return next_waiting(q, out);
	if (!query_next(q))
		return false;
	*out = (struct incident_row){
		.id = db_text(st, 0),
		.rule = db_text(st, 1),
		.title = db_text(st, 2),
		.state = db_text(st, 3),
		.level = sqlite3_column_int(st, 4),
		.key = q->fields,
		.first_ns = sqlite3_column_int64(st, 6),
		.last_ns = sqlite3_column_int64(st, 7),
		.opened_ns = sqlite3_column_int64(st, 8),
		.resolved_ns = sqlite3_column_int64(st, 9),
		.detected_ns = sqlite3_column_int64(st, 10),
		.from_ns = sqlite3_column_int64(st, 11),
		.count = (uint64_t)sqlite3_column_int64(st, 12),
		.superseded_by = db_text(st, 13),
		.body = db_text(st, 14),
		.explained_by = db_text(st, 15),
		.muted = sqlite3_column_int(st, 16) != 0,
	};
	out->n_key = names_decode(q->s, db_text(st, 5), q->fields);
	return true;
}

struct store_query *
store_incident_values(struct store *s, struct str incident)
{
	struct store_query *q = query_open(s, DB_Q_VALUES);

	if (q != NULL)
		db_bind_copy(q->st, 1, incident);
	return q;
}

bool
store_next_value(struct store_query *q, struct str *out)
{
	assert(q->kind == DB_Q_VALUES);
	if (!query_next(q))
		return false;
	*out = db_text(q->st, 0);
	return true;
}
