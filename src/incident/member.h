/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects and lists written straight into a buffer: members one after the other, the
 * comma between them by itself. The braces are the caller's. Any thread.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* What is added next is the first of its list or object. */
static inline bool
member_is_first(const struct buf *b)
{
	return b->len == 0 || b->data[b->len - 1] == '{' || b->data[b->len - 1] == '[';
}

/* A place in a list, or in an object: a comma unless it is the first. */
static inline void
member_item(struct buf *b)
{
	if (!member_is_first(b))
		buf_add_char(b, ',');
}

/* The name of a member, its value follows: one of ours, without anything to escape. */
static inline void
member_name(struct buf *b, struct str name)
{
	size_t comma = !member_is_first(b);
	char *p = buf_grow(b, name.len + 3 + comma);

	if (p == NULL)
		return;
	*p = ',';
	p += comma;
	*p++ = '"';
	memcpy(p, name.ptr, name.len);
	p[name.len] = '"';
	p[name.len + 1] = ':';
}

/* Members with values. Texts that are no UTF-8 are mended. */
static inline void
member_text(struct buf *b, struct str name, struct str value)
{
	member_name(b, name);
	buf_add_json(b, value);
}

static inline void
member_i64(struct buf *b, struct str name, int64_t value)
{
	member_name(b, name);
	buf_add_i64(b, value);
}

/* RFC 3339 with milliseconds, UTC; null for TIME_NONE. */
void member_time(struct buf *b, struct str name, int64_t at_ns);

/* "level", as rules name it; empty for none. */
void member_level(struct buf *b, int level);

/* Names that are not ours; the value of the first follows. */
void member_foreign_name(struct buf *b, struct str name);
void member_null(struct buf *b, struct str name);
void member_field(struct buf *b, struct str name, struct str value);
