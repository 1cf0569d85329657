/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entities touch, of the open transaction: kept in memory until many can go into the
 * table in its order. Whoever asks for an entity asks here, too. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

struct store;

#define TOUCHES_SLOTS 4096

/* As the table has it: entity is a name, and so is id if name is not 0. */
struct touch {
	int64_t entity, name;
	struct str id; /* ptr: while they are written */
	int64_t row;
	size_t at; /* id's place */
	uint32_t next;
};

struct touches {
	struct touch *items;
	size_t n, cap;
	struct buf bytes;              /* of the ids */
	uint32_t slots[TOUCHES_SLOTS]; /* number + 1 of the last one, by a look at it */
	bool late;                     /* a bulk load has put some away unsorted */
};

/*
 * name 0: id is text. Without an open transaction it is in the table at once. 0 or a
 * store error.
 */
MUST_USE int touches_put(
	struct store *s, int64_t entity, int64_t name, struct str id, int64_t row);

/* Rows of the entity that are not in the table yet, ascending: appended as int64_t. */
void touches_find(const struct touches *t, int64_t entity, int64_t name, struct str id,
	struct buf *rows);

/* All of them into the table (of a bulk load: only touches_index() does). */
MUST_USE int touches_flush(struct store *s);

/* The end of a bulk load. */
MUST_USE int touches_index(struct store *s);

/* Those of a transaction that was none. */
void touches_forget(struct touches *t);
void touches_fini(struct touches *t);
