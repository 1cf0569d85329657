/* SPDX-License-Identifier: Apache-2.0 */
#include "correlate/pool.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP        ((size_t)8)
#define SMALL_MAX   ((size_t)512)       /* up to here by steps, */
#define MIDDLE_MAX  ((size_t)16 * 1024) /* up to here four sizes a doubling */
#define BLOCK_BYTES ((size_t)256 * 1024)
#define PAGE_BYTES  ((size_t)4096)
/* A pool that has this much asks for the pages of a block at once, not one by one. */
#define EAGER_FROM ((size_t)8 << 20)

struct pool_block {
	alignas(16) struct pool_block *next;
	struct pool_block *prev; /* of the large ones */
};

/* A sanitizer sees wrong uses only of what malloc gave. */
#ifdef __SANITIZE_ADDRESS__
#define LARGE_FROM 0
#else
#define LARGE_FROM MIDDLE_MAX
#endif

void
pool_init(struct pool *p, size_t limit)
{
	*p = (struct pool){ .limit = limit };
}

static void
free_list(struct pool_block *b)
{
	while (b != NULL) {
		struct pool_block *next = b->next;

		free(b);
		b = next;
	}
}

void
pool_fini(struct pool *p)
{
	free_list(p->blocks);
	free_list(p->large);
	*p = (struct pool){ .limit = p->limit };
}

/* *n is rounded up to what the list holds. */
static size_t
size_class(size_t *n)
{
	size_t size = SMALL_MAX, list = SMALL_MAX / STEP;

	if (*n <= SMALL_MAX) {
		list = (*n + !*n + STEP - 1) / STEP;
		*n = list * STEP;
		return list - 1;
	}
	while (size < *n) {
		size_t octave = SMALL_MAX;

		while (octave * 2 <= size)
			octave *= 2;
		size += octave / 4;
		list++;
	}
	*n = size;
	return list - 1;
}

size_t
pool_size(size_t n)
{
	if (n <= LARGE_FROM)
		(void)size_class(&n);
	return n;
}

static void *
alloc_large(struct pool *p, size_t n)
{
	struct pool_block *b;

	if (n > p->limit - p->used)
		return NULL;
	b = calloc(1, sizeof(*b) + n);
	if (b == NULL)
		return NULL;
	b->next = p->large;
	if (b->next != NULL)
		b->next->prev = b;
	p->large = b;
	p->used += n;
	return b + 1;
}

static void
free_large(struct pool *p, void *ptr, size_t n)
{
	struct pool_block *b = (struct pool_block *)ptr - 1;

	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		p->large = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	p->used -= n;
	free(b);
}

/* A new block; the rest of the old one is too small to matter. */
static bool
add_block(struct pool *p)
{
	bool eager = p->used >= EAGER_FROM;
	struct pool_block *b =
		eager ? aligned_alloc(PAGE_BYTES, BLOCK_BYTES) : malloc(BLOCK_BYTES);

	if (b == NULL)
		return false;
	if (eager)
		(void)madvise(b, BLOCK_BYTES, MADV_POPULATE_WRITE); /* a wish */
	b->next = p->blocks;
	p->blocks = b;
	p->at = (char *)(b + 1);
	p->left = BLOCK_BYTES - sizeof(*b);
	return true;
}

void *
pool_alloc(struct pool *p, size_t n)
{
	size_t list;
	void *ptr;

	if (n > LARGE_FROM)
		return alloc_large(p, n);
	list = size_class(&n);
	if (n > p->limit - p->used)
		return NULL;
	ptr = p->free[list];
	if (ptr != NULL)
		memcpy(&p->free[list], ptr, sizeof(void *));
	else if (p->left >= n || add_block(p)) {
		ptr = p->at;
		p->at += n;
		p->left -= n;
	} else
		return NULL;
	p->used += n;
	memset(ptr, 0, n);
	return ptr;
}

void
pool_free(struct pool *p, void *ptr, size_t n)
{
	size_t list;

	if (ptr == NULL)
		return;
	if (n > LARGE_FROM) {
		free_large(p, ptr, n);
		return;
	}
	list = size_class(&n);
	memcpy(ptr, &p->free[list], sizeof(void *));
	p->free[list] = ptr;
	p->used -= n;
}
