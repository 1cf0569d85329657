/* SPDX-License-Identifier: Apache-2.0 */
/* shelf_sort: keys of any length, many with a long start in common, come in order. */
#include "store/shelf.h"

#include <string.h>

#include "../../tap.h"

#define KEYS 3000
#define LEN  40

static char bytes[KEYS][LEN];
static struct shelf_item items[KEYS], out[KEYS];
static uint32_t state = 7;

static uint32_t
roll(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

/* Few values of a byte, a zero among them, so that keys differ late or in length. */
static void
make(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t len = roll(LEN + 1), common = roll(len + 1);

		for (uint32_t k = 0; k < len; k++)
			bytes[i][k] = (char)(k < common ? 0 : roll(3) * 100);
		items[i] = (struct shelf_item){ .key = { bytes[i], len },
			.value = { bytes[i], i } };
	}
}

static bool
is_sorted(size_t n)
{
	static bool seen[KEYS];

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < n; i++) {
		size_t from = out[i].value.len;

		if (seen[from] || out[i].key.ptr != items[from].key.ptr ||
			(i > 0 && str_cmp(out[i - 1].key, out[i].key) > 0))
			return false;
		seen[from] = true;
	}
	return true;
}

int
main(void)
{
	static const size_t numbers[] = { 0, 1, 2, 3, 7, 8, 9, 1000, KEYS };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		make(numbers[i]);
		OK(shelf_sort(items, numbers[i], out) == 0);
		OK(is_sorted(numbers[i]));
	}
	return tap_done();
}
