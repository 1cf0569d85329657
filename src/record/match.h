/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that a rule matched, redacted: what flows from match/ to correlate/ and on.
 * A plain value whose views point into the buffer it was made or decoded in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/str.h"
#include "record/record.h"

#define MATCH_CAPTURES    24
#define MATCH_TEXT_MAX    1024 /* bytes kept of the first matching line */
#define MATCH_CAPTURE_MAX 256  /* bytes kept of a capture */

/* What is asked of a rule's matches. */
enum match_need {
	NEED_ALL,
	NEED_FIELDS, /* windows look at them: no text, and only captures they ask for */
	NEED_COUNT   /* how many there are: id, text and captures are empty */
};

struct match_needs {
	enum match_need *of;     /* by rule */
	const struct str *names; /* of the captures that windows ask for */
	size_t n_names;
};

struct match {
	uint32_t rule;   /* index in its ruleset */
	uint32_t source; /* index in the source table */
	uint64_t source_id;
	uint64_t id;      /* stable: source, place, rule; 0: match_id() makes it */
	uint64_t id_seed; /* where id is 0: what its source and rule give to it, or 0 */
	int64_t at_ns;
	enum time_quality quality;
	enum record_category category;
	struct place place;
	uint32_t weight;
	struct str label[LABEL_COUNT];
	struct str text;
	size_t n_captures;
	struct field capture[MATCH_CAPTURES]; /* those behind n_captures are not set */
};

static inline uint64_t
match_make_id(uint64_t seed, struct place place)
{
	return hash_place(hash_place(seed, place.offset), place.ordinal);
}

/* A sum of volumes (record/volume.h) has no seed: its id is what it says. */
static inline uint64_t
match_id(const struct match *m)
{
	return m->id != 0 || m->id_seed == 0 ? m->id
					     : match_make_id(m->id_seed, m->place);
}

/* The value of a capture, else of a label; false when there is none. */
bool match_field(const struct match *m, struct str name, struct str *out);

/* The same where it is known which label has this name, or LABEL_COUNT. */
static inline bool
match_field_or(const struct match *m, struct str name, enum label label, struct str *out)
{
	for (size_t i = 0; i < m->n_captures; i++)
		if (m->capture[i].name.len == name.len &&
			bytes_equal(m->capture[i].name.ptr, name.ptr, name.len)) {
			*out = m->capture[i].value;
			return true;
		}
	if (label == LABEL_COUNT || m->label[label].len == 0)
		return false;
	*out = m->label[label];
	return true;
}

/* The order of results: time, source, place, rule. <0, 0, >0. */
int match_cmp(const struct match *a, const struct match *b);

/* *to becomes m; views are shared. */
void match_view(struct match *to, const struct match *m);

/* Copies all that m's views point to. Out of memory: what has no room is empty. */
void match_copy(struct match *m, struct arena *a);

/*
 * Appends m, in the byte order of the machine; match_decode() reads it back, moving
 * *from; its views point into *from.
 */
void match_encode(struct buf *b, const struct match *m);
bool match_decode(struct str *from, struct match *out);
