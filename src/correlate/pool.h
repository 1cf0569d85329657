/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small pieces of memory that come and go by the thousand: free lists by size over large
 * blocks, so that in the steady state nothing is asked of malloc. Private to correlate/.
 * One thread.
 */
#pragma once

#include <stddef.h>

#define POOL_SIZES 88

struct pool {
	struct pool_block *blocks, *large; /* owned */
	char *at;                          /* the rest of the newest block */
	size_t left;
	void *free[POOL_SIZES];
	size_t used; /* bytes given out, as rounded */
	size_t limit;
};

/* limit in bytes, of all that is given out. No allocation yet. */
void pool_init(struct pool *p, size_t limit);

/* Frees everything that came from it. */
void pool_fini(struct pool *p);

/* As much as what was asked for is made: more of a piece may be used. */
size_t pool_size(size_t n);

/* Zeroed, aligned for words and pointers. NULL: the limit is reached, or memory is out.
 */
void *pool_alloc(struct pool *p, size_t n);

/* n as it was asked for; ptr may be NULL. */
void pool_free(struct pool *p, void *ptr, size_t n);
