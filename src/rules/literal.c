/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Required words of a regex, by a reader of the part of PCRE2's syntax that people use.
 * What it does not know makes it give up, which costs speed and never a match.
 */
#include "rules/literal.h"

#include <string.h>

#include "rules/regex.h"

#define DEPTH_MAX 32

struct words
words_of_text(struct arena *a, struct str text)
{
	struct words w = { 0 };
	struct str best = { 0 };
	char *copy;

	for (size_t i = 0; i < text.len;) {
		size_t from = i;

		while (i < text.len && char_is_alnum(text.ptr[i]))
			i++;
		if (i - from > best.len)
			best = str_sub(text, from, i - from);
		i += i == from;
	}
	if (best.len < WORDS_MIN_LEN)
		return w;
	copy = arena_alloc(a, best.len);
	w.word = arena_alloc(a, sizeof(*w.word));
	if (copy == NULL || w.word == NULL)
		return (struct words){ 0 };
	for (size_t i = 0; i < best.len; i++)
		copy[i] = char_lower(best.ptr[i]);
	w.word[0] = (struct str){ .ptr = copy, .len = best.len };
	w.n = 1;
	w.shortest = best.len;
	return w;
}

struct words
words_best(struct words x, struct words y)
{
	if (x.n == 0 || y.n == 0)
		return x.n == 0 ? y : x;
	if (x.shortest != y.shortest)
		return x.shortest > y.shortest ? x : y;
	return x.n <= y.n ? x : y;
}

static bool
has(const struct words *w, struct str word)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->word[i], word))
			return true;
	return false;
}

struct words
words_either(struct arena *a, struct words x, struct words y)
{
	struct words w = { 0 };

	if (x.n == 0 || y.n == 0 || x.n + y.n > WORDS_MAX)
		return w;
	w.word = arena_alloc(a, (x.n + y.n) * sizeof(*w.word));
	if (w.word == NULL)
		return w;
	memcpy(w.word, x.word, x.n * sizeof(*w.word));
	w.n = x.n;
	for (size_t i = 0; i < y.n; i++)
		if (!has(&x, y.word[i]))
			w.word[w.n++] = y.word[i];
	w.shortest = x.shortest < y.shortest ? x.shortest : y.shortest;
	return w;
}

struct reader {
	struct arena *a;
	struct str p;
	size_t at;
	unsigned depth;
	bool utf;  /* k and s have folds outside of ASCII */
	bool lost; /* something unknown: no answer */
};

/* One element of a sequence. */
struct atom {
	bool literal;
	char c;
	struct words words; /* of a group */
};

static struct words read_either(struct reader *r);

static char
peek(const struct reader *r, size_t ahead)
{
	return r->at + ahead < r->p.len ? r->p.ptr[r->at + ahead] : '\0';
}

/* Behind the class that starts at r->at. */
static void
skip_class(struct reader *r)
{
	r->at++;
	if (peek(r, 0) == '^')
		r->at++;
	if (peek(r, 0) == ']')
		r->at++;
	while (r->at < r->p.len && peek(r, 0) != ']') {
		if (peek(r, 0) == '\\' && (peek(r, 1) == 'Q' || peek(r, 1) == 'E'))
			r->lost = true;
		if (peek(r, 0) == '[' && peek(r, 1) == ':') { /* [:alpha:] */
			size_t end = str_find(str_sub(r->p, r->at, r->p.len), STR(":]"));

			r->at += end == SIZE_MAX ? 0 : end + 1;
		}
		r->at += peek(r, 0) == '\\' ? 2 : 1;
	}
	r->at++;
}

static void
read_escape(struct reader *r, struct atom *atom)
{
	char c = peek(r, 1);

	r->at += 2;
	if (c == 'x' && peek(r, 0) != '{') {
		for (int i = 0; i < 2 && char_is_alnum(peek(r, 0)); i++)
			r->at++;
		return;
	}
	if (memchr("dDwWsSbBAzZGKRnrtfeahHvV", c, 24) != NULL && c != '\0')
		return;
	if (char_is_alnum(c) || c == '\0') { /* references, \Q, properties, ... */
		r->lost = true;
		return;
	}
	atom->literal = true;
	atom->c = c;
}

/* The start of a group behind "(": false when its inside says nothing of the match. */
static bool
enter_group(struct reader *r)
{
	if (peek(r, 0) != '?')
		return true;
	if (peek(r, 1) == ':') {
		r->at += 2;
		return true;
	}
	if (peek(r, 1) == '>' || peek(r, 1) == '|') {
		r->at += 2;
		return true;
	}
	if ((peek(r, 1) == 'P' && peek(r, 2) == '<') ||
		(peek(r, 1) == '<' && peek(r, 2) != '=' && peek(r, 2) != '!')) {
		while (r->at < r->p.len && peek(r, 0) != '>')
			r->at++;
		r->at++;
		return true;
	}
	if (peek(r, 1) == '=' || peek(r, 1) == '!') {
		r->at += 2;
		return false;
	}
	if (peek(r, 1) == '<') {
		r->at += 3;
		return false;
	}
	while (memchr("?ims-", peek(r, 0), 5) != NULL && peek(r, 0) != '\0')
		r->at++; /* inline flags; folding changes nothing in words */
	if (peek(r, 0) == ':')
		r->at++;
	else if (peek(r, 0) != ')')
		r->lost = true;
	return true;
}

static void
read_group(struct reader *r, struct atom *atom)
{
	bool counts;

	r->at++;
	counts = enter_group(r);
	if (++r->depth > DEPTH_MAX)
		r->lost = true;
	if (r->lost)
		return;
	atom->words = read_either(r);
	r->depth--;
	if (peek(r, 0) != ')')
		r->lost = true;
	r->at++;
	if (!counts)
		atom->words = (struct words){ 0 };
}

static void
read_atom(struct reader *r, struct atom *atom)
{
	char c = peek(r, 0);

	*atom = (struct atom){ 0 };
	if (c == '\\') {
		read_escape(r, atom);
	} else if (c == '[') {
		skip_class(r);
	} else if (c == '(') {
		read_group(r, atom);
	} else {
		r->at++;
		atom->literal = c != '.' && c != '^' && c != '$';
		atom->c = c;
	}
}

/* Reads a quantifier. 0: there is none; 1: at least once; -1: maybe never. */
static int
read_quantifier(struct reader *r)
{
	char c = peek(r, 0);
	int answer = c == '+' ? 1 : -1;
	size_t end = r->at + 1;

	if (c != '*' && c != '+' && c != '?' && c != '{')
		return 0;
	if (c == '{') {
		while (end < r->p.len &&
			(char_is_digit(r->p.ptr[end]) || r->p.ptr[end] == ',' ||
				r->p.ptr[end] == ' '))
			end++;
		if (end == r->p.len || r->p.ptr[end] != '}' || end == r->at + 1)
			return 0; /* a literal brace */
		if (peek(r, 1) >= '1' && peek(r, 1) <= '9')
			answer = 1;
		end++;
	}
	r->at = end;
	if (peek(r, 0) == '?' || peek(r, 0) == '+')
		r->at++;
	return answer;
}

static bool
breaks_word(const struct reader *r, const struct atom *atom)
{
	char c = char_lower(atom->c);

	return !atom->literal || !char_is_alnum(c) || (r->utf && (c == 'k' || c == 's'));
}

static struct words
read_sequence(struct reader *r)
{
	struct words best = { 0 };
	size_t from = r->at;
	size_t n = 0; /* letters and digits from there on that stand side by side */

	while (!r->lost && r->at < r->p.len && peek(r, 0) != '|' && peek(r, 0) != ')') {
		size_t start = r->at;
		struct atom atom;
		int times;

		read_atom(r, &atom);
		times = read_quantifier(r);
		if (times >= 0 && !breaks_word(r, &atom)) {
			from = n == 0 ? start : from;
			n++;
			if (times == 0)
				continue;
		}
		best = words_best(best, words_of_text(r->a, str_sub(r->p, from, n)));
		n = 0;
		if (times >= 0)
			best = words_best(best, atom.words);
	}
	if (r->lost)
		return (struct words){ 0 };
	return words_best(best, words_of_text(r->a, str_sub(r->p, from, n)));
}

static struct words
read_either(struct reader *r)
{
	struct words all = read_sequence(r);

	while (!r->lost && peek(r, 0) == '|') {
		r->at++;
		all = words_either(r->a, all, read_sequence(r));
	}
	return all;
}

struct words
words_of_regex(struct arena *a, struct str pattern)
{
	struct reader r = { .a = a, .p = pattern, .utf = regex_is_utf(pattern) };
	struct words w = read_either(&r);

	if (r.lost || r.at != pattern.len)
		return (struct words){ 0 };
	return w;
}
