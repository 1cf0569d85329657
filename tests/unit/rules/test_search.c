/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: captures, flags, limits, and bytes that are no text. */
#include <string.h>

#include "rules/search.h"
#include "tap.h"

static struct field got[8];
static size_t n_got, from, to;

static struct regex *
make(const char *pattern_z, unsigned flags)
{
	char error[128];
	size_t pos;

	return regex_new(str_z(pattern_z), flags, error, sizeof(error), &pos);
}

static enum search_answer
find_in(const char *pattern_z, unsigned flags, struct str text)
{
	struct regex *r = make(pattern_z, flags);
	struct search *s = search_new();
	enum search_answer answer = SEARCH_ERROR;

	n_got = 0;
	if (r != NULL && s != NULL)
		answer = search_text(s, r, text);
	if (answer == SEARCH_YES) {
		n_got = search_captures(s, r, SEARCH_ALL, text, got, 8);
		search_place(s, &from, &to);
	}
	search_free(&s);
	for (size_t i = 0; i < n_got; i++) /* names die with the regex */
		got[i].name = (struct str){ 0 };
	regex_free(&r);
	return answer;
}

static enum search_answer
find(const char *pattern_z, unsigned flags, const char *text_z)
{
	return find_in(pattern_z, flags, str_z(text_z));
}

static void
test_captures(void)
{
	OK(find("order (?P<id>[0-9]+)(?P<why>: .+)?", 0, "an order 42") == SEARCH_YES);
	OK(n_got == 1 && str_eq(got[0].value, STR("42")) && from == 3 && to == 11);
	OK(find("order (?P<id>[0-9]*)", 0, "order ") == SEARCH_YES);
	OK(n_got == 1 && got[0].value.len == 0);
}

static void
test_some_captures(void)
{
	struct regex *r = make("(?P<a>.)(?P<b>x)?(?P<c>.)", 0);
	struct search *s = search_new();
	struct str text = STR("12");

	OK(search_text(s, r, text) == SEARCH_YES);
	OK(search_captures(s, r, SEARCH_ALL, text, got, 8) == 2);
	OK(search_captures(s, r, SEARCH_ALL, text, got, 1) == 1);
	OK(search_captures(s, r, 1 << 2 | 1 << 1, text, got, 8) == 1);
	OK(str_eq(got[0].name, STR("c")) && str_eq(got[0].value, STR("2")));
	OK(search_captures(s, r, 0, text, got, 8) == 0);
	search_free(&s);
	regex_free(&r);
}

static void
test_flags(void)
{
	OK(find("fail", 0, "FAIL") == SEARCH_NO);
	OK(find("fail", REGEX_CASELESS, "FAIL") == SEARCH_YES);
	OK(find("^b", 0, "a\nb") == SEARCH_NO);
	OK(find("^b", REGEX_MULTILINE, "a\nb") == SEARCH_YES);
	OK(find("a.b", 0, "a\nb") == SEARCH_NO);
	OK(find("a.b", REGEX_DOTALL, "a\nb") == SEARCH_YES);
	OK(find("[(*]\\(*x", 0, "((x") == SEARCH_YES);
	OK(find("k", REGEX_CASELESS, "\xe2\x84\xaa") == SEARCH_NO); /* the Kelvin sign */
}

static void
test_bytes(void)
{
	OK(find_in("b", 0, (struct str){ "a\0b", 3 }) == SEARCH_YES && from == 2);
	OK(find("b", 0,
		   "\xff\xfe"
		   "b") == SEARCH_YES);
	OK(find("\xc3\xa9+b", 0,
		   "\xff\xc3\xa9\xc3\xa9"
		   "b") == SEARCH_YES);
	OK(find("[\xc3\xa9\xc3\xa8]x", 0, "\xc3\xa8x") == SEARCH_YES);
	OK(find_in("^$", 0, (struct str){ NULL, 0 }) == SEARCH_YES);
}

static void
test_limits(void)
{
	static char many[SEARCH_TEXT_MAX + 8];

	memset(many, 'a', sizeof(many));
	OK(find("^(a+)+$", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab") ==
		SEARCH_ERROR);
	many[SEARCH_TEXT_MAX] = 'b';
	OK(find_in("b", 0, (struct str){ many, sizeof(many) }) == SEARCH_NO);
	many[SEARCH_TEXT_MAX - 1] = 'b';
	OK(find_in("b", 0, (struct str){ many, sizeof(many) }) == SEARCH_YES);
}

/* Steps beyond the due of one search, as sampled or not, that gives the answer. */
static uint64_t
slow(const char *pattern_z, struct str text, bool sample, enum search_answer *answer)
{
	struct regex *r = make(pattern_z, 0);
	struct search *s = search_new();
	uint64_t steps = 0;

	*answer = SEARCH_ERROR;
	if (r != NULL && s != NULL) {
		search_begin(s, sample);
		*answer = search_text(s, r, text);
		steps = search_slow(s);
		if (search_slow(s) != 0)
			steps = UINT64_MAX;
	}
	search_free(&s);
	regex_free(&r);
	return steps;
}

/* PCRE2's own limits let each of these run for seconds on a long line. */
static void
test_counted(void)
{
	/* What the last two must have is looked for first, in a text that is not long. */
	static const char *const hostile_z[] = { "a*a*[!?]", "(\\w+?a)?(\\w+?a)?[!?]",
		"\\S*\\S*.?\\S*[!?]", "a*a*x|y", "a[^x]*[!?]", "(.*a){3}[!?]" };
	static char many[SEARCH_TEXT_MAX];
	const struct str all = { many, sizeof(many) }, some = { many, 300 };
	enum search_answer answer, sampled;
	bool good = true;

	memset(many, 'a', sizeof(many));
	for (size_t i = 0; i < sizeof(hostile_z) / sizeof(hostile_z[0]); i++) {
		uint64_t steps = slow(hostile_z[i], all, false, &answer);

		good = good && answer == SEARCH_ERROR && steps > 100000 && steps < 400000;
		good = good && steps == slow(hostile_z[i], all, false, &answer);
		(void)slow(hostile_z[i], some, false, &answer);
		good = good &&
		       (slow(hostile_z[i], some, true, &sampled) > 0) == (i < 4) &&
		       sampled == answer;
	}
	OK(good);
	many[0] = ' ';
	many[60000] = '7';
	OK(slow("order .*failed|[0-9]+", all, false, &answer) == 0 &&
		answer == SEARCH_YES);
	OK(slow("(?P<a>\\w+) (?P<b>\\w+)7x", some, true, &answer) == 0 &&
		answer == SEARCH_NO);
	OK(slow(" .*7", all, false, &answer) == 0 && answer == SEARCH_YES);
}

/* A risky pattern is not tried on a long text that could match. */
static void
test_risky(void)
{
	static char many[SEARCH_RISKY_MAX + 1];
	const struct str all = { many, sizeof(many) }, less = { many, sizeof(many) - 1 };
	enum search_answer answer;

	memset(many, 'a', sizeof(many));
	OK(slow("(a+)+", all, true, &answer) == 0 && answer == SEARCH_ERROR);
	OK(slow("(a+)+", less, false, &answer) == 0 && answer == SEARCH_YES);
	OK(slow("(a+)+!", all, true, &answer) == 0 && answer == SEARCH_NO);
	OK(find_in("(a+)+A", REGEX_CASELESS, all) == SEARCH_ERROR);
	OK(find_in("(a+)+B", REGEX_CASELESS, all) == SEARCH_NO);
	many[7] = 'b';
	OK(find_in("(a+)+B", REGEX_CASELESS, all) == SEARCH_ERROR);
	many[7] = 'B';
	OK(find_in("(a+)+b", REGEX_CASELESS, all) == SEARCH_ERROR);
}

/* What is known of a text is kept until it may be another one. */
static void
test_forget(void)
{
	static char many[SEARCH_RISKY_MAX + 1];
	const struct str all = { many, sizeof(many) };
	struct regex *r = make("x{3}!", 0);
	struct search *s = search_new();
	enum search_answer before, kept, after;

	memset(many, 'x', sizeof(many));
	search_begin(s, false);
	before = search_text(s, r, all);
	many[9] = '!';
	kept = search_text(s, r, all);
	search_begin(s, false);
	after = search_text(s, r, all);
	OK(before == SEARCH_NO && kept == SEARCH_NO && after == SEARCH_YES);
	search_free(&s);
	regex_free(&r);
}

int
main(void)
{
	test_captures();
	test_some_captures();
	test_flags();
	test_bytes();
	test_limits();
	test_counted();
	test_risky();
	test_forget();
	return tap_done();
}
