/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define CAP_MIN ((size_t)256)

void
hits_init(struct hits *h)
{
	*h = (struct hits){ 0 };
}

void
hits_fini(struct hits *h)
{
	free(h->at);
	*h = (struct hits){ 0 };
}

void
hits_begin(struct hits *h, struct str text)
{
	h->n = 0;
	h->text = text;
	h->line_end = 0;
}

static void
grow(struct hits *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : CAP_MIN;
	size_t *at = realloc(h->at, cap * sizeof(*at));

	if (at == NULL) {
		log_error("scan", "out of memory");
		abort();
	}
	h->at = at;
	h->cap = cap;
}

void
hits_add(struct hits *h, size_t at)
{
	const char *end;

	if (h->n > 0 && at < h->line_end)
		return;
	if (h->n == h->cap)
		grow(h);
	h->at[h->n++] = at;
	end = memchr(h->text.ptr + at, '\n', h->text.len - at);
	h->line_end = end != NULL ? (size_t)(end - h->text.ptr) : h->text.len;
}

static int
hex(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_parameter(char c)
{
	return char_is_digit(c) || c == ';' || c == ':';
}

/* Whether the text before offset at ends with a colour, which was asked before. */
static bool
ends_coloured(struct str text, size_t at)
{
	size_t i = at;

	if (i == 0 || text.ptr[--i] != 'm')
		return false;
	while (i > 0 && is_parameter(text.ptr[i - 1]))
		i--;
	if (i == 0 || text.ptr[--i] != '[')
		return false;
	text = str_sub(text, 0, i);
	return str_ends(text, STR("\x1b")) || str_ends(text, STR("\\u001b")) ||
	       str_ends(text, STR("\\u001B"));
}

/*
 * A colour begins at offset from, its parameters at offset at. What is written with yet
 * another escape is taken for a letter.
 */
static bool
splits_word(struct str text, size_t from, size_t at)
{
	if (from == 0 || !char_is_alnum(text.ptr[from - 1]) || ends_coloured(text, from))
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
	return at < text.len && (char_is_alnum(text.ptr[at]) || text.ptr[at] == '\\');
}

bool
hits_is_colour(struct str text, size_t at)
{
	return splits_word(text, at - (sizeof(HITS_COLOUR) - 1), at);
}

bool
hits_is_escape(struct str text, size_t at)
{
	int high, low;
	char c;

	if (at + 2 > text.len)
		return false;
	high = hex(text.ptr[at]);
	low = hex(text.ptr[at + 1]);
	if (high < 0 || high >= 8 || low < 0)
		return false;
	c = (char)(high * 16 + low);
	if (c != '\x1b')
		return char_is_alnum(c) || c == '\\';
	at += 2;
	return at < text.len && splits_word(text, at - sizeof(HITS_ESCAPE) - 1,
					text.ptr[at] == '[' ? at + 1 : at);
}
