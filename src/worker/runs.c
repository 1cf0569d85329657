/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/runs.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/heap.h"
#include "worker/pack.h"

#define READ_BYTES  ((size_t)64 * 1024)
#define READ_LEAST  ((size_t)4 * 1024)
#define STRETCHES   32                /* in memory, which are merged as they are */
#define MERGE_BYTES ((size_t)4 << 20) /* for what is merged: in memory, and read */

/* Position and length of one run in the temporary file. */
struct span {
	off_t at;
	size_t len;
};

/* Where a match comes among others. */
struct order {
	int64_t at_ns;
	uint64_t source_id;
	uint64_t offset;
	uint32_t ordinal;
	uint32_t rule;
};

/* What is sorted. */
struct slot {
	struct order order;
	size_t pos;
	size_t len;
};

struct runs {
	size_t memory;
	char *dir_z;
	struct pack *pack;
	struct buf data;
	size_t n_data;            /* matches in it */
	struct order last;        /* of them */
	struct slot *slots;       /* owned: all of them, after sort() */
	size_t begins[STRETCHES]; /* of those in order, one stretch behind the other */
	size_t n_stretches;       /* of more than STRETCHES it is not known */
	int fd;
	off_t written;
	struct span *spans;
	size_t n_spans, cap_spans;
	uint64_t count;
};

struct runs *
runs_new(size_t memory, const char *dir_z)
{
	struct runs *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->memory = memory;
	r->fd = -1;
	r->dir_z = strdup(dir_z);
	r->pack = pack_new();
	buf_init(&r->data, 2 * memory + ((size_t)1 << 20));
	if (r->dir_z == NULL || r->pack == NULL)
		runs_free(&r);
	return r;
}

void
runs_free(struct runs **pr)
{
	struct runs *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	pack_free(&r->pack);
	buf_fini(&r->data);
	free(r->slots);
	free(r->spans);
	free(r->dir_z);
	free(r);
}

static int
order_cmp(const struct order *a, const struct order *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->source_id != b->source_id)
		return a->source_id < b->source_id ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return 0;
}

static int
slot_cmp(const void *a, const void *b)
{
	return order_cmp(
		&((const struct slot *)a)->order, &((const struct slot *)b)->order);
}

static int
write_full(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
add_span(struct runs *r, size_t len)
{
	if (r->n_spans == r->cap_spans) {
		size_t cap = r->cap_spans ? 2 * r->cap_spans : 16;
		struct span *p = realloc(r->spans, cap * sizeof(*p));

		if (p == NULL)
			return -ENOMEM;
		r->spans = p;
		r->cap_spans = cap;
	}
	r->spans[r->n_spans++] = (struct span){ .at = r->written, .len = len };
	r->written += (off_t)len;
	return 0;
}

/* How many from slot a on are in order. */
static size_t
ascent(const struct slot *a, size_t n)
{
	size_t i = 1;

	while (i < n && slot_cmp(&a[i - 1], &a[i]) <= 0)
		i++;
	return i;
}

/* Merges a[0, n) and a[n, n + m), which are in order, by way of spare. */
static void
merge_two(struct slot *a, size_t n, size_t m, struct slot *spare)
{
	size_t i = 0, k = n, to = 0;

	memcpy(spare, a, n * sizeof(*a));
	while (i < n && k < n + m)
		a[to++] = slot_cmp(&a[k], &spare[i]) < 0 ? a[k++] : spare[i++];
	memcpy(&a[to], &spare[i], (n - i) * sizeof(*a));
}

/*
 * A log is nearly in order, and so are the matches of file after file: neighbours in
 * order are merged in pairs until one is left. Without memory qsort() does it.
 */
static void
sort_slots(struct slot *a, size_t n)
{
	struct slot *spare = malloc(n * sizeof(*spare));

	if (spare == NULL) {
		qsort(a, n, sizeof(*a), slot_cmp);
		return;
	}
	while (ascent(a, n) < n)
		for (size_t at = 0; at < n;) {
			size_t first = ascent(a + at, n - at);
			size_t second = at + first < n
						? ascent(a + at + first, n - at - first)
						: 0;

			if (second > 0)
				merge_two(a + at, first, second, spare);
			at += first + second;
		}
	free(spare);
}

static struct order
order_of(const struct match *m)
{
	return (struct order){ .at_ns = m->at_ns,
		.source_id = m->source_id,
		.offset = m->place.offset,
		.ordinal = m->place.ordinal,
		.rule = m->rule };
}

/* Makes the slots of all that is in memory. */
static int
sort(struct runs *r)
{
	struct str from = buf_str(&r->data);
	struct match m;

	if (r->slots != NULL)
		return 0;
	r->slots = malloc(r->n_data * sizeof(*r->slots));
	if (r->slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_data; i++) {
		size_t pos = r->data.len - from.len;

		if (!pack_take(r->pack, &from, &m))
			return -EIO;
		r->slots[i] = (struct slot){ .order = order_of(&m),
			.pos = pos,
			.len = r->data.len - from.len - pos };
	}
	sort_slots(r->slots, r->n_data);
	return 0;
}

/* As a run. */
static int
write_slots(struct runs *r)
{
	struct buf out;
	int err = 0;

	buf_init(&out, r->data.len + READ_BYTES);
	for (size_t i = 0; i < r->n_data && err == 0; i++) {
		const struct slot *s = &r->slots[i];

		buf_add(&out, (struct str){ r->data.data + s->pos, s->len });
		if (out.len >= READ_BYTES || i + 1 == r->n_data) {
			err = buf_failed(&out) ? -ENOMEM
					       : write_full(r->fd, out.data, out.len);
			buf_reset(&out);
		}
	}
	buf_fini(&out);
	return err;
}

static void
forget(struct runs *r)
{
	free(r->slots);
	r->slots = NULL;
	buf_reset(&r->data);
	r->n_data = 0;
	r->n_stretches = 0;
}

/* Appends what is in memory to the file as one run. */
static int
spill(struct runs *r)
{
	int err = r->n_stretches > 1 ? sort(r) : 0;

	if (err == 0 && r->fd < 0)
		r->fd = file_temporary(r->dir_z);
	if (err == 0 && r->fd < 0)
		err = r->fd;
	if (err == 0)
		err = r->n_stretches > 1 ? write_slots(r)
					 : write_full(r->fd, r->data.data, r->data.len);
	if (err == 0)
		err = add_span(r, r->data.len);
	if (err == 0)
		forget(r);
	return err;
}

/* All the room there will be: what is not used of it costs nothing, to move it does. */
static bool
make_room(struct runs *r)
{
	bool has = buf_grow(&r->data, r->memory) != NULL;

	buf_reset(&r->data);
	return has;
}

/* With what it takes to sort so many stretches. */
static size_t
memory_used(const struct runs *r, size_t n_stretches)
{
	return r->data.len + (n_stretches > 1 ? r->n_data * sizeof(struct slot) : 0);
}

static void
begin_stretch(struct runs *r)
{
	if (r->n_stretches < STRETCHES)
		r->begins[r->n_stretches] = r->data.len;
	if (r->n_stretches <= STRETCHES)
		r->n_stretches++;
}

int
runs_add(struct runs *r, const struct match *m, const struct source *source)
{
	struct order order = order_of(m);
	bool begins = r->n_data == 0 || order_cmp(&order, &r->last) < 0;

	if (memory_used(r, r->n_stretches + begins) > r->memory) {
		int err = spill(r);

		if (err != 0)
			return err;
		begins = true;
	}
	if (r->data.cap == 0 && !make_room(r))
		return -ENOMEM;
	if (begins)
		begin_stretch(r);
	pack_add(r->pack, &r->data, m, source);
	if (buf_failed(&r->data))
		return -ENOMEM;
	r->last = order;
	r->n_data++;
	r->count++;
	return 0;
}

uint64_t
runs_count(const struct runs *r)
{
	return r->count;
}

/* One sorted sequence: a run in the file; a stretch in memory, or all there is. */
struct head {
	const struct runs *runs;
	enum { IN_FILE, IN_ORDER, IN_SLOTS } where;
	size_t slot;      /* the next one */
	struct str rest;  /* of the stretch */
	struct span span; /* in the file: what is not read yet */
	struct buf data;  /* of the file */
	size_t used;
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
	size_t rest = h->data.len - h->used;
	size_t want = h->span.len < read ? h->span.len : read;
	char *room;
	ssize_t n;

	if (want == 0)
		return -EIO;
	if (rest > 0)
		memmove(h->data.data, h->data.data + h->used, rest);
	h->data.len = rest;
	h->used = 0;
	room = buf_grow(&h->data, want);
	if (room == NULL)
		return -ENOMEM;
	n = pread(h->runs->fd, room, want, h->span.at);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	h->data.len = rest + (size_t)n;
	h->span.at += n;
	h->span.len -= (size_t)n;
	return 0;
}

static int
next_slot(struct head *h)
{
	const struct runs *r = h->runs;
	const struct slot *s = &r->slots[h->slot];
	struct str from;

	if (h->slot == r->n_data)
		return 0;
	h->slot++;
	from = (struct str){ r->data.data + s->pos, s->len };
	return pack_take(r->pack, &from, &h->match) ? 1 : -EIO;
}

static int
next_in_file(const struct runs_merge *m, struct head *h)
{
	for (;;) {
		struct str from = { h->data.data + h->used, h->data.len - h->used };
		int err;

		if (pack_take(h->runs->pack, &from, &h->match)) {
			h->used = h->data.len - from.len;
			return 1;
		}
		if (h->span.len == 0)
			return from.len == 0 ? 0 : -EIO;
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
	if (h->rest.len == 0)
		return 0;
	return pack_take(h->runs->pack, &h->rest, &h->match) ? 1 : -EIO;
}

/*
 * What follows needs the memory more. Where it cannot be written it is merged from where
 * it is, the end of a run that failed being no part of any.
 */
static void
write_rest(struct runs *r, size_t keep)
{
	if (memory_used(r, r->n_stretches) > keep && spill(r) == 0)
		buf_fini(&r->data);
}

static bool
is_merged_as_is(const struct runs *r)
{
	return r->n_stretches <= STRETCHES;
}

static size_t
count_heads(struct runs *const *runs, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += runs[i]->n_spans +
			 (is_merged_as_is(runs[i]) ? runs[i]->n_stretches : 1);
	return total;
}

static void
add_stretches(struct runs_merge *m, const struct runs *r)
{
	for (size_t i = 0; i < r->n_stretches; i++) {
		size_t from = r->begins[i];
		size_t to = i + 1 < r->n_stretches ? r->begins[i + 1] : r->data.len;

		m->heads[m->n_heads++] = (struct head){ .runs = r,
			.where = IN_ORDER,
			.rest = str_sub(buf_str(&r->data), from, to - from) };
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
	if (is_merged_as_is(r)) {
		add_stretches(m, r);
		return 0;
	}
	m->heads[m->n_heads++] = (struct head){ .runs = r, .where = IN_SLOTS };
	return sort(r);
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
		write_rest(runs[i], MERGE_BYTES / n);
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
