/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive descent; binding, weakest first: or, and, not, "x of", parentheses. */
#include "rules/condition.h"

#define DEPTH_MAX 64
#define NODES_MAX 4096
#define WORDS_MAX 1024

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BAD };

struct token {
	enum token_kind kind;
	struct str text; /* a view into the condition */
};

struct parser {
	struct loader *l;
	const struct yaml_node *node;
	const struct condition_names *names;
	struct str rest;
	struct token now;
	unsigned depth;
	size_t nodes;
};

static const struct str operators[] = { WORD("and"), WORD("or"), WORD("not") };

struct node *
node_new(struct loader *l, enum node_kind kind)
{
	struct node *node = loader_alloc(l, 1, sizeof(*node));

	node->kind = kind;
	return node;
}

void
node_add(struct loader *l, struct node *parent, struct node *child)
{
	parent->child = loader_grow(l, parent->child, parent->n, sizeof(*parent->child));
	parent->child[parent->n++] = child;
}

struct node *
node_simple(struct node *node)
{
	return (node->kind == NODE_AND || node->kind == NODE_OR) && node->n == 1
		       ? node->child[0]
		       : node;
}

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == '-' || c == '*' || c == '.';
}

static struct token
read_token(struct str *rest)
{
	struct token t = { .kind = TOKEN_END };
	size_t n = 0;

	while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t' ||
					rest->ptr[0] == '\n' || rest->ptr[0] == '\r'))
		*rest = str_sub(*rest, 1, rest->len);
	while (n < rest->len && is_word(rest->ptr[n]))
		n++;
	if (n > 0)
		t.kind = TOKEN_WORD;
	else if (rest->len > 0)
		t.kind = rest->ptr[0] == '('   ? TOKEN_OPEN
			 : rest->ptr[0] == ')' ? TOKEN_CLOSE
					       : TOKEN_BAD;
	if (n == 0 && rest->len > 0) { /* a whole character, for messages */
		n = str_utf8_len(*rest);
		n = n == 0 ? 1 : n;
	}
	t.text = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->len);
	return t;
}

static void
advance(struct parser *p)
{
	p->now = read_token(&p->rest);
}

static bool
is(const struct parser *p, struct str word)
{
	return p->now.kind == TOKEN_WORD && str_eq(p->now.text, word);
}

/* Where the current token stands in the file. */
static struct str
where(const struct parser *p)
{
	struct str text = p->node->value;
	size_t pos = p->now.kind == TOKEN_END ? text.len
					      : (size_t)(p->now.text.ptr - text.ptr);

	return loader_at(
		p->node->where, text, pos, p->now.text.len ? p->now.text.len : 1);
}

static struct node *
fail_unexpected(struct parser *p)
{
	struct diag *d = &p->l->diag;

	if (p->now.kind == TOKEN_END) {
		diag_error(d, where(p), "the condition ends too early");
	} else if (p->now.kind == TOKEN_BAD && p->now.text.ptr[0] == '|') {
		diag_error(d, where(p), "aggregation with a pipe is not supported");
		diag_hint(d,
			"write a correlation over this rule, for example type: event_count");
	} else {
		diag_error(d, where(p), "unexpected \"%.*s\" in the condition",
			STR_ARG(p->now.text));
	}
	return NULL;
}

static struct node *
fail_name(struct parser *p)
{
	struct str word = p->now.text;
	struct diag *d = &p->l->diag;

	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (str_eq_fold(word, operators[i])) {
			diag_error(d, where(p),
				"operators are written in lower case: \"%.*s\"",
				STR_ARG(operators[i]));
			return NULL;
		}
	diag_error(
		d, where(p), "no %s is called \"%.*s\"", p->names->what_z, STR_ARG(word));
	loader_hint(p->l, word, p->names->name, p->names->n);
	return NULL;
}

static bool
count_node(struct parser *p)
{
	if (++p->nodes <= NODES_MAX)
		return true;
	if (p->nodes == NODES_MAX + 1)
		diag_error(&p->l->diag, where(p), "the condition has over %d parts",
			NODES_MAX);
	return false;
}

/* Greedy, with backing up over the last star only: linear in practice. */
static bool
fits(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			mark = n;
		} else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* The current token is what follows "of". */
static struct node *
parse_target(struct parser *p, enum node_kind kind)
{
	const struct condition_names *names = p->names;
	struct node *node = node_new(p->l, kind);
	struct str pattern = p->now.text;

	if (p->now.kind != TOKEN_WORD)
		return fail_unexpected(p);
	if (str_eq(pattern, STR("them")))
		pattern = STR("*");
	for (size_t i = 0; i < names->n; i++) {
		if (!fits(pattern, names->name[i]) ||
			(str_starts(names->name[i], STR("_")) && pattern.ptr[0] != '_'))
			continue;
		if (!count_node(p))
			return NULL;
		names->used[i] = true;
		node_add(p->l, node, names->node[i]);
	}
	if (node->n == 0 && str_find_char(pattern, '*') == SIZE_MAX)
		return fail_name(p);
	if (node->n == 0) {
		diag_error(&p->l->diag, where(p), "no selection fits \"%.*s\"",
			STR_ARG(p->now.text));
		return NULL;
	}
	advance(p);
	return node_simple(node);
}

/* "x of y": false when the current word starts no such thing. */
static bool
parse_quantified(struct parser *p, struct node **out)
{
	struct parser ahead = *p;
	struct str word = p->now.text;
	int64_t number;

	advance(&ahead);
	if (!is(&ahead, STR("of")))
		return false;
	*out = NULL;
	if (!p->names->quantifiers) {
		diag_error(&p->l->diag, where(&ahead),
			"\"of\" is for selections; join rules with and, or, not");
		return true;
	}
	if (!str_eq(word, STR("1")) && !str_eq(word, STR("any")) &&
		!str_eq(word, STR("all"))) {
		diag_error(&p->l->diag, where(p),
			"only \"1 of\", \"any of\" and \"all of\" exist");
		if (str_to_i64(word, 0, INT64_MAX, &number))
			diag_hint(&p->l->diag, "to count matches, write a correlation");
		return true;
	}
	*p = ahead;
	advance(p);
	*out = parse_target(p, str_eq(word, STR("all")) ? NODE_AND : NODE_OR);
	return true;
}

static struct node *parse_or(struct parser *p);

static struct node *
parse_group(struct parser *p)
{
	struct node *inner;

	advance(p);
	inner = parse_or(p);
	if (inner == NULL)
		return NULL;
	if (p->now.kind == TOKEN_END) {
		diag_error(&p->l->diag, where(p), "a \")\" is missing");
		return NULL;
	}
	if (p->now.kind != TOKEN_CLOSE)
		return fail_unexpected(p);
	advance(p);
	return inner;
}

static struct node *
parse_primary(struct parser *p)
{
	struct node *node;
	size_t i;

	if (p->now.kind == TOKEN_OPEN)
		return parse_group(p);
	if (p->now.kind != TOKEN_WORD)
		return fail_unexpected(p);
	if (parse_quantified(p, &node))
		return node;
	i = word_find(p->now.text, p->names->name, p->names->n);
	if (i == p->names->n && word_find(p->now.text, operators, 3) < 3)
		return fail_unexpected(p);
	if (i == p->names->n)
		return fail_name(p);
	p->names->used[i] = true;
	advance(p);
	return p->names->node[i];
}

static struct node *
parse_not(struct parser *p)
{
	struct node *node, *inner;

	if (!count_node(p))
		return NULL;
	if (++p->depth > DEPTH_MAX) {
		diag_error(&p->l->diag, where(p), "the condition is nested over %d deep",
			DEPTH_MAX);
		return NULL;
	}
	if (!is(p, STR("not"))) {
		node = parse_primary(p);
		p->depth--;
		return node;
	}
	advance(p);
	inner = parse_not(p);
	p->depth--;
	if (inner == NULL)
		return NULL;
	node = node_new(p->l, NODE_NOT);
	node_add(p->l, node, inner);
	return node;
}

static struct node *
parse_and(struct parser *p)
{
	struct node *all = node_new(p->l, NODE_AND);

	for (;;) {
		struct node *next = parse_not(p);

		if (next == NULL)
			return NULL;
		node_add(p->l, all, next);
		if (!is(p, STR("and")))
			return node_simple(all);
		advance(p);
	}
}

static struct node *
parse_or(struct parser *p)
{
	struct node *any = node_new(p->l, NODE_OR);

	for (;;) {
		struct node *next = parse_and(p);

		if (next == NULL)
			return NULL;
		node_add(p->l, any, next);
		if (!is(p, STR("or")))
			return node_simple(any);
		advance(p);
	}
}

struct node *
condition_parse(struct loader *l, const struct yaml_node *text,
	const struct condition_names *names)
{
	struct parser p = { .l = l, .node = text, .names = names, .rest = text->value };
	struct node *node;

	advance(&p);
	node = parse_or(&p);
	if (node == NULL || p.now.kind == TOKEN_END)
		return node;
	if (p.now.kind == TOKEN_WORD &&
		word_find(p.now.text, names->name, names->n) == names->n)
		return fail_name(&p);
	return fail_unexpected(&p);
}

void
condition_words(struct loader *l, const struct yaml_node *text, struct yaml_node ***items,
	size_t *n)
{
	struct str rest = text->value;
	struct token t;

	*n = 0;
	*items = NULL;
	while (t = read_token(&rest), t.kind != TOKEN_END && *n < WORDS_MAX) {
		bool known = t.kind != TOKEN_WORD || word_find(t.text, operators, 3) < 3;
		struct yaml_node *item;

		for (size_t i = 0; i < *n && !known; i++)
			known = str_eq((*items)[i]->value, t.text);
		if (known)
			continue;
		*items = loader_grow(l, *items, *n, sizeof(**items));
		item = loader_alloc(l, 1, sizeof(*item));
		*item = *text;
		item->value = t.text;
		item->where = loader_at(text->where, text->value,
			(size_t)(t.text.ptr - text->value.ptr), t.text.len);
		(*items)[(*n)++] = item;
	}
}
