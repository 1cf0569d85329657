/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned names: rules, files, field names and the values of labels are stored once and
 * referred to by a small integer. Also the encoding of a row's fields. The store's
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "store/db.h"

#define NAMES_FIELDS 64 /* fields of one row */

/* A number of its first and last bytes: the beginning of a hash. */
uint64_t names_look(struct str text);

/* The id of text, made when it is new. 0 or a store error. */
MUST_USE int names_put(struct store *s, struct str text, int64_t *out);

/* The id, or 0 when nobody stored that name. */
int64_t names_find(struct store *s, struct str text);

/* Labels come again and again: as long as there is room their values are names. */
bool names_is_label(struct str field);

/* Whether the values of this field, whose name's id is known, are names. */
bool names_interns(struct store *s, struct str field, int64_t id);

/* Empty when unknown. Valid as long as the store (or until a rollback). */
struct str names_text(struct store *s, int64_t id);

/* Encodes into s->scratch. 0, -E2BIG (too many or too long), or a store error. */
MUST_USE int names_encode(
	struct store *s, const struct store_field *fields, size_t n, struct str *out);

/* Decodes at most NAMES_FIELDS fields; views into blob and into the names. */
size_t names_decode(struct store *s, struct str blob, struct store_field *out);

/* Forgets everything in memory: after a rollback its ids may not exist. */
void names_forget(struct store *s);
void names_fini(struct store *s);
