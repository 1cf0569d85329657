/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a finding that has left its courier, in the store: delivered, set aside
 * as a gap, or given up, which is counted and told. In a transaction of the thread that
 * writes the store.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "output/letter.h"
#include "store/store.h"

/* Dropped findings of one look, as one gap. Begins as all zero. */
struct loss {
	uint64_t n;
	int64_t from_ns, to_ns;
	const char *why_z;
};

/* One more, of that time. */
void loss_add(struct loss *loss, int64_t at_ns, const char *why_z);

/* The gap and the message, if there is any; name: of the destination. */
MUST_USE int loss_tell(struct store *s, struct str name, const struct loss *loss);

/* The row of l ends as its fate says. */
MUST_USE int loss_take(
	struct store *s, struct str name, const struct letter *l, struct loss *loss);
