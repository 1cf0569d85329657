/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an incident cost: {"orders":4,"customers":2,"amount_cents":34993,"minutes":1.3}.
 * amount_cents is null when no order of it has a known amount. One thread.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "store/store.h"

struct impact;

/* NULL: out of memory. */
struct impact *impact_new(void);
void impact_free(struct impact **pi);

/* Of another incident from here on. */
void impact_reset(struct impact *i);

/* An order that was hit; amount and customer as a rule captured them, or empty. */
void impact_order(
	struct impact *i, struct str order_id, struct str amount, struct str customer);

/* Looks up in the ledger what is still missing; s NULL: it is empty. 0 or an error. */
int impact_complete(struct impact *i, struct store *s);

/* Appends the object. span_ns: from the first match to the last. */
void impact_add(const struct impact *i, int64_t span_ns, struct buf *b);

/* "104.979996", "$104.98" as cents, rounded half up; false: no amount. */
bool impact_cents(struct str s, int64_t *out);
