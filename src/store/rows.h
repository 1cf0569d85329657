/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where entries lie: by time, so that what comes goes to the end and a span is a range.
 * The low bits of an entry's row are its id's, not its time's; the entry is in the first
 * row from there on that was free. The store's thread.
 */
#pragma once

#include <stdint.h>

#define ROWS_SLOTS INT64_C(0xfffff) /* a row's bits that are not time: 1 ms */

/* The first row in which the entry may be. */
int64_t rows_home(int64_t at_ns, uint64_t id);
