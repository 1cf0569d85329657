/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/byteset.h"

#include <string.h>

static void
add_byte(struct byteset *s, unsigned char c)
{
	s->word[c / 64] |= UINT64_C(1) << c % 64;
}

static void
add_range(struct byteset *s, unsigned char from, unsigned char to)
{
	for (unsigned c = from; c <= to; c++)
		add_byte(s, (unsigned char)c);
}

static void
negate(struct byteset *s)
{
	for (size_t i = 0; i < 4; i++)
		s->word[i] = ~s->word[i];
}

void
byteset_add(struct byteset *to, const struct byteset *more)
{
	for (size_t i = 0; i < 4; i++)
		to->word[i] |= more->word[i];
}

bool
byteset_overlap(const struct byteset *a, const struct byteset *b)
{
	for (size_t i = 0; i < 4; i++)
		if ((a->word[i] & b->word[i]) != 0)
			return true;
	return false;
}

static void
add_spaces(struct byteset *s)
{
	add_byte(s, ' ');
	add_range(s, '\t', '\r');
}

static void
add_word(struct byteset *s)
{
	add_range(s, '0', '9');
	add_range(s, 'A', 'Z');
	add_range(s, 'a', 'z');
	add_byte(s, '_');
}

/* \d, \w and the like. False: c names no such set. */
static bool
add_named(struct byteset *s, char c)
{
	struct byteset some = { { 0 } };

	switch (char_lower(c)) {
	case 'd':
		add_range(&some, '0', '9');
		break;
	case 'w':
		add_word(&some);
		break;
	case 's':
		add_spaces(&some);
		break;
	case 'h':
		add_byte(&some, ' ');
		add_byte(&some, '\t');
		break;
	case 'v':
		add_range(&some, '\n', '\r');
		break;
	default:
		return false;
	}
	if (c != char_lower(c))
		negate(&some);
	byteset_add(s, &some);
	return true;
}

/* The byte of the escape \c, of which *at is behind c; -1: many, or not known. */
static int
escaped_byte(struct str p, size_t *at, char c)
{
	static const char letters[] = "nrtfea", bytes[] = "\n\r\t\f\x1b\a";
	const char *letter = strchr(letters, c);
	int high, low;

	if (c == 'x' && *at + 2 <= p.len) {
		high = char_hex(p.ptr[*at]);
		low = char_hex(p.ptr[*at + 1]);
		*at += high >= 0 && low >= 0 ? 2 : 0;
		return high >= 0 && low >= 0 ? high * 16 + low : -1;
	}
	if (c != '\0' && letter != NULL)
		return (unsigned char)bytes[letter - letters];
	return char_is_alnum(c) ? -1 : (unsigned char)c;
}

/* Behind "{...}", if that is there: what \p and the like are about. */
static void
skip_braces(struct str p, size_t *at)
{
	size_t n;

	if (*at == p.len || p.ptr[*at] != '{')
		return;
	n = str_find_char(str_sub(p, *at, p.len), '}');
	*at = n != SIZE_MAX ? *at + n + 1 : p.len;
}

static bool
read_escape(struct str p, size_t *at, struct byteset *out)
{
	char c = *at + 1 < p.len ? p.ptr[*at + 1] : '\\';
	int byte;

	*at += 2;
	if (*at > p.len)
		*at = p.len;
	if (c != '\0' && strchr("bBAzZGK", c) != NULL)
		return false;
	if (add_named(out, c))
		return true;
	byte = escaped_byte(p, at, c);
	if (byte >= 0) {
		add_byte(out, (unsigned char)byte);
	} else {
		skip_braces(p, at);
		negate(out);
	}
	return true;
}

/* [:alpha:] and the like, of which nothing more is known: all bytes. */
static bool
read_posix(struct str p, size_t *at, struct byteset *out)
{
	size_t n;

	if (*at + 1 >= p.len || p.ptr[*at] != '[' || p.ptr[*at + 1] != ':')
		return false;
	n = str_find(str_sub(p, *at, p.len), STR(":]"));
	if (n == SIZE_MAX)
		return false;
	*at += n + 2;
	memset(out, 0xff, sizeof(*out));
	return true;
}

/* One character of a class; -1: it was a set. */
static int
read_member(struct str p, size_t *at, struct byteset *out)
{
	struct byteset one = { { 0 } };
	size_t from = *at;
	char c;

	if (read_posix(p, at, out))
		return -1;
	if (p.ptr[*at] != '\\')
		return (unsigned char)p.ptr[(*at)++];
	c = *at + 1 < p.len ? p.ptr[*at + 1] : '\\';
	*at = from + 2 < p.len ? from + 2 : p.len;
	if (c == 'b')
		return '\b';
	if (!add_named(&one, c)) {
		int byte = escaped_byte(p, at, c);

		if (byte >= 0)
			return byte;
		skip_braces(p, at);
		negate(&one);
	}
	byteset_add(out, &one);
	return -1;
}

static void
fold_case(struct byteset *s)
{
	const uint64_t letters = UINT64_C(0x07fffffe);
	uint64_t both = (s->word[1] | s->word[1] >> 32) & letters;

	s->word[1] |= both | both << 32;
}

static void
read_class(struct str p, size_t *at, bool fold, struct byteset *out)
{
	bool not = *at + 1 < p.len && p.ptr[*at + 1] == '^';
	size_t first;

	*at += not ? 2 : 1;
	first = *at;
	while (*at < p.len && (p.ptr[*at] != ']' || *at == first)) {
		int from = read_member(p, at, out), to = from;

		if (from >= 0 && *at + 1 < p.len && p.ptr[*at] == '-' &&
			p.ptr[*at + 1] != ']') {
			++*at;
			to = read_member(p, at, out);
		}
		if (from >= 0)
			add_byte(out, (unsigned char)from);
		if (from >= 0 && to > from)
			add_range(out, (unsigned char)from, (unsigned char)to);
	}
	*at += *at < p.len;
	if (fold)
		fold_case(out);
	if (not )
		negate(out);
}

bool
byteset_read(struct str p, size_t *at, bool fold, struct byteset *out)
{
	char c = p.ptr[*at];

	*out = (struct byteset){ { 0 } };
	if (c == '^' || c == '$') {
		++*at;
		return false;
	}
	if (c == '[') {
		read_class(p, at, fold, out);
		return true;
	}
	if (c == '\\') {
		if (!read_escape(p, at, out))
			return false;
		if (fold)
			fold_case(out);
		return true;
	}
	++*at;
	if (c == '.')
		negate(out);
	else
		add_byte(out, (unsigned char)c);
	if (fold)
		fold_case(out);
	return true;
}
