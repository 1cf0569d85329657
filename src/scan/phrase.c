/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/phrase.h"

#include "scan/colours.h"

#define UNSURE SIZE_MAX

/* Bytes at offset at, before c of the phrase, that are none of it: 0, or UNSURE. */
static size_t
gap_at(struct str text, size_t at, char c)
{
	struct str rest = str_sub(text, at, text.len);
	size_t n;

	if (rest.len < 2 || (rest.ptr[0] != '\x1b' && rest.ptr[0] != '\\'))
		return 0;
	n = colours_len(rest);
	if (n > 0 || rest.ptr[0] != '\\')
		return n;
	if (rest.ptr[1] == '/')
		return c == '/' ? 1 : 0;
	return rest.ptr[1] == 'u' || rest.ptr[1] == '\\' ? UNSURE : 0;
}

/* Bytes that end before offset at, where c of the phrase is. */
static size_t
gap_before(struct str text, size_t at, char c)
{
	size_t from = colours_before(text, at);

	if (from != SIZE_MAX)
		return at - from;
	if (text.ptr[at - 1] == '\\')
		return c == '/' ? 1 : 0;
	return at >= 6 && text.ptr[at - 6] == '\\' && text.ptr[at - 5] == 'u' ? UNSURE
									      : 0;
}

static bool
is_same(char text, char phrase, bool cased)
{
	return (cased ? text : char_lower(text)) == phrase;
}

static bool
ends_well(struct str text, size_t at, struct str rest, bool cased)
{
	for (size_t i = 0; i < rest.len;) {
		size_t gap;

		if (at == text.len)
			return false;
		if (is_same(text.ptr[at], rest.ptr[i], cased)) {
			at++;
			i++;
			continue;
		}
		gap = gap_at(text, at, rest.ptr[i]);
		if (gap == 0 || gap == UNSURE)
			return gap == UNSURE;
		at += gap;
	}
	return true;
}

/* A colour ends with a letter, so it is looked for before that letter is taken. */
static bool
begins_well(struct str text, size_t at, struct str phrase, bool cased, size_t off)
{
	for (size_t i = off; i > 0;) {
		bool same, m;
		size_t gap;

		if (at == 0)
			return false;
		same = is_same(text.ptr[at - 1], phrase.ptr[i - 1], cased);
		m = text.ptr[at - 1] == 'm';
		gap = same && !m ? 0 : gap_before(text, at, phrase.ptr[i]);
		if (gap == UNSURE || (gap == 0 && !same))
			return gap == UNSURE;
		at -= gap > 0 ? gap : 1;
		i -= gap == 0;
	}
	return true;
}

/* Nothing tears it; a byte of it may still belong to a colour before it. */
static bool
is_whole(struct str text, size_t at, struct str phrase, bool cased, size_t off)
{
	struct str there = str_sub(text, at - off, phrase.len);

	return at >= off && (cased ? str_eq(there, phrase) : str_eq_fold(there, phrase));
}

bool
phrase_stands(struct str text, size_t at, struct str phrase, bool cased, size_t off)
{
	if (is_whole(text, at, phrase, cased, off))
		return true;
	return ends_well(text, at, str_sub(phrase, off, phrase.len), cased) &&
	       begins_well(text, at, phrase, cased, off);
}
