/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Required words of regexes: what they are for patterns people write, and, over many made
 * patterns and texts, that no text matches without one of them.
 */
#include <string.h>

#include "rules/literal.h"
#include "rules/search.h"
#include "tap.h"

/* The words, or the phrases, joined by blanks. */
static bool
gives_cues(const char *pattern_z, const char *expected_z, bool phrases)
{
	struct arena *a = arena_new("test", 1 << 20);
	struct words w = words_of_regex(a, str_z(pattern_z), true);
	char text[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < w.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? " " : "",
			STR_ARG(phrases ? w.cue[i].phrase : w.cue[i].word));
	arena_free(&a);
	if (strcmp(text, expected_z) != 0)
		printf("# %s gives \"%s\"\n", pattern_z, text);
	return strcmp(text, expected_z) == 0;
}

static bool
gives(const char *pattern_z, const char *expected_z)
{
	return gives_cues(pattern_z, expected_z, false);
}

static bool
phrases(const char *pattern_z, const char *expected_z)
{
	return gives_cues(pattern_z, expected_z, true);
}

static void
test_phrases(void)
{
	OK(phrases("GET /login (\\d+)", "get /login "));
	OK(phrases("Order lost: (.*)", "order lost: "));
	OK(phrases("Payment failed for order (?P<id>[0-9a-f]{24})",
		"payment failed for order "));
	OK(phrases("abcdefghijklmnopqrstuvwxyz 0123456789 (?P<id>[0-9a-f]{24})",
		"ghijklmnopqrstuvwxyz 0123456789 "));
	OK(phrases("authorised=true", "authorised=true"));
	OK(phrases("java\\.lang\\.(?:OutOfMemory|StackOverflow)Error",
		"outofmemory stackoverflow"));
	OK(phrases("a b c d|disk full", ""));
	OK(phrases("caf\xc3\xa9 closed", " clo"));
	OK(phrases("(?i)dis\xc3\xa9 death", " death"));
	OK(phrases("to be or", ""));
	OK(phrases("say \"gone\"", "gone"));
	OK(phrases("end\\.$", "end."));
}

static void
test_patterns(void)
{
	OK(gives("Payment failed for order (?P<order_id>[0-9a-f]{24})", "payment"));
	OK(gives("^connection refused$", "connection"));
	OK(gives("timeouts?", "timeout"));
	OK(gives("timeouts+x", "timeouts"));
	OK(gives("abcd{0,3}", "abc"));
	OK(gives("abcd{2}", "abcd"));
	OK(gives("(?:refused|reset)", "refused reset"));
	OK(gives("(?:refused|no)", ""));
	OK(gives("(?:refused|reset)?", ""));
	OK(gives("(?:refused|reset)* by peer", "peer"));
	OK(gives("(refused)+", "refused"));
	OK(gives("error|warning: disk", "error warning"));
	OK(gives("(?i)OutOfMemory", "outofmemory"));
	OK(gives("java\\.lang\\.OutOfMemoryError", "outofmemoryerror"));
	OK(gives("[abc]def\\dghi", "def"));
	OK(gives("[]abcdef]x", ""));
	OK(gives("[[:alpha:]]abc", "abc"));
	OK(gives("(?=foobar)baz", "baz"));
	OK(gives("(?<!foobar)baz", "baz"));
	OK(gives("a{b}cde", "cde"));
	OK(gives("\\x41bcd", "bcd"));
	OK(gives("(?i)k\xc3\xa9sound", "ound"));
	OK(gives("ab", ""));
}

static void
test_gives_up(void)
{
	OK(gives("\\Qabc\\E", ""));
	OK(gives("(?x) abc def", ""));
	OK(gives("(a)(?1)foobar", ""));
	OK(gives("(?#foobar)abc", ""));
	OK(gives("(a)?(?(1)foobar|bazqux)", ""));
	OK(gives("foobar)", ""));
	OK(gives("(foobar", ""));
	OK(gives("foobar\\", ""));
	OK(gives("", ""));
}

/* The phrases where case counts, joined by blanks. */
static bool
exact(const char *pattern_z, bool cased, const char *expected_z)
{
	struct arena *a = arena_new("test", 1 << 20);
	struct words w = words_of_regex(a, str_z(pattern_z), cased);
	char text[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < w.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? "|" : "",
			STR_ARG(w.cue[i].exact));
	arena_free(&a);
	return strcmp(text, expected_z) == 0;
}

static void
test_exact(void)
{
	OK(exact("Order LOST: .*", true, "Order LOST: "));
	OK(exact("Order LOST: .*", false, ""));
	OK(exact("Lost|Gone|lost", true, "Lost|Gone|lost"));
	OK(exact("(?i)Lost|Gone", true, "|"));
	OK(exact("Lost(?i)|Gone", true, "|"));
	OK(exact("(?-i)Lost", false, ""));
	OK(exact("(?s)Lost", true, "Lost"));
}

static uint32_t seed = 1;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % n;
}

/* A pattern over few letters, so that texts often match. */
static size_t
make_pattern(char *p, size_t cap)
{
	static const char *const pieces[] = { "a", "b", "abb", "bab", "aab", "B", "(",
		"(?:", ")", "|", "?", "*", "+", "{2}", "{0,1}", "{1,}", ".", "[ab]",
		"[^a]", "\\.", "\\w", "(?i)", "(?=", "(?!", "^", "$", "\\b", "??", "+?",
		"(?>", "{,2}", "{", "}", "]", "\\x61", "(?-i)", "\\", "\\R", "(?P<n>",
		"-" };
	size_t n = 0;

	for (uint32_t k = 1 + draw(10); k > 0; k--) {
		const char *piece = pieces[draw(3) ? draw(9) : draw(40)];

		if (n + strlen(piece) >= cap)
			break;
		memcpy(p + n, piece, strlen(piece));
		n += strlen(piece);
	}
	for (size_t open = 0, i = 0; i < n; i++) {
		open += p[i] == '(';
		open -= p[i] == ')' && open > 0;
		if (i + 1 == n)
			for (; open > 0 && n + 1 < cap; open--, i++)
				p[n++] = ')';
	}
	return n;
}

static bool
has_word(const struct words *w, const char *text, size_t len)
{
	char lower[32];

	for (size_t i = 0; i < len; i++)
		lower[i] = char_lower(text[i]);
	for (size_t i = 0; i < w->n; i++)
		if (str_find((struct str){ lower, len }, w->cue[i].word) != SIZE_MAX &&
			str_find((struct str){ lower, len }, w->cue[i].phrase) !=
				SIZE_MAX &&
			str_find((struct str){ text, len }, w->cue[i].exact) != SIZE_MAX)
			return true;
	return w->n == 0;
}

/* False when a text matches without a word. */
static bool
hold(struct str pattern, const struct words *w, struct regex *r, struct search *s,
	unsigned *matches)
{
	for (int i = 0; i < 60; i++) {
		char text[24];
		size_t len = draw(sizeof(text));

		for (size_t k = 0; k < len; k++)
			text[k] = "aabbABb.-x"[draw(10)];
		if (search_text(s, r, (struct str){ text, len }) != SEARCH_YES)
			continue;
		++*matches;
		if (has_word(w, text, len))
			continue;
		printf("# %.*s matches %.*s\n", STR_ARG(pattern), (int)len, text);
		return false;
	}
	return true;
}

static void
test_sound(void)
{
	struct arena *a = arena_new("test", 1 << 20);
	struct search *s = search_new();
	unsigned wrong = 0, matches = 0, with_words = 0;

	for (int i = 0; i < 20000; i++) {
		char text[128], error[128];
		struct str pattern = { .ptr = text };
		size_t pos;
		bool caseless = draw(4) == 0;
		struct words w;
		struct regex *r;

		pattern.len = make_pattern(text, sizeof(text));
		r = regex_new(pattern, caseless ? REGEX_CASELESS : 0, error,
			sizeof(error), &pos);
		arena_reset(a);
		w = words_of_regex(a, pattern, !caseless);
		if (r != NULL && w.n > 0) {
			with_words++;
			wrong += !hold(pattern, &w, r, s, &matches);
		}
		regex_free(&r);
	}
	OK(wrong == 0);
	OK(with_words > 2000 && matches > 2000);
	printf("# %u patterns with words, %u matches\n", with_words, matches);
	search_free(&s);
	arena_free(&a);
}

int
main(void)
{
	test_patterns();
	test_phrases();
	test_exact();
	test_gives_up();
	test_sound();
	return tap_done();
}
