/* SPDX-License-Identifier: Apache-2.0 */
/* Regexes: captures, flags, limits, and bytes that are no text. */
#include <string.h>

#include "rules/regex.h"
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

static enum regex_answer
search_in(const char *pattern_z, unsigned flags, struct str subject)
{
	struct regex *r = make(pattern_z, flags);
	struct regex_scratch *s = regex_scratch_new();
	enum regex_answer answer = REGEX_ERROR;

	n_got = 0;
	if (r != NULL && s != NULL)
		answer = regex_search(r, s, subject, got, 8, &n_got, &from, &to);
	regex_scratch_free(&s);
	for (size_t i = 0; i < n_got; i++) /* names die with the regex */
		got[i].name = (struct str){ 0 };
	regex_free(&r);
	return answer;
}

static enum regex_answer
search(const char *pattern_z, unsigned flags, const char *subject_z)
{
	return search_in(pattern_z, flags, str_z(subject_z));
}

static void
test_captures(void)
{
	struct regex *r = make("(?P<b>x)|(?<a>y)(z)", 0);

	OK(r != NULL && regex_capture_count(r) == 2);
	OK(r != NULL && str_eq(regex_capture_name(r, 0), STR("b")));
	OK(r != NULL && str_eq(regex_capture_name(r, 1), STR("a")));
	regex_free(&r);
	OK(search("order (?P<id>[0-9]+)(?P<why>: .+)?", 0, "an order 42") == REGEX_YES);
	OK(n_got == 1 && str_eq(got[0].value, STR("42")) && from == 3 && to == 11);
	OK(search("order (?P<id>[0-9]*)", 0, "order ") == REGEX_YES);
	OK(n_got == 1 && got[0].value.len == 0);
}

static void
test_flags(void)
{
	OK(search("fail", 0, "FAIL") == REGEX_NO);
	OK(search("fail", REGEX_CASELESS, "FAIL") == REGEX_YES);
	OK(search("^b", 0, "a\nb") == REGEX_NO);
	OK(search("^b", REGEX_MULTILINE, "a\nb") == REGEX_YES);
	OK(search("a.b", 0, "a\nb") == REGEX_NO);
	OK(search("a.b", REGEX_DOTALL, "a\nb") == REGEX_YES);
	OK(search("k", REGEX_CASELESS, "\xe2\x84\xaa") == REGEX_NO); /* the Kelvin sign */
}

static void
test_bytes(void)
{
	OK(search_in("b", 0, (struct str){ "a\0b", 3 }) == REGEX_YES && from == 2);
	OK(search("b", 0,
		   "\xff\xfe"
		   "b") == REGEX_YES);
	OK(search("\xc3\xa9+b", 0,
		   "\xff\xc3\xa9\xc3\xa9"
		   "b") == REGEX_YES);
	OK(search("[\xc3\xa9\xc3\xa8]x", 0, "\xc3\xa8x") == REGEX_YES);
	OK(search_in("^$", 0, (struct str){ NULL, 0 }) == REGEX_YES);
}

static void
test_limits(void)
{
	static char many[REGEX_SUBJECT_MAX + 8];

	memset(many, 'a', sizeof(many));
	OK(search("^(a+)+$", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab") ==
		REGEX_ERROR);
	many[REGEX_SUBJECT_MAX] = 'b';
	OK(search_in("b", 0, (struct str){ many, sizeof(many) }) == REGEX_NO);
	many[REGEX_SUBJECT_MAX - 1] = 'b';
	OK(search_in("b", 0, (struct str){ many, sizeof(many) }) == REGEX_YES);
}

/* Steps beyond the due of one search, as sampled or not, that gives the answer. */
static uint64_t
slow(const char *pattern_z, struct str subject, bool sample, enum regex_answer *answer)
{
	struct regex *r = make(pattern_z, 0);
	struct regex_scratch *s = regex_scratch_new();
	uint64_t steps = 0;

	*answer = REGEX_ERROR;
	if (r != NULL && s != NULL) {
		n_got = 0;
		regex_scratch_sample(s, sample);
		*answer = regex_search(r, s, subject, got, 0, &n_got, &from, &to);
		steps = regex_scratch_slow(s);
		if (regex_scratch_slow(s) != 0)
			steps = UINT64_MAX;
	}
	regex_scratch_free(&s);
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
	static char many[REGEX_SUBJECT_MAX];
	const struct str all = { many, sizeof(many) }, some = { many, 300 };
	enum regex_answer answer, sampled;
	bool good = true;

	memset(many, 'a', sizeof(many));
	for (size_t i = 0; i < sizeof(hostile_z) / sizeof(hostile_z[0]); i++) {
		uint64_t steps = slow(hostile_z[i], all, false, &answer);

		good = good && answer == REGEX_ERROR && steps > 100000 && steps < 400000;
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
		answer == REGEX_YES);
	OK(slow("(?P<a>\\w+) (?P<b>\\w+)7x", some, true, &answer) == 0 &&
		answer == REGEX_NO);
	OK(slow(" .*7", all, false, &answer) == 0 && answer == REGEX_YES);
}

/* A risky pattern is not tried on a long text that could match. */
static void
test_risky(void)
{
	static char many[REGEX_RISKY_MAX + 1];
	const struct str all = { many, sizeof(many) }, less = { many, sizeof(many) - 1 };
	enum regex_answer answer;

	memset(many, 'a', sizeof(many));
	OK(slow("(a+)+", all, true, &answer) == 0 && answer == REGEX_ERROR);
	OK(slow("(a+)+", less, false, &answer) == 0 && answer == REGEX_YES);
	OK(slow("(a+)+!", all, true, &answer) == 0 && answer == REGEX_NO);
	OK(search_in("(a+)+A", REGEX_CASELESS, all) == REGEX_ERROR);
	OK(search_in("(a+)+B", REGEX_CASELESS, all) == REGEX_NO);
	many[7] = 'b';
	OK(search_in("(a+)+B", REGEX_CASELESS, all) == REGEX_ERROR);
	many[7] = 'B';
	OK(search_in("(a+)+b", REGEX_CASELESS, all) == REGEX_ERROR);
}

/* What is known of a text is kept until it may be another one. */
static void
test_forget(void)
{
	static char many[REGEX_RISKY_MAX + 1];
	const struct str all = { many, sizeof(many) };
	struct regex *r = make("x{3}!", 0);
	struct regex_scratch *s = regex_scratch_new();
	enum regex_answer before, kept, after;

	memset(many, 'x', sizeof(many));
	regex_scratch_forget(s);
	before = regex_search(r, s, all, got, 0, &n_got, &from, &to);
	many[9] = '!';
	kept = regex_search(r, s, all, got, 0, &n_got, &from, &to);
	regex_scratch_forget(s);
	after = regex_search(r, s, all, got, 0, &n_got, &from, &to);
	OK(before == REGEX_NO && kept == REGEX_NO && after == REGEX_YES);
	regex_scratch_free(&s);
	regex_free(&r);
}

static void
test_refused(void)
{
	char error[128] = "";
	size_t pos = 0;
	static char groups[64 * 4 + 1];

	OK(regex_new(STR("ab(c"), 0, error, sizeof(error), &pos) == NULL);
	OK(pos == 4 && error[0] != '\0');
	OK(regex_new(STR("ab(*ACCEPT)c"), 0, error, sizeof(error), &pos) == NULL &&
		pos == 2);
	OK(make("a\\Cb", 0) == NULL);
	for (size_t i = 0; i < 64; i++)
		memcpy(groups + 4 * i, "(x)?", 4);
	OK(make(groups, 0) == NULL);
	OK(search("[(*]\\(*x", 0, "((x") == REGEX_YES);
}

int
main(void)
{
	test_captures();
	test_flags();
	test_bytes();
	test_limits();
	test_counted();
	test_risky();
	test_forget();
	test_refused();
	return tap_done();
}
