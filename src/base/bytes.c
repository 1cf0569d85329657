/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

#include "base/compiler.h"
#include "base/str.h"

#if WITH_AVX2
#include <immintrin.h>
#endif

/* 64 bytes side by side, so that a compiler makes vectors of it. */
static uint64_t
count_portable(const char *p, size_t n, char c, char mark, bool *has)
{
	uint64_t total = 0;

	if (n > 0 && !*has)
		*has = memchr(p, mark, n) != NULL;
	while (n >= 64) {
		unsigned char acc[64] = { 0 };
		size_t rounds = n / 64 < 255 ? n / 64 : 255;

		for (size_t i = 0; i < rounds; i++, p += 64)
			for (size_t j = 0; j < 64; j++)
				acc[j] = (unsigned char)(acc[j] + (p[j] == c));
		for (size_t j = 0; j < 64; j++)
			total += acc[j];
		n -= rounds * 64;
	}
	for (size_t i = 0; i < n; i++)
		total += p[i] == c;
	return total;
}

#if WITH_AVX2
AVX2 static inline __m256i
load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Sums of up to 255 comparisons per byte, four vectors at a time. */
AVX2 static uint64_t
count_avx2(const char *p, size_t n, char c, char mark, bool *has)
{
	const __m256i key = _mm256_set1_epi8(c), zero = _mm256_setzero_si256();
	const __m256i other = _mm256_set1_epi8(mark);
	__m256i total = zero, seen = zero;
	uint64_t sum[4];

	while (n >= 128) {
		__m256i a = zero, b = zero;
		size_t rounds = n / 128 < 127 ? n / 128 : 127;

		n -= rounds * 128;
		for (; rounds > 0; rounds--, p += 128) {
			__m256i x = load(p), y = load(p + 32);
			__m256i u = load(p + 64), v = load(p + 96);

			a = _mm256_sub_epi8(a, _mm256_cmpeq_epi8(x, key));
			b = _mm256_sub_epi8(b, _mm256_cmpeq_epi8(y, key));
			a = _mm256_sub_epi8(a, _mm256_cmpeq_epi8(u, key));
			b = _mm256_sub_epi8(b, _mm256_cmpeq_epi8(v, key));
			x = _mm256_cmpeq_epi8(x, other);
			y = _mm256_cmpeq_epi8(y, other);
			u = _mm256_cmpeq_epi8(u, other);
			v = _mm256_cmpeq_epi8(v, other);
			x = _mm256_or_si256(_mm256_or_si256(x, y), _mm256_or_si256(u, v));
			seen = _mm256_or_si256(seen, x);
		}
		total = _mm256_add_epi64(total, _mm256_sad_epu8(a, zero));
		total = _mm256_add_epi64(total, _mm256_sad_epu8(b, zero));
	}
	_mm256_storeu_si256((__m256i *)(void *)sum, total);
	*has = *has || _mm256_movemask_epi8(seen) != 0;
	return sum[0] + sum[1] + sum[2] + sum[3] + count_portable(p, n, c, mark, has);
}
#endif

uint64_t
bytes_count(const char *p, size_t n, char c, char mark, bool *has)
{
#if WITH_AVX2
	if (__builtin_cpu_supports("avx2"))
		return count_avx2(p, n, c, mark, has);
#endif
	return count_portable(p, n, c, mark, has);
}

static size_t
places_portable(const char *p, size_t n, char c, size_t *from, size_t *at, size_t cap)
{
	size_t found = 0;

	while (found < cap && *from < n) {
		const char *q = memchr(p + *from, c, n - *from);

		if (q == NULL) {
			*from = n;
			break;
		}
		at[found++] = (size_t)(q - p);
		*from = (size_t)(q - p) + 1;
	}
	return found;
}

#if WITH_AVX2
/* Whole blocks of 64 only. */
AVX2 static size_t
places_avx2(const char *p, size_t n, char c, size_t *from, size_t *at, size_t cap)
{
	const __m256i key = _mm256_set1_epi8(c);
	const size_t *last = at + cap - 64;
	size_t pos = *from, *to = at;
	const size_t end = n - pos < 64 ? pos : n - 63;

	for (; pos < end && to <= last; pos += 64) {
		__m256i x = _mm256_cmpeq_epi8(load(p + pos), key);
		__m256i y = _mm256_cmpeq_epi8(load(p + pos + 32), key);
		uint64_t low = (uint32_t)_mm256_movemask_epi8(x);
		uint64_t high = (uint32_t)_mm256_movemask_epi8(y);
		uint64_t bits = high << 32 | low;
		size_t k = 1;

		/* Whether there is one is hard to foretell: it is written either way. */
		*to = pos + (unsigned)__builtin_ctzll(bits | UINT64_C(1) << 63);
		for (uint64_t more = bits & (bits - 1); more != 0; more &= more - 1)
			to[k++] = pos + (unsigned)__builtin_ctzll(more);
		to += __builtin_popcountll(bits);
	}
	*from = pos;
	return (size_t)(to - at);
}
#endif

size_t
bytes_places(const char *p, size_t n, char c, size_t *from, size_t *at, size_t cap)
{
	size_t found = 0;

#if WITH_AVX2
	if (__builtin_cpu_supports("avx2")) {
		found = places_avx2(p, n, c, from, at, cap);
		if (cap - found < 64)
			return found;
	}
#endif
	return found + places_portable(p, n, c, from, at + found, cap - found);
}

/* The bytes a word begins and ends with, in both cases. */
struct ends {
	char first[2], last[2];
	size_t len;
};

static inline char
other_case(char c, bool fold)
{
	return fold && char_is_alpha(c) ? (char)(c ^ 0x20) : c;
}

/* At which of the 16 bytes from p on it may stand: bit i tells of p[i]. */
static inline uint32_t
may_stand(const char *p, const struct ends *e)
{
	const char *last = p + e->len - 1;

	return (bytes_mask16(p, e->first[0]) | bytes_mask16(p, e->first[1])) &
	       (bytes_mask16(last, e->last[0]) | bytes_mask16(last, e->last[1]));
}

static bool
stands(const char *p, const char *word, size_t len, bool fold)
{
	const struct str a = { p, len }, b = { word, len };

	return fold ? str_eq_fold(a, b) : memcmp(p, word, len) == 0;
}

size_t
bytes_find(const char *p, size_t n, const char *word, size_t len, bool fold)
{
	const char first = word[0], last = word[len - 1];
	const struct ends e = { { first, other_case(first, fold) },
		{ last, other_case(last, fold) }, len };
	const size_t starts = n < len ? 0 : n - len + 1;
	size_t at = 0;

	while (at + 16 <= starts) {
		for (uint32_t mask = may_stand(p + at, &e); mask != 0; mask &= mask - 1) {
			size_t place = at + (size_t)__builtin_ctz(mask);

			if (stands(p + place, word, len, fold))
				return place;
		}
		at += 16;
	}
	for (; at < starts; at++)
		if ((p[at] == e.first[0] || p[at] == e.first[1]) &&
			stands(p + at, word, len, fold))
			return at;
	return SIZE_MAX;
}
