/* SPDX-License-Identifier: Apache-2.0 */
/* Regexes: names of captures, and what is refused. */
#include <string.h>

#include "rules/regex.h"
#include "tap.h"

static struct regex *
make(const char *pattern_z)
{
	char error[128];
	size_t pos;

	return regex_new(str_z(pattern_z), 0, error, sizeof(error), &pos);
}

static void
test_names(void)
{
	struct regex *r = make("(?P<b>x)|(?<a>y)(z)");

	OK(r != NULL && regex_capture_count(r) == 2);
	OK(r != NULL && str_eq(regex_capture_name(r, 0), STR("b")));
	OK(r != NULL && str_eq(regex_capture_name(r, 1), STR("a")));
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
	OK(make("a\\Cb") == NULL);
	for (size_t i = 0; i < 64; i++)
		memcpy(groups + 4 * i, "(x)?", 4);
	OK(make(groups) == NULL);
}

int
main(void)
{
	test_names();
	test_refused();
	return tap_done();
}
