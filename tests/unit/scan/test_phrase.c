/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/phrase.h"

#include <string.h>

#include "base/compiler.h"
#include "tap.h"

/* A fragment of the phrase is at the place of "|" in the line, which is left out. */
static const struct {
	const char *line_z, *phrase_z;
	size_t off;
	bool stands;
} cases[] = {
	{ "|failed", "failed", 0, true },
	{ "Payment FA|ILED", "payment failed", 10, true },
	{ "ayment FA|ILED", "payment failed", 10, false },
	{ "a |fail", "failed", 0, false },
	{ "a |failing", "failed", 0, false },
	{ "login \x1b[33m|401", "login 401", 6, true },
	{ "|login \x1b[33m401", "login 401", 0, true },
	{ "log|in\x1b[0m\x1b[1;33m 401", "login 401", 3, true },
	{ "login\x1b[0m \x1b[1;33m\x1b[4m|401", "login 401", 6, true },
	{ "login\\u001b[0m \\u001B[1m|401", "login 401", 6, true },
	{ "|login\\u001b[0m \\u001B[1m401", "login 401", 0, true },
	{ "from\x1b[0m |here", "from here", 5, true },
	{ "fro\x1b[0m |here", "from here", 5, false },
	{ "form |here", "form here", 5, true },
	{ "|login \x1b[K401", "login 401", 0, false },
	{ "|GET \\/login", "get /login", 0, true },
	{ "GET \\/|login", "get /login", 5, true },
	{ "GET \\\\\\/|login", "get /login", 5, true },
	{ "|GET \\\\\\/login", "get /login", 0, true },
	{ "GET \\|login", "get login", 4, false },
	{ "|log\\nin", "log in", 0, false },
	{ "|log\\u0020in", "log in", 0, true },
	{ "log\\u0020|in", "log in", 4, true },
	{ "x\\u0020|in", "log in", 4, true },
	{ "log\\\\u0020|in", "log in", 4, true },
	{ "|log\\\\u0020in", "log in", 0, true },
	{ "log\n|in", "log in", 4, false },
	{ "|log\nin", "log in", 0, false },
};

static const struct margin anything;

/* "status=" with [0-9], [0-9 LF] behind it and [a-z], [0-9] before it. */
static const struct margin digits = {
	.before = { { { 0, 0x07fffffe00000000 } }, { { 0x03ff000000000000, 0 } } },
	.after = { { { 0x03ff000000000000, 0 } }, { { 0x03ff000000000400, 0 } } },
	.n_before = 2,
	.n_after = 2,
};

/* In "|" is the phrase. */
static const struct {
	const char *line_z;
	bool fits;
} beside[] = {
	{ "1a|23", true },
	{ "1a|2", true }, /* the next line may join it */
	{ "1a|2\n", true },
	{ "1a|2\r\nx", true },
	{ "1a|2x", false },
	{ "1a|", false },
	{ "1a|\n23", false },
	{ "1a|\r\n23", false },
	{ "1a|\x1b[1m23", true },
	{ "1a|x\x1b", false },
	{ "1a|\\u0031", true },
	{ "1a|2\\n", true },
	{ "1a|\xc3\xa9"
	  "b",
		true }, /* who knows */
	{ "a|23", false },
	{ "|23", false },
	{ "1A|23", false },
	{ "1 |23", false },
	{ "xa|23", false },
	{ "\na|23", false },
	{ "1a\x1b[0m|23", true },
	{ "\x1b[0ma|23", true },
	{ "1\\u0061|23", true },
	{ "\\u0031a|23", true },
	{ "\\na|23", true },
	{ "1\x1b"
	  "a|23",
		true },
};

static bool
fits(const char *line_z)
{
	struct str line = str_z(line_z), phrase = STR("status=");
	size_t at = str_find_char(line, '|');
	char text[64];

	memcpy(text, line.ptr, at);
	memcpy(text + at, phrase.ptr, phrase.len);
	memcpy(text + at + phrase.len, line.ptr + at + 1, line.len - at - 1);
	return phrase_stands((struct str){ text, line.len - 1 + phrase.len }, at, phrase,
		false, 0, &digits);
}

static bool
stands(const char *line_z, const char *phrase_z, size_t off)
{
	struct str line = str_z(line_z);
	size_t at = str_find_char(line, '|'), n = 0;
	char text[64];

	for (size_t i = 0; i < line.len; i++)
		if (i != at)
			text[n++] = line.ptr[i];
	return phrase_stands(
		(struct str){ text, n }, at, str_z(phrase_z), false, off, &anything);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (stands(cases[i].line_z, cases[i].phrase_z, cases[i].off) !=
			cases[i].stands) {
			OK(false);
			printf("# case %zu: %s\n", i, cases[i].phrase_z);
		}
	for (size_t i = 0; i < ARRAY_LEN(beside); i++)
		if (fits(beside[i].line_z) != beside[i].fits) {
			OK(false);
			printf("# beside %zu: %s\n", i, beside[i].line_z);
		}
	OK(!phrase_stands(STR("log"), 0, STR("login"), false, 0, &anything));
	OK(!phrase_stands(STR("in"), 0, STR("login"), false, 3, &anything));
	OK(phrase_stands(STR("a LogIn"), 5, STR("LogIn"), true, 3, &anything));
	OK(!phrase_stands(STR("a LogIn"), 5, STR("Login"), true, 3, &anything));
	OK(!phrase_stands(STR("a LogIn"), 5, STR("logIn"), true, 3, &anything));
	OK(phrase_stands(STR("Log\x1b[1mIn"), 0, STR("LogIn"), true, 0, &anything));
	return tap_done();
}
