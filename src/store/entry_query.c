/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that come out, in time order: of a span, of rules in a span, or of an entity.
 * Rows come first, ascending, each once: from the table, or from packs that may lap over.
 * Each row's entry then waits until none that is still to come can be before it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "store/packs.h"
#include "store/query.h"
#include "store/rows.h"
#include "store/store.h"

static struct store_query *
open_span(struct store *s, enum db_query kind, int64_t from_ns, int64_t to_ns)
{
	struct store_query *q = query_open(s, kind);

	if (q == NULL)
		return NULL;
	q->from_ns = from_ns;
	q->to_ns = to_ns;
	q->first = from_ns & ~ROWS_SLOTS;
	q->last = INT64_MAX;
	if (to_ns < INT64_MAX - 2 * ROWS_SPAN)
		q->last = (to_ns | ROWS_SLOTS) + ROWS_SPAN;
	return q;
}

/* What it touches is asked for, beginning with what is in memory. */
static void
add_entity(struct store_query *q, const struct packs_entity *e)
{
	if (q->n_streams == q->streams_cap) {
		size_t cap = q->streams_cap == 0 ? 2 : 2 * q->streams_cap;
		struct stream *grown = realloc(q->streams, cap * sizeof(*grown));

		if (grown == NULL) {
			q->failed = db_fail(q->s, -ENOMEM, "out of memory") != 0;
			return;
		}
		memset(grown + q->streams_cap, 0,
			(cap - q->streams_cap) * sizeof(*grown));
		q->streams = grown;
		q->streams_cap = cap;
	}
	q->streams[q->n_streams++].e = *e;
	touches_find(&q->s->touches, e, &q->rows);
}

struct store_query *
store_entries(struct store *s, int64_t from_ns, int64_t to_ns, const struct str *rules,
	size_t n)
{
	struct store_query *q;

	assert(n <= 10000);
	if (n == 0) {
		db_await(s);
		if (entries_flush(s) != 0)
			return NULL;
	}
	q = open_span(s, n == 0 ? DB_Q_ENTRIES : DB_Q_PACKS, from_ns, to_ns);
	for (size_t i = 0; q != NULL && i < n; i++) {
		struct packs_entity e = { .kind = TOUCHES_RULE,
			.name = names_find(s, rules[i]) };

		if (e.name != 0)
			add_entity(q, &e);
	}
	return q;
}

struct store_query *
store_entity_entries(struct store *s, struct str entity, struct str entity_id)
{
	struct packs_entity e = { .kind = names_find(s, entity) };
	struct store_query *q = open_span(s, DB_Q_PACKS, INT64_MIN, INT64_MAX);

	if (q == NULL || e.kind == 0)
		return q;
	buf_add(&q->entity, entity_id);
	e.id = buf_str(&q->entity);
	add_entity(q, &e);
	e.id = (struct str){ 0 };
	if (names_is_label(entity))
		e.name = names_find(s, entity_id);
	if (e.name != 0)
		add_entity(q, &e);
	return q;
}

/* From the table: the next pack of entries. */
static bool
step_table(struct store_query *q)
{
	struct entry_item x;
	struct str pack;

	if (!query_next(q))
		return false;
	pack = db_text(q->st, 0);
	while (entry_unpack(&pack, &x))
		buf_add(&q->rows, (struct str){ (const char *)&x.row, sizeof(x.row) });
	return true;
}

/* The one of which the earliest rows may come; NULL: there is none. */
static struct stream *
earliest(struct store_query *q)
{
	struct stream *t = NULL;

	for (size_t i = 0; i < q->n_streams; i++)
		if (q->streams[i].bound < (t == NULL ? INT64_MAX : t->bound))
			t = &q->streams[i];
	return t;
}

/* Rows that were taken make room for the next ones. */
static bool
read_more(struct store_query *q, struct stream *t)
{
	size_t from = q->n_rows * sizeof(int64_t), kept = q->rows.len - from;

	if (from > 0 && kept > 0)
		memmove(q->rows.data, q->rows.data + from, kept);
	q->rows.len = kept;
	q->n_rows = 0;
	if (q->kind == DB_Q_ENTRIES)
		return step_table(q);
	if (t == NULL)
		return false;
	if (stream_take(q->s, t, &q->rows) != 0)
		q->failed = true;
	else
		packs_sort(
			(int64_t *)(void *)q->rows.data, q->rows.len / sizeof(int64_t));
	return !q->failed;
}

/* INT64_MAX: there is none. */
static int64_t
take_row(struct store_query *q)
{
	struct stream *t;

	do {
		const int64_t *rows = (const int64_t *)(const void *)q->rows.data;
		bool any = q->n_rows < q->rows.len / sizeof(*rows);

		t = earliest(q);
		if (any && (t == NULL || rows[q->n_rows] < t->bound))
			return rows[q->n_rows++];
	} while (!q->failed && read_more(q, t));
	return INT64_MAX;
}

/* Rows that were given may come again: in two packs, or in one that was moved since. */
static void
next_row(struct store_query *q)
{
	int64_t before = q->row;

	do {
		q->row = take_row(q);
	} while (q->row != INT64_MAX && (q->row <= before || q->row < q->first));
	if (q->row > q->last)
		q->row = INT64_MAX;
}

static void
begin_streams(struct store_query *q)
{
	for (size_t i = 0; i < q->n_streams; i++) {
		struct stream *t = &q->streams[i];

		if (q->s->touches.whole)
			t->bound = INT64_MAX;
		else if (stream_begin(q->s, t, &t->e, q->first, q->last) != 0)
			q->failed = true;
	}
}

/* With its first row: what is asked from here on is of the same moment. */
static void
begin(struct store_query *q)
{
	q->begun = true;
	packs_sort((int64_t *)(void *)q->rows.data, q->rows.len / sizeof(int64_t));
	entries_begin(q->s);
	if (q->kind == DB_Q_ENTRIES) {
		sqlite3_bind_int64(q->st, 1, q->first);
		sqlite3_bind_int64(q->st, 2, q->last);
	}
	begin_streams(q);
	q->row = INT64_MIN;
	next_row(q);
	q->order.undated = entries_undated(q->s);
	if (!q->order.undated && q->to_ns < INT64_MAX)
		q->last = q->to_ns | ROWS_SLOTS;
	if (q->row > q->last)
		q->row = INT64_MAX;
}

static bool
parse(struct store_query *q, const struct entry_item *x, struct entry_row *out,
	int64_t *file)
{
	struct entry_parts parts;

	if (!entry_decode(x->body, x->row, &parts)) {
		(void)db_fail(q->s, STORE_CORRUPT, "an entry is damaged");
		q->failed = true;
		return false;
	}
	*file = parts.file;
	*out = (struct entry_row){
		.row = x->row,
		.id = parts.id,
		.at_ns = parts.at_ns,
		.quality = parts.quality,
		.rule = names_text(q->s, x->rule),
		.level = parts.level,
		.weight = parts.weight,
		.file = names_text(q->s, parts.file),
		.offset = parts.offset,
		.text = parts.text,
		.fields = q->fields,
	};
	out->n_fields = names_decode(q->s, parts.fields, q->fields);
	return true;
}

/* The query's own copy. False: it went, or an error. */
static bool
get(struct store_query *q, int64_t row, struct entry_item *out)
{
	int found = entries_get(q->s, row, out);

	if (found <= 0) {
		q->failed = q->failed || found < 0;
		return false;
	}
	buf_reset(&q->body);
	buf_add(&q->body, out->body);
	out->body = buf_str(&q->body);
	if (!buf_failed(&q->body))
		return true;
	(void)db_fail(q->s, -ENOMEM, "out of memory");
	q->failed = true;
	return false;
}

/* The next one that is asked for, without a row behind it. False: it is held, or none. */
static bool
take_next(struct store_query *q, struct entry_row *out)
{
	struct entry_item x;
	int64_t file;
	bool there = get(q, q->row, &x) && parse(q, &x, out, &file) &&
		     out->at_ns >= q->from_ns && out->at_ns <= q->to_ns;

	next_row(q);
	if (!there || q->failed)
		return false;
	if (order_passes(&q->order, out, q->row))
		return true;
	if (!order_put(&q->order, out, file, x.rule)) {
		(void)db_fail(q->s, -ENOMEM, "out of memory");
		q->failed = true;
	}
	return false;
}

/* Once more, of its row. */
static bool
read_again(struct store_query *q, struct entry_row *out)
{
	struct entry_item x;
	int64_t file;

	return get(q, out->row, &x) && parse(q, &x, out, &file);
}

bool
store_next_entry(struct store_query *q, struct entry_row *out)
{
	bool bare;

	assert(q->kind == DB_Q_ENTRIES || q->kind == DB_Q_PACKS);
	if (!q->begun)
		begin(q);
	while (!q->failed) {
		if (order_take(&q->order, q->row, out, &bare)) {
			if (!bare || read_again(q, out))
				return true;
		} else if (q->row == INT64_MAX) {
			return false;
		} else if (take_next(q, out)) {
			return true;
		}
	}
	return false;
}
