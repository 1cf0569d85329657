/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a line ends where a quote stands that no backslash escapes: behind the
 * escaped LF if it is whole. An escaped backslash and an n look alike; such a line is
 * added, too.
 */
#include "scan/pieces.h"

#include <string.h>

#define TIME_LEN_MIN 20 /* 2026-03-14T09:42:10Z */
#define TIME_LEN_MAX 30 /* docker leaves zeros at the end of the fraction out */

static const char before_time[] = "\"time\":\"";
static const char before_stream[] = "\"stream\":\"std";

#define BEFORE_TIME   (sizeof(before_time) - 1)
#define BEFORE_STREAM (sizeof(before_stream) - 1)
#define STREAM_LEN    (BEFORE_STREAM + 4) /* out" or err" */
#define USUAL_MIN     100                 /* so that no line is read before its begin */

/* Whether an escaped LF and a quote end at s[end]. */
static bool
ends_whole(struct str s, size_t end)
{
	return end >= 3 && s.ptr[end - 1] == '"' && s.ptr[end - 2] == 'n' &&
	       s.ptr[end - 3] == '\\' && (end == 3 || s.ptr[end - 4] != '\\');
}

/*
 * ...\n","stream":"stdout","time":"..."} as docker writes it, the time in *time_len bytes
 * as in the line before, most often.
 */
static bool
is_usual(struct str s, size_t *time_len)
{
	const char *end = s.ptr + s.len - 2, *stream;
	size_t n = *time_len;

	if (s.len < USUAL_MIN || end[0] != '"' || end[1] != '}')
		return false;
	if (memcmp(end - n - BEFORE_TIME, before_time, BEFORE_TIME) != 0)
		for (n = TIME_LEN_MAX; n >= TIME_LEN_MIN; n--)
			if (memcmp(end - n - BEFORE_TIME, before_time, BEFORE_TIME) == 0)
				break;
	if (n < TIME_LEN_MIN)
		return false;
	*time_len = n;
	stream = end - n - BEFORE_TIME - 1 - STREAM_LEN;
	return memcmp(stream, before_stream, BEFORE_STREAM) == 0 &&
	       memcmp(stream - 4, "\\n\",", 4) == 0 && stream[-5] != '\\';
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

void
pieces_find(struct hits *h)
{
	size_t time_len = TIME_LEN_MAX;

	for (size_t from = 0, to; from < h->text.len; from = to + 1) {
		const char *p = h->text.ptr + from;
		const char *lf = memchr(p, '\n', h->text.len - from);
		struct str line;

		to = lf != NULL ? (size_t)(lf - h->text.ptr) : h->text.len;
		line = (struct str){ p, to - from };
		if (is_usual(line, &time_len) || is_whole(line))
			continue;
		h->pieces = true;
		hits_add(h, from, HIT_ALL);
	}
}
