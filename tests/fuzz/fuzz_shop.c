/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the shop's answer: read or refused, and every order has an id.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "reconcile/shop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct arena *a = arena_new("fuzz", (size_t)16 << 20);
	struct str next, id;
	struct shop s;
	size_t pos = 0, n = 0;
	void *order;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	if (a == NULL || out == NULL || shop_init(&s) != 0)
		abort();
	if (shop_parse(&s, "fuzz", (struct str){ (const char *)data, size }, a, out,
		    &next) == 0) {
		shop_end(&s, "fuzz", out);
		while (map_next(s.by_id, &pos, &id, &order)) {
			assert(order != NULL && id.len > 0 && shop_find(&s, id) == order);
			n++;
		}
		assert(n == s.seen);
	}
	shop_fini(&s);
	arena_free(&a);
	return 0;
}
