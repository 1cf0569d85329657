/* SPDX-License-Identifier: Apache-2.0 */
/* unpack: what was written comes back; the first error sticks; cut and changed bytes. */
#include "base/unpack.h"

#include <string.h>

#include "../../tap.h"

static const int64_t numbers[] = { 0, -1, 1, 63, -64, 64, 1000000007, INT64_MAX,
	INT64_MIN };

static void
put_all(struct buf *b)
{
	buf_init(b, 1000);
	buf_add_char(b, (char)0xfe);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		buf_add_zigzag(b, numbers[i]);
		buf_add_varint(b, (uint64_t)numbers[i]);
	}
	buf_add_text(b, STR("a text"));
	buf_add_text(b, STR(""));
	buf_add_fixed(b, UINT64_C(0x0102030405060708));
}

/* Whether all of it is what was put; reads all the same. */
static bool
take_all(struct unpack *u)
{
	bool same = unpack_byte(u) == 0xfe;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		same &= unpack_zigzag(u) == numbers[i];
		same &= unpack_cast(u) == numbers[i];
	}
	same &= str_eq(unpack_text(u), STR("a text"));
	same &= unpack_text(u).len == 0;
	same &= unpack_fixed(u) == UINT64_C(0x0102030405060708);
	return same;
}

static void
there_and_back(void)
{
	struct unpack u;
	struct buf b;
	bool found = true;

	put_all(&b);
	u = (struct unpack){ .rest = buf_str(&b) };
	OK(take_all(&u) && unpack_ended(&u));
	OK(memcmp(b.data + b.len - 8, "\x08\x07\x06\x05\x04\x03\x02\x01", 8) == 0);
	for (size_t n = 0; n < b.len; n++) {
		u = (struct unpack){ .rest = str_sub(buf_str(&b), 0, n) };
		found &= !take_all(&u) && u.bad && !unpack_ended(&u);
	}
	OK(found);
	buf_fini(&b);
}

static void
sticking(void)
{
	struct unpack u = { .rest = STR("\x05\x06\x03"
					"abcdefghijk") };

	OK(unpack_u64(&u, 5) == 5 && !u.bad);
	OK(unpack_u64(&u, 5) == 0 && u.bad);
	OK(unpack_text(&u).len == 0 && unpack_byte(&u) == 0 && unpack_fixed(&u) == 0);
	OK(unpack_zigzag(&u) == 0 && unpack_cast(&u) == 0 && !unpack_ended(&u));
	u = (struct unpack){ .rest = STR("\x04"
					 "abc") };
	OK(unpack_text(&u).len == 0 && u.bad);
	u = (struct unpack){ .rest = STR("ab") };
	OK(unpack_byte(&u) == 'a' && !unpack_ended(&u));
	OK(unpack_byte(&u) == 'b' && unpack_ended(&u) && unpack_byte(&u) == 0 && u.bad);
	u = (struct unpack){ .rest = STR("1234567") };
	OK(unpack_fixed(&u) == 0 && u.bad);
}

static void
hashed(void)
{
	struct unpack u;
	struct buf b;
	bool found = true;

	buf_init(&b, 1000);
	buf_add(&b, STR("before"));
	buf_add_text(&b, STR("kept"));
	buf_add_hash(&b, 6);
	u = unpack_hashed(str_sub(buf_str(&b), 6, b.len));
	OK(str_eq(unpack_text(&u), STR("kept")) && unpack_ended(&u));
	for (size_t i = 6; i < b.len; i++) {
		b.data[i] ^= 0x10;
		found &= unpack_hashed(str_sub(buf_str(&b), 6, b.len)).bad;
		b.data[i] ^= 0x10;
	}
	OK(found && unpack_hashed(STR("1234567")).bad && unpack_hashed(STR("")).bad);
	buf_reset(&b);
	buf_add_hash(&b, 0);
	u = unpack_hashed(buf_str(&b));
	OK(b.len == 8 && unpack_ended(&u));
	buf_fini(&b);
	buf_init(&b, 2);
	buf_add(&b, STR("abc"));
	buf_add_hash(&b, 0);
	OK(buf_failed(&b) && b.len == 0);
	buf_fini(&b);
}

int
main(void)
{
	there_and_back();
	sticking();
	hashed();
	return tap_done();
}
