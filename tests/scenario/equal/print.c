/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as YAML. */
#include <string.h>

#include "model.h"

/* A scalar in single quotes, or with escapes where it must. */
static void
print_quoted(struct buf *b, struct str s)
{
	bool plain =
		str_find_char(s, '\n') == SIZE_MAX && str_find_char(s, '\t') == SIZE_MAX;

	buf_add_char(b, plain ? '\'' : '"');
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (plain && c == '\'')
			buf_add(b, STR("''"));
		else if (!plain && (c == '"' || c == '\\'))
			buf_printf(b, "\\%c", c);
		else if (c == '\n' || c == '\t')
			buf_add(b, c == '\n' ? STR("\\n") : STR("\\t"));
		else
			buf_add_char(b, c);
	}
	buf_add_char(b, plain ? '\'' : '"');
}

/* Sigma's escapes: one backslash may stay single where it can. */
static void
print_value(struct buf *b, const struct plain_value *v)
{
	struct buf s;

	if (v->plain) {
		buf_add(b, v->token[0].text);
		return;
	}
	if (v->regex.ptr != NULL) {
		print_quoted(b, v->regex);
		return;
	}
	buf_init(&s, (size_t)1 << 20);
	for (size_t i = 0; i < v->n; i++) {
		struct str text = v->token[i].text;

		if (v->token[i].kind != T_TEXT)
			buf_add_char(&s, v->token[i].kind == T_ANY ? '*' : '?');
		for (size_t k = 0; v->token[i].kind == T_TEXT && k < text.len; k++) {
			char c = text.ptr[k];
			bool alone = k + 1 < text.len &&
				     memchr("*?\\", text.ptr[k + 1], 3) == NULL;

			if (c == '*' || c == '?' || (c == '\\' && !(alone && k % 2 == 0)))
				buf_add_char(&s, '\\');
			buf_add_char(&s, c);
		}
	}
	print_quoted(b, buf_str(&s));
	buf_fini(&s);
}

void
rule_print_key(struct buf *b, const struct plain_item *item)
{
	static const char *const ops_z[] = { "", "|re", "|exists", "|lt", "|lte", "|gt",
		"|gte", "" };

	buf_add_char(b, '\'');
	buf_add(b, item->field);
	buf_add(b, str_z(ops_z[item->op]));
	if (item->i)
		buf_add(b, STR("|i"));
	if (item->m)
		buf_add(b, STR("|m"));
	if (item->s)
		buf_add(b, STR("|s"));
	if (item->before || item->after)
		buf_add(b, item->before && item->after ? STR("|contains")
			   : item->after               ? STR("|startswith")
						       : STR("|endswith"));
	if (item->cased)
		buf_add(b, STR("|cased"));
	if (item->negated)
		buf_add(b, STR("|neq"));
	if (item->all)
		buf_add(b, STR("|all"));
	buf_add(b, STR("': "));
}

static size_t
count_values(const struct plain_item *item)
{
	size_t n = 0;

	for (size_t i = 0; i < item->n; i++)
		n += !item->value[i].gone;
	return n;
}

static void
print_item(struct buf *b, const struct plain_item *item, const char *indent_z)
{
	rule_print_key(b, item);
	if (item->op == OP_EXISTS)
		buf_add(b, item->exists ? STR("true") : STR("false"));
	else if (item->op == OP_NULL)
		buf_add(b, STR("null"));
	for (size_t i = 0; i < item->n && item->op != OP_EXISTS && item->op != OP_NULL;
		i++) {
		if (item->value[i].gone)
			continue;
		if (count_values(item) > 1)
			buf_printf(b, "\n%s  - ", indent_z);
		print_value(b, &item->value[i]);
	}
	buf_add_char(b, '\n');
}

static void
print_group(struct buf *b, const struct group *g, const char *first_z)
{
	const char *indent_z = first_z;

	for (size_t i = 0; i < g->n; i++) {
		if (g->item[i].gone)
			continue;
		buf_add(b, str_z(indent_z));
		print_item(b, &g->item[i], "      ");
		indent_z = "      ";
	}
}

static void
print_selection(struct buf *b, const struct selection *sel)
{
	bool list = sel->shape != SHAPE_MAP && sel->shape != SHAPE_WORD;

	buf_printf(b, "  %.*s:", STR_ARG(sel->name));
	buf_add(b, sel->shape == SHAPE_WORD ? STR(" ") : STR("\n"));
	for (size_t i = 0; i < sel->n; i++)
		if (!sel->group[i].gone)
			print_group(b, &sel->group[i], list ? "    - " : "      ");
	for (size_t i = 0; sel->shape >= SHAPE_KEYWORDS && i < sel->keywords.n; i++) {
		if (sel->keywords.value[i].gone)
			continue;
		if (list)
			buf_add(b, STR("    - "));
		print_value(b, &sel->keywords.value[i]);
		buf_add_char(b, '\n');
	}
}

static void
print_cond(struct buf *b, const struct plain_rule *r, const struct cond *k)
{
	switch (k->kind) {
	case C_NAME:
		buf_add(b, r->selection[k->selection].name);
		return;
	case C_ONE_OF:
	case C_ALL_OF:
		buf_printf(b, "%s of %.*s", k->kind == C_ONE_OF ? "1" : "all",
			STR_ARG(k->pattern));
		return;
	case C_NOT:
		buf_add(b, STR("not "));
		break;
	case C_AND:
	case C_OR:
		break;
	}
	buf_add_char(b, '(');
	for (size_t i = 0; i < k->n; i++) {
		if (i > 0)
			buf_add(b, k->kind == C_AND ? STR(" and ") : STR(" or "));
		print_cond(b, r, k->child[i]);
	}
	buf_add_char(b, ')');
}

void
rule_print(struct buf *b, const struct plain_rule *r, size_t number)
{
	buf_printf(b, "title: Rule %zu\nname: r%zu\nlogsource: {", number, number);
	if (r->category.len > 0)
		buf_printf(b, "category: %.*s", STR_ARG(r->category));
	if (r->product.len > 0)
		buf_printf(b, "%sproduct: %.*s", r->category.len > 0 ? ", " : "",
			STR_ARG(r->product));
	if (r->service.len > 0)
		buf_printf(b, ", service: %.*s", STR_ARG(r->service));
	buf_add(b, STR("}\ndetection:\n"));
	for (size_t i = 0; i < r->n; i++)
		print_selection(b, &r->selection[i]);
	buf_add(b, STR("  condition: "));
	print_cond(b, r, r->cond);
	buf_add(b, STR("\n"));
}
