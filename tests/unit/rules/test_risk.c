/* SPDX-License-Identifier: Apache-2.0 */
/* Which patterns get a warning, and where. */
#include "rules/risk.h"
#include "tap.h"

static bool
risky(const char *pattern_z)
{
	size_t pos, len;

	return risk_find(str_z(pattern_z), &pos, &len);
}

static void
test_found(void)
{
	OK(risky("(a+)+"));
	OK(risky("^(?P<x>(?:[a-z]+)*)$"));
	OK(risky("(\\w+\\s?)+!"));
	OK(risky("(x|a*)*"));
	OK(risky("(.*,)+"));
	OK(risky("((a+)?)+"));
	OK(risky("((a+))*"));
	OK(risky("(a{2,}){3,}"));
	OK(risky("(a+?)*?"));
}

static void
test_left_alone(void)
{
	OK(!risky("a+b+"));
	OK(!risky("(\\s*,\\s*)*"));
	OK(!risky("(a+)?"));
	OK(!risky("(a+){3}"));
	OK(!risky("(a++)+"));
	OK(!risky("(a+)++"));
	OK(!risky("(?>a+)+"));
	OK(!risky("(?=a+)*"));
	OK(!risky("[(a+)]+"));
	OK(!risky("\\(a+\\)+"));
	OK(!risky("(at \\S+)+"));
	OK(!risky(
		"Payment failed for order (?P<id>[0-9a-f]{24})(?::\\s*(?P<reason>.+))?"));
	OK(!risky("(a{x}b)+"));
}

static void
test_broken(void)
{
	OK(!risky(""));
	OK(!risky("(((("));
	OK(!risky("a)+"));
	OK(!risky("[a"));
	OK(!risky("(?"));
	OK(!risky("a\\"));
	OK(!risky("a{2"));
}

int
main(void)
{
	size_t pos = 0, len = 0;

	test_found();
	test_left_alone();
	test_broken();
	OK(risk_find(STR("xx(a+)+yy"), &pos, &len) && pos == 2 && len == 5);
	return tap_done();
}
