/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where entries lie: by time, so that what comes goes to the end and a span is a range.
 * The low bits of an entry's row are its id's, not its time's; where another one is, the
 * next row of the same millisecond is tried. Entries without a clock, which all have the
 * moment of their file, lie by file and offset; where another one is, the same place of
 * the next millisecond is tried. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define ROWS_SLOTS INT64_C(0xfffff) /* a row's bits that are not time: 1 ms */
#define ROWS_STEP  (ROWS_SLOTS + 1)
#define ROWS_TRIES 1024
#define ROWS_SPAN  (2 * ROWS_TRIES * ROWS_STEP) /* no entry is further behind its time */

/* The first row in which an entry with a clock may be. */
int64_t rows_home(int64_t at_ns, uint64_t id);

/* The first row of an entry. file: its name's id. */
int64_t rows_first(const struct entry_row *e, int64_t file);

/* The row to try after *row, the n-th one (from 1). False: there is none. */
bool rows_next(const struct entry_row *e, int n, int64_t *row);
