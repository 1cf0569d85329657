/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unpack.h"

#include "base/hash.h"

#define FIXED_BYTES 8

static struct str
take(struct unpack *u, uint64_t n)
{
	struct str out = { 0 };

	if (u->bad || n > u->rest.len || !buf_take(&u->rest, (size_t)n, &out))
		u->bad = true;
	return out;
}

struct str
unpack_text(struct unpack *u)
{
	return take(u, unpack_u64(u, u->rest.len));
}

unsigned char
unpack_byte(struct unpack *u)
{
	struct str s = take(u, 1);

	return u->bad ? 0 : (unsigned char)s.ptr[0];
}

uint64_t
unpack_fixed(struct unpack *u)
{
	struct str s = take(u, FIXED_BYTES);
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v |= (uint64_t)(unsigned char)s.ptr[i] << (8 * i);
	return v;
}

bool
unpack_ended(const struct unpack *u)
{
	return !u->bad && u->rest.len == 0;
}

struct unpack
unpack_hashed(struct str bytes)
{
	size_t len = bytes.len < FIXED_BYTES ? 0 : bytes.len - FIXED_BYTES;
	struct unpack u = { .rest = str_sub(bytes, 0, len) };
	struct unpack end = { .rest = str_sub(bytes, len, FIXED_BYTES) };
	uint64_t hash = unpack_fixed(&end);

	u.bad = end.bad || hash != hash_stable(u.rest);
	return u;
}
