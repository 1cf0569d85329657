/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the payment gateway took, per order, from its CSV export. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/str.h"

/* All rows of one order (of one row, when it names no order). */
struct charge {
	struct str order_id;
	struct str currency; /* of its first row */
	struct str ids;      /* charge ids, those of captures first; blank between */
	struct str other_ids;
	int64_t captured, refunded; /* cents */
	int64_t largest;            /* capture or refund or hold, cents */
	unsigned captures, refunds;
	bool authorised, failed;
	bool mixed;                /* more than one currency: cents do not add up */
	int64_t first_ns, last_ns; /* of created; TIME_NONE: unknown */
};

struct charges {
	struct map *by_order; /* order_id -> struct charge */
	struct map *seen;     /* rows that came twice count once */
	struct charge **list; /* in the arena, in the order of the file */
	size_t n, cap;
	uint64_t rows, repeated;
};

/*
 * Reads a CSV file ("-": stdin). columns_z maps our names to the file's
 * ("order_id=Order,amount=Total") and may be NULL. 0, or -1 with the reason (file, line,
 * column) on err. charges_fini() is needed after either.
 */
MUST_USE int charges_load(const char *path_z, const char *columns_z, struct arena *a,
	FILE *err, struct charges *out);

/* The same for a text that is there already. */
MUST_USE int charges_parse(
	struct diag *d, const char *columns_z, struct arena *a, struct charges *out);

/* False: columns_z is no such map; why is said on err. */
bool charges_check_columns(const char *columns_z, FILE *err);
void charges_fini(struct charges *c);

/* NULL when there is none. */
const struct charge *charges_find(const struct charges *c, struct str order_id);

/* Captured minus refunded, never below 0. A refund alone stands for a capture given back.
 */
int64_t charge_net(const struct charge *c);
