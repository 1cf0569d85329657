/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a gateway's CSV: read or refused, and what was read adds up.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "reconcile/charges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct diag_source src = { .name = "fuzz", .text = { (const char *)data, size } };
	struct arena *a = arena_new("fuzz", (size_t)16 << 20);
	struct diag d = { .src = &src };
	struct charges c;
	uint64_t rows = 0;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	d.out = out;
	if (a == NULL || out == NULL)
		abort();
	if (charges_parse(&d, NULL, a, &c) == 0) {
		for (size_t i = 0; i < c.n; i++) {
			assert(c.list[i]->captured >= 0 && c.list[i]->refunded >= 0);
			assert(charge_net(c.list[i]) <= c.list[i]->captured);
			rows += c.list[i]->captures + c.list[i]->refunds;
		}
		assert(rows <= c.rows && c.n <= c.rows);
	}
	charges_fini(&c);
	arena_free(&a);
	return 0;
}
