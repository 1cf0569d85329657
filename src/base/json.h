/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson behind accessors that cannot return the wrong type, limits on depth and size,
 * and tolerance for what logs really contain. One thread per document.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 64

enum json_status { JSON_OK, JSON_BAD, JSON_MORE };

/* Once, before anything else: jansson does not survive that memory is out, so the program
 * ends then. */
void json_init(void);

/*
 * The first JSON value of text. JSON_OK: *out is owned by the caller (json_decref) and
 * *used is the number of bytes read; JSON_MORE: the text ends inside the value; JSON_BAD:
 * not JSON, too deep, or larger than the library takes. Invalid UTF-8 and integers over
 * 64 bits are mended first (U+FFFD; kept as text) rather than refused.
 */
enum json_status json_read(struct str text, json_t **out, size_t *used);

/* The member, or NULL when obj is NULL, no object, or has none. Borrowed. */
json_t *json_member(const json_t *obj, const char *key_z);

/* Follows dotted keys, a literal key with dots first; borrowed, or NULL. */
json_t *json_at(const json_t *obj, struct str path);

/* The text of a string, else an empty view. Valid as long as v. */
struct str json_text(const json_t *v);
struct str json_member_text(const json_t *obj, const char *key_z);

/* The integer (or a real without a fraction), else otherwise. */
int64_t json_i64(const json_t *v, int64_t otherwise);

/* Strings as they are, numbers and booleans as JSON prints them; false for the others. */
bool json_scalar(const json_t *v, struct buf *b);

/*
 * As json_dumpf() with JSON_COMPACT and 12 digits prints it, several times as fast. What
 * goes wrong is f's error.
 */
void json_write(FILE *f, const json_t *v);
