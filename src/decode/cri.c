/* SPDX-License-Identifier: Apache-2.0 */
/* CRI (containerd, CRI-O): TIME STREAM TAGS CONTENT, one blank between. */
#include "decode/wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

#define TIME_LEN_MIN 20 /* 2026-03-14T09:42:10Z */
#define TIME_LEN_MAX 40
#define HEADER_MIN   (TIME_LEN_MIN + 9)
#define STREAM_LEN   8 /* with the blank before and behind it */

/* So much stands between the time and the content in headers that others may have, too.
 */
#define HEAD_MORE_MAX 16

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
	size_t head;

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
	head = n + STREAM_LEN + tags + 1;
	*out = (struct wrap){ .key = stream,
		.time = { line.ptr, n },
		.stream = stream,
		.content = str_sub(rest, tags + 1, rest.len),
		.head = tags < rest.len && head <= n + HEAD_MORE_MAX ? head : 0,
		.partial = rest.ptr[0] == 'P' };
	return true;
}

/* The two streams differ in one letter; a broken line is of neither. */
static bool
is_other(struct str line, struct str key)
{
	size_t blank = str_find_char(str_sub(line, 0, TIME_LEN_MAX), ' ');

	if (key.len != 6 || blank == SIZE_MAX || blank + 4 >= line.len)
		return false;
	return line.ptr[0] != '\0' && line.ptr[blank + 4] != key.ptr[3];
}

/*
 * Bytes before the content of a line, in the same month as another one and with the same
 * bytes behind the time; 0: one must look.
 */
static inline size_t
head_len(struct str line, const struct wrap *as)
{
	static const char marks[] = "\0\0\xff\0\0\xff\0"; /* of 14T09:42 */
	const char *p = line.ptr, *q = as->time.ptr;
	size_t behind = as->head - as->time.len, n = 0;
	uint32_t blanks;
	uint64_t other;

	if (as->head == 0 || line.len < 32)
		return 0;
	other = (bytes_load8(p + 8) ^ bytes_load8(q + 8)) & bytes_load8(marks);
	other |= bytes_load8(p) ^ bytes_load8(q);
	blanks = bytes_mask16(p, ' ') | bytes_mask16(p + 16, ' ') << 16;
	if (blanks == 0 && line.len >= 48) {
		n = 32;
		blanks = bytes_mask16(p + n, ' ') & ((1U << (TIME_LEN_MAX - 32)) - 1);
	}
	if (blanks == 0)
		return 0;
	n += (size_t)__builtin_ctz(blanks);
	if (n < TIME_LEN_MIN || line.len < n + behind)
		return 0;
	other |= bytes_load8(p + n) ^ bytes_load8(q + as->time.len);
	other |= bytes_load8(p + n + behind - 8) ^ bytes_load8(q + as->head - 8);
	return other == 0 ? n + behind : 0;
}

static bool
like(struct str line, const struct wrap *as, struct wrap *out)
{
	size_t head = head_len(line, as), behind = as->head - as->time.len;

	if (head == 0)
		return false;
	if (out != as)
		*out = *as;
	out->time = (struct str){ line.ptr, head - behind };
	out->content = (struct str){ line.ptr + head, line.len - head };
	out->head = head;
	return true;
}

static size_t
glance(struct str line, const struct wrap *as)
{
	size_t head = head_len(line, as);

	return head > 0 ? head : SIZE_MAX;
}

static size_t
same(const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as)
{
	size_t i = 0;

	while (i < n && lf[i] > from &&
		head_len((struct str){ text + from, lf[i] - from }, as) > 0)
		from = lf[i++] + 1;
	return i;
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

const struct wrapping wrapping_cri = { .unwrap = wrap_cri,
	.is_other = is_other,
	.like = like,
	.glance = glance,
	.same = same,
	.brief = true,
	.pieces = true };
