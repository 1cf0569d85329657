/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Required words of a condition. AND takes the part that narrows most, OR needs words of
 * every part, NOT gives none. Only message, keywords and keys of a JSON body stand in the
 * record's bytes; labels do not.
 */
#include "rules/words.h"

#include <string.h>

#include "rules/fields.h"
#include "rules/literal.h"
#include "rules/outline.h"
#include "rules/regex.h"

#define MEMO_MAX 64

/* Selections are shared subtrees: each is worked out once. */
struct memo {
	const struct node *node;
	struct words words;
};

struct search {
	struct arena *a;
	struct memo memo[MEMO_MAX];
	size_t n_memo;
};

bool
words_is_phrase(char c)
{
	static const char marks[] = " !#$%'()*,-./:;=?@[]^_{|}~";

	return char_is_alnum(c) || (c != '\0' && strchr(marks, c) != NULL);
}

static struct words find(struct search *s, const struct node *node);

/* Whether a number, spelt anew (1e3), could be without the word. */
static bool
may_be_number(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] != 'e' && !char_is_digit(word.ptr[i]))
			return false;
	return true;
}

static struct margin *
copy_margin(struct arena *a, const struct margin *m)
{
	struct margin *copy = arena_alloc(a, sizeof(*copy));

	if (copy != NULL)
		*copy = *m;
	return copy;
}

/* In a JSON body only words are sure: what stands around them may be spaced anew. */
static struct words
of_word(struct search *s, const struct cue *c, bool cased)
{
	struct str word = c->word;
	size_t at = str_find(c->phrase, word);

	if (may_be_number(word))
		return (struct words){ 0 };
	if (cased && at != SIZE_MAX)
		word = str_sub(c->exact, at, word.len);
	return words_of_text(s->a, word, cased && at != SIZE_MAX);
}

/* The best literal of a pattern with wildcards. */
static struct words
of_parts(struct search *s, const struct value *v, bool cased, bool in_body)
{
	struct words best = { 0 };

	for (size_t i = 0; i < v->n_parts; i++) {
		struct words w;

		if (v->parts[i].kind != PART_TEXT)
			continue;
		w = words_of_text(s->a, v->parts[i].text, cased);
		if (w.n > 0 && in_body)
			w = of_word(s, &w.cue[0], cased);
		best = words_best(best, w);
	}
	return best;
}

/* Keywords are looked for in the strings of a body, too, which have other ends. */
static struct words
of_regex(struct search *s, const struct item *item, const struct value *v)
{
	bool fold = regex_is_caseless(v->regex);
	struct words w = words_of_regex(s->a, v->text, !fold);
	struct margin m;

	if (w.n != 1 || item->field.len == 0 || regex_is_utf(v->text) ||
		(!fold && w.cue->exact.len == 0))
		return w;
	if (outline_margin(v->text, fold, fold ? w.cue->phrase : w.cue->exact, &m))
		w.cue->margin = copy_margin(s->a, &m);
	return w;
}

static struct words
of_value(struct search *s, const struct item *item, const struct value *v, bool in_body)
{
	if (item->op == ITEM_REGEX)
		return in_body ? (struct words){ 0 } : of_regex(s, item, v);
	if (item->op != ITEM_EQUALS || v->is_number)
		return (struct words){ 0 };
	return of_parts(s, v, item->cased, in_body);
}

/* The name of a body key is in the line whenever the key has a value; many lines have it.
 */
static struct words
of_key(struct search *s, struct str field)
{
	struct words best = { 0 };

	if (str_starts(field, STR("body.")))
		field = str_sub(field, 5, field.len);
	while (field.len > 0)
		best = words_best(best, words_of_text(s->a, str_cut(&field, '.'), false));
	return best;
}

static struct words
of_item(struct search *s, const struct item *item)
{
	struct words all = { 0 };
	bool in_body = item->field.len > 0 && !str_eq(item->field, STR("message"));

	if (item->negated || item->op == ITEM_NULL ||
		(item->op == ITEM_EXISTS && !item->exists))
		return all;
	if (in_body && !field_is_body(RECORD_LOG, item->field))
		return all;
	for (size_t i = 0; i < item->n_values; i++) {
		struct words w = of_value(s, item, &item->values[i], in_body);

		if (i == 0)
			all = w;
		else
			all = item->all ? words_best(all, w) : words_either(s->a, all, w);
	}
	return all.n == 0 && in_body ? of_key(s, item->field) : all;
}

static struct words
of_children(struct search *s, const struct node *node)
{
	struct words all = { 0 };

	for (size_t i = 0; i < node->n; i++) {
		struct words w = find(s, node->child[i]);

		if (i == 0)
			all = w;
		else if (node->kind == NODE_AND)
			all = words_best(all, w);
		else
			all = words_either(s->a, all, w);
	}
	return all;
}

static struct words
find(struct search *s, const struct node *node)
{
	struct words w = { 0 };

	for (size_t i = 0; i < s->n_memo; i++)
		if (s->memo[i].node == node)
			return s->memo[i].words;
	if (node->kind == NODE_ITEM)
		w = of_item(s, node->item);
	else if (node->kind == NODE_AND || node->kind == NODE_OR)
		w = of_children(s, node);
	if (node->name.len > 0 && s->n_memo < MEMO_MAX) {
		struct memo *m = &s->memo[s->n_memo++];

		*m = (struct memo){ .node = node, .words = w };
		m->words.cap = w.n; /* the room behind them is the caller's */
	}
	return w;
}

static bool
keep(struct arena *a, struct rule *r, const struct words *w)
{
	r->words = arena_alloc(a, w->n * sizeof(*r->words));
	r->phrases = arena_alloc(a, w->n * sizeof(*r->phrases));
	r->exact = arena_alloc(a, w->n * sizeof(*r->exact));
	r->margins = arena_alloc(a, w->n * sizeof(*r->margins));
	if (r->words == NULL || r->phrases == NULL || r->exact == NULL ||
		r->margins == NULL)
		return false;
	for (size_t i = 0; i < w->n; i++) {
		r->words[i] = arena_copy(a, w->cue[i].word);
		r->phrases[i] = arena_copy(a, w->cue[i].phrase);
		r->exact[i] = arena_copy(a, w->cue[i].exact);
		r->margins[i] = w->cue[i].margin != NULL
					? copy_margin(a, w->cue[i].margin)
					: NULL;
		if (r->words[i].ptr == NULL || r->phrases[i].ptr == NULL ||
			r->exact[i].ptr == NULL)
			return false;
	}
	return true;
}

void
words_find(struct arena *a, struct arena *work, struct rule *r)
{
	struct search s = { .a = work };
	struct words w = { 0 };

	r->words = r->phrases = r->exact = NULL;
	r->margins = NULL;
	r->n_words = 0;
	if (r->category == RECORD_LOG && r->condition != NULL)
		w = find(&s, r->condition);
	if (w.n > 0 && keep(a, r, &w))
		r->n_words = w.n;
	arena_reset(work);
}
