/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entity touches, as bytes: rows of entries, in packs. A pack's key says whose it
 * is and its first row, so that in the order of bytes the packs of one entity lie in time
 * and near those of its neighbours; its value are the other rows. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define PACKS_ROWS 256
#define PACKS_SPAN (INT64_C(1) << 42) /* 73 min: no row is further behind the first */

/* kind is a name's id, and so is name if it is not 0; else the entity is named by id. */
struct packs_entity {
	int64_t kind, name;
	struct str id;
};

/* Appends the key of the entity's pack that begins with row. */
void packs_key(struct buf *b, const struct packs_entity *e, int64_t row);

/* Whether it is a key of the entity; then *row is the pack's first. */
bool packs_is_of(struct str key, const struct packs_entity *e, int64_t *row);

/* The first row of any pack. False: it is no key. */
bool packs_first(struct str key, int64_t *row);

/*
 * As many of the n ascending rows as fit into one pack: appends all but the first, twice
 * the same once. How many were taken.
 */
size_t packs_encode(const int64_t *rows, size_t n, struct buf *value);

/* Appends all rows of a pack as int64_t, ascending; what is damaged ends it. */
void packs_decode(int64_t first, struct str value, struct buf *rows);

/* Ascending. */
void packs_sort(int64_t *rows, size_t n);
