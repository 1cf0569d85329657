/* SPDX-License-Identifier: Apache-2.0 */
#include "store/incident_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "store/db.h"
#include "store/feed.h"
#include "store/names.h"

#define ITEMS_MAX ((size_t)8192)
#define ITEMS_MIN ((size_t)64)
#define BYTES_MAX ((size_t)2 << 20)
#define ROOM_MAX  ((size_t)256 << 20) /* for the last one */

static bool
make_room(struct incident_rows *r)
{
	size_t cap = r->cap == 0 ? ITEMS_MIN : 2 * r->cap;
	struct incident_waiting *grown;

	if (r->bytes == NULL)
		r->bytes = arena_new("incidents of a load", ROOM_MAX);
	if (r->bytes == NULL || r->n < r->cap)
		return r->bytes != NULL;
	grown = realloc(r->items, cap * sizeof(*grown));
	if (grown == NULL)
		return false;
	r->items = grown;
	r->cap = cap;
	return true;
}

static size_t
bytes_of(const struct incident_row *row)
{
	size_t n = sizeof(*row) + row->n_key * sizeof(*row->key) + row->id.len +
		   row->rule.len + row->title.len + row->state.len +
		   row->superseded_by.len + row->explained_by.len + row->body.len;

	for (size_t k = 0; k < row->n_key; k++)
		n += row->key[k].name.len + row->key[k].value.len;
	return n;
}

/* All of it in one piece. NULL: out of memory. */
static const struct incident_row *
copy(struct arena *a, const struct incident_row *row)
{
	struct incident_row *out = arena_alloc(a, bytes_of(row));
	struct store_field *key;
	char *at;

	if (out == NULL)
		return NULL;
	key = (struct store_field *)(void *)&out[1];
	at = (char *)&key[row->n_key];
	*out = *row;
	out->key = key;
	out->id = str_put(&at, row->id);
	out->rule = str_put(&at, row->rule);
	out->title = str_put(&at, row->title);
	out->state = str_put(&at, row->state);
	out->superseded_by = str_put(&at, row->superseded_by);
	out->explained_by = str_put(&at, row->explained_by);
	out->body = str_put(&at, row->body);
	for (size_t k = 0; k < row->n_key; k++)
		key[k] = (struct store_field){ str_put(&at, row->key[k].name),
			str_put(&at, row->key[k].value) };
	return out;
}

/* Of many not all wait; and those that are in the table wait no more. */
static int
flush_many(struct store *s)
{
	struct incident_rows *r = &s->incidents;
	bool full = r->n >= ITEMS_MAX ||
		    (r->bytes != NULL && arena_used(r->bytes) >= BYTES_MAX);
	int err = full ? incident_rows_flush(s) : 0;

	if (err == 0 && r->written) {
		incident_rows_forget(r);
		r->partial = true;
	}
	return err;
}

static void
leave_order(struct incident_rows *r)
{
	free(r->list);
	r->list = NULL;
	r->sorted = r->written = false;
}

int
incident_rows_put(struct store *s, const struct incident_row *row)
{
	struct incident_rows *r = &s->incidents;
	struct incident_waiting *x;
	struct str key;
	int err = flush_many(s);

	if (err == 0)
		err = names_encode(s, row->key, row->n_key, &key);
	if (err != 0)
		return err;
	if (!make_room(r))
		return db_fail(s, -ENOMEM, "out of memory");
	x = &r->items[r->n];
	*x = (struct incident_waiting){ .row = copy(r->bytes, row),
		.key = arena_copy(r->bytes, key),
		.number = r->n };
	if (x->row == NULL || x->key.ptr == NULL)
		return db_fail(s, -ENOMEM, "out of memory");
	r->n++;
	leave_order(r);
	return 0;
}

static int
by_id(const void *va, const void *vb)
{
	const struct incident_waiting *a = va, *b = vb;
	int order = str_cmp(a->row->id, b->row->id);

	return order != 0 ? order : a->number < b->number ? -1 : 1;
}

static int
by_time(const void *va, const void *vb)
{
	const struct incident_row *const *a = va, *const *b = vb;

	if ((*a)->opened_ns != (*b)->opened_ns)
		return (*a)->opened_ns < (*b)->opened_ns ? -1 : 1;
	return str_cmp((*a)->id, (*b)->id);
}

struct incident_feed {
	struct feed feed; /* first */
	const struct incident_rows *of;
	size_t n;
};

static struct feed_value
number(int64_t v)
{
	return (struct feed_value){ .kind = FEED_NUMBER, .number = v };
}

static struct feed_value
text(struct str v)
{
	return (struct feed_value){ .kind = FEED_TEXT, .bytes = v };
}

/* In the order of the columns of the table. */
static bool
next(struct feed *feed, struct feed_value to[FEED_COLUMNS])
{
	struct incident_feed *f = (struct incident_feed *)feed;
	const struct incident_row *i;
	struct str key;

	if (f->n == f->of->n)
		return false;
	i = f->of->items[f->n].row;
	key = f->of->items[f->n++].key;
	*to++ = text(i->id);
	*to++ = text(i->rule);
	*to++ = text(i->title);
	*to++ = text(i->state);
	*to++ = number(i->level);
	*to++ = (struct feed_value){ .kind = FEED_BLOB, .bytes = key };
	*to++ = number(i->first_ns);
	*to++ = number(i->last_ns);
	*to++ = number(i->opened_ns);
	*to++ = number(i->resolved_ns);
	*to++ = number(i->detected_ns);
	*to++ = number(i->from_ns);
	*to++ = number((int64_t)i->count);
	*to++ = text(i->superseded_by);
	*to++ = text(i->body);
	*to++ = text(i->explained_by);
	*to++ = number(i->muted);
	return true;
}

/* Of an id that came twice the last one stays. */
void
incident_rows_sort(struct incident_rows *r)
{
	size_t kept = 0;

	if (r->sorted || r->n == 0)
		return;
	qsort(r->items, r->n, sizeof(*r->items), by_id);
	for (size_t i = 0; i < r->n; i++) {
		if (kept > 0 && str_eq(r->items[kept - 1].row->id, r->items[i].row->id))
			kept--;
		r->items[kept++] = r->items[i];
	}
	r->n = kept;
	r->sorted = true;
}

int
incident_rows_flush(struct store *s)
{
	struct incident_rows *r = &s->incidents;
	struct incident_feed f = { .feed = { next }, .of = r };
	int err;

	if (r->written || r->n == 0)
		return 0;
	incident_rows_sort(r);
	err = db_feed(s, DB_INCIDENTS, &f.feed);
	r->written = err == 0;
	return err;
}

bool
incident_rows_list(struct incident_rows *r)
{
	if (r->n == 0 || r->partial || r->list != NULL)
		return r->list != NULL && !r->partial;
	r->list = malloc(r->n * sizeof(*r->list));
	if (r->list == NULL)
		return false;
	incident_rows_sort(r);
	for (size_t i = 0; i < r->n; i++)
		r->list[i] = r->items[i].row;
	qsort(r->list, r->n, sizeof(*r->list), by_time);
	return true;
}

void
incident_rows_leave(struct incident_rows *r)
{
	r->partial = true;
}

void
incident_rows_forget(struct incident_rows *r)
{
	if (r->bytes != NULL)
		arena_reset(r->bytes);
	r->n = 0;
	leave_order(r);
}

void
incident_rows_fini(struct incident_rows *r)
{
	if (r->bytes != NULL)
		arena_free(&r->bytes);
	free(r->items);
	free(r->list);
	*r = (struct incident_rows){ 0 };
}
