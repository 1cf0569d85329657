/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/phrase.h"

#include "base/compiler.h"
#include "scan/colours.h"

#define UNSURE     SIZE_MAX
#define ESCAPE_LEN 6 /* "\\u001b" */

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

static bool
takes(struct charset s, char c)
{
	const unsigned char u = (unsigned char)c;

	return u > 127 || (s.bits[u / 64] >> u % 64 & 1) != 0;
}

/* Bytes before an offset may be part of an escape, or behind a colour. */
static bool
may_be_torn(struct str text, size_t at)
{
	for (size_t i = 0; i < ESCAPE_LEN && at > i; i++)
		if (text.ptr[at - i - 1] == '\\' || text.ptr[at - i - 1] == '\x1b')
			return true;
	return false;
}

/* What stands before a log text in its line is taken for a part of it. */
static bool
fits_before(struct str text, size_t at, const struct margin *m)
{
	for (size_t i = 0; i < m->n_before; i++) {
		char c = at > i ? text.ptr[at - i - 1] : '\n';

		if (c == 'm' || c == '\\')
			return true;
		if (!takes(m->before[i], c))
			return may_be_torn(text, at - (at > i ? i : at));
	}
	return true;
}

/* At a CR or an LF the next line of a record may follow, which begins who knows where. */
static bool
fits_after(struct str text, size_t at, const struct margin *m)
{
	for (size_t i = 0; i < m->n_after; i++) {
		char c = at + i < text.len ? text.ptr[at + i] : '\n';

		if (c == '\\' || c == '\x1b')
			return true;
		if ((c == '\r' || c == '\n') && takes(m->after[i], '\n'))
			return true;
		if (c == '\n' || !takes(m->after[i], c))
			return false;
	}
	return true;
}

/* It stands there with something in it that may tear it. */
static NEVER_INLINE bool
stands_torn(struct str text, size_t at, struct str phrase, bool cased, size_t off)
{
	return ends_well(text, at, str_sub(phrase, off, phrase.len), cased) &&
	       begins_well(text, at, phrase, cased, off);
}

bool
phrase_stands(struct str text, size_t at, struct str phrase, bool cased, size_t off,
	const struct margin *m)
{
	if (is_whole(text, at, phrase, cased, off))
		return fits_after(text, at - off + phrase.len, m) &&
		       fits_before(text, at - off, m);
	return stands_torn(text, at, phrase, cased, off);
}
