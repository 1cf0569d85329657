/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer whose error sticks: append many times, ask buf_failed() once.
 * A buffer over its limit or out of memory keeps what it had and ignores the rest.
 * One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/str.h"

struct buf {
	char *data; /* owned */
	size_t len;
	size_t cap;
	size_t limit; /* in bytes */
	bool failed;
};

/* No allocation yet. limit in bytes, at most SIZE_MAX / 2. */
void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b);

/* Empties it and forgets the error; keeps the memory. */
void buf_reset(struct buf *b);

/* buf_grow() where there may be no room yet. */
char *buf_grow_slowly(struct buf *b, size_t n);

/* n bytes to fill in by the caller, or NULL when the buffer failed. */
static inline char *
buf_grow(struct buf *b, size_t n)
{
	if (b->failed || n >= b->cap - b->len)
		return buf_grow_slowly(b, n);
	b->len += n;
	return b->data + b->len - n;
}

static inline void
buf_add(struct buf *b, struct str s)
{
	char *p = buf_grow(b, s.len);

	if (p != NULL && s.len > 0)
		memcpy(p, s.ptr, s.len);
}

static inline void
buf_add_char(struct buf *b, char c)
{
	char *p = buf_grow(b, 1);

	if (p != NULL)
		*p = c;
}

void buf_add_i64(struct buf *b, int64_t v);
/* "1 order", "2 orders" of what_z "order". */
void buf_add_count(struct buf *b, int64_t n, const char *what_z);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* buf_add_varint() of a number of more than seven bits. */
void buf_add_long_varint(struct buf *b, uint64_t v);

/* Little-endian unsigned of 1 to 9 bytes (base-128 varint), for block encodings. */
static inline void
buf_add_varint(struct buf *b, uint64_t v)
{
	if (v < 0x80)
		buf_add_char(b, (char)v);
	else
		buf_add_long_varint(b, v);
}

/* For unpack.h: a signed number, short when it is near 0; a text behind its length. */
void buf_add_zigzag(struct buf *b, int64_t v);
void buf_add_text(struct buf *b, struct str s);

/* 8 bytes, little-endian; the same of hash_stable() of all that b has from there on. */
void buf_add_fixed(struct buf *b, uint64_t v);
void buf_add_hash(struct buf *b, size_t from);

/* Valid until the next change of b. */
struct str buf_str(const struct buf *b);
static inline bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

/* The text with a NUL behind it, for a library call; NULL when the buffer failed. */
const char *buf_z(struct buf *b);

/* Text of which each byte that is no UTF-8 becomes U+FFFD. */
void buf_add_mended(struct buf *b, struct str s);

/* A JSON string literal with quotes; invalid UTF-8 becomes U+FFFD. */
void buf_add_json(struct buf *b, struct str s);

/*
 * Text for a terminal or one line of a report: control bytes, DEL, C1, bidi controls and
 * invalid UTF-8 become \xNN or \u{...}; tab becomes a blank.
 */
void buf_add_visible(struct buf *b, struct str s);

/* buf_take_varint() of a number of more than seven bits. */
bool buf_take_long_varint(struct str *p, uint64_t *out);

/* Reads what buf_add_varint wrote, moving *p; false when the text ends early. */
static inline bool
buf_take_varint(struct str *p, uint64_t *out)
{
	if (p->len == 0 || (unsigned char)p->ptr[0] >= 0x80)
		return buf_take_long_varint(p, out);
	*out = (unsigned char)*p->ptr++;
	p->len--;
	return true;
}

/* The next n bytes of *p; false when there are fewer. */
bool buf_take(struct str *p, size_t n, struct str *out);
