/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches as few bytes for as long as this process lives: what stays where it is (the
 * labels of a source, names of captures) is not copied, but numbered. One thread packs;
 * then any may unpack.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "record/match.h"
#include "record/source.h"

struct pack;

struct pack *pack_new(void); /* NULL: out of memory */
void pack_free(struct pack **pp);

/*
 * Appends m. source: its labels are m's, but for the service, and they, the service and
 * the names of the captures stay where they are; NULL: nothing of m does.
 */
void pack_add(struct pack *p, struct buf *out, const struct match *m,
	const struct source *source);

/* Reads it back as match_decode() does. False: more bytes are needed, or they are bad. */
bool pack_take(const struct pack *p, struct str *from, struct match *out);
