/* SPDX-License-Identifier: Apache-2.0 */
/* Selections: shapes, values with their wildcards and escapes, modifiers, captures. */
#include "kit.h"

/* The parts of a value: text as it is, wildcards as <*> and <?>. */
static bool
parses(const char *written_z, const char *expected_z)
{
	char detection[256], text[256] = "";
	struct ruleset *rs;
	size_t n = 0;

	snprintf(detection, sizeof(detection), "  s: {f: '%s'}\n  condition: s\n",
		written_z);
	rs = kit_detection(detection);
	if (rs == NULL)
		return false;
	for (size_t i = 0; i < rs->rules[0].condition->item->values[0].n_parts; i++) {
		const struct part *p = &rs->rules[0].condition->item->values[0].parts[i];

		if (p->kind == PART_TEXT)
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, "%.*s", STR_ARG(p->text));
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
				p->kind == PART_ANY ? "<*>" : "<?>");
	}
	ruleset_free(&rs);
	if (strcmp(text, expected_z) != 0)
		printf("# %s is %s\n", written_z, text);
	return strcmp(text, expected_z) == 0;
}

static void
test_escapes(void)
{
	OK(parses("a\\b", "a\\b"));
	OK(parses("a\\\\b", "a\\b"));
	OK(parses("a\\*", "a*"));
	OK(parses("a\\\\*", "a\\<*>"));
	OK(parses("a\\\\\\*", "a\\*"));
	OK(parses("a\\\\\\b", "a\\\\b"));
	OK(parses("a\\\\\\\\b", "a\\\\b"));
	OK(parses("a\\", "a\\"));
	OK(parses("C:\\*\\x.exe", "C:*\\x.exe"));
	OK(parses("a**b?", "a<*>b<?>"));
	OK(parses("", ""));
}

static const struct item *
first_item(const struct ruleset *rs)
{
	const struct node *node = rs == NULL ? NULL : rs->rules[0].condition;

	while (node != NULL && node->kind != NODE_ITEM)
		node = node->n > 0 ? node->child[0] : NULL;
	return node == NULL ? NULL : node->item;
}

#define ITEM(detection, check)                                                      \
	do {                                                                        \
		struct ruleset *rs_ =                                               \
			kit_detection("  s:\n    " detection "\n  condition: s\n"); \
		const struct item *it = first_item(rs_);                            \
		OK(it != NULL && (check));                                          \
		ruleset_free(&rs_);                                                 \
	} while (0)

static void
test_modifiers(void)
{
	ITEM("f|contains: 'ab'", it->values[0].n_parts == 3);
	ITEM("f|contains: '*ab*'", it->values[0].n_parts == 3);
	ITEM("f|startswith: 'ab'",
		it->values[0].n_parts == 2 && it->values[0].parts[1].kind == PART_ANY);
	ITEM("f|endswith: 'ab'",
		it->values[0].n_parts == 2 && it->values[0].parts[0].kind == PART_ANY);
	ITEM("f|contains|all: [a, b]", it->all && it->n_values == 2);
	ITEM("f|cased|contains: a", it->cased && it->values[0].n_parts == 3);
	ITEM("f|neq: a", it->negated && it->op == ITEM_EQUALS);
	ITEM("f|exists: false", it->op == ITEM_EXISTS && !it->exists);
	ITEM("f|lt: 5", it->op == ITEM_LT && it->values[0].number < 5.5);
	ITEM("f|gte: 1.5", it->op == ITEM_GTE && it->values[0].number < 2);
	ITEM("f|re|i: 'a'", it->op == ITEM_REGEX && it->values[0].regex != NULL);
	ITEM("f: 500", it->values[0].is_number && it->values[0].n_parts == 1);
	ITEM("f: '500'", !it->values[0].is_number);
	ITEM("f: null", it->op == ITEM_NULL);
	ITEM("f: ''", it->op == ITEM_EQUALS && it->values[0].n_parts == 0);
	ITEM("f: true", it->op == ITEM_EQUALS && kit_is(it->values[0].text, "true"));
	ITEM("'|all': [a, b]",
		it->field.len == 0 && it->all && it->values[0].n_parts == 3);
	ITEM("[a, b]", it->field.len == 0 && !it->all && it->n_values == 2);
}

static void
test_shapes(void)
{
	struct ruleset *rs = kit_detection("  s: [{a: 1, b: 2}, {c: 3}, word, other]\n"
					   "  condition: s\n");
	const struct node *node = rs == NULL ? NULL : rs->rules[0].condition;

	OK(node != NULL && node->kind == NODE_OR && node->n == 3);
	OK(node != NULL && node->child[0]->kind == NODE_AND && node->child[0]->n == 2);
	OK(node != NULL && node->child[1]->kind == NODE_ITEM);
	OK(node != NULL && node->child[2]->item->field.len == 0 &&
		node->child[2]->item->n_values == 2);
	OK(node != NULL && kit_is(node->name, "s"));
	ruleset_free(&rs);
}

static void
test_captures(void)
{
	struct ruleset *rs =
		kit_detection("  s: {message|re: ['a (?P<x>.)', 'b (?P<y>.)(?P<x>.)']}\n"
			      "  n: {message|re: 'c (?P<z>.)'}\n"
			      "  m: {message|re|neq: 'd (?P<w>.)'}\n"
			      "  condition: s and not n and m\n");

	OK(rs != NULL && rs->rules[0].n_captures == 2);
	OK(rs != NULL && kit_is(rs->rules[0].captures[0], "x"));
	OK(rs != NULL && kit_is(rs->rules[0].captures[1], "y"));
	ruleset_free(&rs);
}

int
main(void)
{
	test_escapes();
	test_modifiers();
	test_shapes();
	test_captures();
	kit_done();
	return tap_done();
}
