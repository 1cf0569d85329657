/* SPDX-License-Identifier: Apache-2.0 */
/* Required words of whole conditions. */
#include "kit.h"

static bool
gives(const char *detection_z, const char *expected_z)
{
	struct ruleset *rs = kit_detection(detection_z);
	char text[512] = "";
	size_t n = 0;
	bool good;

	for (size_t i = 0; rs != NULL && i < rs->rules[0].n_words; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? " " : "",
			STR_ARG(rs->rules[0].words[i]));
	good = rs != NULL && strcmp(text, expected_z) == 0;
	if (!good)
		printf("# gives \"%s\"\n", text);
	ruleset_free(&rs);
	return good;
}

static void
test_message(void)
{
	OK(gives("  s: {message|contains: 'order lost'}\n  condition: s\n", "order"));
	OK(gives("  s: {message|contains: ['lost', 'Gone away']}\n  condition: s\n",
		"lost gone"));
	OK(gives("  s: {message|contains|all: ['lost', 'Forever']}\n  condition: s\n",
		"forever"));
	OK(gives("  s: {message|contains: 'ab*cde?fg'}\n  condition: s\n", "cde"));
	OK(gives("  s: {message|contains: 'a\\*bc'}\n  condition: s\n", ""));
	OK(gives("  s: {message|contains|neq: lost}\n  condition: s\n", ""));
	OK(gives("  s: ['lost', 'gone']\n  condition: s\n", "lost gone"));
	OK(gives("  s: {'|all': ['lost', 'forever']}\n  condition: s\n", "forever"));
}

static void
test_logic(void)
{
#define AB "  a: {message|contains: alpha}\n  b: {message|contains: gamma2}\n"
	OK(gives(AB "  condition: a and b\n", "gamma2"));
	OK(gives(AB "  condition: a or b\n", "alpha gamma2"));
	OK(gives(AB "  condition: a and not b\n", "alpha"));
	OK(gives(AB "  condition: not a\n", ""));
	OK(gives(AB "  condition: a or not b\n", ""));
	OK(gives(AB "  condition: [a, b]\n", "alpha gamma2"));
	OK(gives(AB "  condition: all of them\n", "gamma2"));
#undef AB
}

static void
test_fields(void)
{
	OK(gives("  s: {namespace: sock-shop}\n  condition: s\n", ""));
	OK(gives("  s: {namespace: sock-shop, message|contains: lost}\n  condition: s\n",
		"lost"));
	OK(gives("  s: {level: error}\n  condition: s\n", "error"));
	OK(gives("  s: {http.status: 500}\n  condition: s\n", "status"));
	OK(gives("  s: {http.status: '500'}\n  condition: s\n", "status"));
	OK(gives("  s: {body.message|contains: lost}\n  condition: s\n", "lost"));
	OK(gives("  s: {duration|gte: 5}\n  condition: s\n", "duration"));
	OK(gives("  s: {trace|exists: true}\n  condition: s\n", "trace"));
	OK(gives("  s: {trace|exists: false}\n  condition: s\n", ""));
	OK(gives("  s: {trace: null}\n  condition: s\n", ""));
	OK(gives("  s: {id|re: '^[a-z]+$'}\n  condition: s\n", ""));
	OK(gives("  s: {count|gte: 5}\n  condition: s\n", ""));
}

int
main(void)
{
	test_message();
	test_logic();
	test_fields();
	kit_done();
	return tap_done();
}
