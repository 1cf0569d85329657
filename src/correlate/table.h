/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of things that carry their own key: a correlation and bytes. Private to
 * correlate/. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/str.h"

/* Stands in what the table holds. */
struct ident {
	uint64_t hash;
	const char *bytes; /* borrowed */
	uint32_t len;
	uint32_t corr;
};

struct table {
	struct ident **slots; /* owned; open addressing, length mask + 1 */
	uint8_t *tags;        /* owned: of each slot some of its hash, 0: it is free */
	size_t mask, len;
	struct hash_key seed;
};

void table_init(struct table *t);
void table_fini(struct table *t);
uint64_t table_hash(const struct table *t, uint32_t corr, struct str bytes);
struct ident *table_find(
	const struct table *t, uint32_t corr, struct str bytes, uint64_t hash);

/* What it takes beside what it holds. */
size_t table_bytes(const struct table *t);

/* Room for len in all, so that putting them in cannot fail. */
bool table_reserve(struct table *t, size_t len);
void table_put(struct table *t, struct ident *i);
void table_del(struct table *t, const struct ident *i);
