/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from bytes to a pointer: open addressing, keys copied. It grows up to its
 * limit; a full table is an answer (NULL), not an error. Order of map_next() is the order
 * of insertion as long as nothing was removed. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct map;

/* max_entries bounds the table. NULL when out of memory. */
struct map *map_new(size_t max_entries);

/* Frees the table, not what the values point to. */
void map_free(struct map **pm);

/* Empties it; keeps the table's memory. */
void map_clear(struct map *m);

size_t map_len(const struct map *m);

/* The value's slot, or NULL. Valid until the next map_put or map_del. */
void **map_get(const struct map *m, struct str key);

/*
 * The slot of key, made with value NULL if it was not there (then *fresh, which may be
 * NULL, is true). NULL when the table is full or memory is out.
 */
void **map_put(struct map *m, struct str key, bool *fresh);

/* False when there was none. */
bool map_del(struct map *m, struct str key);

/* *pos starts at 0; false at the end. key and value may be NULL. */
bool map_next(const struct map *m, size_t *pos, struct str *key, void **value);
