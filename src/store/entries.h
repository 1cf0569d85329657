/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of entries, in packs whose spans of rows do not lap over, and the entries
 * that wait for it: of the open transaction, kept in memory in the order of their rows
 * until many can go at once. Whoever looks for a row looks here, too. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "store/entry_body.h"
#include "store/store.h"

struct entry_waiting {
	int64_t row, rule;
	size_t at, len; /* of its body */
};

struct entries {
	struct entry_waiting *items; /* by row; NULL: none was put yet */
	size_t n;
	struct buf bodies;
	size_t n_out; /* the first ones are in the table by now, to be read from here */
	size_t bytes_out; /* of bodies, when that was looked at last */
	bool looked;      /* last is known */
	int64_t last;     /* no row of the table is greater */
	bool is_fresh;    /* the last one put was not there before */
	int64_t fresh;    /* its row */
	struct buf pack;  /* the last one that was read of the table */
	bool has_pack;
};

/*
 * Where it is, also when it was there already. rule, file: ids of names; fields: encoded.
 * Without an open transaction it is in the table at once. 0 or a store error.
 */
MUST_USE int entries_put(struct store *s, const struct entry_row *e, int64_t rule,
	int64_t file, struct str fields, int64_t *row);

/* The row is that of the last one put, which was not there before. */
bool entries_is_fresh(const struct store *s, int64_t row);

/* 1: there it is, until the next call or put. 0: there is none. Else a store error. */
int entries_get(struct store *s, int64_t row, struct entry_item *out);

/* A reader begins to read: of now. */
void entries_begin(struct store *s);

/* Some have the date of a file: as of now, for a reader that began to read. */
bool entries_undated(struct store *s);

/* All of them into the table. */
MUST_USE int entries_flush(struct store *s);

/* Deletes those with at < before_ns; *deleted grows. In a transaction. */
MUST_USE int entries_cut(struct store *s, int64_t before_ns, uint64_t *deleted);

/* The time of the first one, or INT64_MAX. */
MUST_USE int entries_oldest(struct store *s, int64_t *at_ns);

/* Those of a transaction that was none. */
void entries_forget(struct entries *t);
void entries_fini(struct entries *t);
