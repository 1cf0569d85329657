/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that come by row, in the order of time: an entry is held until none that is
 * still to come can be before it (store/rows.h). Of too many only the keys are held, and
 * of more than that the first ones go out: in their order of time if all have one, as the
 * lines of a file without a clock do. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "store/store.h"

struct heap;
struct held;

struct order {
	struct heap *held;  /* of struct held *, owned; NULL: none yet */
	struct held *given; /* the last one that was taken */
	size_t bytes;       /* held beside the keys */
	bool undated;       /* some have the date of their file: they lie apart */
};

/* A copy of e; its names are the store's. file, rule: their ids. False: no memory. */
MUST_USE bool order_put(
	struct order *o, const struct entry_row *e, int64_t file, int64_t rule);

/* e need not be held: it is before all that are, and that may still come from row on. */
bool order_passes(const struct order *o, const struct entry_row *e, int64_t row);

/*
 * row: where the next one lies, INT64_MAX: there is none. Views until the next call.
 * *bare: only its row was held. False: none is before what may still come.
 */
bool order_take(struct order *o, int64_t row, struct entry_row *out, bool *bare);

void order_reset(struct order *o);
void order_fini(struct order *o);
