/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/colours.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX ((size_t)64 << 10)

static bool
is_parameter(char c)
{
	return char_is_digit(c) || c == ';' || c == ':';
}

size_t
colours_before(struct str text, size_t at)
{
	size_t i = at;

	if (i == 0 || text.ptr[--i] != 'm')
		return SIZE_MAX;
	while (i > 0 && is_parameter(text.ptr[i - 1]))
		i--;
	if (i == 0 || text.ptr[--i] != '[')
		return SIZE_MAX;
	text = str_sub(text, 0, i);
	if (str_ends(text, STR("\x1b")))
		return i - 1;
	return str_ends(text, STR("\\u001b")) || str_ends(text, STR("\\u001B"))
		       ? i - 6
		       : SIZE_MAX;
}

/* Whether a letter or a digit may begin at offset at, written as an escape perhaps. */
static bool
may_be_letter(struct str text, size_t at)
{
	if (at >= text.len)
		return false;
	if (text.ptr[at] != '\\')
		return char_is_alnum(text.ptr[at]);
	if (at + 1 == text.len)
		return true;
	switch (text.ptr[at + 1]) {
	case 'n':
	case 'r':
	case 't':
	case 'b':
	case 'f':
	case '"':
	case '/':
		return false;
	default:
		return true;
	}
}

bool
colours_split_word(struct str text, size_t from, size_t at)
{
	if (from == 0 ||
		(!char_is_alnum(text.ptr[from - 1]) && text.ptr[from - 1] != '/'))
		return false;
	for (;;) {
		while (at < text.len && is_parameter(text.ptr[at]))
			at++;
		if (at == text.len || text.ptr[at] != 'm')
			return at < text.len && text.ptr[at] == '\\';
		at++;
		if (!str_starts(str_sub(text, at, text.len), STR(HITS_COLOUR)))
			break;
		at += sizeof(HITS_COLOUR) - 1;
	}
	/* The colour before, which was asked already, ends with a letter, too. */
	return may_be_letter(text, at) && colours_before(text, from) == SIZE_MAX;
}

void
colours_add(struct hits *h, size_t at)
{
	if (str_starts(str_sub(h->text, at, h->text.len), STR(HITS_COLOUR)) &&
		colours_split_word(h->text, at, at + sizeof(HITS_COLOUR) - 1))
		hits_add(h, at, HIT_ALL);
}

void
colours_find(struct hits *h)
{
	struct str text = h->text;

	for (size_t at = 0; at < text.len; at++) {
		size_t esc = str_find_char(str_sub(text, at, text.len), '\x1b');

		if (esc == SIZE_MAX)
			break;
		at += esc;
		if (at > 0 && char_is_alnum(text.ptr[at - 1]))
			colours_add(h, at);
	}
}

void
colours_line_fini(struct colours_line *l)
{
	free(l->text);
	*l = (struct colours_line){ 0 };
}

size_t
colours_len(struct str s)
{
	size_t n;

	if (str_starts(s, STR(HITS_COLOUR)))
		n = sizeof(HITS_COLOUR) - 1;
	else if (str_starts(s, STR("\\u001b[")) || str_starts(s, STR("\\u001B[")))
		n = sizeof("\\u001b[") - 1;
	else
		return 0;
	while (n < s.len && is_parameter(s.ptr[n]))
		n++;
	return n < s.len && s.ptr[n] == 'm' ? n + 1 : 0;
}

/* Where something begins that a phrase may be torn by. */
static size_t
find_tear(struct str s, bool escaped)
{
	size_t esc = str_find_char(s, '\x1b');
	size_t back = escaped ? str_find_char(str_sub(s, 0, esc), '\\') : SIZE_MAX;

	return back != SIZE_MAX ? back : esc;
}

/* Length of what is left out at the start of s: a colour, or what escapes a slash. */
static size_t
left_out(struct str s)
{
	return str_starts(s, STR(HITS_SLASH)) ? 1 : colours_len(s);
}

/* False: it is too long, or has escapes of its own. */
static bool
set_line(struct colours_line *l, struct str s)
{
	bool escaped = str_find_char(s, '\\') != SIZE_MAX;

	l->len = 0;
	if (s.len > LINE_MAX)
		return false;
	if (l->text == NULL)
		l->text = malloc(LINE_MAX);
	if (l->text == NULL)
		return false;
	while (s.len > 0) {
		size_t pos = find_tear(s, escaped);
		size_t plain = pos == SIZE_MAX ? s.len : pos;
		size_t skip;

		for (size_t i = 0; i < plain; i++)
			l->text[l->len + i] = char_lower(s.ptr[i]);
		l->len += plain;
		s = str_sub(s, plain, s.len);
		skip = left_out(s);
		/* A backslash that is escaped: of an escape within a JSON body. */
		if (skip == 0 &&
			(str_starts(s, STR(HITS_ESCAPE)) || str_starts(s, STR("\\\\"))))
			return false;
		if (skip == 0 && s.len > 0)
			l->text[l->len++] = char_lower(s.ptr[skip++]);
		s = str_sub(s, skip, s.len);
	}
	return true;
}

static struct str
line_of(struct str text, size_t at, size_t *end)
{
	size_t before = str_rfind_char(str_sub(text, 0, at), '\n');
	size_t from = before == SIZE_MAX ? 0 : before + 1;
	size_t len = str_find_char(str_sub(text, at, text.len), '\n');

	*end = len == SIZE_MAX ? text.len : at + len;
	return str_sub(text, from, *end - from);
}

void
colours_sift(struct colours_line *l, struct hits *h, const struct str *phrase)
{
	size_t kept = 0, end = 0;
	bool known = false;

	for (size_t i = 0; i < h->n; i++) {
		struct hit hit = h->hit[i];

		if (i == 0 || hit.at >= end)
			known = set_line(l, line_of(h->text, hit.at, &end));
		if (!known || hit.cue == HIT_ALL ||
			str_find(phrase[hit.cue], STR("u00")) != SIZE_MAX ||
			str_find((struct str){ l->text, l->len }, phrase[hit.cue]) !=
				SIZE_MAX)
			h->hit[kept++] = hit;
	}
	h->n = kept;
}
