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
	free(t->tags);
	t->slots = NULL;
	t->tags = NULL;
	t->mask = t->len = 0;
}

uint64_t
table_hash(const struct table *t, uint32_t corr, struct str bytes)
{
	struct hash_key seed = t->seed;

	seed.k0 ^= corr;
	return hash_bytes(seed, bytes);
}

/* Tells nearly all that stand in the way apart without looking at them. */
static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 56 | 1);
}

struct ident *
table_find(const struct table *t, uint32_t corr, struct str bytes, uint64_t hash)
{
	uint8_t tag = tag_of(hash);

	if (t->slots == NULL)
		return NULL;
	__builtin_prefetch(&t->slots[(size_t)hash & t->mask]);
	for (size_t i = (size_t)hash & t->mask; t->tags[i] != 0; i = (i + 1) & t->mask) {
		struct ident *x = t->tags[i] == tag ? t->slots[i] : NULL;

		if (x != NULL && x->hash == hash && x->corr == corr &&
			x->len == bytes.len &&
			(x->len == 0 || memcmp(x->bytes, bytes.ptr, x->len) == 0))
			return x;
	}
	return NULL;
}

static void
place(struct table *t, struct ident *x)
{
	size_t i = (size_t)x->hash & t->mask;

	while (t->tags[i] != 0)
		i = (i + 1) & t->mask;
	t->slots[i] = x;
	t->tags[i] = tag_of(x->hash);
}

size_t
table_bytes(const struct table *t)
{
	return t->slots == NULL ? 0 : (t->mask + 1) * (sizeof(struct ident *) + 1);
}

bool
table_reserve(struct table *t, size_t len)
{
	struct table to = *t;
	size_t n = t->slots == NULL ? 0 : t->mask + 1, want = n == 0 ? SLOTS_MIN : n;

	while (len > want / 5 * 4)
		want *= 2;
	if (want == n)
		return true;
	to.mask = want - 1;
	to.slots = calloc(to.mask + 1, sizeof(struct ident *));
	to.tags = calloc(to.mask + 1, 1);
	if (to.slots == NULL || to.tags == NULL) {
		free(to.slots);
		free(to.tags);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (t->tags[i] != 0)
			place(&to, t->slots[i]);
	free(t->slots);
	free(t->tags);
	*t = to;
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
	for (i = (hole + 1) & t->mask; t->tags[i] != 0; i = (i + 1) & t->mask) {
		size_t home = (size_t)t->slots[i]->hash & t->mask;

		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[i];
		t->tags[hole] = t->tags[i];
		hole = i;
	}
	t->slots[hole] = NULL;
	t->tags[hole] = 0;
	t->len--;
}
