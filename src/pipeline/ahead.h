/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling while the rest is read. What a part of a log begins with says from when on its
 * matches are to be expected; what comes before all that is not read yet is settled, by a
 * worker that has read one. Where a match comes before one that is settled nevertheless,
 * all that was settled is given up, and it is done when everything is read, as it always
 * is without this. Any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pipeline/result.h"
#include "worker/worker.h"

#define AHEAD_PARTS ((size_t)96)

struct ahead;

/*
 * At most AHEAD_PARTS parts, which are borrowed and have runs of their own; other: runs
 * that are whole already. NULL: no memory.
 */
struct ahead *ahead_new(struct worker_part *const *parts, size_t n, struct runs *other);
void ahead_free(struct ahead **pa);

/* Takes r, into which it is settled from now on; NULL: nowhere. */
void ahead_begin(struct ahead *a, struct result *r);

/* The part is read; its runs stay as they are from now on. */
void ahead_read(struct ahead *a, const struct worker_part *part);

/*
 * After the last part: what is settled, which the caller owns, and of how many matches.
 * NULL: not all of them, or not in their order.
 */
struct result *ahead_take(struct ahead *a, uint64_t *n);
