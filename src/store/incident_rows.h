/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The incidents of a bulk load: they wait in memory until they go into the table in its
 * order, at once. As long as they are all there are, they are listed from there, too. The
 * store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"
#include "store/store.h"

struct incident_waiting {
	const struct incident_row *row;
	struct str key; /* encoded */
	size_t number;  /* of those that came before */
};

struct incident_rows {
	struct arena *bytes;            /* what is pointed to; NULL: none yet */
	struct incident_waiting *items; /* as they came; when sorted: by id, each once */
	size_t n, cap;
	const struct incident_row **list; /* in the order of a list; NULL: nobody asked */
	bool sorted;
	bool written; /* they are in the table */
	bool partial; /* the table has others, or not these any more */
};

/* A copy of the row. 0 or a store error. */
MUST_USE int incident_rows_put(struct store *s, const struct incident_row *row);

/* All of them into the table; the last one of an id stays. */
MUST_USE int incident_rows_flush(struct store *s);

/* Only read from here on, until the next one is put. */
void incident_rows_sort(struct incident_rows *r);

/* The list is there. False: not of all of them. */
bool incident_rows_list(struct incident_rows *r);

/* The table is changed by others. */
void incident_rows_leave(struct incident_rows *r);

/* Those of a transaction that was none. */
void incident_rows_forget(struct incident_rows *r);
void incident_rows_fini(struct incident_rows *r);
