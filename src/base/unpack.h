/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads back what buf_add_varint() and its kin wrote, out of bytes that may be anything.
 * The error sticks, so read one field after the other and ask once: from the first that
 * is not there, or not what it may be, everything read is 0 or empty. Views are into the
 * bytes. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct unpack {
	struct str rest; /* borrowed: what is not read yet */
	bool bad;        /* the caller may set it, too */
};

/* What buf_add_varint() wrote, up to max. */
static inline uint64_t
unpack_u64(struct unpack *u, uint64_t max)
{
	uint64_t v = 0;

	if (u->bad || !buf_take_varint(&u->rest, &v) || v > max) {
		u->bad = true;
		return 0;
	}
	return v;
}

/* What buf_add_varint() wrote of a signed number that was cast. */
static inline int64_t
unpack_cast(struct unpack *u)
{
	return (int64_t)unpack_u64(u, UINT64_MAX);
}

/* What buf_add_zigzag() wrote. */
static inline int64_t
unpack_zigzag(struct unpack *u)
{
	uint64_t v = unpack_u64(u, UINT64_MAX);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* What buf_add_text() wrote. */
struct str unpack_text(struct unpack *u);

/* A byte. */
unsigned char unpack_byte(struct unpack *u);

/* What buf_add_fixed() wrote. */
uint64_t unpack_fixed(struct unpack *u);

/* All was good, and nothing is left. */
bool unpack_ended(const struct unpack *u);

/* bytes without the hash that buf_add_hash() put behind them; bad: it is not theirs. */
struct unpack unpack_hashed(struct str bytes);
