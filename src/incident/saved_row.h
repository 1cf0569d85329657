/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of saved.c and restore.c: row 0 is what is common to all. An incident of order
 * n has the row n << ROW_BITS, and behind it its distinct values, so many to a row:
 * values only ever get more, so that a long list is not written again for each new one.
 * Numbers and texts are those of base/unpack.h.
 */
#pragma once

#define SAVED_VERSION  1
#define VALUES_PER_ROW 64
#define ROW_BITS       16

enum flag {
	FLAG_LIVE = 1,
	FLAG_HOLDS = 2,
	FLAG_TOLD = 4,
	FLAG_DIRTY = 8,
	FLAG_UNTOLD = 16,
	FLAG_PROMISE = 32,
	FLAG_LISTED_DIRTY = 64,
	FLAG_MUTED = 128,
	FLAG_EXPLAINED = 256
};
#define FLAGS_MAX (2 * FLAG_EXPLAINED - 1)
