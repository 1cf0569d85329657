/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one lifetime, in chunks that double from 16 KiB to 1 MiB. The newest chunk
 * is the head of the list; an allocation too large for the usual chunk goes behind it, so
 * that the head's rest is not lost.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE     ((size_t)16 * 1024)
#define CHUNK_SIZE_MAX ((size_t)1024 * 1024)

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	const char *name; /* borrowed */
	size_t limit;
	size_t used;
	size_t chunk_size; /* of the next chunk */
	struct chunk *chunks;
};

struct arena *
arena_new(const char *name, size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->name = name;
	a->limit = limit;
	a->chunk_size = CHUNK_SIZE;
	return a;
}

static void
drop_chunks(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
arena_free(struct arena **pa)
{
	struct arena *a = *pa;

	*pa = NULL;
	if (a == NULL)
		return;
	drop_chunks(a->chunks);
	free(a);
}

static struct chunk *
add_chunk(struct arena *a, size_t need)
{
	bool alone = need > a->chunk_size && a->chunks != NULL;
	size_t size = need > a->chunk_size ? need : a->chunk_size;
	struct chunk *c = malloc(sizeof(*c) + size);

	if (c == NULL)
		return NULL;
	c->size = size;
	c->used = 0;
	c->next = alone ? a->chunks->next : a->chunks;
	if (alone)
		a->chunks->next = c;
	else
		a->chunks = c;
	if (!alone && a->chunk_size < CHUNK_SIZE_MAX)
		a->chunk_size *= 2;
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct chunk *c = a->chunks;
	void *p;

	if (size > a->limit - a->used || ((size + mask) & ~mask) > a->limit - a->used)
		return NULL;
	size = (size + mask) & ~mask;
	if (c == NULL || c->size - c->used < size)
		c = add_chunk(a, size);
	if (c == NULL)
		return NULL;
	p = c->data + c->used;
	c->used += size;
	a->used += size;
	assert(c->used <= c->size && a->used <= a->limit);
	return memset(p, 0, size);
}

struct str
arena_copy(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len);

	if (p == NULL)
		return (struct str){ 0 };
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return (struct str){ .ptr = p, .len = s.len };
}

void
arena_reset(struct arena *a)
{
	struct chunk *keep = a->chunks;

	a->used = 0;
	if (keep == NULL)
		return;
	drop_chunks(keep->next);
	keep->next = NULL;
	keep->used = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
