/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table touch: pairs of a key and a value (packs.h) in the order of keys, some 20 of
 * them in a row. Its key is the first one's; spans of rows do not lap over. The store's
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

struct store;

struct shelf_item {
	struct str key, value;
};

/* The next one of a row. False: there is none. */
bool shelf_take(struct str *body, struct shelf_item *out);

/* Puts n items into out by their keys, ascending. 0 or -ENOMEM. Any thread. */
MUST_USE int shelf_sort(const struct shelf_item *items, size_t n, struct shelf_item *out);

/*
 * Ascending, each key once. The value of one that is there already goes behind that,
 * after a distance of 0. 0 or a store error.
 */
MUST_USE int shelf_write(struct store *s, const struct shelf_item *items, size_t n);

/* Deletes packs whose first row is before this one. In a transaction. */
MUST_USE int shelf_cut(struct store *s, int64_t before);
