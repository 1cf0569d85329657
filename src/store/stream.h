/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows that one entity touches, out of the table touch, in packs that may lap over.
 * The store's thread.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "store/packs.h"

struct store;

/* Zero at first. Its statement can be used again. */
struct stream {
	struct packs_entity e; /* borrowed */
	sqlite3_stmt *st;
	bool has_row;
	int64_t bound; /* none that is to come is before; INT64_MAX: there is none */
};

/* Packs with rows in [from, to]. 0 or a store error. */
MUST_USE int stream_begin(struct store *s, struct stream *t, const struct packs_entity *e,
	int64_t from, int64_t to);

/* Appends the next ones as int64_t, in no order. Where bound is not INT64_MAX. */
MUST_USE int stream_take(struct store *s, struct stream *t, struct buf *rows);

void stream_end(struct stream *t);
void stream_fini(struct stream *t);
