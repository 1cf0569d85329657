/* SPDX-License-Identifier: Apache-2.0 */
#include "match/value.h"

#include <string.h>

#include "base/compiler.h"

#define NAME_MAX_LEN    64
#define REPLACED_MAX    16 /* "[REDACTED]" */
#define PLACEHOLDER_HEX 16
#define TOKEN_MIN_LEN   16 /* a shorter one without digits may be a word of a sentence */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool
is_name(char c)
{
	return char_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* Steps back over blanks, then over a quote and the backslashes that escape it. */
static size_t
name_end(struct str s, size_t at, bool *quoted)
{
	size_t end = at;

	while (end > 0 && at - end < 8 && is_blank(s.ptr[end - 1]))
		end--;
	*quoted = end > 0 && is_quote(s.ptr[end - 1]);
	if (*quoted)
		end--;
	while (*quoted && end > 0 && at - end < 16 && s.ptr[end - 1] == '\\')
		end--;
	return end;
}

static size_t
skip_blanks(struct str s, size_t at)
{
	size_t i = at;

	while (i < s.len && i - at < 16 && is_blank(s.ptr[i]))
		i++;
	return i;
}

enum telling
value_telling(struct str s, size_t at)
{
	bool quoted;
	size_t end, from, next;

	/* Most are in times, addresses and "::". */
	if (at == 0 || (char_is_digit(s.ptr[at - 1]) && s.ptr[at - 1] != '2'))
		return TELLING_NOTHING;
	end = name_end(s, at, &quoted);
	if (!telling_may_end(str_sub(s, 0, end)))
		return TELLING_NOTHING;
	from = end;
	while (from > 0 && end - from < NAME_MAX_LEN && is_name(s.ptr[from - 1]))
		from--;
	next = skip_blanks(s, at + 1);
	/* 'volume "user-token" : secret' is no JSON. */
	if (quoted && next < s.len && char_is_alpha(s.ptr[next]))
		return TELLING_NOTHING;
	return telling_of(str_sub(s, from, end - from));
}

size_t
value_option(struct str s, size_t at, enum telling *telling)
{
	size_t end = at + 2;

	while (end < s.len && end - at < NAME_MAX_LEN && is_name(s.ptr[end]))
		end++;
	*telling = TELLING_NOTHING;
	if (end < s.len && is_blank(s.ptr[end]))
		*telling = telling_of(str_sub(s, at + 2, end - at - 2));
	return *telling == TELLING_NOTHING ? 0 : end;
}

static bool
delimits(struct str s, size_t at)
{
	return at == s.len || strchr(" \t\r\n,}])>;&:|", s.ptr[at]) != NULL ||
	       s.ptr[at] == '\0';
}

/*
 * The end of what a quote opened: the next one like it, as escaped as it was, with a
 * delimiter behind it (O'Hara has none); else any; else the end of the line.
 */
static size_t
quoted_end(struct str s, size_t from, char quote, size_t escapes)
{
	size_t first = SIZE_MAX, slashes = 0, i = from;

	for (; i < s.len && s.ptr[i] != '\n'; i++) {
		if (s.ptr[i] == '\\') {
			slashes++;
			continue;
		}
		if (s.ptr[i] == quote && (slashes == escapes || quote == '\'')) {
			size_t end = slashes == escapes ? i - escapes : i;

			if (delimits(s, i + 1) ||
				(i + 1 < s.len &&
					(s.ptr[i + 1] == '\\' || is_quote(s.ptr[i + 1]))))
				return end;
			if (first == SIZE_MAX)
				first = end;
		}
		slashes = 0;
	}
	return first != SIZE_MAX ? first : i;
}

/* Whether the comma at s[at] ends a value: something else begins behind it. */
static bool
comma_ends(struct str s, size_t at)
{
	size_t i = at + 1;

	if (i == s.len || (unsigned char)s.ptr[i] <= ' ' || is_quote(s.ptr[i]))
		return true;
	while (i < s.len && i - at < NAME_MAX_LEN && is_name(s.ptr[i]))
		i++;
	return i > at + 1 && i < s.len && (s.ptr[i] == '=' || s.ptr[i] == ':');
}

/* As many digits as cards have, or all but the last masked. */
static bool
is_card_shaped(struct str s)
{
	size_t digits = 0, masks = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (char_is_digit(c))
			digits++;
		else if (c == '*' || c == 'x' || c == 'X' || c == '.')
			masks++;
		else if (c != ' ' && c != '-')
			return false;
	}
	if (masks == 0)
		return digits >= 12 && digits <= 19;
	return masks >= 4 && digits >= 1 && digits <= 12;
}

static size_t
bare_end(struct str s, size_t from)
{
	size_t i = from;

	for (; i < s.len; i++) {
		char c = s.ptr[i];

		if ((unsigned char)c <= ' ' || strchr("&;}])\"'<>\\", c) != NULL)
			break;
		if (c == ',' && comma_ends(s, i))
			break;
	}
	return i;
}

/* "Card{", "map[", "&{", "{": what is inside has names of its own. */
static bool
is_structure(struct str bare)
{
	size_t i = 0;

	while (i < bare.len &&
		(is_name(bare.ptr[i]) || bare.ptr[i] == '&' || bare.ptr[i] == '*') &&
		!char_is_digit(bare.ptr[i]))
		i++;
	return i < bare.len && memchr("{[(", bare.ptr[i], 3) != NULL;
}

/* A card number in groups, which no quotes hold together. */
static size_t
card_end(struct str s, size_t from, size_t end)
{
	size_t i = from;

	if (is_card_shaped(str_sub(s, from, end - from)))
		return end;
	while (i < s.len && i - from < 32 &&
		(char_is_digit(s.ptr[i]) || s.ptr[i] == ' ' || s.ptr[i] == '-'))
		i++;
	while (i > from && !char_is_digit(s.ptr[i - 1]))
		i--;
	return i > end ? i : end;
}

/* "Bearer abc", "AWS4-HMAC-SHA256 Credential=..., Signature=...": scheme and the rest. */
static size_t
header_end(struct str s, size_t from, size_t end)
{
	struct str scheme = str_sub(s, from, end - from);
	size_t next = skip_blanks(s, end);

	if (next == end || next == s.len || scheme.len > 20)
		return end;
	if (str_eq_fold(scheme, STR("bearer")) || str_eq_fold(scheme, STR("basic")) ||
		str_eq_fold(scheme, STR("token")) || str_eq_fold(scheme, STR("apikey")))
		return bare_end(s, next);
	if (str_eq_fold(scheme, STR("digest")) || str_eq_fold(scheme, STR("oauth")) ||
		str_starts(scheme, STR("AWS4-")))
		while (next < s.len && s.ptr[next] != '\n')
			next++;
	else
		next = end;
	return next;
}

/* <token:1a2b3c4d5e6f7081>, whose ":" is at at. */
static bool
is_placeholder(struct str s, size_t at)
{
	size_t from = at, i = at + 1;

	while (from > 0 && at - from < 16 &&
		(char_is_alpha(s.ptr[from - 1]) || s.ptr[from - 1] == '-'))
		from--;
	while (i < s.len && i - at <= PLACEHOLDER_HEX && char_is_alnum(s.ptr[i]))
		i++;
	return from > 0 && s.ptr[from - 1] == '<' && i == at + 1 + PLACEHOLDER_HEX &&
	       i < s.len && s.ptr[i] == '>';
}

/* "a=b; c=d; Path=/": the pairs of a cookie header, whose first ends at end. */
static size_t
cookie_end(struct str s, size_t end)
{
	while (end < s.len && s.ptr[end] == ';') {
		size_t from = skip_blanks(s, end + 1), i = from;

		while (i < s.len && i - from < NAME_MAX_LEN && is_name(s.ptr[i]))
			i++;
		if (i == from || i == s.len || s.ptr[i] != '=')
			break;
		end = bare_end(s, i + 1);
	}
	return end;
}

static bool
is_words(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_alpha(s.ptr[i]) && strchr(" _-*.", s.ptr[i]) == NULL)
			return false;
	return true;
}

/* Our own, or somebody else's: <token:1a2b3c4d5e6f7081>, <redacted>, [REDACTED]. */
static bool
is_replaced(struct str s)
{
	char first = s.ptr[0], last = s.ptr[s.len - 1];

	if (first == '[' && last == ']')
		return s.len <= REPLACED_MAX && is_words(str_sub(s, 1, s.len - 2));
	if (first != '<' || last != '>')
		return false;
	for (size_t i = 1; i + 1 < s.len; i++)
		if (!is_name(s.ptr[i]) && s.ptr[i] != ':' && s.ptr[i] != ' ')
			return false;
	return true;
}

/* Go prints the values of a header as a list: Cookie:[a=b; c=d]. */
static bool
find_list(struct str s, size_t from, struct value_place *out)
{
	size_t i = from + 1;

	while (i < s.len && s.ptr[i] != ']' && s.ptr[i] != '\n' && s.ptr[i] != '{')
		i++;
	if (i == s.len || s.ptr[i] != ']' || i == from + 1)
		return false;
	*out = (struct value_place){ from + 1, i };
	return !is_replaced(str_sub(s, from, i + 1 - from));
}

static void
find_bare(struct str s, size_t from, enum telling telling, struct value_place *out)
{
	out->from = from;
	out->to = bare_end(s, from);
	if (telling == TELLING_AUTHORIZATION)
		out->to = header_end(s, from, out->to);
	else if (telling == TELLING_CARD)
		out->to = card_end(s, from, out->to);
	else if (telling == TELLING_COOKIE)
		out->to = cookie_end(s, out->to);
}

bool
value_find(struct str s, size_t at, enum telling telling, struct value_place *out)
{
	size_t from = skip_blanks(s, at + 1), escapes = 0;
	bool sentence = from > at + 1 && s.ptr[at] == ':';

	if (is_placeholder(s, at))
		return false;
	while (from + escapes < s.len && escapes < 8 && s.ptr[from + escapes] == '\\')
		escapes++;
	if (from + escapes < s.len && is_quote(s.ptr[from + escapes])) {
		out->from = from + escapes + 1;
		out->to = quoted_end(s, out->from, s.ptr[from + escapes], escapes);
		sentence = false;
	} else if (telling != TELLING_CARD && telling != TELLING_CODE && from < s.len &&
		   s.ptr[from] == '[' && find_list(s, from, out)) {
		sentence = false;
	} else {
		find_bare(s, from, telling, out);
		if (is_structure(str_sub(s, from, out->to - from)))
			return false;
	}
	return value_is_secret(
		str_sub(s, out->from, out->to - out->from), telling, !sentence);
}

size_t
value_trace_end(struct str s, size_t at)
{
	size_t i = skip_blanks(s, at + 1);

	while (i < s.len && i - at < 16 && (is_quote(s.ptr[i]) || s.ptr[i] == '\\'))
		i++;
	while (i < s.len && i - at < NAME_MAX_LEN && char_is_alnum(s.ptr[i]))
		i++;
	return i;
}

static bool
is_nothing(struct str s)
{
	static const struct str words[] = { STR_INIT("null"), STR_INIT("nil"),
		STR_INIT("none"), STR_INIT("undefined"), STR_INIT("true"),
		STR_INIT("false"), STR_INIT("<nil>"), STR_INIT("0") };
	size_t masks = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_fold(s, words[i]))
			return true;
	while (masks < s.len && s.ptr[masks] == '*')
		masks++;
	return masks == s.len;
}

static bool
is_tokenish(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (char_is_digit(s.ptr[i]))
			return true;
	return s.len >= TOKEN_MIN_LEN;
}

bool
value_is_secret(struct str value, enum telling telling, bool sure)
{
	size_t digits = 0;

	if (is_nothing(value))
		return false;
	switch (telling) {
	case TELLING_CARD:
		return is_card_shaped(value);
	case TELLING_CODE:
		while (digits < value.len && char_is_digit(value.ptr[digits]))
			digits++;
		return digits == value.len && digits >= 3 && digits <= 4;
	case TELLING_PASSWORD:
	case TELLING_AUTHORIZATION:
		return !is_replaced(value);
	case TELLING_COOKIE:
	case TELLING_TOKEN:
		return !is_replaced(value) && (sure || is_tokenish(value));
	case TELLING_NOTHING:
	case TELLING_TRACE:
		break;
	}
	return false;
}
