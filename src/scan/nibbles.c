/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/nibbles.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK 64
#define REACH 5 /* bytes behind a place that are looked at */

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
}

static bool
has_room(const struct nibbles_found *f)
{
	return f->n + BLOCK <= ARRAY_LEN(f->at);
}

static unsigned
buckets_of(const struct nibbles *t, const unsigned char *p)
{
	unsigned fit = t->low[0][p[0] & 15] & t->high[p[0] >> 4];

	if (fit == 0 || (p[1] | p[2]) > 127)
		return 0;
	fit &= t->low[1][p[1] & 15] & t->low[2][p[2] & 15] & t->low[3][p[3] & 15];
	if (p[REACH] == '\n' && (p[3] & 127) < ':')
		fit &= ~(unsigned)t->colours;
	return fit;
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

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))

WIDE static inline __m256i
load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

WIDE static inline __m256i
row(const unsigned char *p)
{
	return _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *)(const void *)p));
}

struct rows {
	__m256i low[NIBBLES_LEN], high, colours;
};

/* The buckets of 32 places, and where LFs are REACH bytes behind them. */
WIDE static inline __m256i
look(const struct rows *r, const char *p, __m256i *lf)
{
	__m256i x = load(p);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
	__m256i last = _mm256_and_si256(load(p + 3), _mm256_set1_epi8(127));
	__m256i fit = _mm256_and_si256(
		_mm256_shuffle_epi8(r->low[0], x), _mm256_shuffle_epi8(r->high, high));
	__m256i end;

	fit = _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[1], load(p + 1)));
	fit = _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[2], load(p + 2)));
	fit = _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[3], last));
	*lf = _mm256_cmpeq_epi8(load(p + REACH), _mm256_set1_epi8('\n'));
	end = _mm256_cmpgt_epi8(_mm256_and_si256(*lf, _mm256_set1_epi8(':')), last);
	return _mm256_andnot_si256(_mm256_and_si256(end, r->colours), fit);
}

WIDE static inline uint64_t
set_bits(__m256i a, __m256i b)
{
	const __m256i zero = _mm256_setzero_si256();
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, zero));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, zero));

	return ~((uint64_t)high << 32 | low);
}

/* LFs are summed up per byte, 127 blocks at most. */
WIDE static size_t
find_wide(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	const struct rows r = { { row(t->low[0]), row(t->low[1]), row(t->low[2]),
					row(t->low[3]) },
		row(t->high), _mm256_set1_epi8((char)t->colours) };
	const __m256i zero = _mm256_setzero_si256();
	__m256i total = zero;
	uint64_t sum[4];

	while (from < to && has_room(f)) {
		size_t end = to - from < 127 * (size_t)BLOCK ? to : from + 127 * BLOCK;
		__m256i lines = zero;

		for (bool room = true; from < end && room; from += BLOCK) {
			__m256i lf, a, b;

			a = look(&r, p + from, &lf);
			lines = _mm256_sub_epi8(lines, lf);
			/* One after the other: there are not registers for both. */
			__asm__("" : "+x"(a), "+x"(lines));
			b = look(&r, p + from + 32, &lf);
			lines = _mm256_sub_epi8(lines, lf);
			lf = _mm256_or_si256(a, b);
			if (__builtin_expect(_mm256_testz_si256(lf, lf), 1))
				continue;
			for (uint64_t x = set_bits(a, b); x != 0; x &= x - 1)
				f->at[f->n++] = from + (size_t)__builtin_ctzll(x);
			room = has_room(f);
		}
		total = _mm256_add_epi64(total, _mm256_sad_epu8(lines, zero));
	}
	_mm256_storeu_si256((__m256i *)(void *)sum, total);
	f->lines += sum[0] + sum[1] + sum[2] + sum[3];
	return from;
}
#endif

bool
nibbles_is_wide(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2") != 0;
#else
	return false;
#endif
}

static find_fn *
choose(const struct nibbles *t)
{
#if defined(__x86_64__)
	if (!t->plain && nibbles_is_wide())
		return find_wide;
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
