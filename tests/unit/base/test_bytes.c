/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever vector code runs: compared with plain loops at all lengths and offsets. */
#include "base/bytes.h"

#include <string.h>

#include "base/str.h"
#include "tap.h"

static char text[1024];

static void
fill(uint32_t seed)
{
	static const char some[] = "\n\\n\"ab\x1b\n";

	for (size_t i = 0; i < sizeof(text); i++) {
		seed = seed * 1664525u + 1013904223u;
		text[i] = seed >> 20 & 3 ? 'x' : some[(seed >> 24) % (sizeof(some) - 1)];
	}
}

static bool
counts_right(size_t from, size_t n)
{
	uint64_t want = 0;
	bool has = false, want_has = false;

	for (size_t i = from; i < from + n; i++) {
		want += text[i] == '\n';
		want_has = want_has || text[i] == '\x1b';
	}
	return bytes_count(text + from, n, '\n', '\x1b', &has) == want && has == want_has;
}

static void
test_count(void)
{
	bool good = true, has = true;

	for (uint32_t seed = 1; seed < 20; seed++) {
		fill(seed);
		for (size_t n = 0; n < 700 && good; n++)
			good = counts_right(n % 37, n);
	}
	OK(good);
	OK(bytes_count("", 0, '\n', 'x', &has) == 0 && has);
	/* More than a byte can count. */
	memset(text, '\n', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n += 31)
		good = good && counts_right(0, n);
	OK(good);
}

static void
test_large(void)
{
	static char large[200000];
	bool has = false;

	memset(large, '\n', sizeof(large));
	OK(bytes_count(large, sizeof(large), '\n', '\x1b', &has) == sizeof(large) &&
		!has);
	large[150000] = '\x1b';
	OK(bytes_count(large, sizeof(large), '\n', '\x1b', &has) == sizeof(large) - 1 &&
		has);
}

static bool
places_right(size_t from, size_t n, size_t cap)
{
	size_t next = 0, at[200], got, want = 0;

	while ((got = bytes_places(text + from, n, '\n', &next, at, cap)) > 0) {
		if (got > cap)
			return false;
		for (size_t i = 0; i < got; i++, want++) {
			while (want < n && text[from + want] != '\n')
				want++;
			if (want == n || at[i] != want)
				return false;
		}
	}
	while (want < n && text[from + want] != '\n')
		want++;
	return want == n && next == n;
}

static void
test_places(void)
{
	bool good = true;

	for (uint32_t seed = 1; seed < 20; seed++) {
		fill(seed);
		for (size_t n = 0; n < 700 && good; n++)
			good = places_right(n % 37, n, 64 + n % 130);
	}
	OK(good);
	memset(text, '\n', sizeof(text));
	for (size_t n = 0; n < sizeof(text) && good; n += 7)
		good = places_right(0, n, 64) && places_right(0, n, 200);
	OK(good);
}

static bool
tells_equal(size_t n)
{
	char copy[64];

	memcpy(copy, text, sizeof(copy));
	if (!bytes_equal(copy, text, n))
		return false;
	for (size_t i = 0; i < sizeof(copy); i++) {
		copy[i] ^= 1;
		if (bytes_equal(copy, text, n) != (i >= n))
			return false;
		copy[i] ^= 1;
	}
	return true;
}

static void
test_equal(void)
{
	bool good = true;

	for (size_t n = 0; n <= 40; n++)
		good = good && tells_equal(n);
	OK(good); /* any byte that differs is seen, none behind the last */
}

static size_t
find_slowly(const char *p, size_t n, struct str word, bool fold)
{
	for (size_t i = 0; i + word.len <= n; i++) {
		struct str there = { p + i, word.len };

		if (fold ? str_eq_fold(there, word) : str_eq(there, word))
			return i;
	}
	return SIZE_MAX;
}

/* Words of the text itself and some beside it. */
static void
test_find(void)
{
	size_t wrong = 0, found = 0;

	for (uint32_t seed = 1; seed < 400; seed++) {
		size_t n = seed % 70, len = 1 + seed % 5, at = seed * 7 % 64;
		struct str word = { text + at, len };
		bool fold = seed % 3 == 0;
		size_t got;

		fill(seed / 4);
		if (seed % 2 == 0)
			text[at + len - 1] = 'A';
		for (size_t from = 0; from < 64; from++) {
			got = bytes_find(text + from, n, word.ptr, len, fold);
			wrong += got != find_slowly(text + from, n, word, fold);
			found += got != SIZE_MAX;
		}
	}
	OK(wrong == 0);
	OK(found > 1000);
	OK(bytes_find("Order FAILED here, and so did others", 36, "failed", 6, true) ==
		6);
	OK(bytes_find("Order FAILED here, and so did others", 36, "failed", 6, false) ==
		SIZE_MAX);
	OK(bytes_find("ab", 2, "abc", 3, false) == SIZE_MAX);
	OK(bytes_find("a@", 2, "`", 1, true) == SIZE_MAX);
}

static bool
places_in_128_right(const char *p, char c)
{
	const char *first = memchr(p, c, 128), *last = memrchr(p, c, 128);

	return bytes_first128(p, c) == (first != NULL ? (size_t)(first - p) : 128) &&
	       bytes_last128(p, c) == (last != NULL ? (size_t)(last - p) : SIZE_MAX);
}

/* One byte, two, and many. */
static void
test_128(void)
{
	size_t wrong = 0;

	memset(text, 'x', sizeof(text));
	wrong += !places_in_128_right(text + 128, 'y');
	for (size_t i = 0; i < 3 * 128; i++) {
		text[i] = 'y';
		wrong += !places_in_128_right(text + 128, 'y');
		text[2 * 128] = 'y';
		wrong += !places_in_128_right(text + 128 + i % 7, 'y');
		text[2 * 128] = text[i] = 'x';
	}
	for (uint32_t seed = 1; seed < 20; seed++) {
		fill(seed);
		for (size_t i = 0; i < sizeof(text) - 128; i++)
			wrong += !places_in_128_right(text + i, "\n\x1b\\x"[i % 4]);
	}
	OK(wrong == 0);
}

int
main(void)
{
	test_128();
	test_find();
	test_count();
	test_places();
	test_large();
	test_equal();
	return tap_done();
}
