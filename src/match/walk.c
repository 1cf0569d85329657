/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AND is no as soon as one part is no, OR yes as soon as one is yes; a regex that hit its
 * limits makes the answer an error only where it would decide.
 */
#include "match/walk.h"

#include "base/compiler.h"
#include "match/compare.h"

/* Keywords do not see the keys of a JSON body: of such a record only its texts count. */
static size_t
keyword_values(struct walk *w, struct str *out, size_t max)
{
	struct record *r = w->record;
	size_t n = record_body_strings(r, w->arena, out, max - 1);

	if (r->category != RECORD_LOG || r->body == NULL)
		out[n++] = r->message;
	return n;
}

size_t
walk_values(struct walk *w, const struct item *item, struct str *out, size_t max)
{
	if (item->field.len == 0)
		return keyword_values(w, out, max);
	return record_values(w->record, item->field, w->arena, out, max);
}

/* A place in the message, if text is (part of) it. */
static void
note_hit(struct walk *w, struct str text, size_t at)
{
	struct str message = w->record->message;

	if (text.ptr == message.ptr && text.len == message.len && at < w->hit)
		w->hit = at;
}

/* Of a name twice the first stands. Apart: few conditions have several regexes. */
NEVER_INLINE static void
drop_doubles(struct walk *w, size_t from)
{
	size_t n = from;

	for (size_t i = from; i < w->n_captures; i++) {
		size_t k = 0;

		while (k < n && !str_eq(w->capture[k].name, w->capture[i].name))
			k++;
		if (k == n)
			w->capture[n++] = w->capture[i];
	}
	w->n_captures = n;
}

static void
gather(struct walk *w, const struct regex *r, uint64_t which, struct str text)
{
	size_t before = w->n_captures;

	w->n_captures += search_captures(
		w->search, r, which, text, w->capture + before, MATCH_CAPTURES - before);
	if (before > 0 || regex_repeats_names(r))
		drop_doubles(w, before);
}

static void
note_place(struct walk *w, struct str text)
{
	size_t from, to;

	search_place(w->search, &from, &to);
	while (from < to && from < text.len && text.ptr[from] == '\n')
		from++;
	note_hit(w, text, from);
}

enum eval_answer
walk_regex(struct walk *w, struct regex *r, struct str text, uint64_t which, bool place)
{
	switch (search_text(w->search, r, text)) {
	case SEARCH_YES:
		if (which != 0)
			gather(w, r, which, text);
		if (place)
			note_place(w, text);
		return EVAL_YES;
	case SEARCH_ERROR:
		return EVAL_ERROR;
	case SEARCH_NO:
		break;
	}
	return EVAL_NO;
}

static enum eval_answer
try_value(struct walk *w, const struct item *item, const struct value *v, struct str text,
	bool gathers)
{
	size_t hit = 0;

	if (item->op == ITEM_REGEX)
		return walk_regex(w, v->regex, text, gathers ? SEARCH_ALL : 0, gathers);
	if (item->op != ITEM_EQUALS)
		return compare_number(v, item->op, text) ? EVAL_YES : EVAL_NO;
	if (!compare_equals(v, text, item->cased, &hit))
		return EVAL_NO;
	if (gathers)
		note_hit(w, text, hit);
	return EVAL_YES;
}

/* A value with "*" before it is looked for in all of the text. */
static void
note_work(struct walk *w, const struct item *item, const struct value *v, struct str text)
{
	if (text.len <= SEARCH_RISKY_MAX || item->op != ITEM_EQUALS || v->n_parts == 0 ||
		v->parts[0].kind != PART_ANY)
		return;
	w->passed += text.len;
	if (text.len > w->longest)
		w->longest = text.len;
}

/* Any of the record's values. */
static enum eval_answer
try_values(struct walk *w, const struct item *item, const struct value *v,
	const struct str *texts, size_t n, bool gathers)
{
	enum eval_answer best = EVAL_NO;

	for (size_t i = 0; i < n; i++) {
		enum eval_answer answer;

		note_work(w, item, v, texts[i]);
		answer = try_value(w, item, v, texts[i], gathers);
		if (answer == EVAL_YES)
			return EVAL_YES;
		if (answer == EVAL_ERROR)
			best = EVAL_ERROR;
	}
	return best;
}

static enum eval_answer
try_texts(struct walk *w, const struct item *item, const struct str *texts, size_t n,
	bool gathers)
{
	enum eval_answer all = item->all ? EVAL_YES : EVAL_NO;

	for (size_t i = 0; i < item->n_values; i++) {
		enum eval_answer answer =
			try_values(w, item, &item->values[i], texts, n, gathers);

		if (answer == (item->all ? EVAL_NO : EVAL_YES))
			return answer;
		if (answer == EVAL_ERROR)
			all = EVAL_ERROR;
	}
	return all;
}

/* Apart: what most items need has no room for many values on its stack. */
NEVER_INLINE static enum eval_answer
try_many(struct walk *w, const struct item *item, bool gathers)
{
	struct str texts[WALK_VALUES];
	size_t n = walk_values(w, item, texts, WALK_VALUES);

	if (item->op == ITEM_NULL)
		return n == 0 ? EVAL_YES : EVAL_NO;
	return try_texts(w, item, texts, n, gathers);
}

static enum eval_answer
try_item(struct walk *w, const struct item *item, bool gathers)
{
	const struct record *r = w->record;

	if (item->op == ITEM_EXISTS)
		return record_has(w->record, item->field, w->arena) == item->exists
			       ? EVAL_YES
			       : EVAL_NO;
	if (item->op != ITEM_NULL && r->n_fields == 0 &&
		str_eq(item->field, STR("message")))
		return try_texts(w, item, &r->message, 1, gathers);
	return try_many(w, item, gathers);
}

static enum eval_answer
opposite(enum eval_answer answer)
{
	if (answer == EVAL_ERROR)
		return EVAL_ERROR;
	return answer == EVAL_YES ? EVAL_NO : EVAL_YES;
}

/* What a path gathered that did not hold is forgotten. */
static enum eval_answer
keep_if_yes(struct walk *w, enum eval_answer answer, size_t captures, size_t hit)
{
	if (answer != EVAL_YES) {
		w->n_captures = captures;
		w->hit = hit;
	}
	return answer;
}

static enum eval_answer
walk_item(struct walk *w, const struct item *item, bool under_not)
{
	size_t captures = w->n_captures, hit = w->hit;
	enum eval_answer answer = try_item(w, item, !under_not && !item->negated);

	return keep_if_yes(w, item->negated ? opposite(answer) : answer, captures, hit);
}

static enum eval_answer
walk_children(struct walk *w, const struct node *node, bool under_not)
{
	enum eval_answer decides = node->kind == NODE_AND ? EVAL_NO : EVAL_YES;
	enum eval_answer all = opposite(decides);
	size_t captures = w->n_captures, hit = w->hit;

	for (size_t i = 0; i < node->n; i++) {
		enum eval_answer answer = walk_node(w, node->child[i], under_not);

		if (answer == decides)
			return keep_if_yes(w, decides, captures, hit);
		if (answer == EVAL_ERROR)
			all = EVAL_ERROR;
	}
	return keep_if_yes(w, all, captures, hit);
}

enum eval_answer
walk_node(struct walk *w, const struct node *node, bool under_not)
{
	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		return walk_children(w, node, under_not);
	case NODE_NOT:
		return opposite(walk_node(w, node->child[0], true));
	case NODE_ITEM:
		return walk_item(w, node->item, under_not);
	case NODE_TRUE:
		return EVAL_YES;
	case NODE_NAME: /* only in correlations */
		break;
	}
	return EVAL_NO;
}

struct regex *
walk_lone(const struct node *condition)
{
	const struct item *item;

	if (condition == NULL || condition->kind != NODE_ITEM)
		return NULL;
	item = condition->item;
	return item->op == ITEM_REGEX && !item->negated && item->n_values == 1 &&
			       str_eq(item->field, STR("message"))
		       ? item->values->regex
		       : NULL;
}
