/* SPDX-License-Identifier: Apache-2.0 */
/* str: views, numbers, UTF-8, nearest words. */
#include "base/str.h"

#include "../../tap.h"

static void
numbers(void)
{
	const struct {
		struct str text;
		bool good;
		int64_t value;
	} t[] = {
		{ STR("0"), true, 0 },
		{ STR("-12"), true, -12 },
		{ STR("12x"), false, 0 },
		{ STR("+1"), false, 0 },
		{ STR(" 1"), false, 0 },
		{ STR("1\0002"), false, 0 },
		{ STR(""), false, 0 },
		{ STR("-"), false, 0 },
		{ STR("9223372036854775807"), true, INT64_MAX },
		{ STR("9223372036854775808"), false, 0 },
		{ STR("-9223372036854775808"), true, INT64_MIN },
		{ STR("-9223372036854775809"), false, 0 },
		{ STR("99999999999999999999"), false, 0 },
	};
	int64_t v = 7;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		v = 0;
		OK(str_to_i64(t[i].text, INT64_MIN, INT64_MAX, &v) == t[i].good &&
			v == t[i].value);
	}
	OK(!str_to_i64(STR("1001"), -1000, 1000, &v) &&
		!str_to_i64(STR("-1001"), -1000, 1, &v));
	OK(str_to_i64(str_sub(STR("12x"), 0, 2), 0, 12, &v) && v == 12);
}

/* Two bytes in one place of texts that are else the same. */
static void
folds(void)
{
	size_t n_wrong = 0;

	for (unsigned i = 0; i < 256 * 256; i++)
		for (size_t n = 1; n < 20; n++) {
			char a[] = "qQqQqQqQqQqQqQqQqQqQ", b[] = "QqqQqQqQQqqQqQqQqQqQ";
			size_t at = i % n;
			char x = (char)(i % 256), y = (char)(i / 256);

			a[at] = x;
			b[at] = y;
			n_wrong +=
				str_eq_fold((struct str){ a, n }, (struct str){ b, n }) !=
				(char_lower(x) == char_lower(y));
		}
	OK(n_wrong == 0);
}

static void
doubles(void)
{
	static const char *const bad[] = { "", ".", "-", "1e", "e5", "0x10", "inf", "nan",
		"1 ", "1.2.3", "1e999", "1,5", "--1" };
	char longest[129];
	double v = 0;

	OK(str_to_double(STR("104.98"), &v) && v == 104.98);
	OK(str_to_double(STR("-.5e+1"), &v) && v == -5);
	OK(str_to_double(STR("7."), &v) && v == 7);
	OK(str_to_double(STR("12345678.250001"), &v) && v == 12345678.250001);
	OK(str_to_double(STR("0017"), &v) && v == 17);
	OK(str_to_double(str_sub(STR("12345"), 1, 2), &v) && v == 23);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(!str_to_double(str_z(bad[i]), &v));
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = '1';
	OK(!str_to_double((struct str){ longest, sizeof(longest) }, &v));
}

static void
finding(void)
{
	struct str none = { 0 };

	OK(str_find(STR("abcabc"), STR("ca")) == 2 &&
		str_find(STR("ab"), STR("abc")) == SIZE_MAX);
	OK(str_find(STR("ab"), STR("")) == 0 && str_find(none, STR("")) == 0);
	OK(str_find(STR("a\0b"), STR("\0b")) == 1);
	OK(str_find_char(STR("a.b.c"), '.') == 1 &&
		str_rfind_char(STR("a.b.c"), '.') == 3);
	OK(str_find_char(none, 'x') == SIZE_MAX && str_rfind_char(none, 'x') == SIZE_MAX);
	OK(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
	OK(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
	OK(str_starts(none, none) && str_ends(none, STR("")) && str_eq(none, STR("")));
	OK(str_eq_fold(STR("aBc"), STR("AbC")) && !str_eq_fold(STR("\xc4"), STR("\xe4")));
	OK(str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("b"), STR("ab")) > 0);
	OK(str_cmp(STR("\xff"), STR("a")) > 0 && str_cmp(none, STR("")) == 0);
	OK(str_eq(str_sub(STR("abc"), 1, SIZE_MAX), STR("bc")) &&
		str_sub(STR("a"), 9, 1).len == 0);
	OK(str_z(NULL).len == 0 && str_z("ab").len == 2);
}

static void
cutting(void)
{
	struct str rest = STR("a=b=c");
	struct str none = { 0 };

	OK(str_eq(str_cut(&rest, '='), STR("a")));
	OK(str_eq(str_cut(&rest, '='), STR("b")));
	OK(str_eq(str_cut(&rest, '='), STR("c")));
	OK(rest.len == 0 && str_cut(&rest, '=').len == 0);
	OK(str_cut(&none, '=').len == 0);
	OK(str_eq(str_trim(STR(" \tx y\r ")), STR("x y")) &&
		str_trim(STR(" \t")).len == 0);
}

static void
utf8(void)
{
	const struct {
		struct str text;
		size_t len;
	} t[] = {
		{ STR(""), 0 },
		{ STR("a\xff"), 1 },
		{ STR("\0"), 1 },
		{ STR("\xc3\xa4"), 2 },
		{ STR("\xe2\x82\xac"), 3 },
		{ STR("\xf0\x9f\x98\x80"), 4 },
		{ STR("\xf4\x8f\xbf\xbf"), 4 },
		{ STR("\x80"), 0 },
		{ STR("\xc0\x80"), 0 },
		{ STR("\xc1\xbf"), 0 },
		{ STR("\xc3"), 0 },
		{ STR("\xc3\x41"), 0 },
		{ STR("\xe0\x9f\xbf"), 0 },
		{ STR("\xed\xa0\x80"), 0 },
		{ STR("\xe2\x82"), 0 },
		{ STR("\xf0\x8f\xbf\xbf"), 0 },
		{ STR("\xf4\x90\x80\x80"), 0 },
		{ STR("\xf5\x80\x80\x80"), 0 },
		{ STR("\xff"), 0 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		OK(str_utf8_len(t[i].text) == t[i].len);
}

static void
nearest(void)
{
	const struct str words[] = { STR("title"), STR("name"), STR("timespan"),
		STR("threshold") };
	char big[200];

	OK(str_distance(STR("kitten"), STR("sitting"), 9) == 3);
	OK(str_distance(STR("titel"), STR("title"), 9) == 1);
	OK(str_distance(STR("abc"), STR("xyz"), 1) == 2);
	OK(str_distance(STR(""), STR("ab"), 5) == 2 &&
		str_distance(STR("x"), STR("x"), 0) == 0);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = 'a';
	OK(str_distance((struct str){ big, 200 }, (struct str){ big, 199 }, 9) == 10);
	OK(str_eq(str_nearest(STR("titel"), words, 4), STR("title")));
	OK(str_eq(str_nearest(STR("treshold"), words, 4), STR("threshold")));
	OK(str_nearest(STR("xy"), words, 4).len == 0 &&
		str_nearest(STR("zzzzzz"), words, 4).len == 0);
}

static void
putting(void)
{
	char room[8] = "", *at = room;
	struct str a = str_put(&at, STR("abc")), b = str_put(&at, (struct str){ 0 }),
		   c = str_put(&at, STR("de"));

	OK(at == room + 5 && str_eq(a, STR("abc")) && b.len == 0);
	OK(c.ptr == room + 3 && str_eq(c, STR("de")) && strcmp(room, "abcde") == 0);
}

int
main(void)
{
	putting();
	numbers();
	folds();
	doubles();
	finding();
	cutting();
	utf8();
	nearest();
	return tap_done();
}
