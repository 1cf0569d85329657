/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches as few bytes for as long as this process lives: what stays where it is (the
 * labels of a source, names of captures) is not copied, but numbered. One thread packs;
 * then any may unpack.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "record/match.h"
#include "record/source.h"
#include "record/value_rows.h"

struct pack;
struct pack_kind;

struct pack *pack_new(void); /* NULL: out of memory */
void pack_free(struct pack **pp);

/*
 * Appends m. source: its labels are m's, but for the service, and they, the service and
 * the names of the captures stay where they are; NULL: nothing of m does.
 */
void pack_add(struct pack *p, struct buf *out, const struct match *m,
	const struct source *source);

/* What was added is whole: its buffer was emptied, or what comes next is to begin anew.
 */
void pack_close(struct pack *p);

/* A place among what was packed: { .rest = all of it } is the first. */
struct pack_at {
	struct str rest;              /* behind it, or what has begun with it */
	const struct pack_kind *kind; /* of what has begun: rows.n of it are left */
	struct value_rows rows;
};

/*
 * The match there, as match_decode() gives it, and on to the next. False: more bytes are
 * needed, or they are bad; it may be asked again with a longer rest.
 */
bool pack_take(const struct pack *p, struct pack_at *at, struct match *out);

/* Where the next match is, of all bytes at data, for pack_copy(): to sort them. */
struct pack_place {
	size_t pos;
	uint32_t row; /* bytes behind pos; 0: it stands by itself */
	uint32_t len; /* of what stands by itself */
};

/* As pack_take(), of all bytes. */
bool pack_take_placed(const struct pack *p, struct str all, struct pack_at *at,
	struct match *out, struct pack_place *place);

/* The match at a place. */
bool pack_look(const struct pack *p, struct str all, const struct pack_place *place,
	struct match *out);

/* Appends what is at a place, by itself. */
void pack_copy(struct buf *out, struct str all, const struct pack_place *place);
