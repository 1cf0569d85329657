/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A retry in the shop makes a new order. Orders of one customer with one amount within
 * half an hour of each other belong together. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "reconcile/reconcile.h"

/* begun_ns[i]: when order i began; TIME_NONE keeps it alone. 0, or -1: out of memory. */
MUST_USE int group_find(
	struct order_line *lines, const int64_t *begun_ns, size_t n, struct arena *a);

/* Sorts by first failure and order id; the lines of a group stay together. 0 or -1. */
MUST_USE int group_sort(struct order_line *lines, size_t n, struct arena *a);
