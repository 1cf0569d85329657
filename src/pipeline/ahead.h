/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settling while the rest is read. Of one large file that is cut into parts, the parts
 * that were read are settled in the order of the file, by the worker that finds the next
 * one ready. That is the order of all matches as long as none comes before one that is
 * settled; where one does, what was settled is given up, and all of it is settled when
 * everything is read, as it always is without this. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/result.h"
#include "worker/worker.h"

struct ahead;

/* Takes r; the parts are borrowed and have runs of their own. NULL: no memory. */
struct ahead *ahead_new(struct result *r, const struct worker_part *parts, size_t n);
void ahead_free(struct ahead **pa);

/* The part is read; its runs stay as they are from now on. */
void ahead_read(struct ahead *a, const struct worker_part *part);

/*
 * After the last part: what is settled, which the caller owns, and of how many matches.
 * NULL: not all of them, or not in their order.
 */
struct result *ahead_take(struct ahead *a, uint64_t *n);
