/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entities touch, of the open transaction: rows of entries, gathered by entity in
 * memory until they go into the table (shelf.h) in its order, in packs (packs.h). Whoever
 * asks for an entity asks here, too. A rule's entries are those of an entity, too: its
 * kind is TOUCHES_RULE. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "store/packs.h"

struct store;

#define TOUCHES_BITS  13
#define TOUCHES_SLOTS (1 << TOUCHES_BITS)
#define TOUCHES_RULE  0 /* no name's id */

/* An entity, in as few bytes as it takes. */
struct touch_key {
	uint64_t place; /* of the id's bytes; of a named one: the name */
	uint32_t kind;
	uint32_t len;  /* of the id; UINT32_MAX: it is named */
	uint32_t last; /* number + 1 of its last item */
	uint32_t n;    /* items */
	uint32_t next; /* number + 1 of the next key of its slot */
};

struct touch_item {
	int64_t row;
	uint32_t before; /* number + 1 of the one before it of its key */
};

struct touches {
	struct touch_key *keys;
	struct touch_item *items;
	size_t n_keys, n, keys_cap, cap;
	struct buf bytes;              /* of the ids */
	uint32_t slots[TOUCHES_SLOTS]; /* number + 1 of a key */
	bool again;                    /* some may be in the table already */
	bool written; /* they are in the table: until the next one is put */
	bool whole;   /* nothing else is in the table */
};

/*
 * again: row may have been put for the entity in an earlier transaction. Without an open
 * transaction it is in the table at once. 0 or a store error.
 */
MUST_USE int touches_put(
	struct store *s, const struct packs_entity *e, int64_t row, bool again);

/* Rows of the entity that are in memory, ascending: appended as int64_t. */
void touches_find(
	const struct touches *t, const struct packs_entity *e, struct buf *rows);

/* All of them into the table. */
MUST_USE int touches_flush(struct store *s);

/* Those of a transaction that was none. */
void touches_forget(struct touches *t);
void touches_fini(struct touches *t);
