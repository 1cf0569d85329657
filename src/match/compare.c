/* SPDX-License-Identifier: Apache-2.0 */
#include "match/compare.h"

#include "base/bytes.h"

/* A match in progress: where it may go back to. */
struct glob {
	const struct value *v;
	struct str text;
	bool cased;
	size_t part, at;
	size_t star, star_at; /* SIZE_MAX: no "*" yet */
};

static bool
is_at(struct str text, size_t at, struct str word, bool cased)
{
	struct str there = str_sub(text, at, word.len);

	return cased ? str_eq(there, word) : str_eq_fold(there, word);
}

/* The first place of word from at on, or SIZE_MAX. */
static size_t
find(struct str text, size_t at, struct str word, bool cased)
{
	const struct str rest = str_sub(text, at, text.len);
	size_t pos = 0;

	if (word.len > 0)
		pos = bytes_find(rest.ptr, rest.len, word.ptr, word.len, !cased);
	return pos == SIZE_MAX ? SIZE_MAX : at + pos;
}

/* One "?" is one character, or one byte of what is no UTF-8. */
static size_t
char_len(struct str text, size_t at)
{
	size_t n = str_utf8_len(str_sub(text, at, 4));

	return n > 0 ? n : 1;
}

/* Takes the part at hand; false when it does not fit here. */
static bool
take(struct glob *g, size_t *hit, size_t first_text)
{
	const struct part *p = &g->v->parts[g->part];

	switch (p->kind) {
	case PART_ANY:
		g->star = g->part;
		g->star_at = g->at;
		break;
	case PART_ONE:
		if (g->at >= g->text.len)
			return false;
		g->at += char_len(g->text, g->at);
		break;
	case PART_TEXT:
		if (!is_at(g->text, g->at, p->text, g->cased))
			return false;
		if (g->part == first_text)
			*hit = g->at;
		g->at += p->text.len;
		break;
	}
	g->part++;
	return true;
}

/* Lets the last "*" take more: up to the next place of the text behind it. */
static bool
go_back(struct glob *g)
{
	size_t next = g->star + 1;

	if (g->star == SIZE_MAX || g->star_at >= g->text.len)
		return false;
	g->star_at += char_len(g->text, g->star_at);
	if (next < g->v->n_parts && g->v->parts[next].kind == PART_TEXT)
		g->star_at = find(g->text, g->star_at, g->v->parts[next].text, g->cased);
	if (g->star_at == SIZE_MAX)
		return false;
	g->part = next;
	g->at = g->star_at;
	return true;
}

static bool
glob_match(const struct value *v, struct str text, bool cased, size_t *hit)
{
	struct glob g = { .v = v, .text = text, .cased = cased, .star = SIZE_MAX };
	size_t first = 0;

	while (first < v->n_parts && v->parts[first].kind != PART_TEXT)
		first++;
	*hit = 0;
	for (;;) {
		bool done = g.part == v->n_parts;

		if (done && g.at == text.len)
			return true;
		if (!done && v->parts[g.part].kind == PART_ANY &&
			g.part + 1 == v->n_parts)
			return true;
		if ((done || !take(&g, hit, first)) && !go_back(&g))
			return false;
	}
}

bool
compare_equals(const struct value *v, struct str text, bool cased, size_t *hit)
{
	double number;

	if (glob_match(v, text, cased, hit))
		return true;
	*hit = 0;
	return v->is_number && str_to_double(str_trim(text), &number) &&
	       !(number < v->number || number > v->number);
}

bool
compare_number(const struct value *v, enum item_op op, struct str text)
{
	double number;

	if (!v->is_number || !str_to_double(str_trim(text), &number))
		return false;
	if (op == ITEM_LT)
		return number < v->number;
	if (op == ITEM_LTE)
		return number <= v->number;
	if (op == ITEM_GT)
		return number > v->number;
	return op == ITEM_GTE && number >= v->number;
}
