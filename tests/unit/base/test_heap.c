/* SPDX-License-Identifier: Apache-2.0 */
/* heap: random numbers come out sorted; the limit; pushes between pops. */
#include "base/heap.h"

#include <stdint.h>

#include "../../tap.h"

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(void)
{
	static uint32_t numbers[5000];
	struct heap *h = heap_new(5000, by_number);
	uint32_t last = 0, state = 99;
	bool good = true;

	OK(heap_peek(h) == NULL && heap_pop(h) == NULL && heap_len(h) == 0);
	for (size_t i = 0; i < 5000; i++) {
		state = state * 1664525u + 1013904223u;
		numbers[i] = (state >> 8) % 1000;
		good = good && heap_push(h, &numbers[i]);
	}
	OK(good && heap_len(h) == 5000 && !heap_push(h, &numbers[0]));
	for (size_t i = 0; i < 5000; i++) {
		uint32_t *n = heap_peek(h);

		good = good && n == heap_pop(h) && *n >= last;
		last = *n;
	}
	OK(good && heap_len(h) == 0 && heap_pop(h) == NULL);
	numbers[0] = 3;
	numbers[1] = 1;
	numbers[2] = 2;
	OK(heap_push(h, &numbers[0]) && heap_push(h, &numbers[1]));
	OK(heap_pop(h) == &numbers[1] && heap_push(h, &numbers[2]));
	OK(heap_pop(h) == &numbers[2] && heap_pop(h) == &numbers[0]);
	heap_free(&h);
	OK(h == NULL);
	return tap_done();
}
