/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a line ends where a quote stands that no backslash escapes: behind the
 * escaped LF if it is whole. An escaped backslash and an n look alike; such a line is
 * added, too.
 */
#include "scan/pieces.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define TIME_LEN_MIN 20 /* 2026-03-14T09:42:10Z */
#define TIME_LEN_MAX 30 /* docker leaves zeros at the end of the fraction out */

static const char before_time[] = "\"time\":\"";
static const char before_stream[] = "\"stream\":\"std";

#define BEFORE_TIME   (sizeof(before_time) - 1)
#define BEFORE_STREAM (sizeof(before_stream) - 1)
#define STREAM_LEN    (BEFORE_STREAM + 4) /* out" or err" */

/* Whether an escaped LF and a quote end at s[end]. */
static bool
ends_whole(struct str s, size_t end)
{
	return end >= 3 && s.ptr[end - 1] == '"' && s.ptr[end - 2] == 'n' &&
	       s.ptr[end - 3] == '\\' && (end == 3 || s.ptr[end - 4] != '\\');
}

/* ...\n","stream":"stdout","time":"..."} as docker writes it. */
static bool
is_usual(struct str s)
{
	size_t at;

	if (s.len < 100 || s.ptr[s.len - 1] != '}' || s.ptr[s.len - 2] != '"')
		return false;
	for (size_t n = TIME_LEN_MAX; n >= TIME_LEN_MIN; n--) {
		at = s.len - 2 - n - BEFORE_TIME;
		if (memcmp(s.ptr + at, before_time, BEFORE_TIME) == 0)
			break;
	}
	at -= 1 + STREAM_LEN;
	return memcmp(s.ptr + at, before_stream, BEFORE_STREAM) == 0 &&
	       ends_whole(s, at - 1);
}

static bool
is_whole(struct str s)
{
	size_t from = 0;

	while (from < s.len) {
		size_t pos = str_find(str_sub(s, from, s.len), STR("n\""));

		if (pos == SIZE_MAX)
			return false;
		from += pos + 2;
		if (ends_whole(s, from))
			return true;
	}
	return false;
}

static void
look_at(struct hits *h, size_t from, size_t to)
{
	struct str line = str_sub(h->text, from, to - from);

	if (is_usual(line) || is_whole(line))
		return;
	h->pieces = true;
	hits_add(h, from, HIT_ALL);
}

void
pieces_find(struct hits *h)
{
	size_t lf[256], next = 0, from = 0, n;

	while ((n = bytes_places(
			h->text.ptr, h->text.len, '\n', &next, lf, ARRAY_LEN(lf))) > 0)
		for (size_t i = 0; i < n; i++) {
			look_at(h, from, lf[i]);
			from = lf[i] + 1;
		}
	if (from < h->text.len)
		look_at(h, from, h->text.len);
}
