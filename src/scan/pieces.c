/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a line ends where a quote stands that no backslash escapes: behind the
 * escaped LF if it is whole. An escaped backslash and an n look alike; such a line is
 * added, too.
 */
#include "scan/pieces.h"

#include <string.h>

#include "base/compiler.h"

#if WITH_AVX2
#include <immintrin.h>
#endif

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

#if WITH_AVX2
/* \n","stream" behind no backslash: docker writes one a line, or none. */
#define END_LEN 11 /* of it, up to the last letter that is looked at */

static bool
is_end(const char *p)
{
	return memcmp(p, "\\n\"", 3) == 0 && p[5] == 's' && p[10] == 'm' && p[-1] != '\\';
}

AVX2 static inline __m256i
is(const char *p, char c)
{
	return _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)p),
		_mm256_set1_epi8(c));
}

/* The same of 32 places. */
AVX2 static inline __m256i
are_ends(const char *p)
{
	__m256i lf = _mm256_and_si256(is(p, '\\'), is(p + 1, 'n'));
	__m256i key = _mm256_and_si256(is(p + 5, 's'), is(p + 10, 'm'));

	lf = _mm256_and_si256(lf, is(p + 2, '"'));
	return _mm256_andnot_si256(is(p - 1, '\\'), _mm256_and_si256(lf, key));
}

/* How many begin in n blocks of 128 bytes. */
AVX2 static uint64_t
count_ends(const char *p, size_t n)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i total = zero;
	uint64_t sum[4];

	while (n > 0) {
		size_t rounds = n < 63 ? n : 63;
		__m256i ends = zero;

		n -= rounds;
		for (; rounds > 0; rounds--, p += 128) {
			ends = _mm256_sub_epi8(ends, are_ends(p));
			ends = _mm256_sub_epi8(ends, are_ends(p + 32));
			ends = _mm256_sub_epi8(ends, are_ends(p + 64));
			ends = _mm256_sub_epi8(ends, are_ends(p + 96));
		}
		total = _mm256_add_epi64(total, _mm256_sad_epu8(ends, zero));
	}
	_mm256_storeu_si256((__m256i *)(void *)sum, total);
	return sum[0] + sum[1] + sum[2] + sum[3];
}
#endif

/* Whether there are as many ends as lines: each line has its own then. */
static bool
all_whole(struct str text, uint64_t lines)
{
#if WITH_AVX2
	const char *p = text.ptr + 1, *end = text.ptr + text.len;
	size_t blocks = text.len / 128;
	uint64_t ends;

	if (!__builtin_cpu_supports("avx2") || blocks < 2 || end[-1] != '\n')
		return false;
	ends = count_ends(p, blocks - 1);
	for (p += (blocks - 1) * 128; end - p >= END_LEN; p++)
		ends += is_end(p);
	return ends == lines;
#else
	(void)text;
	(void)lines;
	return false;
#endif
}

void
pieces_find(struct hits *h, uint64_t lines)
{
	size_t time_len = TIME_LEN_MAX;

	if (all_whole(h->text, lines))
		return;
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
