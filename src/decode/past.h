/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen of Kubernetes objects before, as a few numbers each: occurrences are
 * differences to it. Bounded: what was not asked for for long makes room. It is kept over
 * a restart as rows of bytes, of which only those that changed are written; keys are in
 * there as keyed hashes only, never as text. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "base/str.h"

enum past_kind { PAST_EVENT = 1, PAST_THING, PAST_CONTAINER };

/* Of the last sighting; what a kind does not have is 0. */
struct past_item {
	uint64_t version;    /* the API's resourceVersion */
	uint32_t count;      /* occurrences, or restarts of a container */
	uint32_t counted;    /* container: instances below have their death counted */
	int64_t known_ns;    /* container: the last moment we know of it */
	int64_t finished_ns; /* container: end of its last instance, or TIME_NONE */
};

struct past;

/* key: of the hashes; what was saved under another one is not known. NULL: no memory. */
struct past *past_new(size_t max_items, struct hash_key key);
void past_free(struct past **pp);

/* False: not seen before, or forgotten; *out is zero then. */
bool past_get(struct past *p, enum past_kind kind, struct str key, struct past_item *out);

/* False: memory is out. */
bool past_put(struct past *p, enum past_kind kind, struct str key,
	const struct past_item *item);

/* 1, 2, ...: for what has no version of its own; goes on after a restart. */
uint32_t past_next_serial(struct past *p);

/* The next row that changed since it was last given here, its bytes appended to out. */
bool past_changed(struct past *p, uint64_t *row, struct buf *out);

/* All rows count as changed: for a place where none of them is. */
void past_touch(struct past *p);

/*
 * A row of past_changed() into a new past, in the order of row. 0, -ENOMEM, or -EINVAL:
 * not such bytes, not in this order, or saved under another key.
 */
MUST_USE int past_restore(struct past *p, uint64_t row, struct str bytes);

struct past_counts {
	uint64_t items;
	uint64_t forgotten; /* made room for others */
};
struct past_counts past_counts(const struct past *p);
