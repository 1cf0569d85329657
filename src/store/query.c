/* SPDX-License-Identifier: Apache-2.0 */
#include "store/query.h"

#include <errno.h>
#include <stdlib.h>

#include "store/store.h"

#define STREAMS_IDLE 8 /* that one may keep */
#define INCIDENT_COLUMNS                                                    \
	"id, rule, title, state, level, key, first_at, last_at, opened_at," \
	" resolved_at, detected_at, from_at, count, superseded_by, body,"   \
	" explained_by, muted"
#define MARK_COLUMNS \
	"entity_id, fallback, state, at, entry, reason, amount, customer, pod"
#define OUTBOX_COLUMNS "row, destination, finding, seq, kind, at, next_wall, body, hold"

static const char *const sql_z[DB_QUERIES] = {
	[DB_Q_ENTRIES] =
		"SELECT body FROM entry WHERE row <= ?2"
		" AND row >= ifnull((SELECT max(row) FROM entry WHERE row <= ?1), ?1)"
		" ORDER BY row",
	[DB_Q_PACKS] = NULL, /* streams have theirs */
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
	buf_fini(&q->rows);
	for (size_t i = 0; i < q->streams_cap; i++)
		stream_fini(&q->streams[i]);
	free(q->streams);
	buf_fini(&q->body);
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

struct store_query *
query_open_bare(struct store *s, enum db_query kind)
{
	struct store_query *q = s->idle[kind];

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
	buf_init(&q->entity, 1 << 16);
	buf_init(&q->rows, (size_t)64 << 20);
	buf_init(&q->body, (size_t)64 << 20);
	return q;
}

struct store_query *
query_open(struct store *s, enum db_query kind)
{
	struct store_query *q = query_open_bare(s, kind);
	int rc;

	if (q == NULL || sql_z[kind] == NULL)
		return q;
	db_await(s);
	if (q->st != NULL)
		return q;
	rc = sqlite3_prepare_v2(s->db, sql_z[kind], -1, &q->st, NULL);
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
	if (q->s->idle[q->kind] != NULL || q->n_streams > STREAMS_IDLE) {
		release(q);
		return;
	}
	sqlite3_reset(q->st);
	order_reset(&q->order);
	buf_reset(&q->rows);
	for (size_t i = 0; i < q->n_streams; i++)
		stream_end(&q->streams[i]);
	q->n_streams = 0;
	buf_reset(&q->entity);
	q->n_rows = 0;
	q->n_given = 0;
	q->begun = q->failed = q->from_memory = false;
	q->s->idle[q->kind] = q;
}

bool
store_query_failed(const struct store_query *q)
{
	return q->failed;
}

bool
query_next(struct store_query *q)
{
	int rc;

	db_await(q->s);
	/* A value that could not be bound, or read of the row before, says so only here.
	 */
	rc = sqlite3_errcode(q->s->db);
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
