/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the pattern, which keeps for each branch of each open group what its
 * items take and how often. A repeated group is risky
 *
 *   - if an item without an upper bound can take whatever else must be there, too:
 *     nothing says where a round ends;
 *   - if one branch takes the beginning of what another takes, and the rest can begin a
 *     new round.
 *
 * So are items without an upper bound side by side, three and more, that take the same.
 */
#include "rules/risk.h"

#include "base/compiler.h"
#include "rules/byteset.h"

#define DEPTH_MAX  100
#define ITEMS_MAX  400
#define BRANCH_MAX 12
#define MANY       4 /* rounds that are like no upper bound */
#define SIDE_MIN   3

struct item {
	struct byteset bytes;
	size_t from; /* in the pattern */
	bool endless, must;
	bool apart; /* not by the side of the one before */
};

/* Items [from, to). */
struct branch {
	size_t from, to;
};

struct group {
	size_t from; /* in the pattern */
	struct branch branch[BRANCH_MAX];
	size_t n;     /* of branches, with the one at hand */
	bool odd;     /* more of them, or an item of a branch is a group */
	bool nothing; /* it looks around */
	bool atomic;  /* nothing goes back into it */
};

struct walk {
	struct str p;
	size_t at;
	bool fold;
	struct item item[ITEMS_MAX];
	size_t n;
	struct group group[DEPTH_MAX];
	size_t depth;
	size_t found_from; /* what is looked for ends at at */
};

/* What follows an item. */
struct repeat {
	size_t least, most;
	bool possessive;
};

static char
peek(const struct walk *w, size_t ahead)
{
	return w->at + ahead < w->p.len ? w->p.ptr[w->at + ahead] : '\0';
}

static size_t
read_number(struct str p, size_t *at)
{
	size_t n = 0;

	for (; *at < p.len && char_is_digit(p.ptr[*at]); ++*at)
		n = n < SIZE_MAX / 16 ? 10 * n + (size_t)(p.ptr[*at] - '0') : n;
	return n;
}

/* "{2,}": where it ends, or 0 when the brace is a text. */
static size_t
read_braces(const struct walk *w, struct repeat *r)
{
	size_t i = w->at + 1, digits = i, least = read_number(w->p, &i), most = least;

	if (i == digits || i == w->p.len)
		return 0;
	if (w->p.ptr[i] == ',') {
		i++;
		most = i < w->p.len && w->p.ptr[i] == '}' ? SIZE_MAX
							  : read_number(w->p, &i);
	}
	if (i == w->p.len || w->p.ptr[i] != '}')
		return 0;
	r->least = least;
	r->most = most;
	return i + 1;
}

static struct repeat
read_repeat(struct walk *w)
{
	struct repeat r = { 1, 1, false };
	char c = peek(w, 0);
	size_t end = w->at + 1;

	if (c == '{')
		end = read_braces(w, &r);
	else if (c == '*' || c == '+' || c == '?')
		r = (struct repeat){ c == '+', c == '?' ? 1 : SIZE_MAX, false };
	else
		end = 0;
	if (end == 0)
		return r;
	w->at = end;
	r.possessive = peek(w, 0) == '+';
	if (r.possessive || peek(w, 0) == '?')
		w->at++;
	return r;
}

static void
add_item(struct walk *w, struct item item)
{
	if (w->n < ITEMS_MAX)
		w->item[w->n] = item;
	w->n++;
}

/* "(?:", "(?P<name>", "(?=" ... */
static void
open_group(struct walk *w)
{
	struct group *g = &w->group[++w->depth];
	char c;

	*g = (struct group){ .from = w->at, .n = 1 };
	g->branch[0].from = w->n;
	w->at++;
	if (peek(w, 0) != '?')
		return;
	w->at++;
	c = peek(w, 0) == '<' ? peek(w, 1) : peek(w, 0);
	g->nothing = c == '=' || c == '!';
	g->atomic = peek(w, 0) == '>';
	while (w->at < w->p.len && !g->nothing && peek(w, 0) != ':' &&
		peek(w, 0) != '>' && peek(w, 0) != ')')
		w->at++;
	if (peek(w, 0) != ')')
		w->at++;
}

static void
end_branch(struct walk *w)
{
	struct group *g = &w->group[w->depth];

	g->branch[g->n - 1].to = w->n;
}

/* Without room the last one goes on: then less is found. */
static void
begin_branch(struct walk *w)
{
	struct group *g = &w->group[w->depth];

	if (g->n == BRANCH_MAX)
		g->odd = true;
	else
		g->branch[g->n++].from = w->n;
}

/* Whether something in the branch tells where a round with this item ends. */
static bool
is_held(const struct walk *w, const struct branch *b, size_t i)
{
	for (size_t k = b->from; k < b->to; k++)
		if (k != i && w->item[k].must &&
			!byteset_overlap(&w->item[k].bytes, &w->item[i].bytes))
			return true;
	return false;
}

static bool
has_loose(const struct walk *w, const struct branch *b)
{
	for (size_t i = b->from; i < b->to; i++)
		if (w->item[i].endless && !is_held(w, b, i))
			return true;
	return false;
}

/* Of a round that begins with branch a the rest may be a round of its own. */
static bool
is_ambiguous(const struct walk *w, const struct group *g, const struct branch *a,
	const struct branch *b)
{
	size_t n_a = a->to - a->from, n_b = b->to - b->from;

	if (n_a == 0 || n_a > n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!byteset_overlap(
			    &w->item[a->from + i].bytes, &w->item[b->from + i].bytes))
			return false;
	if (n_a == n_b)
		return true;
	for (size_t i = 0; i < g->n; i++)
		if (g->branch[i].to > g->branch[i].from &&
			byteset_overlap(&w->item[g->branch[i].from].bytes,
				&w->item[b->from + n_a].bytes))
			return true;
	return false;
}

static bool
is_risky(const struct walk *w, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (has_loose(w, &g->branch[i]))
			return true;
	for (size_t i = 0; i < g->n && !g->odd; i++)
		for (size_t k = 0; k < g->n; k++)
			if (k != i && is_ambiguous(w, g, &g->branch[i], &g->branch[k]))
				return true;
	return false;
}

static bool
has_must(const struct walk *w, const struct branch *b)
{
	for (size_t i = b->from; i < b->to; i++)
		if (w->item[i].must)
			return true;
	return false;
}

/* The whole group is one item. */
static struct item
fold_group(const struct walk *w, const struct group *g)
{
	struct item one = { .from = g->from, .must = true };

	for (size_t i = 0; i < g->n; i++)
		one.must = one.must && has_must(w, &g->branch[i]);
	for (size_t i = g->branch[0].from; i < w->n; i++)
		byteset_add(&one.bytes, &w->item[i].bytes);
	return one;
}

/* What is in a group that stands for itself. Of several branches one is taken. */
static void
open_up(struct walk *w, const struct group *g, bool optional)
{
	struct item one = fold_group(w, g);
	bool single = w->n - g->branch[0].from == g->n;

	if (g->n == 1 && !optional)
		return;
	for (size_t i = g->branch[0].from; i < w->n; i++)
		w->item[i].must = false;
	if (g->n == 1)
		return;
	for (size_t i = 0; i < g->n; i++)
		w->item[g->branch[i].from].apart = true;
	one.must = one.must && !optional;
	if (!single) /* something of it may well tell */
		one.bytes = (struct byteset){ { 0 } };
	add_item(w, one);
}

/* True: it is one that is looked for. */
static bool
close_group(struct walk *w)
{
	struct group *g = &w->group[w->depth];
	struct repeat r;

	end_branch(w);
	w->depth--;
	w->group[w->depth].odd = true;
	w->at++;
	r = read_repeat(w);
	w->found_from = g->from;
	if (g->nothing) {
		w->n = g->branch[0].from;
	} else if (r.most >= MANY || g->atomic) {
		struct item one = fold_group(w, g);

		if (!g->atomic && !r.possessive && is_risky(w, g))
			return true;
		one.endless = r.most >= MANY && !r.possessive && r.most > r.least;
		one.must = one.must && r.least > 0;
		w->n = g->branch[0].from;
		add_item(w, one);
	} else {
		open_up(w, g, r.least == 0);
	}
	return false;
}

static void
read_item(struct walk *w)
{
	struct item item = { .from = w->at };
	struct repeat r;

	if (!byteset_read(w->p, &w->at, w->fold, &item.bytes))
		return;
	r = read_repeat(w);
	item.must = r.least > 0;
	item.endless = r.most >= MANY && r.most > r.least && !r.possessive;
	w->group[w->depth].odd = w->group[w->depth].odd || r.most > 1;
	add_item(w, item);
}

/* Whether the last items stand side by side and take the same. */
static bool
is_side_by_side(struct walk *w)
{
	const struct group *g = &w->group[w->depth];
	size_t n = 0;

	while (n < SIDE_MIN && w->n - n > g->branch[g->n - 1].from) {
		const struct item *it = &w->item[w->n - 1 - n];

		if (!it->endless || (n > 0 && (it[1].apart || !byteset_overlap(&it->bytes,
								      &it[1].bytes))))
			break;
		w->found_from = it->from;
		n++;
	}
	return n == SIDE_MIN;
}

/* One step. True: what is looked for ends here. */
static bool
step(struct walk *w)
{
	switch (peek(w, 0)) {
	case '(':
		open_group(w);
		return false;
	case '|':
		end_branch(w);
		begin_branch(w);
		w->at++;
		return false;
	case ')':
		if (close_group(w))
			return true;
		break;
	default:
		read_item(w);
	}
	return w->n <= ITEMS_MAX && is_side_by_side(w);
}

/*
 * Whether it cannot be: a group is not repeated without a mark right behind it, and items
 * without an upper bound have one each.
 */
static bool
is_harmless(struct str p)
{
	size_t marks = 0;

	for (size_t i = 0; i < p.len; i++) {
		bool mark = p.ptr[i] == '*' || p.ptr[i] == '+' || p.ptr[i] == '{';

		marks += mark;
		if (marks == SIDE_MIN || (mark && i > 0 && p.ptr[i - 1] == ')'))
			return false;
	}
	return true;
}

bool
risk_find(struct str pattern, bool fold, size_t *pos, size_t *len)
{
	struct walk w;

	if (is_harmless(pattern))
		return false;
	w.p = pattern;
	w.at = w.n = w.depth = 0;
	w.fold = fold || str_find(pattern, STR("(?i")) != SIZE_MAX;
	w.group[0] = (struct group){ .n = 1 };
	if (str_find(pattern, STR("\\Q")) != SIZE_MAX)
		return false;
	while (w.at < pattern.len && w.n <= ITEMS_MAX && w.depth + 1 < DEPTH_MAX) {
		if (peek(&w, 0) == ')' && w.depth == 0)
			return false;
		if (step(&w)) {
			*pos = w.found_from;
			*len = w.at - *pos;
			return true;
		}
	}
	return false;
}
