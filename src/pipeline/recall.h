/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen of events and pods, and whose pods they are, kept in the store: after a
 * restart an occurrence is the difference to what was committed. Of each commit it is a
 * part as sources and matches are, and only rows that changed are written. One thread:
 * the store's writer.
 */
#pragma once

#include "base/compiler.h"
#include "base/hash.h"
#include "decode/past.h"
#include "record/source.h"
#include "store/store.h"

struct recall;

/*
 * With what an earlier one left in s, said to sources, too. What is damaged, or was kept
 * under another key, is forgotten and a gap. Both are borrowed. In the open transaction.
 * 0, -ENOMEM or a store error.
 */
MUST_USE int recall_open(struct store *s, struct source_table *sources,
	size_t max_sightings, struct hash_key key, struct recall **out);
void recall_free(struct recall **pr);

/* For objects_new(). Lives as long as r. */
struct past *recall_past(struct recall *r);

/* What changed since: part of the next commit. */
MUST_USE int recall_save(struct recall *r);
