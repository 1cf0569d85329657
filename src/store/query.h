/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a query: a statement of its own, and of entries the rows that are to
 * come. One idle query of each kind waits in the store for the next one of that kind. The
 * store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "store/db.h"
#include "store/names.h"
#include "store/order.h"
#include "store/stream.h"

struct store_query {
	struct store *s;
	enum db_query kind;
	sqlite3_stmt *st;
	bool failed;
	struct buf entity; /* the one asked for */

	/* incidents */
	bool from_memory; /* incident_rows.h */
	size_t n_given;

	/* entries (entry_query.c) */
	bool begun;
	int64_t from_ns, to_ns;
	int64_t first, last;    /* no row before or behind is asked for */
	int64_t row;            /* the next one; INT64_MAX: none */
	struct buf rows;        /* int64_t, ascending: of the packs that were read */
	size_t n_rows;          /* taken */
	struct stream *streams; /* of the rules or of the entity */
	size_t n_streams, streams_cap;
	struct buf body; /* of the entry that was read last */
	struct order order;
	struct store_field fields[NAMES_FIELDS];
};

/* NULL: the error is remembered. */
struct store_query *query_open(struct store *s, enum db_query kind);

/* The same without a statement: of what is in memory. */
struct store_query *query_open_bare(struct store *s, enum db_query kind);

/* Steps it. False: there is no row, or an error. */
bool query_next(struct store_query *q);
