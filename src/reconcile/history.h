/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger says of each order: its marks folded into one state. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/str.h"
#include "reconcile/verdict.h"
#include "store/store.h"

struct history_order {
	struct str id;       /* empty: known by its fallback only */
	struct str fallback; /* "trace_id=..." */
	struct str state;    /* the last one, as the rules name it */
	struct str reason, amount, customer;
	int64_t first_ns, first_failed_ns, last_ns; /* TIME_NONE: never */
	uint32_t attempts;
	enum ledger_state ledger;
};

struct history {
	struct map *by_id;           /* id, or "\n" and the fallback */
	struct history_order **list; /* in the arena */
	size_t n, cap;
	int64_t from_ns, to_ns; /* what the logs cover; TIME_NONE: unknown */
};

/*
 * Marks later than until_ns (TIME_NONE: none) do not count; "now" is until_ns, else the
 * end of what the logs cover. 0, or -1 with store_error_z() or out of memory.
 */
MUST_USE int history_load(
	struct store *s, int64_t until_ns, struct arena *a, struct history *out);
void history_fini(struct history *h);

/* NULL when the ledger does not know it. */
const struct history_order *history_find(const struct history *h, struct str id);

/* LEDGER_NONE when the logs cover that time, else LEDGER_UNKNOWN. */
enum ledger_state history_absent(const struct history *h, int64_t at_ns);
