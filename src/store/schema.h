/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables and their history. Version n is made by the steps 1 to n in order; a new
 * file is made at once, with the same tables. A file of an older version is copied aside
 * (PATH.v1) before it is brought up to date.
 */
#pragma once

#include "base/compiler.h"
#include "store/db.h"

/* SQL, then a function, then SQL again; the latter two may be NULL. */
struct schema_step {
	const char *sql_z;
	int (*run)(struct store *s);
	const char *then_z;
};

/* The last one's number is this program's version. */
extern const struct schema_step schema_steps[];
extern const int schema_version;

/* Makes or migrates. 0, STORE_NEWER, STORE_CORRUPT (not ours), or a store error. */
MUST_USE int schema_update(struct store *s, const struct schema_step *steps, int version);

/* For a reader. 0, -ENOENT (empty), STORE_NEWER, STORE_OLDER or STORE_CORRUPT. */
MUST_USE int schema_check(struct store *s, int version);
