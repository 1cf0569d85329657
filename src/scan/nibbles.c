/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/nibbles.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#if WITH_AVX2
#include <immintrin.h>
#endif

#define BLOCK 128
#define REACH 5  /* bytes behind a place that are looked at */
#define SUMS  63 /* blocks whose LFs fit in a byte of each lane */

/*
 * Adds the places of p[from, to), whole blocks, until f is full; p[to + REACH) can be
 * read. LFs are counted REACH bytes behind. Returns how far it got.
 */
typedef size_t find_fn(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f);

void
nibbles_allow(struct nibbles *t, unsigned bucket, size_t i, unsigned char c)
{
	unsigned char bit = (unsigned char)(1U << bucket);

	t->low[i][c & 15] |= bit;
	if (i == 0)
		t->high[c >> 4] |= bit;
	if (i < ARRAY_LEN(t->half))
		t->half[i][nibbles_half(c)] |= bit;
}

static bool
has_room(const struct nibbles_found *f)
{
	return f->n + BLOCK <= ARRAY_LEN(f->at);
}

static unsigned
half(const struct nibbles *t, size_t i, unsigned char c)
{
	return c == 255 ? 0 : t->half[i][nibbles_half(c)];
}

static unsigned
buckets_of(const struct nibbles *t, const unsigned char *p)
{
	unsigned fit;

	if (t->depth == NIBBLES_ALL) {
		fit = t->low[0][p[0] & 15] & t->high[p[0] >> 4];
		if (fit == 0 || p[2] > 127)
			return 0;
		fit &= half(t, 1, p[1]) & t->low[2][p[2] & 15] & t->low[3][p[3] & 15];
	} else {
		fit = half(t, 0, p[0]) & half(t, 1, p[1]) & half(t, 2, p[2]);
		if (t->depth == NIBBLES_FOUR)
			fit &= p[3] > 127 ? 0 : t->low[3][p[3] & 15];
	}
	return p[REACH] == '\n' ? fit & ~(unsigned)t->colours : fit;
}

static size_t
find_plain(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	size_t start = from;
	bool has = true;

	for (; from < to && has_room(f); from += BLOCK)
		for (size_t i = from; i < from + BLOCK; i++)
			if (buckets_of(t, (const unsigned char *)p + i) != 0)
				f->at[f->n++] = i;
	f->lines += bytes_count(p + start + REACH, from - start, '\n', '\n', &has);
	return from;
}

#if WITH_AVX2
AVX2_INLINE static inline __m256i
load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline __m256i
row(const unsigned char *p)
{
	return _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *)(const void *)p));
}

struct rows {
	__m256i low[NIBBLES_LEN], high, half[NIBBLES_LEN - 1], colours;
};

AVX2 static inline struct rows
rows_of(const struct nibbles *t)
{
	struct rows r = { .high = row(t->high),
		.colours = _mm256_set1_epi8((char)t->colours) };

	for (size_t i = 0; i < ARRAY_LEN(r.low); i++)
		r.low[i] = row(t->low[i]);
	for (size_t i = 0; i < ARRAY_LEN(r.half); i++)
		r.half[i] = row(t->half[i]);
	return r;
}

AVX2_INLINE static inline __m256i
look_half(const struct rows *r, size_t i, const char *p)
{
	return _mm256_shuffle_epi8(
		r->half[i], _mm256_avg_epu8(_mm256_setzero_si256(), load(p + i)));
}

AVX2_INLINE static inline __m256i
look_few(const struct rows *r, bool four, const char *p)
{
	__m256i fit = _mm256_and_si256(look_half(r, 0, p), look_half(r, 1, p));

	fit = _mm256_and_si256(fit, look_half(r, 2, p));
	return four ? _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[3], load(p + 3)))
		    : fit;
}

AVX2_INLINE static inline __m256i
look_all(const struct rows *r, const char *p)
{
	const __m256i last = _mm256_set1_epi8(127), four = _mm256_set1_epi8(15);
	__m256i x = load(p);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), four);
	__m256i fit = _mm256_and_si256(
		_mm256_shuffle_epi8(r->low[0], x), _mm256_shuffle_epi8(r->high, high));

	fit = _mm256_and_si256(fit, look_half(r, 1, p));
	fit = _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[2], load(p + 2)));
	return _mm256_and_si256(
		fit, _mm256_shuffle_epi8(r->low[3], _mm256_and_si256(load(p + 3), last)));
}

/* The buckets of 32 places. LFs that are REACH bytes behind are taken off lines. */
AVX2_INLINE static inline __m256i
look(const struct rows *r, enum nibbles_depth depth, const char *p, __m256i *lines)
{
	__m256i lf = _mm256_cmpeq_epi8(_mm256_set1_epi8('\n'), load(p + REACH));
	__m256i fit = depth == NIBBLES_ALL ? look_all(r, p)
					   : look_few(r, depth == NIBBLES_FOUR, p);

	*lines = _mm256_sub_epi8(*lines, lf);
	return _mm256_andnot_si256(_mm256_and_si256(lf, r->colours), fit);
}

/* The places of 32 bytes from at on. */
AVX2 static inline void
add_places(struct nibbles_found *f, size_t at, __m256i fit)
{
	__m256i none = _mm256_cmpeq_epi8(fit, _mm256_setzero_si256());

	for (uint32_t x = ~(uint32_t)_mm256_movemask_epi8(none); x != 0; x &= x - 1)
		f->at[f->n++] = at + (size_t)__builtin_ctz(x);
}

AVX2_INLINE static inline size_t
find_wide(const struct nibbles *t, enum nibbles_depth depth, const char *p, size_t from,
	size_t to, struct nibbles_found *f)
{
	const struct rows r = rows_of(t);
	const __m256i zero = _mm256_setzero_si256();
	__m256i total = zero;
	uint64_t sum[4];

	while (from < to && has_room(f)) {
		size_t end = to - from < SUMS * (size_t)BLOCK ? to : from + SUMS * BLOCK;
		__m256i lines = zero;

		for (bool room = true; from < end && room; from += BLOCK) {
			__m256i a, b, c, d, any;

			/* In this order: there are no registers for more. */
			a = look(&r, depth, p + from, &lines);
			__asm__("" : "+x"(a), "+x"(lines));
			b = look(&r, depth, p + from + 32, &lines);
			__asm__("" : "+x"(b), "+x"(lines));
			c = look(&r, depth, p + from + 64, &lines);
			__asm__("" : "+x"(c), "+x"(lines));
			d = look(&r, depth, p + from + 96, &lines);
			any = _mm256_or_si256(
				_mm256_or_si256(a, b), _mm256_or_si256(c, d));
			if (__builtin_expect(_mm256_testz_si256(any, any), 1))
				continue;
			add_places(f, from, a);
			add_places(f, from + 32, b);
			add_places(f, from + 64, c);
			add_places(f, from + 96, d);
			room = has_room(f);
		}
		total = _mm256_add_epi64(total, _mm256_sad_epu8(lines, zero));
	}
	_mm256_storeu_si256((__m256i *)(void *)sum, total);
	f->lines += sum[0] + sum[1] + sum[2] + sum[3];
	return from;
}

AVX2 static size_t
find_three(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	return find_wide(t, NIBBLES_THREE, p, from, to, f);
}

AVX2 static size_t
find_four(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	return find_wide(t, NIBBLES_FOUR, p, from, to, f);
}

AVX2 static size_t
find_all(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	return find_wide(t, NIBBLES_ALL, p, from, to, f);
}
#endif

bool
nibbles_is_wide(void)
{
#if WITH_AVX2
	return __builtin_cpu_supports("avx2") != 0;
#else
	return false;
#endif
}

static find_fn *
choose(const struct nibbles *t)
{
#if WITH_AVX2
	static find_fn *const by_depth[] = { [NIBBLES_THREE] = find_three,
		[NIBBLES_FOUR] = find_four,
		[NIBBLES_ALL] = find_all };

	if (!t->plain && nibbles_is_wide())
		return by_depth[t->depth];
#endif
	(void)t;
	return find_plain;
}

/* The end of a text, less than a block and REACH, as if zeros stood behind it. */
static void
find_rest(
	find_fn *find, const struct nibbles *t, struct str text, struct nibbles_found *f)
{
	char rest[2 * BLOCK + REACH] = { 0 };
	size_t len = text.len - f->next, first = f->n;

	memcpy(rest, text.ptr + f->next, len);
	for (size_t at = 0; at < 2 * BLOCK;)
		at = find(t, rest, at, 2 * BLOCK, f);
	while (f->n > first && f->at[f->n - 1] >= len)
		f->n--;
	for (size_t i = first; i < f->n; i++)
		f->at[i] += f->next;
	f->next = text.len;
}

bool
nibbles_find(const struct nibbles *t, struct str text, struct nibbles_found *f)
{
	find_fn *find = choose(t);
	bool has = true;

	f->n = 0;
	if (f->next == text.len)
		return false;
	if (f->next == 0)
		f->lines += bytes_count(
			text.ptr, text.len < REACH ? text.len : REACH, '\n', '\n', &has);
	if (text.len - f->next >= BLOCK + REACH) {
		size_t blocks = (text.len - f->next - REACH) / BLOCK;

		f->next = find(t, text.ptr, f->next, f->next + blocks * BLOCK, f);
	}
	if (text.len - f->next < BLOCK + REACH && f->n + 2 * BLOCK <= ARRAY_LEN(f->at))
		find_rest(find, t, text, f);
	return true;
}
