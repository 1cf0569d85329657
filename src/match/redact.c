/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the text. A table of bytes says where something may begin; all others are
 * copied in runs. Values of telling names are found from their "=" or ":" backwards.
 */
#include "match/redact.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "match/card.h"
#include "match/secret.h"
#include "match/telling.h"
#include "match/value.h"

#define PREFIX_WORD_MAX 8 /* letters before the first "_" or "-" of a known prefix */

enum trigger {
	TRIGGER_NONE,
	TRIGGER_DIGIT,
	TRIGGER_WORD,
	TRIGGER_INSIDE,
	TRIGGER_NAME,
	TRIGGER_AT,
	TRIGGER_PERCENT,
	TRIGGER_HYPHEN
};

static const unsigned char triggers[256] = {
	['0'] = TRIGGER_DIGIT,
	['1'] = TRIGGER_DIGIT,
	['2'] = TRIGGER_DIGIT,
	['3'] = TRIGGER_DIGIT,
	['4'] = TRIGGER_DIGIT,
	['5'] = TRIGGER_DIGIT,
	['6'] = TRIGGER_DIGIT,
	['7'] = TRIGGER_DIGIT,
	['8'] = TRIGGER_DIGIT,
	['9'] = TRIGGER_DIGIT,
	/* "Bearer", "AKIA"; "eyJ", "SG.", "sk_", and so on: the rarest letter of each */
	['b'] = TRIGGER_WORD,
	['B'] = TRIGGER_WORD,
	['A'] = TRIGGER_WORD,
	['J'] = TRIGGER_INSIDE,
	['G'] = TRIGGER_INSIDE,
	['_'] = TRIGGER_INSIDE,
	['='] = TRIGGER_NAME,
	[':'] = TRIGGER_NAME,
	['@'] = TRIGGER_AT,
	['%'] = TRIGGER_PERCENT,
	['-'] = TRIGGER_HYPHEN,
};

struct redactor {
	struct buf *out;
	struct str s;
	size_t from; /* what is before it has been copied or replaced */
	bool hit;
	bool no_cards;
};

static void
add_placeholder(struct buf *out, const char *kind_z, struct str value)
{
	buf_printf(out, "<%s:%08" PRIx32 ">", kind_z, (uint32_t)hash_stable(value));
}

/* Replaces s[from, to) and goes on behind it. */
static size_t
replace(struct redactor *r, size_t from, size_t to, const char *kind_z)
{
	buf_add(r->out, str_sub(r->s, r->from, from - r->from));
	add_placeholder(r->out, kind_z, str_sub(r->s, from, to - from));
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
	add_placeholder(r->out, "card", (struct str){ card->digit, card->n });
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
	size_t end = at, len = 0;

	while (end < r->s.len && char_is_digit(r->s.ptr[end]))
		end++;
	if (!r->no_cards && (end - at == 4 || end - at >= CARD_DIGITS_MIN))
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

/* A secret whose word begins a few letters before at. */
static bool
try_inside(struct redactor *r, size_t at, struct secret *found)
{
	size_t start = at;

	while (start > r->from && at - start < PREFIX_WORD_MAX &&
		char_is_alnum(r->s.ptr[start - 1]))
		start--;
	return start < at && starts_word(r, start) && secret_word(r->s, start, found);
}

static size_t
step(struct redactor *r, size_t at, enum trigger trigger)
{
	struct secret found;

	switch (trigger) {
	case TRIGGER_DIGIT:
		return try_digit(r, at);
	case TRIGGER_NAME:
		return try_name(r, at);
	case TRIGGER_WORD:
		if (starts_word(r, at) && secret_word(r->s, at, &found))
			return replace_secret(r, &found);
		break;
	case TRIGGER_INSIDE:
		if (try_inside(r, at, &found))
			return replace_secret(r, &found);
		break;
	case TRIGGER_AT:
		if (secret_email(r->s, at, 1, r->from, &found))
			return replace_secret(r, &found);
		break;
	case TRIGGER_PERCENT:
		if (str_starts(str_sub(r->s, at, 3), STR("%40")) &&
			secret_email(r->s, at, 3, r->from, &found))
			return replace_secret(r, &found);
		break;
	case TRIGGER_HYPHEN:
		if (try_inside(r, at, &found))
			return replace_secret(r, &found);
		if (at + 1 == r->s.len || r->s.ptr[at + 1] != '-')
			break;
		if (secret_pem(r->s, at, &found))
			return replace_secret(r, &found);
		return try_option(r, at);
	case TRIGGER_NONE:
		break;
	}
	return at + 1;
}

static bool
redact(struct buf *out, struct str text, bool no_cards)
{
	struct redactor r = { .out = out, .s = text, .no_cards = no_cards };
	size_t at = 0;

	for (;;) {
		while (at < text.len &&
			triggers[(unsigned char)text.ptr[at]] == TRIGGER_NONE)
			at++;
		if (at >= text.len)
			break;
		at = step(&r, at, (enum trigger)triggers[(unsigned char)text.ptr[at]]);
	}
	buf_add(out, str_sub(text, r.from, text.len - r.from));
	return r.hit;
}

bool
redact_text(struct buf *out, struct str text)
{
	return redact(out, text, false);
}

bool
redact_value(struct buf *out, struct str name, struct str value)
{
	struct redactor r = { .out = out, .s = value };
	enum telling telling = telling_of(name);
	struct value_place whole = { .from = 0, .to = value.len };

	if (telling == TELLING_NOTHING || telling == TELLING_TRACE)
		return redact(out, value, telling == TELLING_TRACE);
	if (!value_is_secret(value, telling, true))
		return redact(out, value, false);
	replace_value(&r, &whole, telling);
	buf_add(out, str_sub(value, r.from, value.len - r.from));
	return r.hit;
}
