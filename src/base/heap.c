/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary min-heap in an array that doubles up to its limit.
 */
#include "base/heap.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define CAP_MIN 16

struct heap {
	void **items; /* each borrowed; the children of i are 2i + 1 and 2i + 2 */
	size_t len;
	size_t cap;
	size_t max;
	heap_cmp_fn *cmp;
};

struct heap *
heap_new(size_t max_entries, heap_cmp_fn *cmp)
{
	struct heap *h = calloc(1, sizeof(*h));

	assert(cmp != NULL);
	if (h == NULL)
		return NULL;
	h->max = max_entries;
	h->cmp = cmp;
	return h;
}

void
heap_free(struct heap **ph)
{
	struct heap *h = *ph;

	*ph = NULL;
	if (h == NULL)
		return;
	free(h->items);
	free(h);
}

size_t
heap_len(const struct heap *h)
{
	return h->len;
}

static bool
make_room(struct heap *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : CAP_MIN;
	void **items;

	if (h->len < h->cap)
		return true;
	if (cap > h->max)
		cap = h->max;
	if (cap <= h->len || cap > SIZE_MAX / sizeof(*items))
		return false;
	items = realloc(h->items, cap * sizeof(*items));
	if (items == NULL)
		return false;
	h->items = items;
	h->cap = cap;
	return true;
}

bool
heap_push(struct heap *h, void *item)
{
	size_t i = h->len;

	assert(item != NULL);
	if (!make_room(h))
		return false;
	h->len++;
	while (i > 0) {
		size_t up = (i - 1) / 2;

		if (h->cmp(h->items[up], item) <= 0)
			break;
		h->items[i] = h->items[up];
		i = up;
	}
	h->items[i] = item;
	return true;
}

void *
heap_peek(const struct heap *h)
{
	return h->len > 0 ? h->items[0] : NULL;
}

/* Puts item into the hole at the top and lets it sink to its place. */
static void
sink(struct heap *h, void *item)
{
	size_t i = 0;

	for (;;) {
		size_t down = 2 * i + 1;

		if (down >= h->len)
			break;
		if (down + 1 < h->len && h->cmp(h->items[down + 1], h->items[down]) < 0)
			down++;
		if (h->cmp(item, h->items[down]) <= 0)
			break;
		h->items[i] = h->items[down];
		i = down;
	}
	h->items[i] = item;
}

void *
heap_pop(struct heap *h)
{
	void *top = heap_peek(h);

	if (top == NULL)
		return NULL;
	h->len--;
	if (h->len > 0)
		sink(h, h->items[h->len]);
	return top;
}
