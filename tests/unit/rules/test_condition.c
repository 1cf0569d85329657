/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: binding, quantifiers, and all that is no condition. */
#include "kit.h"

static size_t
show(const struct node *node, char *text, size_t cap, size_t n)
{
	const char *between = node->kind == NODE_AND ? "&" : "|";

	if (node->name.len > 0)
		return n +
		       (size_t)snprintf(text + n, cap - n, "%.*s", STR_ARG(node->name));
	n += (size_t)snprintf(
		text + n, cap - n, "%s(", node->kind == NODE_NOT ? "!" : "");
	for (size_t i = 0; i < node->n; i++) {
		if (i > 0)
			n += (size_t)snprintf(text + n, cap - n, "%s", between);
		n = show(node->child[i], text, cap, n);
	}
	return n + (size_t)snprintf(text + n, cap - n, ")");
}

#define SELECTIONS \
	"  a1: {f: 1}\n  a2: {f: 2}\n  b: {f: 3}\n  _h: {f: 4}\n  c-d: {f: 5}\n"

static bool
reads(const char *condition_z, const char *expected_z)
{
	char detection[1024], text[512] = "";
	struct ruleset *rs;

	snprintf(detection, sizeof(detection), SELECTIONS "  condition: %s\n",
		condition_z);
	rs = kit_detection(detection);
	if (rs != NULL)
		show(rs->rules[0].condition, text, sizeof(text), 0);
	ruleset_free(&rs);
	if (strcmp(text, expected_z) != 0)
		printf("# %s is %s\n", condition_z, text);
	return strcmp(text, expected_z) == 0;
}

static bool
refuses(const char *condition_z, const char *why_z)
{
	return reads(condition_z, "") && kit_says(why_z);
}

static void
test_binding(void)
{
	OK(reads("a1", "a1"));
	OK(reads("a1 or a2 and b", "(a1|(a2&b))"));
	OK(reads("(a1 or a2) and b", "((a1|a2)&b)"));
	OK(reads("not a1 and b", "(!(a1)&b)"));
	OK(reads("not not a1", "!(!(a1))"));
	OK(reads("not (a1 or b)", "!((a1|b))"));
	OK(reads("a1 and a2 and b", "(a1&a2&b)"));
	OK(reads("((a1))", "a1"));
	OK(reads("c-d and b", "(c-d&b)"));
	OK(reads("[a1, b and a2]", "(a1|(b&a2))"));
}

static void
test_quantifiers(void)
{
	OK(reads("1 of a*", "(a1|a2)"));
	OK(reads("any of a*", "(a1|a2)"));
	OK(reads("all of a*", "(a1&a2)"));
	OK(reads("1 of them", "(a1|a2|b|c-d)"));
	OK(reads("all of *1", "a1"));
	OK(reads("1 of _*", "_h"));
	OK(reads("1 of c-*", "c-d"));
	OK(reads("1 of b", "b"));
	OK(reads("b and not 1 of a*", "(b&!((a1|a2)))"));
}

static void
test_refused(void)
{
	OK(refuses("a3", "no selection is called"));
	OK(refuses("a1 AND b", "lower case"));
	OK(refuses("a1 b", "unexpected"));
	OK(refuses("a1 and", "too early"));
	OK(refuses("and a1", "unexpected"));
	OK(refuses("(a1", "missing"));
	OK(refuses("a1)", "unexpected"));
	OK(refuses("2 of a*", "only"));
	OK(refuses("1 of z*", "no selection fits"));
	OK(refuses("1 of", "too early"));
	OK(refuses("a1 | count() > 5", "pipe"));
	OK(refuses("''", "too early"));
	OK(refuses("[]", "empty condition"));
}

static void
test_depth(void)
{
	char deep[512] = "";

	for (int i = 0; i < 60; i++)
		strcat(deep, "(");
	strcat(deep, "a1");
	for (int i = 0; i < 60; i++)
		strcat(deep, ")");
	OK(reads(deep, "a1"));
	memset(deep, '(', 100);
	deep[100] = '\0';
	OK(refuses(deep, "nested"));
}

int
main(void)
{
	test_binding();
	test_quantifiers();
	test_refused();
	test_depth();
	kit_done();
	return tap_done();
}
