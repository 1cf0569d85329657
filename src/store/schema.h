/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables and their history. Version n is made by the steps 1 to n in order; a new
 * file is made at once, with the same tables. A file of an older version is copied aside
 * (PATH.v1) before it is brought up to date.
 */
#pragma once

#include "base/compiler.h"
#include "store/db.h"

/* SQL of each step; the last entry's number is this program's version. */
extern const char *const schema_steps_z[];
extern const int schema_version;

/* Makes or migrates. 0, STORE_NEWER, STORE_CORRUPT (not ours), or a store error. */
MUST_USE int schema_update(struct store *s, const char *const *steps_z, int version);

/* For a reader. 0, -ENOENT (empty), STORE_NEWER, STORE_OLDER or STORE_CORRUPT. */
MUST_USE int schema_check(struct store *s, int version);

/*
 * Many touches of a bulk load wait aside, in no order, until they are put in theirs.
 * Asked for again, the place is there.
 */
MUST_USE int schema_late(struct store *s);
MUST_USE int schema_index(struct store *s);

/* A bulk load goes on without the index of entries by rule until somebody asks for it. */
MUST_USE int schema_drop_rules(struct store *s);
MUST_USE int schema_index_rules(struct store *s);
