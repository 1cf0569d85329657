/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that go in. Every statement ignores or replaces a row that comes again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "record/record.h"
#include "store/db.h"
#include "store/names.h"
#include "store/rows.h"
#include "store/store.h"

#define LINE_BYTES 32 /* a line that matches is mostly longer */

static int
no_stmt(struct store *s)
{
	int err = db_error(s, sqlite3_errcode(s->db));

	return err != 0 ? err : -EINVAL;
}

int64_t
rows_home(int64_t at_ns, uint64_t id)
{
	return (at_ns & ~ROWS_SLOTS) | ((int64_t)id & ROWS_SLOTS);
}

/* 1: row is taken by another entry. */
static int
look_at(struct store *s, int64_t row, const struct entry_row *e)
{
	sqlite3_stmt *st = db_stmt(s, DB_ENTRY_AT);
	int rc, err = 0;

	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 1, row);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		err = sqlite3_column_int64(st, 0) != (int64_t)e->id ||
		      sqlite3_column_int64(st, 1) != e->at_ns;
	else
		err = rc == SQLITE_DONE ? -ENOENT : db_error(s, rc);
	sqlite3_reset(st);
	return err;
}

/* Files of one date begin far apart. */
static int64_t
home_of(const struct entry_row *e, int64_t file)
{
	uint64_t begin = (uint64_t)file * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	uint64_t place = (begin + e->offset / LINE_BYTES) % (ROWS_TRIES * ROWS_STEP);

	return e->quality == TIME_FILE_DATE
		       ? (int64_t)((uint64_t)rows_home(e->at_ns, 0) + place)
		       : rows_home(e->at_ns, e->id);
}

/* False: there is none. */
static bool
next_row(int64_t home, int64_t *row)
{
	if (*row - home >= ROWS_TRIES * ROWS_STEP || *row > INT64_MAX - ROWS_STEP)
		return false;
	*row += ROWS_STEP;
	return true;
}

/* In the first free row of its own, unless it is in one before that. */
static int
insert_entry(struct store *s, sqlite3_stmt *st, const struct entry_row *e, int64_t home,
	int64_t *row)
{
	int err;

	*row = home;
	do {
		sqlite3_bind_int64(st, 1, *row);
		err = db_run(s, st);
		if (err != 0 || sqlite3_changes64(s->db) > 0)
			return err;
		err = look_at(s, *row, e);
		if (err <= 0)
			return err;
	} while (next_row(home, row));
	return db_fail(s, -E2BIG, "too many entries of one moment");
}

int
store_put_entry(struct store *s, const struct entry_row *e, int64_t *row)
{
	sqlite3_stmt *st;
	struct str fields;
	int64_t rule, file;
	int err;

	*row = 0;
	if (s->muted)
		return 0;
	err = names_put(s, e->rule, &rule);
	if (err == 0)
		err = names_put(s, e->file, &file);
	if (err == 0)
		err = names_encode(s, e->fields, e->n_fields, &fields);
	if (err != 0)
		return err;
	st = db_stmt(s, DB_ENTRY);
	if (st == NULL)
		return no_stmt(s);
	sqlite3_bind_int64(st, 2, (int64_t)e->id);
	sqlite3_bind_int64(st, 3, e->at_ns);
	sqlite3_bind_int64(st, 4, rule);
	sqlite3_bind_int(st, 5, e->level);
	sqlite3_bind_int(st, 6, e->quality);
	sqlite3_bind_int64(st, 7, e->weight);
	sqlite3_bind_int64(st, 8, file);
	sqlite3_bind_int64(st, 9, (int64_t)e->offset);
	db_bind(st, 10, e->text);
	db_bind_blob(st, 11, fields);
	return insert_entry(s, st, e, home_of(e, file), row);
}

int
store_put_touch(struct store *s, struct str entity, struct str entity_id, int64_t row)
{
	int64_t kind, name = 0;
	int err;

	if (s->muted)
		return 0;
	err = names_put(s, entity, &kind);
	if (err == 0 && names_interns(s, entity))
		err = names_put(s, entity_id, &name);
	return err != 0 ? err : touches_put(s, kind, name, entity_id, row);
}

bool
store_has_entry(struct store *s, int64_t at_ns, uint64_t id)
{
	const struct entry_row e = { .id = id, .at_ns = at_ns };
	int64_t home = rows_home(at_ns, id), row = home;
	int found;

	while ((found = look_at(s, row, &e)) == 1 && next_row(home, &row))
		;
	return found == 0;
}

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
		return no_stmt(s);
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

int
store_put_incident(struct store *s, const struct incident_row *i)
{
	sqlite3_stmt *st;
	struct str key;
	int err;

	if (s->muted)
		return 0;
	err = names_encode(s, i->key, i->n_key, &key);
	if (err != 0)
		return err;
	st = db_stmt(s, DB_INCIDENT);
	if (st == NULL)
		return no_stmt(s);
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
	int err = 0;

	for (size_t k = 0; err == 0 && !s->muted && k < ARRAY_LEN(stmts); k++) {
		sqlite3_stmt *st = db_stmt(s, stmts[k]);

		if (st == NULL)
			return no_stmt(s);
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
		return no_stmt(s);
	db_bind(st, 1, incident);
	db_bind(st, 2, value);
	return db_run(s, st);
}

int
store_put_gap(struct store *s, const struct gap_row *g)
{
	sqlite3_stmt *st;

	if (s->muted)
		return 0;
	s->facts++;
	st = db_stmt(s, DB_GAP);
	if (st == NULL)
		return no_stmt(s);
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
		return no_stmt(s);
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
