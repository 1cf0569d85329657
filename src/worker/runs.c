/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/runs_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define WRITE_BYTES ((size_t)64 * 1024)
#define SPANS       4 /* stretches in memory, which are written as they are */

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

/* At a place, whatever a write that failed has left behind it. */
static int
write_full(int fd, struct str s, off_t at)
{
	while (s.len > 0) {
		ssize_t done = pwrite(fd, s.ptr, s.len, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		s = str_sub(s, (size_t)done, s.len);
		at += done;
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

int
runs_sort(struct runs *r)
{
	const struct str all = buf_str(&r->data);
	struct pack_at at = { .rest = all };
	struct pack_place place = { 0 };
	struct match m;

	if (r->slots != NULL)
		return 0;
	r->slots = malloc(r->n_data * sizeof(*r->slots));
	if (r->slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_data; i++) {
		if (!pack_take_placed(r->pack, all, &at, &m, &place))
			return -EIO;
		r->slots[i] = (struct slot){ order_of(&m), place };
	}
	sort_slots(r->slots, r->n_data);
	return 0;
}

/* As one run. */
static int
write_slots(struct runs *r)
{
	struct buf out;
	size_t len = 0;
	int err = 0;

	buf_init(&out, r->data.len + 2 * WRITE_BYTES);
	for (size_t i = 0; i < r->n_data && err == 0; i++) {
		pack_copy(&out, buf_str(&r->data), &r->slots[i].place);
		if (out.len >= WRITE_BYTES || i + 1 == r->n_data) {
			err = buf_failed(&out) ? -ENOMEM
					       : write_full(r->fd, buf_str(&out),
							 r->written + (off_t)len);
			len += out.len;
			buf_reset(&out);
		}
	}
	buf_fini(&out);
	return err != 0 ? err : add_span(r, len);
}

static void
forget(struct runs *r)
{
	free(r->slots);
	r->slots = NULL;
	buf_reset(&r->data);
	pack_close(r->pack);
	r->n_data = 0;
	r->n_stretches = 0;
}

struct str
runs_stretch(const struct runs *r, size_t i)
{
	size_t to = i + 1 < r->n_stretches ? r->begins[i + 1] : r->data.len;

	return str_sub(buf_str(&r->data), r->begins[i], to - r->begins[i]);
}

/* As a run each, all of them or none. */
static int
write_stretches(struct runs *r)
{
	const size_t n_spans = r->n_spans;
	const off_t written = r->written;
	int err = 0;

	for (size_t i = 0; i < r->n_stretches && err == 0; i++) {
		struct str s = runs_stretch(r, i);

		err = write_full(r->fd, s, r->written);
		if (err == 0)
			err = add_span(r, s.len);
	}
	if (err != 0) {
		r->n_spans = n_spans;
		r->written = written;
	}
	return err;
}

/* Appends what is in memory to the file. */
static int
spill(struct runs *r)
{
	bool sorts = r->n_stretches > SPANS;
	int err = sorts ? runs_sort(r) : 0;

	if (err == 0 && r->fd < 0)
		r->fd = file_temporary(r->dir_z);
	if (err == 0 && r->fd < 0)
		err = r->fd;
	if (err == 0)
		err = sorts ? write_slots(r) : write_stretches(r);
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
	return r->data.len + (n_stretches > SPANS ? r->n_data * sizeof(struct slot) : 0);
}

static void
begin_stretch(struct runs *r)
{
	if (r->n_stretches < STRETCHES)
		r->begins[r->n_stretches] = r->data.len;
	if (r->n_stretches <= STRETCHES)
		r->n_stretches++;
	pack_close(r->pack);
}

/* Whether it comes behind all in memory. */
static inline bool
goes_on(const struct runs *r, const struct order *order)
{
	return r->n_data > 0 &&
	       (order->at_ns > r->last.at_ns || order_cmp(order, &r->last) >= 0);
}

int
runs_add(struct runs *r, const struct match *m, const struct source *source)
{
	struct order order = order_of(m);
	bool begins = !goes_on(r, &order);

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

bool
runs_keep_order(const struct runs *r)
{
	return r->n_stretches <= STRETCHES;
}

void
runs_write_rest(struct runs *r, size_t keep)
{
	size_t used = runs_keep_order(r) ? r->data.len : memory_used(r, r->n_stretches);

	if (used > keep && spill(r) == 0)
		buf_fini(&r->data);
}
