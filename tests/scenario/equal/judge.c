/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain evaluator: what a rule means, written from the specification, on records
 * that are known. PCRE2 says what a regex means; nothing here is fast.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "rules/search.h"

#define LONG_DIGITS 19 /* longer numbers are kept as text */
#define TEXTS_MAX   1024
#define SUBJECT_MAX ((size_t)64 * 1024)
#define WORK_MAX    ((size_t)5000000) /* backtracks from all starts together */
#define LIMIT_MAX   10000000          /* PCRE2's own, from one start */
#define STACK_MIN   ((size_t)32 << 10)
#define STACK_MAX   ((size_t)8 << 20)

struct bench {
	struct arena *a;
	const struct plain_rule *r;
	const struct truth *t;
	struct verdict *v;
};

struct texts {
	struct str at[TEXTS_MAX];
	size_t n;
	bool there; /* the field is, maybe with nothing in it */
};

/* --- fields --- */

static void
put(struct texts *out, struct str s)
{
	if (out->n < TEXTS_MAX)
		out->at[out->n++] = s;
}

static void
leaf(struct texts *out, const struct jnode *n)
{
	out->there = true;
	if (n->kind == J_MAP)
		put(out, STR("{"));
	else if (n->kind == J_LIST)
		for (size_t i = 0; i < n->n; i++)
			leaf(out, n->child[i]);
	else if (n->kind != J_NULL)
		put(out, n->text);
}

/* A key that is the longest beginning of path first; through lists, every member. */
static void
walk(struct texts *out, const struct jnode *n, struct str path)
{
	size_t before = out->n;

	if (n->kind == J_LIST)
		for (size_t i = 0; i < n->n; i++)
			walk(out, n->child[i], path);
	if (n->kind != J_MAP)
		return;
	for (size_t len = path.len; len > 0 && out->n == before; len--) {
		if (len < path.len && path.ptr[len] != '.')
			continue;
		for (size_t i = 0; i < n->n; i++) {
			if (!str_eq(n->child[i]->key, str_sub(path, 0, len)))
				continue;
			if (len == path.len)
				leaf(out, n->child[i]);
			else
				walk(out, n->child[i], str_sub(path, len + 1, path.len));
		}
	}
}

static void
strings(struct texts *out, const struct jnode *n)
{
	bool is_text =
		n->kind == J_TEXT || (n->kind == J_NUMBER && n->text.len > LONG_DIGITS);

	if (is_text)
		put(out, n->text);
	for (size_t i = 0; (n->kind == J_LIST || n->kind == J_MAP) && i < n->n; i++)
		strings(out, n->child[i]);
}

static void
field_texts(const struct truth *t, struct str field, struct texts *out)
{
	enum label label = label_find(field);

	out->n = 0;
	out->there = false;
	if (field.len == 0 && t->body != NULL)
		strings(out, t->body);
	else if (field.len == 0 || str_eq(field, STR("message")))
		put(out, t->message);
	else if (label != LABEL_COUNT && t->stream->label[label].len > 0)
		put(out, t->stream->label[label]);
	else if (str_eq(field, STR("stream")) && t->stream->name.len > 0)
		put(out, t->stream->name);
	else if (t->body != NULL && str_starts(field, STR("body.")))
		walk(out, t->body, str_sub(field, 5, field.len));
	else if (t->body != NULL)
		walk(out, t->body, field);
	out->there = out->there || out->n > 0;
}

/* --- values --- */

struct glob {
	const struct token *token;
	size_t n;
	struct str text;
	bool cased;
	unsigned char *failed; /* by "*" and place */
	size_t first, hit;
};

static size_t
step(struct str s, size_t at)
{
	size_t n = str_utf8_len(str_sub(s, at, 4));

	return at + (n > 0 ? n : 1);
}

static bool
same(struct str a, struct str b, bool cased)
{
	return cased ? str_eq(a, b) : str_eq_fold(a, b);
}

static bool fits(struct glob *g, size_t i, size_t at);

/* "*" takes the shortest that does; a place that failed once fails again. */
static bool
fits_any(struct glob *g, size_t i, size_t at)
{
	unsigned char *failed = g->failed + i * (g->text.len + 1);

	for (;;) {
		if (failed[at])
			return false;
		failed[at] = true;
		if (fits(g, i + 1, at))
			return true;
		if (at >= g->text.len)
			return false;
		at = step(g->text, at);
	}
}

static bool
fits(struct glob *g, size_t i, size_t at)
{
	const struct token *t = &g->token[i];

	if (i == g->n)
		return at == g->text.len;
	if (t->kind == T_ANY)
		return fits_any(g, i, at);
	if (t->kind == T_ONE)
		return at < g->text.len && fits(g, i + 1, step(g->text, at));
	if (!same(str_sub(g->text, at, t->text.len), t->text, g->cased) ||
		!fits(g, i + 1, at + t->text.len))
		return false;
	if (i == g->first)
		g->hit = at;
	return true;
}

static bool
glob(const struct plain_item *item, const struct plain_value *v, struct str text,
	size_t *hit)
{
	struct token token[16] = { { T_ANY, { 0 } } };
	bool open = item->field.len == 0;
	size_t n = item->before || open;
	struct glob g = { .token = token, .text = text, .cased = item->cased };
	bool good;

	for (size_t i = 0; i < v->n; i++)
		token[n++] = v->token[i];
	if (item->after || open)
		token[n++] = (struct token){ T_ANY, { 0 } };
	g.n = n;
	while (g.first < n && token[g.first].kind != T_TEXT)
		g.first++;
	g.failed = calloc(n + 1, text.len + 1);
	if (g.failed == NULL)
		abort();
	good = fits(&g, 0, 0);
	free(g.failed);
	*hit = g.hit;
	return good;
}

static bool
compare(const struct plain_item *item, const struct plain_value *v, struct str text)
{
	double number;

	if (!str_to_double(str_trim(text), &number))
		return false;
	switch (item->op) {
	case OP_LT:
		return number < v->number;
	case OP_LTE:
		return number <= v->number;
	case OP_GT:
		return number > v->number;
	case OP_GTE:
		return number >= v->number;
	default:
		return !(number < v->number || number > v->number);
	}
}

/* --- regexes --- */

static bool
is_utf(struct str p)
{
	for (size_t i = 0; i < p.len; i++)
		if ((unsigned char)p.ptr[i] >= 0x80)
			return true;
	return false;
}

static pcre2_code *
compile(const struct plain_item *item, struct str pattern)
{
	uint32_t options = is_utf(pattern) ? PCRE2_UTF | PCRE2_MATCH_INVALID_UTF : 0;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code;
	int error;
	size_t pos;

	options |= (item->i ? PCRE2_CASELESS : 0u) | (item->m ? PCRE2_MULTILINE : 0u) |
		   (item->s ? PCRE2_DOTALL : 0u);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile(
		(PCRE2_SPTR)pattern.ptr, pattern.len, options, &error, &pos, context);
	pcre2_compile_context_free(context);
	if (code == NULL)
		abort();
	return code;
}

static void
capture(struct bench *b, struct str name, struct str value)
{
	struct verdict *v = b->v;

	for (size_t i = 0; i < v->n_captures; i++)
		if (str_eq(v->capture[i].name, name))
			return;
	if (v->n_captures < 24)
		v->capture[v->n_captures++] = (struct field){ name, value };
}

/* Named groups in the order in which they stand. */
static void
take_captures(
	struct bench *b, const pcre2_code *code, pcre2_match_data *data, struct str s)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(data);
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;

	pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
	for (size_t group = 1; group < pcre2_get_ovector_count(data); group++) {
		for (uint32_t i = 0; i < count; i++) {
			PCRE2_SPTR e = table + (size_t)i * size;
			size_t number = (size_t)e[0] << 8 | e[1];

			if (number == group && o[2 * group] != PCRE2_UNSET)
				capture(b, arena_copy(b->a, str_z((const char *)e + 2)),
					str_sub(s, o[2 * group],
						o[2 * group + 1] - o[2 * group]));
		}
	}
}

static void
note(struct bench *b, struct str text, size_t at)
{
	bool is_message = text.ptr == b->t->message.ptr && text.len == b->t->message.len;

	if (is_message && at < b->v->hit)
		b->v->hit = at;
}

/* Whether the program gives up where PCRE2 alone finds something. */
static bool
is_too_much(const struct plain_item *item, struct str pattern, struct str text)
{
	unsigned flags = (item->i ? REGEX_CASELESS : 0u) |
			 (item->m ? REGEX_MULTILINE : 0u) | (item->s ? REGEX_DOTALL : 0u);
	struct search *search = search_new();
	size_t pos;
	enum search_answer answer;
	char error[100];
	struct regex *r = regex_new(pattern, flags, error, sizeof(error), &pos);

	if (r == NULL || search == NULL)
		abort();
	answer = search_text(search, r, text);
	search_free(&search);
	regex_free(&r);
	return answer == SEARCH_ERROR;
}

/*
 * From each start the interpreter goes all ways again, in x+..*y as many as the cube of
 * the text's length; JIT remembers where a repeat failed and says no at once. So it is
 * asked where the interpreter would take minutes.
 */
static int
find(pcre2_code *code, struct str s, pcre2_match_data *data)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_jit_stack *stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	PCRE2_SPTR text = (PCRE2_SPTR)(s.len > 0 ? s.ptr : "");
	int rc;

	if (context == NULL || stack == NULL)
		abort();
	pcre2_set_match_limit(context, (uint32_t)(WORK_MAX / (s.len + 1)));
	rc = pcre2_match(code, text, s.len, 0, 0, data, context);
	if (rc == PCRE2_ERROR_MATCHLIMIT &&
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0) {
		pcre2_set_match_limit(context, LIMIT_MAX);
		pcre2_jit_stack_assign(context, NULL, stack);
		rc = pcre2_match(code, text, s.len, 0, 0, data, context);
	}
	pcre2_jit_stack_free(stack);
	pcre2_match_context_free(context);
	return rc;
}

static bool
search(struct bench *b, const struct plain_item *item, const struct plain_value *v,
	struct str text, bool gather)
{
	struct str s = str_sub(text, 0, SUBJECT_MAX);
	pcre2_code *code = compile(item, v->regex);
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
	int rc = find(code, s, data);

	if (rc > 0 ? is_too_much(item, v->regex, text) : rc != PCRE2_ERROR_NOMATCH)
		b->v->regex_errors++;
	if (rc > 0 && gather) {
		const PCRE2_SIZE *o = pcre2_get_ovector_pointer(data);
		size_t at = o[0];

		take_captures(b, code, data, s);
		while (at < o[1] && text.ptr[at] == '\n')
			at++;
		note(b, text, at);
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return rc > 0;
}

/* --- conditions --- */

static bool
value_holds(struct bench *b, const struct plain_item *item, const struct plain_value *v,
	struct str text, bool gather)
{
	size_t hit = 0;

	if (item->op == OP_RE)
		return search(b, item, v, text, gather);
	if (item->op != OP_EQUALS)
		return compare(item, v, text);
	if (!glob(item, v, text, &hit)) {
		hit = 0;
		if (!v->plain || item->field.len == 0 || !compare(item, v, text))
			return false;
	}
	if (gather)
		note(b, text, hit);
	return true;
}

static bool
item_holds(struct bench *b, const struct plain_item *item, bool gather)
{
	static struct texts texts; /* too large for the stack; one thread */
	bool any = false;

	field_texts(b->t, item->field, &texts);
	if (item->op == OP_NULL)
		return texts.n == 0;
	if (item->op == OP_EXISTS)
		return texts.there == item->exists;
	for (size_t i = 0; i < item->n; i++) {
		bool one = false;

		if (item->value[i].gone)
			continue;
		for (size_t k = 0; k < texts.n && !one; k++)
			one = value_holds(b, item, &item->value[i], texts.at[k],
				gather && !item->negated);
		if (one != item->all)
			return one != item->negated;
		any = true;
	}
	return (any && item->all) != item->negated;
}

/* What was gathered on a way that failed is forgotten. */
static bool
forget_if(struct bench *b, bool failed, const struct verdict *old)
{
	if (failed) {
		b->v->hit = old->hit;
		b->v->n_captures = old->n_captures;
	}
	return !failed;
}

static bool
group_holds(struct bench *b, const struct group *g, bool gather)
{
	struct verdict old = *b->v;

	for (size_t i = 0; i < g->n; i++)
		if (!g->item[i].gone && !item_holds(b, &g->item[i], gather))
			return forget_if(b, true, &old);
	return true;
}

static bool
selection_holds(struct bench *b, const struct selection *sel, bool gather)
{
	struct verdict old = *b->v;

	for (size_t i = 0; i < sel->n; i++)
		if (!sel->group[i].gone && group_holds(b, &sel->group[i], gather))
			return true;
	if (sel->shape < SHAPE_KEYWORDS)
		return false;
	return forget_if(b, !item_holds(b, &sel->keywords, gather), &old);
}

static bool
is_chosen(struct str pattern, struct str name)
{
	if (str_starts(name, STR("_")))
		return false;
	return str_eq(pattern, STR("them")) || str_starts(name, STR("sel_"));
}

static bool
cond_holds(struct bench *b, const struct cond *k, bool gather)
{
	struct verdict old = *b->v;
	bool and = k->kind == C_AND || k->kind == C_ALL_OF;

	if (k->kind == C_NAME)
		return selection_holds(b, &b->r->selection[k->selection], gather);
	if (k->kind == C_NOT)
		return !cond_holds(b, k->child[0], false);
	for (size_t i = 0; i < k->n; i++)
		if (cond_holds(b, k->child[i], gather) != and)
			return forget_if(b, and, &old);
	for (size_t i = 0; k->n == 0 && i < b->r->n; i++)
		if (is_chosen(k->pattern, b->r->selection[i].name) &&
			selection_holds(b, &b->r->selection[i], gather) != and)
			return forget_if(b, and, &old);
	return forget_if(b, !and, &old);
}

void
judge(struct arena *a, const struct plain_rule *r, const struct truth *t,
	struct verdict *v)
{
	struct bench b = { a, r, t, v };
	struct str service = t->stream->label[LABEL_SERVICE];

	*v = (struct verdict){ .hit = SIZE_MAX };
	if (str_eq(r->category, STR("event")))
		return;
	if (r->service.len > 0 && service.len > 0 && !str_eq_fold(r->service, service))
		return;
	v->match = cond_holds(&b, r->cond, true);
}

struct str
judge_cut(struct str s, size_t max)
{
	size_t n = 0;

	if (s.len <= max)
		return s;
	while (step(s, n) <= max)
		n = step(s, n);
	return str_sub(s, 0, n);
}

/* The line of the message that matched first, else its first one. */
struct str
judge_text(const struct truth *t, const struct verdict *v)
{
	struct str s = t->message;
	size_t from = v->hit < s.len ? v->hit : 0, to;

	while (from > 0 && s.ptr[from - 1] != '\n')
		from--;
	for (to = from; to < s.len && s.ptr[to] != '\n'; to++)
		;
	return str_trim(str_sub(s, from, to - from));
}
