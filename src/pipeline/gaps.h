/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an input could not give becomes gap rows, and the span that was read becomes the
 * "complete from X to Y". One thread: the store's writer.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "pipeline/worker.h"
#include "store/store.h"

/* Nothing when the file was read whole. 0 or a store error. */
MUST_USE int gaps_of_file(struct store *s, const struct worker_file *f);

/* TIME_NONE: nothing with a time was read. */
MUST_USE int gaps_complete(struct store *s, int64_t from_ns, int64_t to_ns);
