/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine nominates each line with a word once, whichever engine it is: compared with
 * a plain search on made-up texts.
 */
#include "scan/prefilter.h"

#include <stdlib.h>
#include <string.h>

#include "rules/load.h"
#include "tap.h"

static const char *const words_z[] = { "failed", "sigterm", "payment", "abc" };
static struct prefilter *filter;
static struct prefilter_scratch *scratch;

static struct prefilter *
build(const char *yaml_z)
{
	struct ruleset *rs;
	struct prefilter *p;

	if (rules_load_text("test.yaml", str_z(yaml_z), stdout, &rs) != 0)
		exit(99);
	p = prefilter_new(rs);
	ruleset_free(&rs);
	return p;
}

static const char yaml[] =
	"title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|contains: [failed, SIGTERM]}\n  condition: s\n---\n"
	"title: B\nname: b\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|contains: [Payment, abc, failed]}\n  condition: s\n---\n"
	"title: C\nname: c\nlogsource: {category: event}\ndetection:\n"
	"  s: {reason: BackOff}\n  condition: s\n";

static bool
has_word(struct str line)
{
	for (size_t i = 0; i < ARRAY_LEN(words_z); i++) {
		struct str w = str_z(words_z[i]);

		for (size_t at = 0; at + w.len <= line.len; at++)
			if (str_eq_fold(str_sub(line, at, w.len), w))
				return true;
	}
	return false;
}

/* One hit, inside of it, for each line that has a word, and no other. */
static bool
is_right(struct str text)
{
	size_t n, next = 0, from = 0;
	const size_t *hits = prefilter_scan(filter, scratch, text, false, &n);

	while (from < text.len) {
		struct str rest = str_sub(text, from, text.len);
		size_t end = str_find_char(rest, '\n');
		size_t len = end == SIZE_MAX ? rest.len : end;

		if (has_word(str_sub(rest, 0, len)) &&
			(next == n || hits[next] < from || hits[next++] >= from + len))
			return false;
		from += len + 1;
	}
	return next == n;
}

static size_t
hits_of(const char *text_z, bool escaped)
{
	size_t n;

	prefilter_scan(filter, scratch, str_z(text_z), escaped, &n);
	return n;
}

static void
test_lines(void)
{
	OK(hits_of("", false) == 0);
	OK(hits_of("nothing\nhere\n", false) == 0);
	OK(hits_of("Payment failed: abc abc\n", false) == 1);
	OK(hits_of("PAYMENT\npayment\nPaYmEnT", false) == 3);
	OK(hits_of("backoff\n", false) == 0);
	OK(hits_of("fai\nled\n", false) == 0);
	OK(is_right(STR("a\n\nfailed\n\n\nx sigterm")));
	OK(is_right(STR("failed\nabc\nabc\n")));
}

static void
test_escapes(void)
{
	OK(hits_of("\\u0050ayment\n", false) == 0);
	OK(hits_of("\\u0050ayment\n\\u0070\n\\u0039\n\\u007A", true) == 4);
	OK(hits_of("\\u001b[0m \\u003c \\u0026 \\u0080 \\u2028 \\u00e4 \\u00", true) ==
		0);
	OK(hits_of("\\u005cu0050ayment\n\\u005C", true) == 2);
	OK(hits_of("\\u0040 \\u005b \\u0060 \\u007b \\u002f \\u003a", true) == 0);
	OK(hits_of("\\u001bfailed", true) == 1);
}

/* Colours between two letters, pieces of lines: a word may be there that is not seen. */
static void
test_hidden(void)
{
	OK(hits_of("pay\x1b[31mment\npay\x1b[0m\x1b[1;3mment\npay\x1b[mment", false) ==
		3);
	OK(hits_of("\x1b[2m10:04\x1b[0;39m \x1b[32m INFO\x1b[0;39m x\x1b[0m\n"
		   "\x1b[0m\x1b[31mred\x1b[0m\n x \x1b[0m\x1b[1mx\nx\x1b[Kx\x1b[",
		   true) == 0);
	OK(hits_of("pay\\u001b[31mment\npay\\u001B\\u005b31mment", true) == 2);
	OK(hits_of("x\\u001b[0m\\u001b[1mx\n", true) == 1);
	OK(hits_of("x\\u001b[0m x \\u001b[0m\\u001b[1mx\nx\\u001b[Kx\n", true) == 0);
	OK(hits_of("T stdout P pay\nT stderr P x\nT stdout F ment\n", false) == 2);
}

/* Texts of few letters, so that words appear, overlap and are torn by line ends. */
static void
test_random(void)
{
	static const char *const bits[] = { "fail", "ed", "failed", "SIG", "TERM", "ab",
		"c", "abc", "\n", "\n", " ", "pay", "ment", "\\u0050", "\xff", "" };
	uint32_t x = 88172645;
	char text[4096];
	bool good = true;

	for (unsigned round = 0; round < 2000 && good; round++) {
		size_t n = 0;
		unsigned parts = round % 97;

		for (unsigned i = 0; i < parts; i++) {
			const char *bit;

			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			bit = bits[x % ARRAY_LEN(bits)];
			memcpy(text + n, bit, strlen(bit));
			n += strlen(bit);
		}
		good = is_right((struct str){ text, n });
	}
	OK(good);
}

static void
test_many(void)
{
	static char text[400000];
	size_t n = 0;

	while (n + 16 < sizeof(text)) {
		memcpy(text + n, "x failed y\nnone\n", 16);
		n += 16;
	}
	OK(is_right((struct str){ text, n }));
}

static void
test_takes_all(void)
{
	struct prefilter *p =
		build("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		      "  s: {message|re: '[0-9]'}\n  condition: s\n");
	struct prefilter_scratch *s = prefilter_scratch_new(p);
	size_t n = 1;

	OK(p != NULL && s != NULL && prefilter_takes_all(p));
	prefilter_scan(p, s, STR("anything\n"), false, &n);
	OK(n == 0);
	prefilter_scratch_free(&s);
	prefilter_free(&p);
	OK(!prefilter_takes_all(filter));
	OK(strlen(prefilter_engine_z()) > 5);
}

int
main(void)
{
	filter = build(yaml);
	scratch = filter == NULL ? NULL : prefilter_scratch_new(filter);
	OK(filter != NULL && scratch != NULL);
	if (scratch == NULL)
		return tap_done();
	test_lines();
	test_escapes();
	test_hidden();
	test_random();
	test_many();
	test_takes_all();
	prefilter_scratch_free(&scratch);
	prefilter_free(&filter);
	return tap_done();
}
