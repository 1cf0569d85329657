/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups that must be there, and have no branches, are part of the sequence; what may be
 * there only ends a run. Each run is taken where it stands first: if those behind it
 * stand in a text at all, they do so then.
 */
#include "rules/outline.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "rules/byteset.h"

#define BYTES_MAX 64
#define RUNS_MAX  16
#define DEPTH_MAX 32

struct run {
	uint64_t all, first; /* bits of its bytes: the highest one is its first byte's */
	size_t len;
};

struct outline {
	uint64_t takes[256]; /* by byte: where it may stand */
	struct run run[RUNS_MAX];
	size_t n;
	size_t key;      /* the run that is looked for first of all; 0: none */
	size_t key_from; /* bytes that stand before it at least */
};

struct reader {
	struct str p;
	size_t at;
	bool fold;
	bool lost; /* something unknown: no outline */
	unsigned depth;
	struct byteset byte[BYTES_MAX];
	bool begins[BYTES_MAX]; /* a run */
	size_t n;
	bool apart; /* the next byte begins one */
};

struct repeat {
	size_t least, most;
};

static char
peek(const struct reader *r, size_t ahead)
{
	return r->at + ahead < r->p.len ? r->p.ptr[r->at + ahead] : '\0';
}

static void
add(struct reader *r, const struct byteset *s)
{
	if (r->n == BYTES_MAX) {
		r->apart = true;
		return;
	}
	r->byte[r->n] = *s;
	r->begins[r->n++] = r->apart;
	r->apart = false;
}

static size_t
read_number(struct reader *r)
{
	size_t n = 0;

	for (; char_is_digit(peek(r, 0)); r->at++)
		n = n < BYTES_MAX * 10 ? 10 * n + (size_t)(peek(r, 0) - '0') : n;
	return n;
}

/* Braces that only some versions of PCRE2 take for a quantifier lose it. */
static void
read_braces(struct reader *r, struct repeat *out)
{
	r->at++;
	r->lost = r->lost || !char_is_digit(peek(r, 0));
	out->least = out->most = read_number(r);
	if (peek(r, 0) == ',') {
		r->at++;
		out->most = char_is_digit(peek(r, 0)) ? read_number(r) : SIZE_MAX;
	}
	r->lost = r->lost || peek(r, 0) != '}';
	r->at++;
}

static struct repeat
read_repeat(struct reader *r)
{
	struct repeat out = { 1, 1 };
	char c = peek(r, 0), next = peek(r, 1);

	if (c == '*' || c == '+' || c == '?') {
		out.least = c == '+';
		out.most = c == '?' ? 1 : SIZE_MAX;
		r->at++;
	} else if (c == '{' && (char_is_digit(next) || memchr(" ,\t", next, 3) != NULL)) {
		read_braces(r, &out);
	} else {
		return out;
	}
	if (peek(r, 0) == '?' || peek(r, 0) == '+')
		r->at++;
	return out;
}

/* Whether byteset_read() knows exactly what the escape at at takes. */
static bool
knows_escape(struct str p, size_t at, const char *letters)
{
	char c = at + 1 < p.len ? p.ptr[at + 1] : '\0';

	if (c == 'x')
		return at + 3 < p.len && char_hex(p.ptr[at + 2]) >= 0 &&
		       char_hex(p.ptr[at + 3]) >= 0;
	return c != '\0' && (!char_is_alnum(c) || strchr(letters, c) != NULL);
}

/* The same of a class. */
static bool
knows_class(struct str s)
{
	for (size_t i = 1; i + 1 < s.len; i++) {
		char c = s.ptr[i], next = s.ptr[i + 1];

		if ((c == '[' && memchr(":.=", next, 3) != NULL) ||
			(c == '-' && next == '\\') ||
			(c == '\\' && !knows_escape(s, i, "dDwWsSnrtfea")))
			return false;
		i += c == '\\';
	}
	return true;
}

static void
read_byte(struct reader *r)
{
	size_t from = r->at;
	struct byteset set;
	struct repeat times;
	bool takes;

	if (peek(r, 0) == '\\' && !knows_escape(r->p, r->at, "dDwWsSnrtfeabBAzZGK"))
		r->lost = true;
	takes = byteset_read(r->p, &r->at, r->fold, &set);
	if (r->p.ptr[from] == '[' && !knows_class(str_sub(r->p, from, r->at - from)))
		r->lost = true;
	times = read_repeat(r);
	if (!takes)
		return;
	for (size_t i = 0; i < times.least && i < BYTES_MAX; i++)
		add(r, &set);
	if (times.least != times.most)
		r->apart = true;
}

/* Behind "(": false when what is inside takes no bytes. */
static bool
enter_group(struct reader *r)
{
	char c = peek(r, 1);

	if (peek(r, 0) != '?')
		return true;
	r->at += 2;
	if (c == ':' || c == '>')
		return true;
	if (c == '=' || c == '!')
		return false;
	if (c == '<' && (peek(r, 0) == '=' || peek(r, 0) == '!')) {
		r->at++;
		return false;
	}
	if (c == 'P' && peek(r, 0) == '<')
		r->at++;
	else if (c != '<')
		r->lost = true;
	while (r->at < r->p.len && peek(r, 0) != '>')
		r->at++;
	r->at++;
	return true;
}

static bool read_branches(struct reader *r);

static void
read_group(struct reader *r)
{
	size_t n = r->n;
	bool apart = r->apart, takes, many;
	struct repeat times;

	r->at++;
	takes = enter_group(r);
	r->lost = r->lost || ++r->depth > DEPTH_MAX;
	many = read_branches(r);
	r->depth--;
	r->lost = r->lost || peek(r, 0) != ')';
	r->at++;
	times = read_repeat(r);
	if (!takes) {
		r->n = n;
		r->apart = apart;
	} else if (many || times.least == 0) {
		r->n = n;
		r->apart = true;
	} else if (times.most != 1) {
		r->apart = true;
	}
}

/* Whether there is more than one. */
static bool
read_branches(struct reader *r)
{
	bool many = false;

	while (!r->lost && r->at < r->p.len && peek(r, 0) != ')')
		if (peek(r, 0) == '|') {
			many = true;
			r->at++;
		} else if (peek(r, 0) == '(') {
			read_group(r);
		} else {
			read_byte(r);
		}
	return many;
}

/* Bytes [from, to) of those that were read. */
static void
add_run(struct outline *o, const struct reader *r, size_t from, size_t to)
{
	struct run *run = &o->run[o->n++];

	run->len = to - from;
	run->first = UINT64_C(1) << (to - 1);
	for (size_t i = from; i < to; i++) {
		const uint64_t bit = UINT64_C(1) << (to - 1 - (i - from));

		run->all |= bit;
		for (size_t c = 0; c < 256; c++)
			if ((r->byte[i].word[c / 64] >> c % 64 & 1) != 0)
				o->takes[c] |= bit;
	}
}

static bool
is_literal(const struct byteset *s)
{
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(s->word); i++)
		n += __builtin_popcountll(s->word[i]);
	return n <= 2;
}

/*
 * A literal a text most likely has, being what it was looked at for: the longest run that
 * is none tells soonest that it lacks something.
 */
static void
find_key(struct outline *o, const struct reader *r)
{
	size_t at = o->run[0].len;

	for (size_t i = 1; i < o->n; i++) {
		const size_t end = at + o->run[i].len;
		bool literal = true;

		for (size_t k = at; k < end; k++)
			literal = literal && is_literal(&r->byte[k]);
		if (!literal && (o->key == 0 || o->run[i].len >= o->run[o->key].len)) {
			o->key = i;
			o->key_from = at;
		}
		at = end;
	}
}

struct outline *
outline_new(struct str pattern, bool fold)
{
	struct reader r = { .p = pattern, .fold = fold };
	struct outline *o;
	bool many = read_branches(&r);

	if (many || r.lost || r.at != pattern.len || r.n == 0)
		return NULL;
	o = calloc(1, sizeof(*o));
	for (size_t from = 0, to; o != NULL && from < r.n && o->n < RUNS_MAX; from = to) {
		for (to = from + 1; to < r.n && !r.begins[to];)
			to++;
		add_run(o, &r, from, to);
	}
	if (o != NULL && o->n < 2)
		outline_free(&o);
	if (o != NULL)
		find_key(o, &r);
	return o;
}

void
outline_free(struct outline **po)
{
	free(*po);
	*po = NULL;
}

/*
 * Behind the run, where it stands first at p or later; NULL: nowhere. A window is read
 * backwards for as long as that can be part of the run, which tells how far it may move
 * (BNDM).
 */
static const unsigned char *
find_run(const struct outline *o, const struct run *run, const unsigned char *p,
	const unsigned char *end)
{
	while ((size_t)(end - p) >= run->len) {
		uint64_t parts = run->all;
		size_t k = run->len, move = k;

		while ((parts &= o->takes[p[--k]]) != 0) {
			if ((parts & run->first) != 0) {
				if (k == 0)
					return p + run->len;
				move = k;
			}
			parts = parts << 1 & run->all;
		}
		p += move;
	}
	return NULL;
}

/* Apart: most texts lack the key. */
NEVER_INLINE static bool
stand_in_order(const struct outline *o, const unsigned char *p, const unsigned char *end)
{
	for (size_t i = 0; i < o->n && p != NULL; i++)
		p = find_run(o, &o->run[i], p, end);
	return p != NULL;
}

bool
outline_stands(const struct outline *o, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;

	if (text.len < o->key_from ||
		(o->key > 0 &&
			find_run(o, &o->run[o->key], p + o->key_from, end) == NULL))
		return false;
	return stand_in_order(o, p, end);
}

/* Whether it takes c alone, or, fold, both of its cases. */
static bool
takes_only(const struct byteset *s, unsigned char c, bool fold)
{
	struct byteset only = { { 0 } };

	only.word[c / 64] |= UINT64_C(1) << c % 64;
	if (fold && char_is_alpha((char)c))
		only.word[c / 64] |= UINT64_C(1) << (c ^ 0x20) % 64;
	return memcmp(s, &only, sizeof(only)) == 0;
}

/* Whether the phrase stands in one run, from byte at on. */
static bool
is_phrase(const struct reader *r, size_t at, struct str phrase, bool fold)
{
	for (size_t i = 0; i < phrase.len; i++)
		if (at + i == r->n || (i > 0 && r->begins[at + i]) ||
			!takes_only(&r->byte[at + i], (unsigned char)phrase.ptr[i], fold))
			return false;
	return true;
}

static struct charset
ascii_of(const struct byteset *s)
{
	return (struct charset){ { s->word[0], s->word[1] } };
}

static bool
tells(const struct byteset *s)
{
	return (s->word[0] & s->word[1]) != UINT64_MAX;
}

/* What may be a joined line's LF is not looked for before a phrase: there is none. */
static size_t
find_before(const struct reader *r, size_t at, struct charset *out)
{
	size_t told = 0;

	for (size_t n = 0; n < MARGIN_MAX && at > n && !r->begins[at - n]; n++) {
		const struct byteset *s = &r->byte[at - n - 1];

		if ((s->word[0] >> '\n' & 1) != 0)
			break;
		out[n] = ascii_of(s);
		told = n + 1;
	}
	return told;
}

static size_t
find_after(const struct reader *r, size_t at, struct charset *out)
{
	size_t told = 0;

	for (size_t n = 0; n < MARGIN_MAX && at + n < r->n && !r->begins[at + n]; n++) {
		out[n] = ascii_of(&r->byte[at + n]);
		told = tells(&r->byte[at + n]) ? n + 1 : told;
	}
	return told;
}

/* Whether its first bytes may be the last ones of a colour. */
static bool
may_end_colour(struct str phrase)
{
	size_t i = 0;

	while (i < phrase.len && phrase.ptr[i] >= '0' && phrase.ptr[i] <= ';')
		i++;
	return i < phrase.len && phrase.ptr[i] == 'm';
}

bool
outline_margin(struct str pattern, bool fold, struct str phrase, struct margin *out)
{
	struct reader r = { .p = pattern, .fold = fold };
	bool many = read_branches(&r);
	size_t at = 0;

	*out = (struct margin){ .n_before = 0 };
	if (many || r.lost || r.at != pattern.len || may_end_colour(phrase))
		return false;
	while (at < r.n && !is_phrase(&r, at, phrase, fold))
		at++;
	if (at == r.n)
		return false;
	out->n_before = find_before(&r, at, out->before);
	out->n_after = find_after(&r, at + phrase.len, out->after);
	return out->n_before + out->n_after > 0;
}
