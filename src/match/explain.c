/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a rule matches a record, or why not: its condition as a tree, each part with its
 * answer, each item with the value it saw. What is shown is redacted.
 */
#include "match/eval.h"
#include "match/redact.h"
#include "match/state.h"

#define SHOWN_MAX   160 /* bytes of a value */
#define SHOWN_TEXTS 3   /* values of a field */

struct explain {
	struct eval *e;
	FILE *out;
};

static const char *const answers_z[] = {
	[EVAL_NO] = "no", [EVAL_YES] = "yes", [EVAL_ERROR] = "error"
};

static const char *const ops_z[] = { [ITEM_EQUALS] = "",
	[ITEM_REGEX] = "|re",
	[ITEM_EXISTS] = "|exists",
	[ITEM_LT] = "|lt",
	[ITEM_LTE] = "|lte",
	[ITEM_GT] = "|gt",
	[ITEM_GTE] = "|gte",
	[ITEM_NULL] = "" };

static void
indent(const struct explain *x, unsigned depth)
{
	fprintf(x->out, "%*s", (int)(2 + 2 * depth), "");
}

/* In quotes, redacted, cut, without control bytes. */
static void
print_value(const struct explain *x, struct str name, struct str value)
{
	struct buf safe, shown;
	struct str s;

	buf_init(&safe, (size_t)64 << 10);
	buf_init(&shown, (size_t)64 << 10);
	s = redact_value(
		x->e->key, &safe, telling_of(name), str_sub(value, 0, 8 * SHOWN_MAX));
	buf_add_visible(&shown, str_sub(s, 0, SHOWN_MAX));
	fprintf(x->out, "\"%.*s\"%s", STR_ARG(buf_str(&shown)),
		s.len > SHOWN_MAX || value.len > 8 * SHOWN_MAX ? "..." : "");
	buf_fini(&safe);
	buf_fini(&shown);
}

/* The modifier that put wildcards around the values as they are written. */
static const char *
modifier_of(const struct item *item)
{
	const struct value *v = item->values;
	bool before, after;

	if (item->op != ITEM_EQUALS || item->field.len == 0 || item->n_values == 0 ||
		v->n_parts < 2 || v->text.len == 0)
		return ops_z[item->op];
	before = v->parts[0].kind == PART_ANY && v->text.ptr[0] != '*';
	after = v->parts[v->n_parts - 1].kind == PART_ANY &&
		v->text.ptr[v->text.len - 1] != '*';
	if (before && after)
		return "|contains";
	if (before)
		return "|endswith";
	return after ? "|startswith" : "";
}

static void
print_wanted(const struct explain *x, const struct item *item)
{
	if (item->field.len == 0)
		fprintf(x->out, "keyword");
	else
		fprintf(x->out, "%.*s", STR_ARG(item->field));
	fprintf(x->out, "%s%s%s:", modifier_of(item), item->negated ? "|neq" : "",
		item->all ? "|all" : "");
	if (item->op == ITEM_NULL)
		fprintf(x->out, " null");
	if (item->op == ITEM_EXISTS)
		fprintf(x->out, " %s", item->exists ? "true" : "false");
	for (size_t i = 0; i < item->n_values && i < 8; i++)
		fprintf(x->out, "%s '%.*s'", i > 0 ? "," : "",
			STR_ARG(item->values[i].text));
	if (item->n_values > 8)
		fprintf(x->out, ", and %zu more", item->n_values - 8);
}

static void
print_seen(const struct explain *x, const struct item *item, unsigned depth)
{
	struct str texts[WALK_VALUES];
	size_t n = walk_values(&x->e->walk, item, texts, WALK_VALUES);

	indent(x, depth + 2);
	if (n == 0)
		fprintf(x->out, "the record has none");
	else
		fprintf(x->out, "saw ");
	for (size_t i = 0; i < n && i < SHOWN_TEXTS; i++) {
		if (i > 0)
			fprintf(x->out, ", ");
		print_value(x, item->field, texts[i]);
	}
	if (n > SHOWN_TEXTS)
		fprintf(x->out, ", and %zu more", n - SHOWN_TEXTS);
	fprintf(x->out, "\n");
}

static const char *
kind_of(const struct node *node)
{
	switch (node->kind) {
	case NODE_AND:
		return "all of";
	case NODE_OR:
		return "any of";
	case NODE_NOT:
		return "not";
	case NODE_ITEM:
	case NODE_NAME:
	case NODE_TRUE:
		break;
	}
	return "";
}

static void
print_node(const struct explain *x, const struct node *node, unsigned depth)
{
	enum eval_answer answer = walk_node(&x->e->walk, node, true);

	indent(x, depth);
	fprintf(x->out, "%-5s ", answers_z[answer]);
	if (node->name.len > 0)
		fprintf(x->out, "%.*s%s", STR_ARG(node->name),
			node->kind == NODE_ITEM ? ": " : " ");
	if (node->kind == NODE_ITEM) {
		print_wanted(x, node->item);
		fprintf(x->out, "\n");
		print_seen(x, node->item, depth);
		return;
	}
	fprintf(x->out, "%s\n", kind_of(node));
	for (size_t i = 0; i < node->n; i++)
		print_node(x, node->child[i], depth + 1);
}

static void
print_captures(const struct explain *x, const struct match *m)
{
	for (size_t i = 0; i < m->n_captures; i++) {
		indent(x, 0);
		fprintf(x->out, "%.*s = ", STR_ARG(m->capture[i].name));
		print_value(x, m->capture[i].name, m->capture[i].value);
		fprintf(x->out, "\n");
	}
}

static void
print_source(const struct explain *x, const struct rule *rule, const struct record *r)
{
	static const char *const categories_z[] = { "log", "event", "pod", "volume" };

	indent(x, 0);
	if (rule->category != r->category)
		fprintf(x->out,
			"not for this record: it is of category %s, the rule wants %s\n",
			categories_z[r->category], categories_z[rule->category]);
	else
		fprintf(x->out,
			"not for this record: its service is %.*s, the rule wants %.*s\n",
			STR_ARG(r->label[LABEL_SERVICE]),
			STR_ARG(rule->logsource.service));
}

void
eval_explain(struct eval *e, uint32_t number, struct record *r, FILE *out)
{
	const struct rule *rule = &e->rules->rules[number];
	struct explain x = { .e = e, .out = out };
	bool is_for = eval_is_for(rule, r);
	enum eval_answer answer;
	struct match m;

	arena_reset(e->arena);
	eval_begin(e, r, e->arena);
	answer = eval_rule(e, number, &m);
	fprintf(out, "%.*s: %s\n", STR_ARG(rule->name),
		!is_for || answer == EVAL_NO ? "no match"
		: answer == EVAL_YES         ? "match"
					     : "error: a regex hit its limits");
	if (!is_for)
		print_source(&x, rule, r);
	if (rule->condition != NULL)
		print_node(&x, rule->condition, 0);
	if (answer == EVAL_YES)
		print_captures(&x, &m);
}
