/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the JSON that destinations are sent, all of bounded size. Values that cannot
 * be made for want of memory are left out; body_print() then still prints JSON. Pure
 * functions.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

/* At most max bytes of s, cut between characters. */
struct str body_cut(struct str s, size_t max);

/* New values: texts of at most max bytes; RFC 3339 with that many digits of the second.
 */
json_t *body_text(struct str s, size_t max);
json_t *body_text_of(const struct buf *b, size_t max);
json_t *body_time(int64_t at_ns, int digits);

/* Takes value over. */
void body_set(json_t *obj, const char *name_z, json_t *value);

/* Members under the same names, where they are: texts cut to max bytes, numbers and
 * booleans as they are. Others are left out. */
void body_copy(
	json_t *to, const json_t *from, const char *const *names_z, size_t n, size_t max);

/* Compact JSON to the end of out; takes v over. 0, or -ENOMEM, also when out is full. */
MUST_USE int body_print(json_t *v, struct buf *out);
