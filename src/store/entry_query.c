/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that come out, in time order: of a span, of rules in a span, or of an entity.
 * Rows come first, ascending, each once: from the table, or from packs that may lap over.
 * Each row's entry then waits until none that is still to come can be before it.
 */
#include <assert.h>
#include <errno.h>
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
	int64_t first = from_ns & ~ROWS_SLOTS, last = INT64_MAX;

	if (q == NULL)
		return NULL;
	if (kind != DB_Q_ENTRIES)
		first = first < INT64_MIN + PACKS_SPAN ? INT64_MIN : first - PACKS_SPAN;
	if (to_ns < INT64_MAX - 2 * ROWS_SPAN)
		last = (to_ns | ROWS_SLOTS) + ROWS_SPAN;
	q->last = last;
	q->from_ns = from_ns;
	q->to_ns = to_ns;
	sqlite3_bind_int64(q->st, 1, first);
	sqlite3_bind_int64(q->st, 2, last);
	return q;
}

/* A name (number) by which packs are found, and what waits for the table by it. */
static void
add_name(struct store_query *q, int64_t kind, int64_t name)
{
	buf_add(&q->names, (struct str){ (const char *)&name, sizeof(name) });
	touches_find(&q->s->touches, kind, name, (struct str){ 0 }, &q->rows);
}

static void
bind_packs(struct store_query *q, int64_t kind)
{
	sqlite3_bind_int64(q->st, 3, kind);
	if (q->kind != DB_Q_PACKS)
		return;
	if (q->names.len > 0)
		sqlite3_bind_int64(q->st, 4, *(const int64_t *)(void *)q->names.data);
	else
		db_bind_copy(q->st, 4, buf_str(&q->entity));
}

struct store_query *
store_entries(struct store *s, int64_t from_ns, int64_t to_ns, const struct str *rules,
	size_t n)
{
	static const enum db_query kinds[] = { DB_Q_ENTRIES, DB_Q_PACKS, DB_Q_PACKS_OF };
	struct store_query *q;

	assert(n <= 10000);
	if ((n == 0 && entries_flush(s) != 0) ||
		(n > 0 && s->touches.late && touches_index(s) != 0))
		return NULL;
	q = open_span(s, kinds[n < 2 ? n : 2], from_ns, to_ns);
	for (size_t i = 0; q != NULL && i < n; i++)
		add_name(q, TOUCHES_RULE, names_find(s, rules[i]));
	if (q != NULL && n > 0)
		bind_packs(q, TOUCHES_RULE);
	return q;
}

struct store_query *
store_entity_entries(struct store *s, struct str entity, struct str entity_id)
{
	int64_t kind = names_find(s, entity), name = 0;
	struct store_query *q;

	if (s->touches.late && touches_index(s) != 0)
		return NULL;
	if (names_is_label(entity))
		name = names_find(s, entity_id);
	q = open_span(s, name != 0 ? DB_Q_PACKS_OF : DB_Q_PACKS, INT64_MIN, INT64_MAX);
	if (q == NULL)
		return NULL;
	buf_add(&q->entity, entity_id);
	q->by_text = true;
	touches_find(&s->touches, kind, 0, entity_id, &q->rows);
	if (name != 0)
		add_name(q, kind, name);
	bind_packs(q, kind);
	return q;
}

struct names_feed {
	struct feed feed; /* first */
	const struct store_query *of;
	size_t n; /* given */
};

/* Names, then the text. */
static bool
next_name(struct feed *feed, struct feed_value row[FEED_COLUMNS])
{
	struct names_feed *f = (struct names_feed *)feed;
	const int64_t *names = (const int64_t *)(const void *)f->of->names.data;
	size_t n = f->n++, n_names = f->of->names.len / sizeof(*names);

	if (n < n_names)
		row[0] = (struct feed_value){ .kind = FEED_NUMBER, .number = names[n] };
	else
		row[0] = (struct feed_value){ .kind = FEED_TEXT,
			.bytes = buf_str(&f->of->entity) };
	return n < n_names + (f->of->by_text ? 1 : 0);
}

static void
step_pack(struct store_query *q)
{
	q->pack = query_next(q) ? sqlite3_column_int64(q->st, 0) : INT64_MAX;
}

/* Those of a pack of entries. */
static void
add_rows(struct store_query *q, struct str pack)
{
	struct entry_item x;

	while (entry_unpack(&pack, &x))
		buf_add(&q->rows, (struct str){ (const char *)&x.row, sizeof(x.row) });
}

/* What is still to be taken, and the pack's rows, in order. */
static void
read_pack(struct store_query *q)
{
	size_t from = q->n_rows * sizeof(int64_t), kept = q->rows.len - from, n;
	int64_t *rows;

	if (from > 0 && kept > 0)
		memmove(q->rows.data, q->rows.data + from, kept);
	q->rows.len = kept;
	q->n_rows = 0;
	if (q->kind == DB_Q_ENTRIES)
		add_rows(q, db_text(q->st, 1));
	else
		packs_decode(q->pack, db_text(q->st, 1), &q->rows);
	rows = (int64_t *)(void *)q->rows.data;
	n = q->rows.len / sizeof(*rows);
	if (buf_failed(&q->rows))
		q->failed = db_fail(q->s, -ENOMEM, "out of memory") != 0;
	else if (kept > 0 && rows[kept / sizeof(*rows)] < rows[kept / sizeof(*rows) - 1])
		packs_sort(rows, n);
	step_pack(q);
}

/* INT64_MAX: there is none. */
static int64_t
take_row(struct store_query *q)
{
	while (!q->failed) {
		const int64_t *rows = (const int64_t *)(const void *)q->rows.data;

		if (q->n_rows < q->rows.len / sizeof(*rows) && rows[q->n_rows] < q->pack)
			return rows[q->n_rows++];
		if (q->pack == INT64_MAX)
			break;
		read_pack(q);
	}
	return INT64_MAX;
}

static void
next_row(struct store_query *q)
{
	int64_t before = q->row, first = q->from_ns & ~ROWS_SLOTS;

	do {
		q->row = take_row(q);
	} while (q->row != INT64_MAX && (q->row == before || q->row < first));
	if (q->row > q->last)
		q->row = INT64_MAX;
}

/* With its first row: what is asked from here on is of the same moment. */
static void
begin(struct store_query *q)
{
	struct names_feed f = { .feed = { next_name }, .of = q };

	q->begun = true;
	packs_sort((int64_t *)(void *)q->rows.data, q->rows.len / sizeof(int64_t));
	entries_begin(q->s);
	q->s->feed = &f.feed;
	q->pack = INT64_MAX;
	if (q->kind == DB_Q_ENTRIES || !q->s->touches.whole)
		step_pack(q);
	q->row = INT64_MIN;
	next_row(q);
	q->s->feed = NULL;
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

/* False: it went, or an error. */
static bool
get(struct store_query *q, int64_t row, struct entry_item *out)
{
	int found = entries_get(q->s, row, out);

	if (found < 0)
		q->failed = true;
	return found > 0;
}

static void
hold(struct store_query *q)
{
	struct entry_item x;
	struct entry_row e;
	int64_t file;

	if (get(q, q->row, &x) && parse(q, &x, &e, &file) && e.at_ns >= q->from_ns &&
		e.at_ns <= q->to_ns && !order_put(&q->order, &e, file, x.rule)) {
		(void)db_fail(q->s, -ENOMEM, "out of memory");
		q->failed = true;
	}
}

/* Once more, of its row. */
static bool
read_again(struct store_query *q, struct entry_row *out)
{
	struct entry_item x;
	int64_t file;

	if (!get(q, out->row, &x))
		return false;
	buf_reset(&q->body);
	buf_add(&q->body, x.body);
	x.body = buf_str(&q->body);
	return parse(q, &x, out, &file);
}

bool
store_next_entry(struct store_query *q, struct entry_row *out)
{
	bool bare;

	assert(q->kind <= DB_Q_PACKS_OF);
	if (!q->begun)
		begin(q);
	while (!q->failed) {
		if (order_take(&q->order, q->row, out, &bare)) {
			if (!bare || read_again(q, out))
				return true;
		} else if (q->row == INT64_MAX) {
			return false;
		} else {
			hold(q);
			next_row(q);
		}
	}
	return false;
}
