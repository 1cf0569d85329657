/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that come by row, in the order of time: an entry is held until none that is
 * still to come can be before it (store/rows.h). The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "store/store.h"

struct heap;
struct held;

struct order {
	struct heap *held;  /* of struct held *, owned; NULL: none yet */
	struct held *given; /* the last one that was taken */
};

/* A copy of e; its names are the store's. file, rule: their ids. False: no memory. */
MUST_USE bool order_put(
	struct order *o, const struct entry_row *e, int64_t file, int64_t rule);

/* row: where the next one lies, INT64_MAX: there is none. Views until the next call. */
bool order_take(struct order *o, int64_t row, struct entry_row *out);

void order_reset(struct order *o);
void order_fini(struct order *o);
