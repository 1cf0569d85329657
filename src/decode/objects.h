/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes events and pods become records: occurrences as differences per object,
 * restarts as one record each. Many files show the same objects (a list, a watch), so
 * sightings are gathered first and put in order by (uid, resource version); a live watch
 * takes them as they come. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "decode/documents.h"
#include "decode/past.h"
#include "record/record.h"
#include "record/source.h"

struct objects;

struct objects_counts {
	uint64_t documents, events, pods, other, bad; /* bad: not JSON or no object */
	uint64_t full;                                /* sightings over max_sightings */
};

/*
 * sources and past are borrowed; other objects may use them, too. live: records come at
 * once; else after objects_settle().
 */
struct objects *objects_new(
	struct source_table *sources, struct past *past, size_t max_sightings, bool live);
void objects_free(struct objects **po);

/*
 * Bytes of one file or pipe, cut anywhere: Lists, concatenated documents, watch lines.
 * End a file with objects_end(). name is the file's.
 */
void objects_feed(struct objects *o, struct str name, struct str bytes);
void objects_end(struct objects *o);

/* All files are in: puts sightings in order. Not when live. */
void objects_settle(struct objects *o);

/* The next record, valid until the next call; NULL: none (now). */
struct record *objects_next(struct objects *o);

/*
 * The first byte, of all that were fed, whose object is not complete: after a restart
 * bytes are fed from there. Objects that past knows may come again, they are no news.
 */
uint64_t objects_needs(const struct objects *o);

/*
 * An object of which a part was read, copied from one to another that is new: bytes of it
 * need not be fed again. False: out of memory.
 */
MUST_USE bool objects_save(const struct objects *o, struct documents *out);
MUST_USE bool objects_take(struct objects *o, const struct documents *open);

const struct objects_counts *objects_counts(const struct objects *o);
