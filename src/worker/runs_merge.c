/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "worker/runs_state.h"

#define READ_BYTES  ((size_t)64 * 1024)
#define READ_LEAST  ((size_t)4 * 1024)
#define MERGE_BYTES ((size_t)8 << 20) /* for what is merged: in memory, and read */

/* One sorted sequence: a run in the file; a stretch in memory, or all there is. */
struct head {
	const struct runs *runs;
	enum { IN_FILE, IN_ORDER, IN_SLOTS } where;
	size_t slot;       /* the next one */
	struct pack_at at; /* of the stretch, or of data */
	struct span span;  /* in the file: what is not read yet */
	struct buf data;   /* of the file */
	struct match match;
};

struct runs_merge {
	struct head *heads;
	size_t n_heads;
	size_t read; /* bytes of a run at a time */
	struct heap *heap;
	struct head *last; /* given out, to be moved on */
};

static int
head_cmp(const void *a, const void *b)
{
	const struct head *x = a, *y = b;
	int c = match_cmp(&x->match, &y->match);

	if (c != 0)
		return c;
	return x < y ? -1 : x > y;
}

/* Reads on in the file, keeping the bytes that are not decoded yet. */
static int
refill(struct head *h, size_t read)
{
	size_t rest = h->at.rest.len;
	size_t want = h->span.len < read ? h->span.len : read;
	char *room;
	ssize_t n;

	if (want == 0)
		return -EIO;
	if (rest > 0)
		memmove(h->data.data, h->at.rest.ptr, rest);
	h->data.len = rest;
	room = buf_grow(&h->data, want);
	if (room == NULL)
		return -ENOMEM;
	n = pread(h->runs->fd, room, want, h->span.at);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	h->data.len = rest + (size_t)n;
	h->at.rest = buf_str(&h->data);
	h->span.at += n;
	h->span.len -= (size_t)n;
	return 0;
}

static int
next_slot(struct head *h)
{
	const struct runs *r = h->runs;
	const struct slot *s = &r->slots[h->slot];

	if (h->slot == r->n_data)
		return 0;
	h->slot++;
	return pack_look(r->pack, buf_str(&r->data), &s->place, &h->match) ? 1 : -EIO;
}

static int
next_in_file(const struct runs_merge *m, struct head *h)
{
	for (;;) {
		int err;

		if (pack_take(h->runs->pack, &h->at, &h->match))
			return 1;
		if (h->span.len == 0)
			return h->at.rest.len == 0 ? 0 : -EIO;
		err = refill(h, m->read);
		if (err != 0)
			return err;
	}
}

/* 1: h->match is the next of this sequence; 0: its end. */
static int
head_next(const struct runs_merge *m, struct head *h)
{
	if (h->where == IN_FILE)
		return next_in_file(m, h);
	if (h->where == IN_SLOTS)
		return next_slot(h);
	if (h->at.rest.len == 0 && h->at.rows.n == 0)
		return 0;
	return pack_take(h->runs->pack, &h->at, &h->match) ? 1 : -EIO;
}

static size_t
count_heads(struct runs *const *runs, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += runs[i]->n_spans +
			 (runs_keep_order(runs[i]) ? runs[i]->n_stretches : 1);
	return total;
}

static void
add_stretches(struct runs_merge *m, const struct runs *r)
{
	for (size_t i = 0; i < r->n_stretches; i++) {
		m->heads[m->n_heads++] = (struct head){
			.runs = r, .where = IN_ORDER, .at.rest = runs_stretch(r, i)
		};
	}
}

static int
add_heads(struct runs_merge *m, struct runs *r)
{
	for (size_t i = 0; i < r->n_spans; i++) {
		struct head *h = &m->heads[m->n_heads++];

		h->runs = r;
		h->span = r->spans[i];
		buf_init(&h->data, (size_t)4 << 20);
	}
	if (runs_keep_order(r)) {
		add_stretches(m, r);
		return 0;
	}
	m->heads[m->n_heads++] = (struct head){ .runs = r, .where = IN_SLOTS };
	return runs_sort(r);
}

int
runs_merge_new(struct runs *const *runs, size_t n, struct runs_merge **out)
{
	struct runs_merge *m = calloc(1, sizeof(*m));
	size_t total;
	int got = 0;

	if (m == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		runs_write_rest(runs[i], MERGE_BYTES / n);
	total = count_heads(runs, n);
	m->read = MERGE_BYTES / (total + 1);
	m->read = m->read < READ_LEAST ? READ_LEAST : m->read;
	m->read = m->read > READ_BYTES ? READ_BYTES : m->read;
	m->heads = calloc(total + 1, sizeof(*m->heads));
	m->heap = heap_new(total + 1, head_cmp);
	if (m->heads == NULL || m->heap == NULL) {
		runs_merge_free(&m);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n && got >= 0; i++)
		got = add_heads(m, runs[i]);
	for (size_t i = 0; i < m->n_heads && got >= 0; i++) {
		got = head_next(m, &m->heads[i]);
		if (got == 1 && !heap_push(m->heap, &m->heads[i]))
			got = -ENOMEM;
	}
	if (got < 0) {
		runs_merge_free(&m);
		return got;
	}
	*out = m;
	return 0;
}

void
runs_merge_free(struct runs_merge **pm)
{
	struct runs_merge *m = *pm;

	*pm = NULL;
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n_heads; i++)
		if (m->heads[i].where == IN_FILE)
			buf_fini(&m->heads[i].data);
	free(m->heads);
	if (m->heap != NULL)
		heap_free(&m->heap);
	free(m);
}

/* Whether the match of h, which is not in the heap, comes before all there. */
static bool
is_next(const struct runs_merge *m, const struct head *h)
{
	const struct head *other = heap_peek(m->heap);

	return other == NULL || head_cmp(h, other) < 0;
}

int
runs_merge_next(struct runs_merge *m, const struct match **out)
{
	struct head *h = m->last;
	int got = h != NULL ? head_next(m, h) : 0;

	if (got < 0)
		return got;
	if (got == 0 || !is_next(m, h)) {
		if (got == 1 && !heap_push(m->heap, h))
			return -ENOMEM;
		m->last = h = heap_pop(m->heap);
	}
	if (h == NULL)
		return 0;
	*out = &h->match;
	return 1;
}

struct value_rows *
runs_merge_rows(struct runs_merge *m)
{
	const struct head *other = heap_peek(m->heap);
	struct value_rows *rows = m->last != NULL ? &m->last->at.rows : NULL;

	if (rows == NULL || rows->n == 0)
		return NULL;
	rows->until_ns = other != NULL ? other->match.at_ns : INT64_MAX;
	return rows;
}
