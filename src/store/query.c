/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that come out, one by one. A query owns its statement; one idle query of each kind
 * waits in the store for the next one of that kind.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "store/db.h"
#include "store/names.h"
#include "store/order.h"
#include "store/rows.h"
#include "store/store.h"

#define ENTRY_COLUMNS                                                      \
	"e.row, e.id, e.at, e.quality, e.rule, e.level, e.weight, e.file," \
	" e.offset, e.text, e.fields"
#define ENTRY_SPAN  "e.at BETWEEN ?1 AND ?2 AND e.row BETWEEN ?3 AND ?4"
#define ENTRY_ORDER " ORDER BY e.at, e.file, e.offset, e.rule, e.id"
#define INCIDENT_COLUMNS                                                    \
	"id, rule, title, state, level, key, first_at, last_at, opened_at," \
	" resolved_at, detected_at, from_at, count, superseded_by, body,"   \
	" explained_by, muted"
#define MARK_COLUMNS \
	"entity_id, fallback, state, at, entry, reason, amount, customer, pod"
#define OUTBOX_COLUMNS "row, destination, finding, seq, kind, at, next_wall, body, hold"

struct store_query {
	struct store *s;
	enum db_query kind;
	sqlite3_stmt *st;
	bool keep; /* the statement's text is that of the table below */
	bool failed;
	struct buf entity; /* marks: the entity asked for */

	/* entries of an entity come by row, from the table and from what waits for it */
	bool begun;
	int64_t table_row, waiting_row; /* the next ones; INT64_MAX: none */
	struct buf waiting;             /* rows */
	size_t n_waiting;               /* taken */
	struct order order;
	struct store_field fields[NAMES_FIELDS];
};

static const char *const sql_z[DB_QUERIES] = {
	[DB_Q_ENTRIES] =
		"SELECT " ENTRY_COLUMNS " FROM entry e WHERE " ENTRY_SPAN ENTRY_ORDER,
	[DB_Q_ENTITY] = "SELECT " ENTRY_COLUMNS " FROM touch t CROSS JOIN entry e"
			" ON e.row = t.entry WHERE t.entity = ?1 AND t.entity_id = ?2"
			" ORDER BY t.entry",
	[DB_Q_ENTITY_NAMED] =
		"SELECT " ENTRY_COLUMNS " FROM touch t CROSS JOIN entry e"
		" ON e.row = t.entry WHERE t.entity = ?1 AND t.entity_id IN (?2, ?3)"
		" ORDER BY t.entry",
	[DB_Q_INCIDENTS] =
		"SELECT " INCIDENT_COLUMNS " FROM incident ORDER BY opened_at, id",
	[DB_Q_INCIDENT] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id = ?",
	[DB_Q_EXPLAINED] = "SELECT " INCIDENT_COLUMNS " FROM incident"
			   " WHERE explained_by = ? AND explained_by <> ''"
			   " ORDER BY opened_at, id",
	[DB_Q_ALL_EXPLAINED] = "SELECT " INCIDENT_COLUMNS " FROM incident"
			       " WHERE explained_by <> '' ORDER BY opened_at, id",
	[DB_Q_VALUES] =
		"SELECT value FROM incident_value WHERE incident = ? ORDER BY value",
	[DB_Q_MARKS] = "SELECT " MARK_COLUMNS " FROM mark WHERE entity = ?"
		       " ORDER BY entity_id, at, entry, state, fallback",
	[DB_Q_MARK] =
		"SELECT " MARK_COLUMNS " FROM mark WHERE entity = ? AND entity_id = ?"
		" ORDER BY at, entry, state, fallback",
	[DB_Q_GAPS] = "SELECT source, reason, from_at, to_at, detail, n FROM gap"
		      " ORDER BY from_at, to_at, source, reason, detail",
	[DB_Q_OUTBOX] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE row > ?"
			" ORDER BY row",
	[DB_Q_OUTBOX_OF] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE row > ?"
			   " AND destination = ? ORDER BY row",
	[DB_Q_LINKS] = "SELECT destination, kind, link FROM sent WHERE finding = ?"
		       " AND link <> '' ORDER BY destination, seq",
	[DB_Q_JOURNAL] = "SELECT seq, blob FROM journal ORDER BY seq",
	[DB_Q_CHECKPOINT] = "SELECT id, bytes FROM checkpoint WHERE part = ? ORDER BY id",
	[DB_Q_SOURCES] =
		"SELECT id, name, offset, watermark, state FROM source ORDER BY id",
};

static void
release(struct store_query *q)
{
	sqlite3_finalize(q->st);
	order_fini(&q->order);
	buf_fini(&q->waiting);
	buf_fini(&q->entity);
	free(q);
}

void
db_free_queries(struct store *s)
{
	for (size_t i = 0; i < DB_QUERIES; i++) {
		if (s->idle[i] != NULL)
			release(s->idle[i]);
		s->idle[i] = NULL;
	}
}

/* text_z NULL: the table's. */
static struct store_query *
open_query(struct store *s, enum db_query kind, const char *text_z)
{
	struct store_query *q = text_z == NULL ? s->idle[kind] : NULL;
	int rc;

	if (q != NULL) {
		s->idle[kind] = NULL;
		return q;
	}
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		(void)db_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	q->s = s;
	q->kind = kind;
	q->keep = text_z == NULL;
	buf_init(&q->entity, 1 << 16);
	buf_init(&q->waiting, (size_t)1 << 20);
	rc = sqlite3_prepare_v2(s->db, q->keep ? sql_z[kind] : text_z, -1, &q->st, NULL);
	if (rc == SQLITE_OK)
		return q;
	(void)db_error(s, rc);
	release(q);
	return NULL;
}

void
store_query_free(struct store_query **pq)
{
	struct store_query *q = *pq;

	*pq = NULL;
	if (q == NULL)
		return;
	if (!q->keep || q->s->idle[q->kind] != NULL) {
		release(q);
		return;
	}
	sqlite3_reset(q->st);
	order_reset(&q->order);
	buf_reset(&q->waiting);
	buf_reset(&q->entity);
	q->n_waiting = 0;
	q->begun = q->failed = false;
	q->s->idle[q->kind] = q;
}

bool
store_query_failed(const struct store_query *q)
{
	return q->failed;
}

static bool
next(struct store_query *q)
{
	/* A value that could not be bound, or read of the row before, says so only here.
	 */
	int rc = sqlite3_errcode(q->s->db);

	if (rc != SQLITE_NOMEM && !q->s->names_failed)
		rc = sqlite3_step(q->st);
	if (q->s->names_failed)
		rc = SQLITE_NOMEM;
	q->s->names_failed = false;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE) {
		q->failed = true;
		(void)db_error(q->s, rc);
	}
	return false;
}

static void
bind_span(sqlite3_stmt *st, int64_t from_ns, int64_t to_ns)
{
	sqlite3_bind_int64(st, 1, from_ns);
	sqlite3_bind_int64(st, 2, to_ns);
	sqlite3_bind_int64(st, 3, from_ns & ~ROWS_SLOTS);
	sqlite3_bind_int64(st, 4,
		to_ns > INT64_MAX - 2 * ROWS_SPAN ? INT64_MAX
						  : (to_ns | ROWS_SLOTS) + ROWS_SPAN);
}

struct store_query *
store_entries(struct store *s, int64_t from_ns, int64_t to_ns, const struct str *rules,
	size_t n)
{
	struct store_query *q;
	struct buf text;

	assert(n <= 10000);
	if (n > 0 && store_index_rules(s) != 0)
		return NULL;
	buf_init(&text, 1 << 17);
	if (n > 0) {
		buf_add(&text, STR("SELECT " ENTRY_COLUMNS " FROM entry e"
				   " WHERE " ENTRY_SPAN " AND e.rule IN (?"));
		for (size_t i = 1; i < n; i++)
			buf_add(&text, STR(", ?"));
		buf_add(&text, STR(")" ENTRY_ORDER));
	}
	q = open_query(s, DB_Q_ENTRIES, n > 0 ? buf_z(&text) : NULL);
	buf_fini(&text);
	if (q == NULL)
		return NULL;
	bind_span(q->st, from_ns, to_ns);
	for (size_t i = 0; i < n; i++)
		sqlite3_bind_int64(q->st, (int)i + 5, names_find(s, rules[i]));
	return q;
}

struct store_query *
store_entity_entries(struct store *s, struct str entity, struct str entity_id)
{
	int64_t kind = names_find(s, entity), name = 0;
	struct store_query *q;

	if (names_is_label(entity))
		name = names_find(s, entity_id);
	q = open_query(s, name != 0 ? DB_Q_ENTITY_NAMED : DB_Q_ENTITY, NULL);
	if (q == NULL)
		return NULL;
	sqlite3_bind_int64(q->st, 1, kind);
	db_bind_copy(q->st, 2, entity_id);
	if (name != 0)
		sqlite3_bind_int64(q->st, 3, name);
	if (!store_indexed(s))
		return q;
	touches_find(&s->touches, kind, 0, entity_id, &q->waiting);
	if (name != 0)
		touches_find(&s->touches, kind, name, entity_id, &q->waiting);
	return q;
}

static void
read_entry(struct store_query *q, sqlite3_stmt *st, struct entry_row *out)
{
	*out = (struct entry_row){
		.row = sqlite3_column_int64(st, 0),
		.id = (uint64_t)sqlite3_column_int64(st, 1),
		.at_ns = sqlite3_column_int64(st, 2),
		.quality = sqlite3_column_int(st, 3),
		.rule = names_text(q->s, sqlite3_column_int64(st, 4)),
		.level = sqlite3_column_int(st, 5),
		.weight = (uint32_t)sqlite3_column_int64(st, 6),
		.file = names_text(q->s, sqlite3_column_int64(st, 7)),
		.offset = (uint64_t)sqlite3_column_int64(st, 8),
		.text = db_text(st, 9),
		.fields = q->fields,
	};
	out->n_fields = names_decode(q->s, db_text(st, 10), q->fields);
}

static bool
hold(struct store_query *q, sqlite3_stmt *st)
{
	struct entry_row e;

	read_entry(q, st, &e);
	if (order_put(&q->order, &e, sqlite3_column_int64(st, 7),
		    sqlite3_column_int64(st, 4)))
		return true;
	(void)db_fail(q->s, -ENOMEM, "out of memory");
	q->failed = true;
	return false;
}

static void
step_table(struct store_query *q)
{
	q->table_row = next(q) ? sqlite3_column_int64(q->st, 0) : INT64_MAX;
}

static void
step_waiting(struct store_query *q)
{
	const int64_t *rows = (const int64_t *)(const void *)q->waiting.data;
	size_t n = q->waiting.len / sizeof(*rows);

	q->waiting_row = q->n_waiting < n ? rows[q->n_waiting++] : INT64_MAX;
}

/* One whose touch is not in the table yet. */
static void
hold_waiting(struct store_query *q)
{
	sqlite3_stmt *st = db_stmt(q->s, DB_ENTRY_GET);
	int rc;

	if (st == NULL) {
		q->failed = true;
		return;
	}
	sqlite3_bind_int64(st, 1, q->waiting_row);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		(void)hold(q, st);
	else if (db_error(q->s, rc) != 0)
		q->failed = true;
	sqlite3_reset(st);
}

static void
hold_next(struct store_query *q)
{
	int64_t row = q->table_row < q->waiting_row ? q->table_row : q->waiting_row;

	if (q->table_row == row) {
		(void)hold(q, q->st);
		step_table(q);
	} else {
		hold_waiting(q);
	}
	while (q->waiting_row == row && row != INT64_MAX)
		step_waiting(q);
}

static bool
next_of_entity(struct store_query *q, struct entry_row *out)
{
	if (!q->begun) {
		q->begun = true;
		step_table(q);
		step_waiting(q);
	}
	while (!q->failed) {
		int64_t row =
			q->table_row < q->waiting_row ? q->table_row : q->waiting_row;

		if (order_take(&q->order, row, out))
			return true;
		if (row == INT64_MAX)
			break;
		hold_next(q);
	}
	return false;
}

bool
store_next_entry(struct store_query *q, struct entry_row *out)
{
	if (q->kind == DB_Q_ENTITY || q->kind == DB_Q_ENTITY_NAMED)
		return next_of_entity(q, out);
	assert(q->kind == DB_Q_ENTRIES);
	if (!next(q))
		return false;
	read_entry(q, q->st, out);
	return true;
}

struct store_query *
store_incidents(struct store *s, struct str id)
{
	struct store_query *q =
		open_query(s, id.len == 0 ? DB_Q_INCIDENTS : DB_Q_INCIDENT, NULL);

	if (q != NULL && id.len > 0)
		db_bind_copy(q->st, 1, id);
	return q;
}

struct store_query *
store_explained(struct store *s, struct str id)
{
	struct store_query *q =
		open_query(s, id.len == 0 ? DB_Q_ALL_EXPLAINED : DB_Q_EXPLAINED, NULL);

	if (q != NULL && id.len > 0)
		db_bind_copy(q->st, 1, id);
	return q;
}

bool
store_next_incident(struct store_query *q, struct incident_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_INCIDENTS || q->kind == DB_Q_INCIDENT ||
		q->kind == DB_Q_EXPLAINED || q->kind == DB_Q_ALL_EXPLAINED);
	if (!next(q))
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
	struct store_query *q = open_query(s, DB_Q_VALUES, NULL);

	if (q != NULL)
		db_bind_copy(q->st, 1, incident);
	return q;
}

bool
store_next_value(struct store_query *q, struct str *out)
{
	assert(q->kind == DB_Q_VALUES);
	if (!next(q))
		return false;
	*out = db_text(q->st, 0);
	return true;
}

struct store_query *
store_marks(struct store *s, struct str entity, struct str entity_id)
{
	struct store_query *q =
		open_query(s, entity_id.len == 0 ? DB_Q_MARKS : DB_Q_MARK, NULL);

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
	if (!next(q))
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

struct store_query *
store_gaps(struct store *s)
{
	return open_query(s, DB_Q_GAPS, NULL);
}

bool
store_next_gap(struct store_query *q, struct gap_row *out)
{
	sqlite3_stmt *st = q->st;

	assert(q->kind == DB_Q_GAPS);
	if (!next(q))
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

struct store_query *
store_outbox(struct store *s, struct str destination, int64_t after_row)
{
	struct store_query *q =
		open_query(s, destination.len == 0 ? DB_Q_OUTBOX : DB_Q_OUTBOX_OF, NULL);

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
	if (!next(q))
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
	struct store_query *q = open_query(s, DB_Q_LINKS, NULL);

	if (q != NULL)
		db_bind_copy(q->st, 1, finding);
	return q;
}

bool
store_next_link(struct store_query *q, struct link_row *out)
{
	assert(q->kind == DB_Q_LINKS);
	if (!next(q))
		return false;
	*out = (struct link_row){ .destination = db_text(q->st, 0),
		.kind = db_text(q->st, 1),
		.link = db_text(q->st, 2) };
	return true;
}

struct store_query *
store_journal(struct store *s)
{
	return open_query(s, DB_Q_JOURNAL, NULL);
}

bool
store_next_journal(struct store_query *q, int64_t *seq, struct str *blob)
{
	assert(q->kind == DB_Q_JOURNAL);
	if (!next(q))
		return false;
	*seq = sqlite3_column_int64(q->st, 0);
	*blob = db_text(q->st, 1);
	return true;
}

struct store_query *
store_checkpoint(struct store *s, int part)
{
	struct store_query *q = open_query(s, DB_Q_CHECKPOINT, NULL);

	if (q != NULL)
		sqlite3_bind_int(q->st, 1, part);
	return q;
}

bool
store_next_checkpoint(struct store_query *q, uint64_t *id, struct str *bytes)
{
	assert(q->kind == DB_Q_CHECKPOINT);
	if (!next(q))
		return false;
	*id = (uint64_t)sqlite3_column_int64(q->st, 0);
	*bytes = db_text(q->st, 1);
	return true;
}

struct store_query *
store_sources(struct store *s)
{
	return open_query(s, DB_Q_SOURCES, NULL);
}

bool
store_next_source(struct store_query *q, struct source_row *out)
{
	assert(q->kind == DB_Q_SOURCES);
	if (!next(q))
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
