/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector code over plain bytes: AVX2 where the processor has it (asked once per call),
 * else SSE2, else portable C. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The eight bytes at p, in the order of the machine. */
static inline uint64_t
bytes_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Which of the 16 bytes at p are c: bit i tells of p[i]. */
static inline uint32_t
bytes_mask16(const char *p, char c)
{
#if defined(__SSE2__)
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
#else
	uint32_t mask = 0;

	for (unsigned i = 0; i < 16; i++)
		mask |= (uint32_t)(p[i] == c) << i;
	return mask;
#endif
}

/* Which of them are not before low and not behind high. */
static inline uint32_t
bytes_range16(const char *p, unsigned char low, unsigned char high)
{
#if defined(__SSE2__)
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i x = _mm_sub_epi8(v, _mm_set1_epi8((char)low));
	__m128i y = _mm_min_epu8(x, _mm_set1_epi8((char)(high - low)));

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
#else
	uint32_t mask = 0;

	for (unsigned i = 0; i < 16; i++)
		mask |= (uint32_t)((unsigned char)(p[i] - low) <= high - low) << i;
	return mask;
#endif
}

/* The same of 64 bytes. */
static inline uint64_t
bytes_mask64(const char *p, char c)
{
	return bytes_mask16(p, c) | (uint64_t)bytes_mask16(p + 16, c) << 16 |
	       (uint64_t)bytes_mask16(p + 32, c) << 32 |
	       (uint64_t)bytes_mask16(p + 48, c) << 48;
}

static inline uint64_t
bytes_range64(const char *p, unsigned char low, unsigned char high)
{
	return bytes_range16(p, low, high) |
	       (uint64_t)bytes_range16(p + 16, low, high) << 16 |
	       (uint64_t)bytes_range16(p + 32, low, high) << 32 |
	       (uint64_t)bytes_range16(p + 48, low, high) << 48;
}

/*
 * Where the first c is in the 128 bytes at p, and where the last one is: without a
 * branch, which costs more than to look at all of them when places are hard to foretell.
 * 128, and SIZE_MAX: it is not there.
 */
static inline size_t
bytes_first128(const char *p, char c)
{
	uint64_t near = bytes_mask64(p, c), far = bytes_mask64(p + 64, c);
	uint64_t is_far = near == 0;

	near |= far & -is_far;
	return near == 0 ? 128 : (size_t)__builtin_ctzll(near) + is_far * 64;
}

static inline size_t
bytes_last128(const char *p, char c)
{
	uint64_t far = bytes_mask64(p, c), near = bytes_mask64(p + 64, c);
	uint64_t is_far = near == 0;

	near |= far & -is_far;
	return near == 0 ? SIZE_MAX : 127 - is_far * 64 - (size_t)__builtin_clzll(near);
}

/* How many of the n bytes at p are before the first c; 16 at most are looked at. */
static inline size_t
bytes_before(const char *p, size_t n, char c)
{
	size_t i = 0;

	if (n >= 16)
		return (size_t)__builtin_ctz(bytes_mask16(p, c) | UINT32_C(1) << 16);
	while (i < n && p[i] != c)
		i++;
	return i;
}

/* Whether n bytes are the same: without a call while they are few. */
static inline bool
bytes_equal(const char *a, const char *b, size_t n)
{
	uint32_t x, y, last_x, last_y;

	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return bytes_load8(a) == bytes_load8(b) &&
		       bytes_load8(a + n - 8) == bytes_load8(b + n - 8);
	if (n < 4) {
		while (n > 0 && a[n - 1] == b[n - 1])
			n--;
		return n == 0;
	}
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	memcpy(&last_x, a + n - 4, sizeof(x));
	memcpy(&last_y, b + n - 4, sizeof(y));
	return x == y && last_x == last_y;
}

/* Copies n bytes, 16 at most, to where the first of them may stand already or before. */
static inline void
bytes_copy_few(char *to, const char *from, size_t n)
{
	if (n >= 8) {
		uint64_t head = bytes_load8(from), tail = bytes_load8(from + n - 8);

		memcpy(to, &head, sizeof(head));
		memcpy(to + n - 8, &tail, sizeof(tail));
		return;
	}
	if (n >= 4) {
		uint32_t head, tail;

		memcpy(&head, from, sizeof(head));
		memcpy(&tail, from + n - 4, sizeof(tail));
		memcpy(to, &head, sizeof(head));
		memcpy(to + n - 4, &tail, sizeof(tail));
		return;
	}
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

/*
 * Offsets of c from *from on in the n bytes at p, ascending: at most cap (64 and more)
 * of them into at. How many; 0: there is none. *from is then where to go on.
 */
size_t bytes_places(
	const char *p, size_t n, char c, size_t *from, size_t *at, size_t cap);

/*
 * Where the len bytes (1 at least) of word stand first in the n bytes at p; fold: letters
 * of ASCII in either case. SIZE_MAX: nowhere.
 */
size_t bytes_find(const char *p, size_t n, const char *word, size_t len, bool fold);

/* How often c is among the n bytes at p; *has is set when mark is, too, else left. */
uint64_t bytes_count(const char *p, size_t n, char c, char mark, bool *has);
