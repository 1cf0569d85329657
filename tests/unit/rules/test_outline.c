/* SPDX-License-Identifier: Apache-2.0 */
/* What every match of a regex has: of patterns that rules have, and of drawn ones. */
#include "rules/outline.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "rules/search.h"
#include "tap.h"

#define PATTERNS 20000
#define TEXTS    40

/* 1: it may match, 0: it cannot, -1: nothing is known. */
static int
asks(const char *pattern_z, bool fold, const char *text_z)
{
	struct outline *o = outline_new(str_z(pattern_z), fold);
	int answer = o == NULL ? -1 : outline_stands(o, str_z(text_z));

	outline_free(&o);
	return answer;
}

static void
test_runs(void)
{
	const char *login = "GET /login\\S* \\S*(?P<status>[1-5][0-9][0-9]) "
			    "\\S*?(?P<ms>[1-9][0-9]{3,}(?:\\.[0-9]+)?) ms";

	OK(asks(login, false, "GET /login 200 8731.402 ms - 27") == 1);
	OK(asks(login, false, "x GET /login?a=b 401 1000 ms") == 1);
	OK(asks(login, false, "GET /login 401 9.302 ms - -") == 0);
	OK(asks(login, false, "1000 ms GET /login 401 ") == 0);
	OK(asks(login, false, "get /login 200 8731.402 ms - 27") == 0);
	OK(asks(login, true, "get /LOGIN 200 8731.402 MS - 27") == 1);
	OK(asks(login, false, "") == 0);
}

/* What is not needed, or not in order, says nothing. */
static void
test_parts(void)
{
	OK(asks("ab.*cd", false, "cdab") == 0);
	OK(asks("ab.*cd", false, "abcd") == 1);
	OK(asks("ab.*bc", false, "abc") == 0);
	OK(asks("a(?:bc)+.*d", false, "abcbcd") == 1);
	OK(asks("a(?:b|c).*d", false, "axd") == 1);
	OK(asks("a(?=xyz).*d", false, "a d") == 1);
	OK(asks("a{3}.*d", false, "aad") == 0);
	OK(asks("a{0}b.*d", false, "bd") == 1);
	OK(asks("a+b*c", false, "ac") == 1);
	OK(asks("aaab.*b", false, "aaaaab b") == 1);
	OK(asks("[ab]ab.*b", false, "aaab b") == 1);
}

static void
test_unknown(void)
{
	OK(asks("", false, "") == -1);
	OK(asks("abc", false, "") == -1);
	OK(asks("ab|cd.*e", false, "") == -1);
	OK(asks("(?i)a.*b", false, "") == -1);
	OK(asks("(a).*\\1", false, "") == -1);
	OK(asks("\\Qa.*b\\E", false, "") == -1);
	OK(asks("[^[:alpha:]].*b", false, "") == -1);
	OK(asks("a.*b{,2}", false, "") == -1);
	OK(asks("a.*(?1)(b)", false, "") == -1);
}

static uint64_t
draw(uint64_t *state, uint64_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % n;
}

static const char *const items[] = { "a", "b", "1", " ", "A", "-", "\\d", "\\D", "\\w",
	"\\S", "\\s", ".", "[ab]", "[^a]", "[a-b1]", "[^\\d\\]]", "[]b]", "[\\w-]",
	"[a-]", "\\x61", "[\\x61-b]", "[[:alpha:]]", "[^[:alpha:]]", "(?:ab)", "(a|b)",
	"(a1)", "(?P<n>b 1)", "(?>ab?)", "(?:a(?:b|1)b)", "(?:a(b)? )", "(?=a)", "(?!b)",
	"(?<=a)", "(?<!a)", "\\b", "^", "$", "\\Qab\\E", "(?i:A)", "(?i)", "\\h", "\\v",
	"\\R", "{", "{1", "]", "(|a)", "(?|(a)|(b))", "\\K", "\\n", "[\\n ]", "\\A",
	"\\z", "\\-" };
static const char *const repeats[] = { "", "", "", "", "", "*", "+", "?", "{2}", "{1,2}",
	"{0}", "{0,1}", "{2,}", "+?", "*+", "??", "{2}+", "{,2}" };

static void
draw_pattern(uint64_t *state, char *out)
{
	out[0] = '\0';
	for (uint64_t n = 2 + draw(state, 5); n > 0; n--) {
		strcat(out, items[draw(state, ARRAY_LEN(items))]);
		strcat(out, repeats[draw(state, ARRAY_LEN(repeats))]);
	}
	if (draw(state, 20) == 0)
		strcat(out, "|a");
}

static void
draw_text(uint64_t *state, char *out)
{
	uint64_t n = draw(state, 14);

	for (uint64_t i = 0; i < n; i++)
		out[i] = "ab1 A-\n]{\t"[draw(state, 10)];
	out[n] = '\0';
}

/* Counts texts that match, and those that an outline says cannot. */
static void
compare(uint64_t *state, const char *pattern_z, bool fold, size_t *found, size_t *out,
	size_t *wrong)
{
	pcre2_match_data *data = pcre2_match_data_create(64, NULL);
	struct outline *o = outline_new(str_z(pattern_z), fold);
	size_t pos;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern_z, PCRE2_ZERO_TERMINATED,
		fold ? PCRE2_CASELESS : 0, &error, &pos, NULL);

	for (int i = 0; i < TEXTS && code != NULL && o != NULL; i++) {
		char text[16];
		bool may, does;

		draw_text(state, text);
		may = outline_stands(o, str_z(text));
		does = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data,
			       NULL) > 0;
		*found += does;
		*out += !may;
		if (does && !may) {
			++*wrong;
			printf("# %s matches %s\n", pattern_z, text);
		}
	}
	outline_free(&o);
	pcre2_code_free(code);
	pcre2_match_data_free(data);
}

static void
test_drawn(void)
{
	uint64_t state = 88172645463325252u;
	size_t found = 0, out = 0, wrong = 0;

	for (int i = 0; i < PATTERNS; i++) {
		char pattern[256];

		draw_pattern(&state, pattern);
		compare(&state, pattern, draw(&state, 4) == 0, &found, &out, &wrong);
	}
	OK(wrong == 0);
	OK(found > 4000 && out > 4000);
}

/* The answers of a regex are the same whether it was in doubt or not. */
static void
test_doubt(void)
{
	struct search *s = search_new();
	char error[64];
	size_t pos;
	struct regex *r = regex_new(STR("ab.*cd"), 0, error, sizeof(error), &pos);
	static const struct {
		const char *text_z;
		enum search_answer answer;
	} row[] = { { "abcd", SEARCH_YES }, { "ab", SEARCH_NO }, { "abcd", SEARCH_YES },
		{ "ab", SEARCH_NO }, { "ab", SEARCH_NO }, { "ab cd", SEARCH_YES },
		{ "ab\ncd", SEARCH_NO }, { "ab\ncd", SEARCH_NO } };

	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		OK(search_text(s, r, str_z(row[i].text_z)) == row[i].answer);
	regex_free(&r);
	search_free(&s);
}

/* Bytes of text_z beside the phrase of the pattern that fit: "2+1" of "ab|c". -1: nothing
 * is known. */
static int
beside(const char *pattern_z, bool fold, const char *phrase_z, const char *text_z)
{
	struct str text = str_z(text_z);
	size_t at = str_find_char(text, '|'), before = 0, after = 0;
	struct margin m;

	if (!outline_margin(str_z(pattern_z), fold, str_z(phrase_z), &m))
		return -1;
	for (; before < m.n_before && before < at; before++) {
		unsigned char c = (unsigned char)text.ptr[at - 1 - before];

		if ((m.before[before].bits[c / 64] >> c % 64 & 1) == 0)
			break;
	}
	for (; after < m.n_after && at + 1 + after < text.len; after++) {
		unsigned char c = (unsigned char)text.ptr[at + 1 + after];

		if ((m.after[after].bits[c / 64] >> c % 64 & 1) == 0)
			break;
	}
	return (int)(before * 10 + after);
}

static void
test_margin(void)
{
	OK(beside("status=[45]\\d\\d", false, "status=", "|404") == 3);
	OK(beside("status=[45]\\d\\d", false, "status=", "|304") == 0);
	OK(beside("got (?P<n>\\d{3}) items", false, " items", "got 123|") == 70);
	OK(beside("got (?P<n>\\d{3}) items", false, " items", "got 12|") == 20);
	OK(beside("took (?P<ms>\\d{4,}) ms", false, "took ", "|12345") == 4);
	OK(beside("took (?P<ms>\\d{4,}) ms", false, "took ", "|12 ms") == 2);
	OK(beside("took \\d{2}x", false, "took ", "|12345") == 2);
	OK(beside("failed(?i)x", false, "failed", "|x") == -1);
	OK(beside("failed(?:a|b)", false, "failed", "|a") == -1);
	OK(beside("(?:failed)+a", false, "failed", "|a") == -1);
	OK(beside("failed.*a", false, "failed", "|a") == -1);
	OK(beside("failed|other", false, "failed", "|a") == -1);
	OK(beside("Failed\\d", false, "failed", "|1") == -1);
	OK(beside("Failed\\d", true, "failed", "|1") == 1);
	OK(beside("fAIledx", true, "failed", "|X") == 1);
	OK(beside("[^a]failed\\S", false, "failed", "x|1") == 1); /* an LF before it */
	OK(beside("[^\\na]failed", false, "failed", "x|") == 10);
	OK(beside("a1mfailed", false, "1mfailed", "a|") == -1); /* a colour? */
}

int
main(void)
{
	test_runs();
	test_parts();
	test_unknown();
	test_drawn();
	test_doubt();
	test_margin();
	return tap_done();
}
