/* SPDX-License-Identifier: Apache-2.0 */
#include "correlate/table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN ((size_t)64)

void
table_init(struct table *t)
{
	*t = (struct table){ .seed = hash_seed() };
}

void
table_fini(struct table *t)
{
	free(t->slots);
	t->slots = NULL;
	t->mask = t->len = 0;
}

uint64_t
table_hash(const struct table *t, uint32_t corr, struct str bytes)
{
	struct hash_key seed = t->seed;

	seed.k0 ^= corr;
	return hash_bytes(seed, bytes);
}

struct ident *
table_find(const struct table *t, uint32_t corr, struct str bytes, uint64_t hash)
{
	if (t->slots == NULL)
		return NULL;
	for (size_t i = (size_t)hash & t->mask; t->slots[i] != NULL;
		i = (i + 1) & t->mask) {
		struct ident *x = t->slots[i];

		if (x->hash == hash && x->corr == corr && x->len == bytes.len &&
			(x->len == 0 || memcmp(x->bytes, bytes.ptr, x->len) == 0))
			return x;
	}
	return NULL;
}

static void
place(struct table *t, struct ident *x)
{
	size_t i = (size_t)x->hash & t->mask;

	while (t->slots[i] != NULL)
		i = (i + 1) & t->mask;
	t->slots[i] = x;
}

bool
table_reserve(struct table *t)
{
	size_t n = t->slots == NULL ? SLOTS_MIN : 2 * (t->mask + 1);
	struct ident **old = t->slots, **p;
	size_t old_n = t->slots == NULL ? 0 : t->mask + 1;

	if (old_n > 0 && (t->len + 1) * 4 <= old_n * 3)
		return true;
	p = calloc(n, sizeof(struct ident *));
	if (p == NULL)
		return false;
	t->slots = p;
	t->mask = n - 1;
	for (size_t i = 0; i < old_n; i++)
		if (old[i] != NULL)
			place(t, old[i]);
	free(old);
	return true;
}

void
table_put(struct table *t, struct ident *x)
{
	place(t, x);
	t->len++;
}

/* Those behind the hole move up, unless they stand where they belong already. */
void
table_del(struct table *t, const struct ident *x)
{
	size_t hole = (size_t)x->hash & t->mask, i;

	while (t->slots[hole] != x)
		hole = (hole + 1) & t->mask;
	for (i = (hole + 1) & t->mask; t->slots[i] != NULL; i = (i + 1) & t->mask) {
		size_t home = (size_t)t->slots[i]->hash & t->mask;

		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole] = NULL;
	t->len--;
}
