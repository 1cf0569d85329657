/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the places where something may begin (match/finder.h); what is between
 * them is copied in runs, and nothing is copied as long as nothing is found. Values of
 * telling names are found from their "=" or ":" backwards.
 */
#include "match/redact.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "match/card.h"
#include "match/finder.h"
#include "match/secret.h"
#include "match/telling.h"
#include "match/value.h"

struct redactor {
	struct hash_key key;
	struct buf *out;
	struct str s;
	size_t from; /* what is before it has been copied or replaced */
	bool hit;
	bool no_cards;
};

static void
add_placeholder(struct redactor *r, const char *kind_z, struct str value)
{
	buf_printf(r->out, "<%s:%016" PRIx64 ">", kind_z, hash_bytes(r->key, value));
}

/* Replaces s[from, to) and goes on behind it. */
static size_t
replace(struct redactor *r, size_t from, size_t to, const char *kind_z)
{
	buf_add(r->out, str_sub(r->s, r->from, from - r->from));
	add_placeholder(r, kind_z, str_sub(r->s, from, to - from));
	r->from = to;
	r->hit = true;
	return to;
}

static size_t
replace_secret(struct redactor *r, const struct secret *found)
{
	return replace(r, found->from, found->to, found->kind_z);
}

/* Whatever the grouping, the same card is the same placeholder. */
static size_t
replace_card(struct redactor *r, size_t at, size_t len, const struct card *card)
{
	buf_add(r->out, str_sub(r->s, r->from, at - r->from));
	add_placeholder(r, "card", (struct str){ card->digit, card->n });
	r->from = at + len;
	r->hit = true;
	return r->from;
}

/* A check number has a thousand values: its hash would tell it. */
static size_t
replace_code(struct redactor *r, size_t from, size_t to)
{
	buf_add(r->out, str_sub(r->s, r->from, from - r->from));
	buf_add(r->out, STR("<cvv>"));
	r->from = to;
	r->hit = true;
	return to;
}

static bool
card_digits(struct str s, struct card *card)
{
	card->n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (!char_is_digit(s.ptr[i]))
			continue;
		if (card->n == CARD_DIGITS_MAX)
			return false;
		card->digit[card->n++] = s.ptr[i];
	}
	return true;
}

static size_t
replace_value(struct redactor *r, const struct value_place *v, enum telling telling)
{
	struct card card;

	switch (telling) {
	case TELLING_CODE:
		return replace_code(r, v->from, v->to);
	case TELLING_CARD:
		if (!card_digits(str_sub(r->s, v->from, v->to - v->from), &card))
			return v->to;
		return replace_card(r, v->from, v->to - v->from, &card);
	case TELLING_PASSWORD:
		return replace(r, v->from, v->to, "password");
	case TELLING_TOKEN:
	case TELLING_COOKIE:
	case TELLING_AUTHORIZATION:
		return replace(r, v->from, v->to, "token");
	case TELLING_NOTHING:
	case TELLING_TRACE:
		break;
	}
	return v->to;
}

/* s[at] is "=" or ":". Returns where to go on. */
static size_t
try_name(struct redactor *r, size_t at)
{
	struct value_place v;
	struct secret url;
	enum telling telling;

	if (r->s.ptr[at] == ':' && at + 1 < r->s.len && r->s.ptr[at + 1] == '/' &&
		secret_url(r->s, at, &url))
		return replace_secret(r, &url);
	telling = value_telling(r->s, at);
	if (telling == TELLING_TRACE)
		return value_trace_end(r->s, at);
	if (telling == TELLING_NOTHING || !value_find(r->s, at, telling, &v))
		return at + 1;
	return replace_value(r, &v, telling);
}

static bool
starts_word(const struct redactor *r, size_t at)
{
	return at == 0 || (!char_is_alnum(r->s.ptr[at - 1]) && r->s.ptr[at - 1] != '_');
}

static size_t
try_digit(struct redactor *r, size_t at)
{
	struct card card;
	size_t end = at, run, len = 0;

	while (end < r->s.len && char_is_digit(r->s.ptr[end]))
		end++;
	run = end - at;
	if (!r->no_cards &&
		(run == 4 || (run >= CARD_DIGITS_MIN && run <= CARD_DIGITS_MAX)))
		len = card_at(r->s, at, &card);
	return len > 0 ? replace_card(r, at, len, &card) : end;
}

/* "--password hunter2" */
static size_t
try_option(struct redactor *r, size_t at)
{
	struct value_place v;
	enum telling telling;
	size_t end;

	if (!str_starts(str_sub(r->s, at, 2), STR("--")) || !starts_word(r, at))
		return at + 1;
	end = value_option(r->s, at, &telling);
	if (end == 0 || !value_find(r->s, end, telling, &v))
		return at + 1;
	return replace_value(r, &v, telling);
}

static size_t
try_hyphens(struct redactor *r, size_t at)
{
	struct secret found;
	size_t end = at;

	if (secret_pem(r->s, at, &found))
		return replace_secret(r, &found);
	while (end < r->s.len && r->s.ptr[end] == '-')
		end++;
	return end == at + 2 ? try_option(r, at) : end;
}

/* Returns where to go on, behind at. */
static size_t
step(struct redactor *r, size_t at)
{
	struct secret found;
	char c = r->s.ptr[at];

	if (char_is_digit(c))
		return try_digit(r, at);
	switch (c) {
	case '=':
	case ':':
		return try_name(r, at);
	case '-':
		return try_hyphens(r, at);
	case '@':
		if (secret_email(r->s, at, 1, r->from, &found))
			return replace_secret(r, &found);
		break;
	case '%':
		if (str_starts(str_sub(r->s, at, 3), STR("%40")) &&
			secret_email(r->s, at, 3, r->from, &found))
			return replace_secret(r, &found);
		break;
	default:
		if (secret_word(r->s, at, &found))
			return replace_secret(r, &found);
	}
	return at + 1;
}

/* Behind what was replaced the text begins anew. */
static struct str
finish(struct redactor *r)
{
	if (!r->hit)
		return r->s;
	buf_add(r->out, str_sub(r->s, r->from, r->s.len - r->from));
	return buf_str(r->out);
}

static struct str
redact(struct redactor *r)
{
	struct finder f;
	size_t at;

	buf_reset(r->out);
	finder_init(&f, r->s);
	at = finder_next(&f, 0);
	while (at != SIZE_MAX)
		at = finder_next(&f, step(r, at));
	return finish(r);
}

struct str
redact_text(struct hash_key key, struct buf *out, struct str text)
{
	struct redactor r = { .key = key, .out = out, .s = text };

	return redact(&r);
}

#define TEN     1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define LETTERS TEN, TEN, 1, 1, 1, 1, 1, 1

static const unsigned char harmless[256] = {
	['.'] = 1,
	['0'] = TEN,
	['A'] = LETTERS,
	['_'] = 1,
	['a'] = LETTERS,
};

/* Too short for a card, a token or a key, and no byte of anything else. */
bool
redact_is_harmless(struct str value)
{
	unsigned char all = 1;

	if (value.len >= CARD_DIGITS_MIN)
		return false;
	for (size_t i = 0; i < value.len; i++)
		all &= harmless[(unsigned char)value.ptr[i]];
	return all == 1;
}

bool
redact_is_telling(enum telling telling, struct str value)
{
	return telling != TELLING_NOTHING && telling != TELLING_TRACE &&
	       value_is_secret(value, telling, true);
}

struct str
redact_value(struct hash_key key, struct buf *out, enum telling telling, struct str value)
{
	struct redactor r = { .key = key, .out = out, .s = value };
	struct value_place whole = { .from = 0, .to = value.len };

	buf_reset(out);
	if (!redact_is_telling(telling, value)) {
		r.no_cards = telling == TELLING_TRACE;
		return redact_is_harmless(value) ? value : redact(&r);
	}
	replace_value(&r, &whole, telling);
	return finish(&r);
}

/* Part of a longer word or number it is something else. */
static bool
stands_alone(struct str text, size_t at, size_t len)
{
	return (at == 0 || !char_is_alnum(text.ptr[at - 1])) &&
	       (at + len == text.len || !char_is_alnum(text.ptr[at + len]));
}

struct str
redact_known(struct hash_key key, struct buf *out, enum telling telling, struct str value,
	struct str text)
{
	struct redactor r = { .key = key, .out = out, .s = text };
	size_t at = 0, next;

	buf_reset(out);
	while (value.len > 0 &&
		(next = str_find(str_sub(text, at, text.len), value)) != SIZE_MAX) {
		struct value_place v = { .from = at + next, .to = at + next + value.len };

		at = v.to;
		if (stands_alone(text, v.from, value.len))
			at = replace_value(&r, &v, telling);
		else
			at = v.from + 1;
	}
	return finish(&r);
}
