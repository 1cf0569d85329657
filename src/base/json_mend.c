/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two walks over JSON text that know strings, brackets and numbers and nothing else.
 */
#include "base/json_mend.h"

#include <stdint.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of a number or of a word. */
static bool
is_token(char c)
{
	return char_is_alnum(c) || c == '-' || c == '+' || c == '.';
}

/* Position behind the string that opens at i, or SIZE_MAX when it is not closed. */
static size_t
skip_string(struct str s, size_t i)
{
	for (i++; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i + 1;
	}
	return SIZE_MAX;
}

static size_t
skip_token(struct str s, size_t i)
{
	while (i < s.len && is_token(s.ptr[i]))
		i++;
	return i;
}

struct json_extent
json_extent(struct str text)
{
	struct json_extent x = { 0 };
	size_t i = 0, depth = 0;

	while (i < text.len && is_space(text.ptr[i]))
		i++;
	x.start = i;
	x.end = text.len;
	while (i < text.len) {
		char c = text.ptr[i];

		if (c == '"')
			i = skip_string(text, i);
		else if (is_token(c))
			i = skip_token(text, i);
		else
			i++;
		if (i == SIZE_MAX)
			break;
		if (c == '[' || c == '{')
			depth++;
		if ((c == ']' || c == '}') && depth > 0)
			depth--;
		if (depth > x.depth_max)
			x.depth_max = depth;
		if (depth == 0) {
			x.end = i;
			x.closed = true;
			break;
		}
	}
	return x;
}

/* A number by JSON's grammar that neither int64_t nor double holds. */
static bool
is_too_large(struct str s)
{
	size_t i = str_starts(s, STR("-")) ? 1 : 0;
	size_t whole = str_skip_digits(s, i), end;
	int64_t v;
	double real;

	if (whole == i || (s.ptr[i] == '0' && whole > i + 1))
		return false;
	if (whole == s.len)
		return !str_to_i64(s, INT64_MIN, INT64_MAX, &v);
	i = whole;
	if (s.ptr[i] == '.') {
		end = str_skip_digits(s, i + 1);
		if (end == i + 1)
			return false;
		i = end;
	}
	if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
		i++;
		if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
			i++;
		end = str_skip_digits(s, i);
		if (end == i)
			return false;
		i = end;
	}
	return i == s.len && !str_to_double(s, &real);
}

/* The code unit of a \uXXXX at the start of s, or -1. */
static int
code_unit(struct str s)
{
	int v = 0;

	if (s.len < 6 || s.ptr[0] != '\\' || s.ptr[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = char_hex(s.ptr[i]);

		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static bool
is_high(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool
is_low(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Mends the escape at the start of s; the bytes it took. */
static size_t
mend_escape(struct str s, struct buf *b, bool *changed)
{
	int unit = code_unit(s);

	if (unit < 0) {
		buf_add(b, str_sub(s, 0, 2));
		return s.len < 2 ? s.len : 2;
	}
	if (is_high(unit) && is_low(code_unit(str_sub(s, 6, 6)))) {
		buf_add(b, str_sub(s, 0, 12));
		return 12;
	}
	if (unit == 0 || is_high(unit) || is_low(unit)) {
		buf_add(b, STR("\\ufffd"));
		*changed = true;
	} else {
		buf_add(b, str_sub(s, 0, 6));
	}
	return 6;
}

/* Mends the byte or character at the start of s, inside a string; the bytes it took. */
static size_t
mend_char(struct str s, struct buf *b, bool *changed)
{
	unsigned char c = (unsigned char)s.ptr[0];
	size_t len = str_utf8_len(str_sub(s, 0, 4));

	if (c == '\\' && s.len > 1 && (unsigned char)s.ptr[1] < 0x80)
		return mend_escape(s, b, changed);
	if (len == 0 || c == 0) {
		buf_add(b, STR("\xef\xbf\xbd"));
		*changed = true;
		return 1;
	}
	/* a line end in a string is a string that was cut short, which is left to fail */
	if (c < 0x20 && c != '\n' && c != '\r') {
		buf_printf(b, "\\u%04x", (unsigned)c);
		*changed = true;
		return 1;
	}
	buf_add(b, str_sub(s, 0, len));
	return len;
}

static size_t
mend_string(struct str s, struct buf *b, bool *changed)
{
	size_t i = 1;

	buf_add_char(b, '"');
	while (i < s.len && s.ptr[i] != '"')
		i += mend_char(str_sub(s, i, s.len), b, changed);
	if (i < s.len) {
		buf_add_char(b, '"');
		i++;
	}
	return i;
}

bool
json_mend(struct str text, struct buf *b)
{
	bool changed = false;
	size_t i = 0;

	while (i < text.len && !buf_failed(b)) {
		size_t end = skip_token(text, i);
		struct str token = str_sub(text, i, end - i);

		if (text.ptr[i] == '"') {
			i += mend_string(str_sub(text, i, text.len), b, &changed);
		} else if (token.len > 0 && is_too_large(token)) {
			buf_printf(b, "\"%.*s\"", STR_ARG(token));
			changed = true;
			i = end;
		} else if (token.len > 0) {
			buf_add(b, token);
			i = end;
		} else {
			buf_add_char(b, text.ptr[i++]);
		}
	}
	return changed;
}
