/* SPDX-License-Identifier: Apache-2.0 */
/* Which patterns get a warning, and where. */
#include "rules/risk.h"
#include "tap.h"

static bool
risky(const char *pattern_z)
{
	size_t pos, len;

	return risk_find(str_z(pattern_z), false, &pos, &len);
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
	OK(risky("(.*a){10}x"));
	OK(risky("(([a-z])+.)+[A-Z]"));
	OK(risky("(\\d{1,20}-?)+"));
	OK(risky("((a|b)+)*"));
	OK(risky("((a|b)\\w+)+"));
	OK(risky("((?>x)?\\w+)+"));
}

static void
test_branches(void)
{
	OK(risky("(a|aa)+$"));
	OK(risky("(a|a?)+y"));
	OK(risky("(\\d|\\w)*!"));
	OK(risky("\"(\\\\.|[^\"])*\""));
	OK(!risky("\"(\\\\.|[^\"\\\\])*\""));
	OK(!risky("(foo|far)+"));
	OK(!risky("(foo|foobar)+"));
	OK(!risky("(a|b|cc)+"));
	OK(!risky("(a|aa)"));
	OK(risk_find(STR("(a|[A-C])+"), true, &(size_t){ 0 }, &(size_t){ 0 }));
	OK(!risky("(a|[A-C])+"));
	OK(risky("(?i)(a|[A-C])+"));
}

static void
test_side_by_side(void)
{
	OK(risky("(.*)(.*)(.*)(.*)q{10}"));
	OK(risky("x\\S*\\S*\\S*[!?]"));
	OK(!risky("a*a*"));
	OK(!risky(".*foo.*bar.*baz.*"));
	OK(!risky("\\d+\\s+\\w+\\s+"));
	OK(!risky("(?:a+|a+|a+)"));
	OK(!risky(".*(?:a+|b+).*"));
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
	OK(!risky("(\\S+\\s+){8}"));
	OK(!risky("(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"));
	OK(!risky("([a-z]+[A-Z])+"));
	OK(!risky("([0-9a-f]{24})+"));
	OK(!risky("(?:(?:GET|POST) \\S+)+"));
	OK(!risky("(?:[^,]*,){10}"));
	OK(!risky("(\\Qa+\\E+)+"));
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
	test_branches();
	test_side_by_side();
	test_left_alone();
	test_broken();
	OK(risk_find(STR("xx(a+)+yy"), false, &pos, &len) && pos == 2 && len == 5);
	return tap_done();
}
