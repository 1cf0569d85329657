/* SPDX-License-Identifier: Apache-2.0 */
/* Where redaction looks: with vectors and without the same, and never too seldom. */
#include "match/finder.h"

#include <string.h>

#include "match/card.h"
#include "tap.h"

static uint32_t seed = 88172645u;

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static bool
finds(const char *text_z, size_t at)
{
	struct finder f;

	finder_init(&f, str_z(text_z));
	return finder_next(&f, 0) == at;
}

static bool
finds_nothing(const char *text_z)
{
	return finds(text_z, SIZE_MAX);
}

static void
test_what(void)
{
	OK(finds_nothing(
		"2025-10-28 10:04:45.548  INFO 1 - [nio-8080-exec-1] Order created"));
	OK(finds_nothing(""));
	OK(finds("10.1.2.3:8080 a=1", 15));
	OK(finds("cvv2:1", 4));
	OK(finds("s3://x", 2));
	OK(finds("a@b", 1));
	OK(finds("a%40b %50", 1));
	OK(finds("a --b", 2));
	OK(finds("a sk_live_1 risk_1", 2));
	OK(finds_nothing("risk_live keyJ aBearer g"));
	OK(finds("at 4111111111111", 3));
	OK(finds_nothing("at 411111111111"));
	OK(finds("at 4111 1111", 3));
	OK(finds_nothing("at 4111 111 and 41111 1111"));
	OK(finds_nothing("1411 and 4111"));
}

/* Places as one after the other, from each place on, and as the plain one has them. */
static bool
agree(struct str s)
{
	struct finder fast, plain, from;
	size_t at = 0;

	finder_init(&fast, s);
	finder_init(&plain, s);
	plain.plain = true;
	while (at < s.len) {
		size_t a = finder_next(&fast, at), b = finder_next(&plain, at);

		finder_init(&from, s);
		if (a != b || a != finder_next(&from, at))
			return false;
		at = a == SIZE_MAX ? s.len : a + 1;
	}
	return true;
}

/* Whether every card is at a place. */
static bool
covers_cards(struct str s)
{
	struct finder f;
	struct card card;

	finder_init(&f, s);
	for (size_t i = 0; i < s.len; i++)
		if (char_is_digit(s.ptr[i]) && (i == 0 || !char_is_digit(s.ptr[i - 1])) &&
			card_at(s, i, &card) > 0 && finder_next(&f, i) != i)
			return false;
	return true;
}

static void
test_random(void)
{
	static const char letters[] =
		"0123456789012345678901234567444411::==@%-- _bBeEyJASKGxo"
		"kghilnpw/.z\x80\xff";
	static char text[10000];
	bool good = true, cards = true;

	for (size_t i = 0; i < 3000; i++) {
		size_t n = draw(i % 50 == 0 ? sizeof(text) : 300);

		for (size_t k = 0; k < n; k++)
			text[k] = letters[draw(sizeof(letters) - 1)];
		for (size_t k = 0; k + 20 < n; k += 30 + draw(60))
			memcpy(text + k,
				i % 2 ? " 4111111111111111 " : " 4111 1111 1111 1111",
				i % 2 ? 18 : 20);
		good = good && agree((struct str){ text, n });
		cards = cards && covers_cards((struct str){ text, n });
	}
	OK(good);
	OK(cards);
}

int
main(void)
{
	test_what();
	test_random();
	return tap_done();
}
