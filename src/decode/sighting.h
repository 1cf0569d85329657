/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What files show of events and pods: the text of an object each time it is seen, with
 * what puts it in the order in which the API server wrote it. Bounded in number and in
 * bytes. Private to decode/; one thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/str.h"

#define SIGHTING_NAME_BYTES 128 /* longest uid */

struct sighting {
	bool is_event;
	unsigned refs; /* records that need its text, and its maker */
	uint64_t version;
	int64_t at_ns; /* last time of an event, else TIME_NONE */
	uint32_t count;
	size_t uid_len, text_len;
	char data[]; /* uid, then the object's JSON */
};

static inline struct str
sighting_text(const struct sighting *s)
{
	return (struct str){ s->data + s->uid_len, s->text_len };
}

/* By uid, count and text: the order of those of one version. */
int sighting_cmp_texts(const struct sighting *a, const struct sighting *b);

/* Those that wait for others, and what they need together. */
struct sightings {
	struct sighting **all; /* owned */
	size_t n, cap, max, bytes;
	struct map *seen; /* uid, version, count */
	struct buf key;
};

/* False without memory: sightings_fini() may follow. */
bool sightings_init(struct sightings *l, size_t max);
void sightings_fini(struct sightings *l);

/*
 * One with a reference. 0, -ENOBUFS: too many, too much or no memory, or -EINVAL: the
 * object is no JSON.
 */
MUST_USE int sightings_make(
	struct sightings *l, struct str uid, const json_t *object, struct sighting **out);
void sightings_drop(struct sightings *l, struct sighting *s);

/* Whether such a one came before, from another list or file. */
bool sightings_has(struct sightings *l, struct str uid, uint64_t version, uint32_t count);

/* Lets it wait; takes the reference. False without memory: it is the caller's. */
MUST_USE bool sightings_keep(struct sightings *l, struct sighting *s);

/* Puts those that wait in order. */
void sightings_sort(struct sightings *l);
