/* SPDX-License-Identifier: Apache-2.0 */
/* CRI (containerd, CRI-O): TIME STREAM TAGS CONTENT, one blank between. */
#include "decode/wrap.h"

#include <stdint.h>
#include <string.h>

#define TIME_LEN_MIN 20 /* 2026-03-14T09:42:10Z */
#define TIME_LEN_MAX 40
#define HEADER_MIN   (TIME_LEN_MIN + 9)
#define MINUTE_LEN   17 /* 2026-03-14T09:42: */
#define STREAM_LEN   8  /* with the blank before and behind it */

/* Where the header's time ends, or 0. */
static size_t
time_len(struct str line)
{
	const char *p = line.ptr;
	size_t blank;

	if (line.len < HEADER_MIN || p[4] != '-' || p[10] != 'T' ||
		!char_is_digit(p[0]) || p[13] != ':')
		return 0;
	blank = str_find_char(str_sub(line, 0, TIME_LEN_MAX), ' ');
	return blank == SIZE_MAX || blank < TIME_LEN_MIN ? 0 : blank;
}

/* The tags at the start of s, in which the first letter counts; 0: there are none. */
static size_t
tags_len(struct str s)
{
	size_t n = 1;

	if (s.len == 0 || (s.ptr[0] != 'P' && s.ptr[0] != 'F'))
		return 0;
	if (s.len > 1 && s.ptr[1] == ':')
		n = str_find_char(s, ' ');
	else if (s.len > 1 && s.ptr[1] != ' ')
		return 0;
	return n < s.len ? n : s.len;
}

static bool
split(struct str line, struct wrap *out)
{
	static const struct str streams[] = { { "stdout", 6 }, { "stderr", 6 } };
	size_t n = time_len(line), tags;
	struct str rest, stream;
	const char *p;

	if (n == 0 || line.len < n + STREAM_LEN)
		return false;
	p = line.ptr + n + 1;
	if (memcmp(p, "stdout ", STREAM_LEN - 1) == 0)
		stream = streams[0];
	else if (memcmp(p, "stderr ", STREAM_LEN - 1) == 0)
		stream = streams[1];
	else
		return false;
	rest = (struct str){ p + STREAM_LEN - 1, line.len - n - STREAM_LEN };
	tags = tags_len(rest);
	if (tags == 0)
		return false;
	*out = (struct wrap){ .key = stream,
		.time = { line.ptr, n },
		.stream = stream,
		.content = str_sub(rest, tags + 1, rest.len),
		.partial = rest.ptr[0] == 'P' };
	return true;
}

/* The two streams differ in one letter; a broken line is of neither. */
bool
wrap_cri_is_other(struct str line, struct str key)
{
	size_t blank = str_find_char(str_sub(line, 0, TIME_LEN_MAX), ' ');

	if (key.len != 6 || blank == SIZE_MAX || blank + 4 >= line.len)
		return false;
	return line.ptr[0] != '\0' && line.ptr[blank + 4] != key.ptr[3];
}

static uint64_t
load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Whether one of the eight bytes is a blank. */
static bool
has_blank(uint64_t v)
{
	v ^= UINT64_C(0x2020202020202020);
	return ((v - UINT64_C(0x0101010101010101)) & ~v & UINT64_C(0x8080808080808080)) !=
	       0;
}

/* The same minute, no blank in the rest of the time, and the same bytes behind it. */
bool
wrap_cri_like(struct str line, const struct wrap *like, struct wrap *out)
{
	const char *p = line.ptr, *q = like->time.ptr;
	size_t time = like->time.len;
	size_t head = like->broken ? 0 : (size_t)(like->content.ptr - q);

	if (head < time + STREAM_LEN || head > time + 16 || line.len < head ||
		q[head - 1] != ' ' || memcmp(p, q, MINUTE_LEN) != 0 ||
		load8(p + time) != load8(q + time) ||
		load8(p + head - 8) != load8(q + head - 8) ||
		has_blank(load8(p + time - 8)))
		return false;
	for (size_t i = MINUTE_LEN; i + 8 < time; i += 8)
		if (has_blank(load8(p + i)))
			return false;
	*out = *like;
	out->time.ptr = p;
	out->content = (struct str){ p + head, line.len - head };
	return true;
}

void
wrap_cri(struct str line, char *scratch, struct wrap *out)
{
	(void)scratch;
	if (!split(line, out))
		*out = (struct wrap){ .content = line, .broken = true };
}

bool
wrap_is_cri(struct str line)
{
	struct wrap w = { 0 };

	return split(line, &w);
}
