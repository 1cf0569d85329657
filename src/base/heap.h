/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary min-heap of pointers with a comparison given at birth. Bounded; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct heap;

/* <0 when a comes before b. Must be a total order for the results to be the same twice.
 */
typedef int heap_cmp_fn(const void *a, const void *b);

struct heap *heap_new(size_t max_entries, heap_cmp_fn *cmp);
void heap_free(struct heap **ph);
size_t heap_len(const struct heap *h);

/* False when the heap is full or memory is out. item is borrowed. */
bool heap_push(struct heap *h, void *item);

/* The least item, or NULL. */
void *heap_peek(const struct heap *h);
void *heap_pop(struct heap *h);
