/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Required cues of a regex, by a reader of the part of PCRE2's syntax that people use.
 * What it does not know makes it give up, which costs speed and never a match.
 */
#include "rules/literal.h"

#include <string.h>

#include "rules/regex.h"
#include "rules/words.h"

#define DEPTH_MAX 32
#define FEW       256 /* in more of them doubles are not looked for */

/* The longest run of ASCII letters and digits. */
static struct str
longest_word(struct str text)
{
	struct str best = { 0 };

	for (size_t i = 0; i < text.len; i++) {
		size_t from = i;

		while (i < text.len && char_is_alnum(text.ptr[i]))
			i++;
		if (i - from > best.len)
			best = str_sub(text, from, i - from);
	}
	return best;
}

static size_t
weight_of(const struct cue *c)
{
	return c->phrase.len * 256 + (c->word.len < 255 ? c->word.len : 255);
}

static struct str
lower_copy(struct arena *a, struct str text)
{
	char *copy = arena_alloc(a, text.len);

	for (size_t i = 0; copy != NULL && i < text.len; i++)
		copy[i] = char_lower(text.ptr[i]);
	return (struct str){ copy, text.len };
}

static struct words
one_cue(struct arena *a, const struct cue *c, bool cased)
{
	struct words w = { 0 };
	struct cue *copy = arena_alloc(a, sizeof(*copy));

	if (copy == NULL)
		return w;
	*copy = (struct cue){ lower_copy(a, c->phrase), lower_copy(a, c->word),
		cased ? arena_copy(a, c->phrase) : (struct str){ 0 }, NULL };
	if (copy->phrase.ptr == NULL || copy->word.ptr == NULL ||
		(cased && copy->exact.ptr == NULL))
		return w;
	w.cue = copy;
	w.n = w.cap = 1;
	w.weight = weight_of(copy);
	return w;
}

struct words
words_of_text(struct arena *a, struct str text, bool cased)
{
	struct cue best = { 0 };

	for (size_t i = 0; i < text.len; i++) {
		size_t from = i;
		struct cue c = { 0 };

		while (i < text.len && words_is_phrase(text.ptr[i]))
			i++;
		c.phrase = str_sub(text, from, i - from);
		c.word = longest_word(c.phrase);
		if (c.phrase.len > PHRASE_MAX_LEN)
			c.phrase = str_sub(
				c.phrase, c.phrase.len - PHRASE_MAX_LEN, PHRASE_MAX_LEN);
		if (c.word.len >= WORDS_MIN_LEN && weight_of(&c) > weight_of(&best))
			best = c;
	}
	if (best.word.len == 0)
		return (struct words){ 0 };
	return one_cue(a, &best, cased);
}

struct words
words_best(struct words x, struct words y)
{
	if (x.n == 0 || y.n == 0)
		return x.n == 0 ? y : x;
	if (x.weight != y.weight)
		return x.weight > y.weight ? x : y;
	return x.n <= y.n ? x : y;
}

static bool
has(const struct words *w, const struct cue *c)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->cue[i].phrase, c->phrase) &&
			str_eq(w->cue[i].word, c->word) &&
			str_eq(w->cue[i].exact, c->exact) &&
			w->cue[i].margin == c->margin)
			return true;
	return false;
}

static bool
make_room(struct arena *a, struct words *w, size_t n)
{
	struct cue *more;

	if (n <= w->cap)
		return true;
	more = arena_alloc(a, 2 * n * sizeof(*more));
	if (more == NULL)
		return false;
	memcpy(more, w->cue, w->n * sizeof(*more));
	w->cue = more;
	w->cap = 2 * n;
	return true;
}

struct words
words_either(struct arena *a, struct words x, struct words y)
{
	bool few = x.n <= FEW;

	if (x.n == 0 || y.n == 0 || x.n + y.n > WORDS_MAX || !make_room(a, &x, x.n + y.n))
		return (struct words){ 0 };
	for (size_t i = 0; i < y.n; i++)
		if (!few || !has(&x, &y.cue[i]))
			x.cue[x.n++] = y.cue[i];
	x.weight = x.weight < y.weight ? x.weight : y.weight;
	return x;
}

struct reader {
	struct arena *a;
	struct str p;
	size_t at;
	unsigned depth;
	bool cased; /* but for the flags within the pattern */
	bool utf;   /* k and s have folds outside of ASCII */
	bool lost;  /* something unknown: no answer */
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
	/* Inline flags: whatever they are about, case does not count from here on. */
	for (; memchr("?ims-", peek(r, 0), 5) != NULL && peek(r, 0) != '\0'; r->at++)
		r->cased = r->cased && peek(r, 0) != 'i';
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
breaks_phrase(const struct reader *r, const struct atom *atom)
{
	char c = char_lower(atom->c);

	return !atom->literal || !words_is_phrase(c) ||
	       (r->utf && (c == 'k' || c == 's'));
}

/* Characters that stand side by side in every match, as far as they were read. */
struct side {
	char text[128];
	size_t n;
};

static void
end_side(struct reader *r, struct side *side, struct words *best)
{
	if (side->n >= WORDS_MIN_LEN)
		*best = words_best(
			*best, words_of_text(r->a, (struct str){ side->text, side->n },
				       r->cased));
	side->n = 0;
}

static struct words
read_sequence(struct reader *r)
{
	struct words best = { 0 };
	struct side side = { .n = 0 };

	while (!r->lost && r->at < r->p.len && peek(r, 0) != '|' && peek(r, 0) != ')') {
		struct atom atom;
		int times;

		read_atom(r, &atom);
		times = read_quantifier(r);
		if (times >= 0 && !breaks_phrase(r, &atom)) {
			side.text[side.n++] = atom.c;
			if (times == 0 && side.n < sizeof(side.text))
				continue;
		}
		end_side(r, &side, &best);
		if (times >= 0)
			best = words_best(best, atom.words);
	}
	end_side(r, &side, &best);
	return r->lost ? (struct words){ 0 } : best;
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
words_of_regex(struct arena *a, struct str pattern, bool cased)
{
	struct reader r = {
		.a = a, .p = pattern, .cased = cased, .utf = regex_is_utf(pattern)
	};
	struct words w = read_either(&r);

	if (r.lost || r.at != pattern.len)
		return (struct words){ 0 };
	return w;
}
