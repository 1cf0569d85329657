/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where entries lie: by time, so that what comes goes to the end and a span is a range.
 * The low bits of an entry's row are its id's, not its time's. Where another one is, the
 * same place of the next millisecond is tried. Entries without a clock, which all have
 * the moment of their file, lie by file and offset. The store's thread.
 */
#pragma once

#include <stdint.h>

#define ROWS_SLOTS INT64_C(0xfffff) /* a row's bits that are not time: 1 ms */
#define ROWS_STEP  (ROWS_SLOTS + 1)
#define ROWS_TRIES 1024
#define ROWS_SPAN  (2 * ROWS_TRIES * ROWS_STEP) /* no entry is further behind its time */

/* The first row in which an entry with a clock may be. */
int64_t rows_home(int64_t at_ns, uint64_t id);
