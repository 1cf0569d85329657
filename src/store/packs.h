/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of one entity in a row of the table touch: the first one is a column, so that
 * packs are found by time; the others follow as varints of the distance to the one
 * before. A distance of 0 begins again at the first. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define PACKS_ROWS 256
#define PACKS_SPAN (INT64_C(1) << 42) /* 73 min: no row is further behind the first */

/*
 * As many of the n ascending rows as fit into one pack; more (emptied before) gets all
 * but the first. Twice the same is one. How many were taken.
 */
size_t packs_encode(const int64_t *rows, size_t n, struct buf *more);

/* Appends all rows of a pack as int64_t, ascending; what is damaged ends it. */
void packs_decode(int64_t first, struct str more, struct buf *rows);

/* Ascending. */
void packs_sort(int64_t *rows, size_t n);
