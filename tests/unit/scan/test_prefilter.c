/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine nominates each line with a cue, whichever engine it is: compared with a
 * plain search on made-up texts, plain and coloured.
 */
#include "scan/prefilter.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rules/load.h"
#include "tap.h"

static const char *const words_z[] = { "failed", "sigterm", "payment", "abc" };
static struct prefilter *filter;
static struct prefilter_scratch *scratch;

static const struct hit *
scan(const struct prefilter *p, struct prefilter_scratch *s, struct str text,
	const unsigned char *wanted, bool docker, size_t *n)
{
	struct scan_text t = { .text = text, .wanted = wanted, .docker = docker };
	struct found found;

	prefilter_scan(p, s, &t, &found);
	*n = found.n;
	return found.hits;
}

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

/* Hits of each line that has a word, ascending, and in no other. */
static bool
is_right(struct str text)
{
	size_t n, next = 0, from = 0;
	const struct hit *hits = scan(filter, scratch, text, NULL, false, &n);

	while (from < text.len) {
		struct str rest = str_sub(text, from, text.len);
		size_t end = str_find_char(rest, '\n');
		size_t len = end == SIZE_MAX ? rest.len : end;
		size_t before = next;

		while (next < n && hits[next].at == from && hits[next].len == len)
			next++;
		rest = str_sub(rest, 0, len);
		/* A colour may hide a word. */
		if (has_word(rest) ? next == before
				   : next > before &&
					     str_find_char(rest, '\x1b') == SIZE_MAX)
			return false;
		from += len + 1;
	}
	return next == n;
}

/* Lines that are hit, or only those that are hit for every rule. */
static size_t
lines_of(struct str text, bool docker, bool all)
{
	size_t n, lines = 0, end = 0;
	const struct hit *hits = scan(filter, scratch, text, NULL, docker, &n);

	for (size_t i = 0; i < n; i++) {
		if ((i > 0 && hits[i].at < end) || (all && hits[i].cue != HIT_ALL))
			continue;
		lines++;
		end = hits[i].at +
		      str_find_char(str_sub(text, hits[i].at, text.len), '\n');
	}
	return lines;
}

static size_t
hits_of(const char *text_z)
{
	return lines_of(str_z(text_z), false, false);
}

static void
test_lines(void)
{
	OK(hits_of("") == 0);
	OK(hits_of("nothing\nhere\n") == 0);
	OK(hits_of("Payment failed: abc abc\n") == 1);
	OK(hits_of("PAYMENT\npayment\nPaYmEnT") == 3);
	OK(hits_of("backoff\n") == 0);
	OK(hits_of("fai\nled\n") == 0);
	OK(is_right(STR("a\n\nfailed\n\n\nx sigterm")));
	OK(is_right(STR("failed\nabc\nabc\n")));
}

static void
test_escapes(void)
{
	OK(hits_of("\\u0050ayment\n\\u0070\n\\u0039\n\\u007A") == 4);
	OK(hits_of("\\u001b[0m \\u003c \\u0026 \\u0080 \\u2028 \\u00e4 \\u00") == 0);
	OK(hits_of("\\u005cu0050ayment\n\\u005C") == 2);
	OK(hits_of("\\u002fayment\n\\u002F") == 2);
	OK(hits_of("\\u0027 \\u0022 \\u003d \\u002b \\u0060 \\u0020 \\/") == 0);
	OK(hits_of("\\u001bfailed") == 1);
}

/* Colours between two letters: a word may be there that is not seen. */
static void
test_hidden(void)
{
	OK(hits_of("pay\x1b[31mment\npay\x1b[0m\x1b[1;3mment\npay\x1b[mment") == 3);
	OK(hits_of("\x1b[2m10:04\x1b[0;39m \x1b[32m INFO\x1b[0;39m x\x1b[0m\n"
		   "\x1b[0m\x1b[31mred\x1b[0m\n x \x1b[0m\x1b[1mx\nx\x1b[Kx\x1b[") == 0);
	OK(hits_of("pay\\u001b[31mment\npay\\u001B\\u005b31mment") == 2);
	OK(hits_of("x\\u001b[0m\\u001b[1mx\n") == 1);
	OK(hits_of("x\\u001b[0m x \\u001b[0m\\u001b[1mx\nx\\u001b[Kx\n") == 0);
	OK(hits_of("T stdout P pay\nT stderr P x\nT stdout F ment\n") == 2);
}

/* Lines of CRI and docker that go on in the next one are for every rule. */
static void
test_pieces(void)
{
	OK(lines_of(STR("2025-10-28T10:00:00Z stdout P pay\n"
			"2025-10-28T10:00:00Z stdout F ment\n"
			"2025-10-28T10:00:00Z stderr P:x pay\n"
			"2025-10-28T10:00:00Z stderr Pay\n"),
		   false, true) == 2);
	OK(lines_of(STR("{\"log\":\"pay\",\"stream\":\"stdout\"}\n"
			"{\"log\":\"ment\\n\",\"stream\":\"stdout\"}\n"),
		   true, true) == 1);
	OK(lines_of(STR("{\"log\":\"a\\n\"}\n{\"log\":\"b\\n\"}\n"), true, true) == 0);
	OK(lines_of(STR("{\"log\":\"a\\\\n\"}\n{\"log\":\"b\\n\"}\n"), true, true) == 1);
	for (size_t pad = 0; pad < 200; pad++) {
		char text[512];
		int n = snprintf(text, sizeof(text),
			"{\"log\":\"%.*s\\n\"}\n{\"log\":\"%.*s\"}\n{\"log\":\"\\n\"}\n",
			(int)pad,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxx",
			(int)pad / 2,
			"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
			"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");

		if (lines_of((struct str){ text, (size_t)n }, true, true) != 1) {
			OK(pad == SIZE_MAX);
			break;
		}
	}
}

/* As docker writes lines: the fraction of a second is up to nine digits long. */
static void
test_docker(void)
{
	static const char digits[] = "123456789";
	bool good = true;

	for (int n = 0; n <= 9; n++) {
		char text[1024];
		int len = 0;

		for (int i = 0; i < 4; i++)
			len += snprintf(text + len, sizeof(text) - (size_t)len,
				"{\"log\":\"all is well, a socks order%s\",\"stream\":"
				"\"std%s\",\"time\":\"2026-03-14T09:42:10%s%.*sZ\"}\n",
				i == 1   ? ""
				: i == 2 ? "\\\\n"
					 : "\\n",
				i == 3 ? "err" : "out", n > 0 ? "." : "", n, digits);
		good = good &&
		       lines_of((struct str){ text, (size_t)len }, true, true) == 2 &&
		       lines_of((struct str){ text, (size_t)len }, false, true) == 0;
	}
	OK(good);
}

/* One line of many goes on in the next one, wherever it is. */
static void
test_docker_many(void)
{
	static const char *const ends[] = { "", "\\\\n", "\\n\\", "\\n " };
	enum { LINES = 40 };
	bool good = true;

	for (int k = 0; k <= LINES; k++) {
		char text[LINES * 128];
		int len = 0;

		for (int i = 0; i < LINES; i++)
			len += snprintf(text + len, sizeof(text) - (size_t)len,
				"{\"log\":\"%.*s%s\",\"stream\":\"stdout\","
				"\"time\":\"2026-03-14T09:42:10Z\"}\n",
				i % 37, "all is well, all is well, all is well",
				i == k ? ends[k % 4] : "\\n");
		good = good && lines_of((struct str){ text, (size_t)len }, true, true) ==
				       (k < LINES);
		/* The last line is not at its end yet. */
		good = good && lines_of((struct str){ text, (size_t)len - 1 }, true,
				       true) == (k < LINES);
	}
	OK(good);
}

/* Whose cue it is: rule a names failed and SIGTERM, rule b names failed, too. */
static void
test_rules(void)
{
	size_t n, k;
	const struct hit *hits =
		scan(filter, scratch, STR("x failed y\n"), NULL, false, &n);
	unsigned char wanted[16] = { 0 };
	const uint32_t *rules;

	OK(n >= 1 && prefilter_cues(filter) == 4);
	if (hits[0].cue != HIT_ALL) { /* the PCRE2 engine does not know */
		rules = prefilter_rules(filter, hits[0].cue, &k);
		OK(k == 2 && rules[0] == 0 && rules[1] == 1);
		scan(filter, scratch, STR("failed\nabc"), wanted, false, &n);
		OK(n == 0);
		hits = scan(filter, scratch, STR("failed abc failed"), NULL, false, &n);
		OK(n == 2 && hits[0].cue != hits[1].cue);
		wanted[hits[1].cue] = 1;
		scan(filter, scratch, STR("failed\nabc\n"), wanted, false, &n);
		OK(n == 1);
	}
}

/* Texts of few letters, so that words appear, overlap and are torn by line ends. */
static void
test_random(void)
{
	static const char *const bits[] = { "fail", "ed", "failed", "SIG", "TERM", "ab",
		"c", "abc", "\n", "\n", " ", "pay", "ment", "\x1b[0m", "\xff", "" };
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
test_wordless(void)
{
	struct prefilter *p =
		build("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		      "  s: {message|re: '[0-9]'}\n  condition: s\n");
	struct prefilter_scratch *s = prefilter_scratch_new(p);
	size_t n = 1;

	OK(p != NULL && s != NULL && prefilter_cues(p) == 0);
	OK(prefilter_wordless(p, &n)[0] == 0 && n == 1);
	scan(p, s, STR("anything\n"), NULL, false, &n);
	OK(n == 0);
	prefilter_scratch_free(&s);
	prefilter_free(&p);
	prefilter_wordless(filter, &n);
	OK(n == 0);
	OK(strlen(prefilter_engine_z()) > 5);
}

/* A colour inside a phrase: its word still nominates. */
static void
test_colours(void)
{
	struct prefilter *p =
		build("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		      "  s: {message|contains: 'login 401'}\n  condition: s\n");
	struct prefilter_scratch *s = prefilter_scratch_new(p);
	const struct hit *hits;
	size_t n;

	OK(p != NULL && s != NULL);
	scan(p, s, STR("login x401\nlogin 401\n"), NULL, false, &n);
	OK(n == 1);
	scan(p, s, STR("login \x1b[33m401\n"), NULL, false, &n);
	OK(n == 1);
	hits = scan(p, s, STR("login \x1b[33m402\nLogin\x1b[0m\x1b[1m\x1b[2m 401"), NULL,
		false, &n);
	/* The PCRE2 engine does not know which cue it found. */
	OK(n == (hits[0].cue == HIT_ALL ? 2 : 1));
	scan(p, s, STR("login x401\n"), NULL, false, &n);
	OK(n == 0);
	scan(p, s, STR("login\\u0020401\n"), NULL, false, &n);
	OK(n == 1);
	scan(p, s, STR("{\"log\":\"login \\u001b[33m401\\n\"}\n"), NULL, true, &n);
	OK(n == 1);
	prefilter_scratch_free(&s);
	prefilter_free(&p);
}

static bool
is_hit(const struct prefilter *p, struct prefilter_scratch *s, struct str line)
{
	size_t n, n_rules;
	const struct hit *hits = scan(p, s, line, NULL, false, &n);

	return n > 0 &&
	       (hits[0].cue == HIT_ALL ||
		       (prefilter_rules(p, hits[0].cue, &n_rules), n_rules == 1));
}

/* A list of more values than the engines take in one piece, some with one end, some with
 * one word, and in one case only. */
static void
test_list(void)
{
	const struct str text = STR("a value00007 b\nvalue\nvalue11999\nx VALUE08999\n");
	struct prefilter_scratch *s;
	struct prefilter *p;
	const struct hit *hits;
	struct buf rules;
	size_t n;

	buf_init(&rules, 1 << 20);
	buf_add(&rules, STR("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
			    "  s:\n    message|contains:\n"));
	for (unsigned i = 0; i < 12000; i++)
		buf_printf(&rules, "      - value%05u\n", i);
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&rules, "      - number %u of the very same ending\n", i);
	buf_add(&rules, STR("  condition: s\n---\ntitle: B\nname: b\n"
			    "logsource: {category: log}\ndetection:\n"
			    "  s:\n    message|re: Of the very Same ending\n"
			    "  condition: s\n"));
	p = build(buf_z(&rules));
	s = p != NULL ? prefilter_scratch_new(p) : NULL;
	OK(s != NULL && prefilter_cues(p) == 12101);
	hits = scan(p, s, text, NULL, false, &n);
	OK(n == 3 && hits[0].at == 0 && hits[1].at == 21 && hits[2].at == 32);
	OK(is_hit(p, s, STR("number 99 of the very same ending\n")));
	OK(is_hit(p, s, STR("Number 7 of the VERY same ending\n")));
	OK(is_hit(p, s, STR("number\x1b[0m 0 of the very same ending\n")));
	OK(is_hit(p, s, STR("Of the very Same ending\n")));
	OK(!is_hit(p, s, STR("of the very same end\n")));
	prefilter_scratch_free(&s);
	prefilter_free(&p);
	buf_fini(&rules);
}

/* Some write "/" with a backslash before it. */
static void
test_slashes(void)
{
	struct prefilter *p =
		build("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		      "  s: {message|contains: 'GET /login'}\n  condition: s\n");
	struct prefilter_scratch *s = prefilter_scratch_new(p);
	const struct hit *hits;
	size_t n;

	OK(p != NULL && s != NULL);
	/* JSON of a program, in docker's. */
	scan(p, s, STR("{\"log\":\"{\\\"a\\\":\\\"GET \\\\/login\\\"}\\n\"}\n"), NULL,
		true, &n);
	OK(n == 1);
	scan(p, s, STR("get login\nlogin\nGet /login\n"), NULL, false, &n);
	OK(n == 1);
	hits = scan(
		p, s, STR("a GET \\/login\nlogin\nGET /log\x1b[0min"), NULL, false, &n);
	OK(n >= 2 && hits[0].at == 0 && hits[n - 1].at == 20);
	prefilter_scratch_free(&s);
	prefilter_free(&p);
}

/* Texts as others after enough of them: what is looked for is chosen anew. */
static void
test_other_texts(void)
{
	static const char *const lines_z[] = { "nothing at all happened here",
		"a mail sailed, tailed and railed; abacus",
		"sig terms: pay men ts, 2400" };
	struct prefilter_scratch *s = prefilter_scratch_new(filter);
	struct buf text;
	bool good = s != NULL;

	buf_init(&text, 1 << 20);
	for (unsigned round = 0; round < 200 && good; round++) {
		const char *usual_z = lines_z[round / 20 % ARRAY_LEN(lines_z)];
		size_t n;

		buf_reset(&text);
		while (text.len < 64 * 1024)
			buf_printf(&text, "%s %u\n", usual_z, round);
		buf_add(&text, STR("it failed\n"));
		(void)scan(filter, s, buf_str(&text), NULL, false, &n);
		good = n == 1;
	}
	OK(good);
	prefilter_scratch_free(&s);
	buf_fini(&text);
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
	test_pieces();
	test_docker();
	test_docker_many();
	test_rules();
	test_colours();
	test_slashes();
	test_list();
	test_random();
	test_many();
	test_other_texts();
	test_wordless();
	prefilter_scratch_free(&scratch);
	prefilter_free(&filter);
	return tap_done();
}
