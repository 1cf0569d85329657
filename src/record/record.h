/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log record, one occurrence of a Kubernetes event, one container status change, or
 * how much one container wrote in one slice of time.
 * It lives for one step of its decoder: every view points into the decoder's buffer or
 * arena, and dies with the next decoder_next(). One thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "record/source.h"

enum record_category {
	RECORD_LOG,
	RECORD_EVENT,
	RECORD_POD,
	RECORD_VOLUME,
	RECORD_CATEGORIES
};

/* Where the time comes from; the later two feed no absence, the last no window at all. */
enum time_quality { TIME_WRITTEN, TIME_NEAREST, TIME_ARRIVAL, TIME_FILE_DATE };

/* A record's place in its source: total order together with the source's id. */
struct place {
	uint64_t offset;  /* byte of the first line (before decompression: of the text) */
	uint32_t ordinal; /* several records of one place (an event that stands for 3) */
};

#define RECORD_FIELDS 12

struct field {
	struct str name;
	struct str value;
};

struct record {
	enum record_category category;
	int64_t at_ns;
	enum time_quality quality;
	const struct source *source;
	struct place place;
	struct str label[LABEL_COUNT]; /* the source's, or the event's own */
	struct str message;            /* joined, unwrapped */
	struct str stream;             /* stdout, stderr or empty */
	uint32_t count;                /* occurrences it stands for, at least 1 */
	bool continued;                /* the rest of a record that was too long */
	bool truncated;                /* bytes of it are missing */

	/*
	 * EVENT and POD: reason, type, kind, name, component, exit_code, state, restarts.
	 * VOLUME: lines, bytes and what they were before.
	 */
	struct field field[RECORD_FIELDS];
	size_t n_fields;

	/* EVENT, POD: the API object. LOG: the JSON body, read when first asked for. */
	json_t *body; /* owned by the record's maker */
	bool body_tried;
};

/* Empties *r and releases its body. */
void record_reset(struct record *r);

/*
 * The values of a field by its name in rules: labels, message, stream, count, the fields
 * above, "body.message", then dotted keys of the body, through arrays every member. At
 * most max values, in a or in the record. Returns how many; 0: the field is missing.
 */
size_t record_values(
	struct record *r, struct str name, struct arena *a, struct str *out, size_t max);

/* Whether the field is there at all: a null or an empty list is. Uses a as above. */
bool record_has(struct record *r, struct str name, struct arena *a);

/* Calls for every string value of a JSON body: at most max, as record_values(). */
size_t record_body_strings(
	struct record *r, struct arena *a, struct str *out, size_t max);
