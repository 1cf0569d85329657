/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items are merged by the first bytes of their keys, as numbers; only where these are the
 * same the keys themselves, which lie far apart in memory, are looked at.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/shelf.h"

/* Where an item belongs. */
struct rank {
	uint64_t first, second; /* 16 bytes of the key, zeros behind its end */
	const struct shelf_item *item;
};

static uint64_t
number(struct str key, size_t at)
{
	uint64_t v = 0;
	size_t n = key.len > at ? key.len - at : 0;

	if (n > 0)
		memcpy(&v, key.ptr + at, n < sizeof(v) ? n : sizeof(v));
	return be64toh(v);
}

static bool
is_before(const struct rank *a, const struct rank *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	if (a->second != b->second)
		return a->second < b->second;
	return str_cmp(a->item->key, b->item->key) < 0;
}

/* from[0, half) and from[half, n) are in order. */
static void
merge(const struct rank *from, size_t half, size_t n, struct rank *to)
{
	size_t i = 0, k = half;

	while (i < half && k < n)
		*to++ = is_before(&from[k], &from[i]) ? from[k++] : from[i++];
	if (i < half)
		memcpy(to, &from[i], (half - i) * sizeof(*to));
	else
		memcpy(to, &from[k], (n - k) * sizeof(*to));
}

/* Returns where they are in order: in a or in spare. */
static const struct rank *
sort(struct rank *a, struct rank *spare, size_t n)
{
	for (size_t half = 1; half < n; half *= 2) {
		struct rank *from = a;

		for (size_t at = 0; at < n; at += 2 * half) {
			size_t rest = n - at, both = rest < 2 * half ? rest : 2 * half;

			merge(&from[at], half < rest ? half : rest, both, &spare[at]);
		}
		a = spare;
		spare = from;
	}
	return a;
}

int
shelf_sort(const struct shelf_item *items, size_t n, struct shelf_item *out)
{
	struct rank *ranks = malloc((2 * n + 1) * sizeof(*ranks));
	const struct rank *sorted;

	if (ranks == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranks[i] = (struct rank){ .first = number(items[i].key, 0),
			.second = number(items[i].key, sizeof(uint64_t)),
			.item = &items[i] };
	sorted = sort(ranks, ranks + n, n);
	for (size_t i = 0; i < n; i++)
		out[i] = *sorted[i].item;
	free(ranks);
	return 0;
}
