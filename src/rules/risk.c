/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the pattern. Of each open group and branch it is known whether it holds
 * an item without an upper bound, whether that was a dot, and whether it holds an item
 * that must be there: what must be there keeps two rounds of the group apart, unless a
 * dot takes it as well.
 */
#include "rules/risk.h"

#include "base/compiler.h"

#define DEPTH_MAX 100

struct branch {
	bool loops; /* an item without an upper bound */
	bool dots;  /* that is a dot */
	bool fixed; /* an item that must be there */
};

struct group {
	size_t from;
	struct branch now;
	bool risky;  /* a branch before this one was */
	bool atomic; /* or a look around: nothing goes back into it */
};

struct walk {
	struct str p;
	size_t at;
	struct group group[DEPTH_MAX];
	size_t depth;
};

/* What follows an item. */
struct repeat {
	bool endless, optional, possessive;
};

static bool
is_risky(const struct branch *b)
{
	return b->loops && (b->dots || !b->fixed);
}

static char
peek(const struct walk *w, size_t ahead)
{
	return w->at + ahead < w->p.len ? w->p.ptr[w->at + ahead] : '\0';
}

/* "{2,}": where it ends, or 0 when the brace is a text. */
static size_t
take_braces(const struct walk *w, struct repeat *r)
{
	size_t i = w->at + 1;
	bool zero = i < w->p.len && w->p.ptr[i] == '0';
	size_t digits = i;

	while (i < w->p.len && char_is_digit(w->p.ptr[i]))
		i++;
	if (i == digits || i == w->p.len)
		return 0;
	r->optional = zero && i == digits + 1;
	if (w->p.ptr[i] == ',') {
		i++;
		r->endless = i < w->p.len && w->p.ptr[i] == '}';
		while (i < w->p.len && char_is_digit(w->p.ptr[i]))
			i++;
	}
	return i < w->p.len && w->p.ptr[i] == '}' ? i + 1 : 0;
}

static struct repeat
take_repeat(struct walk *w)
{
	struct repeat r = { false, false, false };
	size_t end = 0;

	switch (peek(w, 0)) {
	case '*':
		r = (struct repeat){ true, true, false };
		end = w->at + 1;
		break;
	case '+':
		r.endless = true;
		end = w->at + 1;
		break;
	case '?':
		r.optional = true;
		end = w->at + 1;
		break;
	case '{':
		end = take_braces(w, &r);
		break;
	}
	if (end == 0)
		return (struct repeat){ false, false, false };
	w->at = end;
	r.possessive = peek(w, 0) == '+';
	if (r.possessive || peek(w, 0) == '?')
		w->at++;
	return r;
}

static void
add_item(struct walk *w, struct repeat r, bool dot)
{
	struct branch *b = &w->group[w->depth].now;

	if (r.endless && !r.possessive) {
		b->loops = true;
		b->dots = b->dots || dot;
	} else if (!r.optional)
		b->fixed = true;
}

static void
skip_class(struct walk *w)
{
	w->at++;
	if (peek(w, 0) == '^')
		w->at++;
	if (peek(w, 0) == ']')
		w->at++;
	while (w->at < w->p.len && w->p.ptr[w->at] != ']')
		w->at += w->p.ptr[w->at] == '\\' ? 2 : 1;
	w->at++;
}

/* "(?:", "(?P<name>", "(?=" ... */
static void
open_group(struct walk *w)
{
	struct group *g = &w->group[++w->depth];

	*g = (struct group){ .from = w->at };
	w->at++;
	if (peek(w, 0) != '?')
		return;
	w->at++;
	g->atomic = peek(w, 0) == '>' || peek(w, 0) == '=' || peek(w, 0) == '!';
	if (peek(w, 0) == '<')
		g->atomic = peek(w, 1) == '=' || peek(w, 1) == '!';
	while (w->at < w->p.len && !g->atomic && peek(w, 0) != ':' && peek(w, 0) != '>' &&
		peek(w, 0) != ')')
		w->at++;
	if (peek(w, 0) != ')')
		w->at++;
}

/* True: it is the one that is looked for. */
static bool
close_group(struct walk *w)
{
	const struct group g = w->group[w->depth--];
	bool risky = !g.atomic && (g.risky || is_risky(&g.now));
	struct repeat r;

	w->at++;
	r = take_repeat(w);
	if (risky && r.endless && !r.possessive) {
		w->group[0].from = g.from;
		return true;
	}
	/* Once or at most once: what is in it stands for itself. */
	if (risky && !r.endless) {
		w->group[w->depth].now.loops = true;
		return false;
	}
	add_item(w, r, false);
	return false;
}

bool
risk_find(struct str pattern, size_t *pos, size_t *len)
{
	struct walk w = { .p = pattern };

	while (w.at < pattern.len) {
		char c = pattern.ptr[w.at];
		bool dot = c == '.';

		if (c == '(') {
			if (w.depth + 1 == DEPTH_MAX)
				return false;
			open_group(&w);
			continue;
		}
		if (c == ')' && w.depth > 0) {
			if (close_group(&w)) {
				*pos = w.group[0].from;
				*len = w.at - *pos;
				return true;
			}
			continue;
		}
		if (c == '|') {
			struct group *g = &w.group[w.depth];

			g->risky = g->risky || is_risky(&g->now);
			g->now = (struct branch){ false, false, false };
			w.at++;
			continue;
		}
		if (c == '[')
			skip_class(&w);
		else
			w.at += c == '\\' ? 2 : 1;
		if (c != '^' && c != '$')
			add_item(&w, take_repeat(&w), dot);
	}
	return false;
}
