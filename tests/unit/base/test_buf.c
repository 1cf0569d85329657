/* SPDX-License-Identifier: Apache-2.0 */
/* buf: growth and its sticky error, varints, and the two encodings of foreign text. */
#include "base/buf.h"

#include <string.h>

#include "../../tap.h"

static void
growing(void)
{
	struct buf b;

	buf_init(&b, 100000);
	OK(buf_str(&b).len == 0 && strcmp(buf_z(&b), "") == 0);
	for (int i = 0; i < 10000; i++)
		buf_add(&b, STR("abc"));
	OK(!buf_failed(&b) && b.len == 30000 && strlen(buf_z(&b)) == 30000);
	buf_reset(&b);
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, 0);
	buf_printf(&b, " %s=%d", "x", 7);
	OK(str_eq(buf_str(&b), STR("-9223372036854775808 0 x=7")));
	buf_reset(&b);
	buf_add_count(&b, 0, "order");
	buf_add_count(&b, 1, "order");
	buf_add_count(&b, 2, "order");
	OK(str_eq(buf_str(&b), STR("0 orders1 order2 orders")));
	buf_reset(&b);
	buf_printf(&b, "%90000d", 5);
	OK(!buf_failed(&b) && b.len == 90000);
	buf_fini(&b);
}

static void
limited(void)
{
	struct buf b;

	buf_init(&b, 4);
	buf_add(&b, STR("abc"));
	buf_add(&b, STR("de"));
	buf_add(&b, STR("f"));
	OK(buf_failed(&b) && str_eq(buf_str(&b), STR("abc")));
	OK(buf_z(&b) == NULL && buf_grow(&b, 1) == NULL);
	buf_reset(&b);
	buf_printf(&b, "%d", 1234);
	OK(!buf_failed(&b) && strcmp(buf_z(&b), "1234") == 0);
	buf_printf(&b, "%d", 5);
	OK(buf_failed(&b) && b.len == 4);
	buf_fini(&b);
	buf_init(&b, 0);
	buf_add(&b, STR(""));
	OK(!buf_failed(&b));
	buf_add_char(&b, 'x');
	OK(buf_failed(&b));
	buf_fini(&b);
}

static void
varints(void)
{
	static const struct {
		uint64_t v;
		size_t len;
	} t[] = {
		{ 0, 1 },
		{ 127, 1 },
		{ 128, 2 },
		{ 300, 2 },
		{ (UINT64_C(1) << 56) - 1, 8 },
		{ UINT64_C(1) << 56, 9 },
		{ UINT64_MAX, 9 },
	};
	struct buf b;
	struct str p, part;
	uint64_t v;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t before = b.len;

		buf_add_varint(&b, t[i].v);
		OK(b.len - before == t[i].len);
	}
	p = buf_str(&b);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		OK(buf_take_varint(&p, &v) && v == t[i].v);
	OK(p.len == 0 && !buf_take_varint(&p, &v));
	p = STR("\x80\x80");
	OK(!buf_take_varint(&p, &v) && p.len == 2);
	p = STR("abcd");
	OK(buf_take(&p, 3, &part) && str_eq(part, STR("abc")) && !buf_take(&p, 2, &part));
	OK(str_eq(p, STR("d")));
	buf_fini(&b);
}

/* Each length, with much and with nothing behind it, and cut short. */
static void
varint_lengths(void)
{
	bool all = true;

	for (unsigned bits = 0; bits < 64; bits++) {
		uint64_t want = UINT64_C(1) << bits | (bits > 7 ? 0x55 : 0), v = 0;
		struct str alone, p;
		struct buf b;
		size_t len;

		buf_init(&b, 100);
		buf_add_varint(&b, want);
		len = b.len;
		alone = p = buf_str(&b);
		all = all && buf_take_varint(&p, &v) && v == want && p.len == 0;
		p = str_sub(alone, 0, len - 1);
		all = all && !buf_take_varint(&p, &v) && p.len == len - 1;
		buf_add(&b, STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
		p = buf_str(&b);
		all = all && buf_take_varint(&p, &v) && v == want && p.len == 9;
		buf_fini(&b);
	}
	OK(all);
}

static bool
visible_is(struct str in, struct str out)
{
	struct buf b;
	bool same;

	buf_init(&b, 1000);
	buf_add_visible(&b, in);
	same = str_eq(buf_str(&b), out);
	if (!same)
		printf("# got %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}

static void
visible(void)
{
	OK(visible_is(STR("plain P\xc3\xa4y \xf0\x9f\x98\x80"),
		STR("plain P\xc3\xa4y \xf0\x9f\x98\x80")));
	OK(visible_is(STR("a\tb\nc\r"), STR("a b\\x0ac\\x0d")));
	OK(visible_is(STR("\x1b[31m\0\x7f"), STR("\\x1b[31m\\x00\\x7f")));
	OK(visible_is(STR("\x9b"
			  "31m"),
		STR("\\x9b31m")));
	OK(visible_is(STR("\xc2\x9b"
			  "31m\xc2\x85"),
		STR("\\u{9b}31m\\u{85}")));
	OK(visible_is(STR("\xe2\x80\xae"
			  "x\xe2\x81\xa6"),
		STR("\\u{202e}x\\u{2066}")));
	OK(visible_is(STR("a\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf"),
		STR("a\\u{200b}\\u{200d}\\u{feff}")));
	OK(visible_is(STR("\xe2\x80\xa8\xf3\xa0\x80\xa0"), STR("\\u{2028}\\u{e0020}")));
	OK(visible_is(STR("\xff\xc3"), STR("\\xff\\xc3")));
	OK(visible_is(STR("\xed\xa0\x80"), STR("\\xed\\xa0\\x80")));
	OK(visible_is(STR(""), STR("")));
}

/* No byte or pair of bytes may leave anything a terminal obeys. */
static void
visible_all(void)
{
	struct buf b;
	bool good = true;

	buf_init(&b, 1000);
	for (unsigned i = 0; i < 65536; i++) {
		char in[2] = { (char)(unsigned char)(i >> 8), (char)(unsigned char)i };
		struct str out;

		buf_reset(&b);
		buf_add_visible(&b, (struct str){ in, 2 });
		out = buf_str(&b);
		for (size_t pos = 0, len; pos < out.len; pos += len) {
			unsigned char c = (unsigned char)out.ptr[pos];
			bool is_c1 = c == 0xc2 && (unsigned char)out.ptr[pos + 1] < 0xa0;

			len = str_utf8_len(str_sub(out, pos, 4));
			if (len == 0 || c < 0x20 || c == 0x7f || is_c1)
				good = false;
			if (len == 0)
				break;
		}
	}
	OK(good);
	buf_fini(&b);
}

static void
json(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_add_json(&b, STR("a\"\\\n\t\r\b\f\x01\0\x7f\xc3\xa4\xff\xe2\x82z"));
	OK(str_eq(buf_str(&b),
		STR("\"a\\\"\\\\\\n\\t\\r\\b\\f\\u0001\\u0000\\u007f\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd"
		    "\xef\xbf\xbdz\"")));
	buf_reset(&b);
	buf_add_json(&b, (struct str){ 0 });
	OK(str_eq(buf_str(&b), STR("\"\"")));
	buf_reset(&b);
	buf_add_mended(&b, STR("a\"\xc3\xa4\xff\xe2\x82z\xc3"));
	OK(str_eq(buf_str(&b),
		STR("a\"\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd")));
	buf_fini(&b);
}

/* A text of n + 1 units, all but one an "a", is escaped unit by unit. */
static bool
is_made_of_units(struct str unit, size_t n, size_t at)
{
	struct buf text, one, whole, parts;
	bool same;

	buf_init(&text, 100);
	buf_init(&one, 100);
	buf_init(&whole, 1000);
	buf_init(&parts, 1000);
	buf_add_char(&parts, '"');
	for (size_t i = 0; i <= n; i++) {
		buf_add(&text, i == at ? unit : STR("a"));
		buf_reset(&one);
		buf_add_json(&one, i == at ? unit : STR("a"));
		buf_add(&parts, str_sub(buf_str(&one), 1, one.len - 2));
	}
	buf_add_char(&parts, '"');
	buf_add_json(&whole, buf_str(&text));
	same = str_eq(buf_str(&whole), buf_str(&parts));
	buf_fini(&text);
	buf_fini(&one);
	buf_fini(&whole);
	buf_fini(&parts);
	return same;
}

static void
json_at_all_places(void)
{
	static const struct str units[] = { { "\"", 1 }, { "\\", 1 }, { "\n", 1 },
		{ "\x1f", 1 }, { "\0", 1 }, { "\x7f", 1 }, { "\xff", 1 },
		{ "\xc3\xa4", 2 }, { "\xe2\x82\xac", 3 }, { " ", 1 } };
	bool good = true;

	for (size_t u = 0; u < ARRAY_LEN(units); u++)
		for (size_t n = 0; n < 26; n++)
			for (size_t at = 0; at <= n; at++)
				good = good && is_made_of_units(units[u], n, at);
	OK(good);
}

int
main(void)
{
	growing();
	limited();
	varints();
	varint_lengths();
	visible();
	visible_all();
	json();
	json_at_all_places();
	return tap_done();
}
