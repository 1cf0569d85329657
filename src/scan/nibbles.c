/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/nibbles.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#if WITH_AVX2
#include <immintrin.h>
#endif

#define BLOCK 128
#define REACH 12 /* bytes behind a place that are looked at */
#define SUMS  63 /* blocks whose LFs fit in a byte of each lane */

/* Bytes behind a place where the line may end, so that a colour there, \x1b[0m, tears no
 * word; in docker's it is \u001b[0m, and the end is of its text. */
#define RAW_END    5
#define DOCKER_END 10

/*
 * Adds the places of p[from, to), whole blocks, until f is full; p[to + REACH) can be
 * read. LFs and ends are counted line_at() and DOCKER_END bytes behind. Returns how far
 * it got.
 */
typedef size_t find_fn(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f);

/* How far behind a place an LF is counted. */
static inline size_t
line_at(enum nibbles_form form)
{
	return form == NIBBLES_DOCKER ? DOCKER_END - 1 : RAW_END;
}

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

/* Whether an escaped LF and a quote begin at p. */
static bool
is_end(const char *p)
{
	return memcmp(p, "\\n\"", 3) == 0 && p[-1] != '\\';
}

/* Whether no colour at p tears a word. */
static bool
is_at_end(enum nibbles_form form, const char *p)
{
	if (form == NIBBLES_RAW)
		return p[RAW_END] == '\n';
	return p[0] == '"' || (p[DOCKER_END - 2] == '0' && is_end(p + DOCKER_END));
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
	return fit;
}

static inline size_t
find_plain(const struct nibbles *t, enum nibbles_form form, const char *p, size_t from,
	size_t to, struct nibbles_found *f)
{
	for (; from < to && has_room(f); from += BLOCK)
		for (size_t i = from; i < from + BLOCK; i++) {
			unsigned fit = buckets_of(t, (const unsigned char *)p + i);

			f->lines += p[i + line_at(form)] == '\n';
			f->ends += form == NIBBLES_DOCKER && is_end(p + i + DOCKER_END);
			if ((fit & ~(unsigned)t->colours) != 0 ||
				(fit != 0 && !is_at_end(form, p + i)))
				f->at[f->n++] = i;
		}
	return from;
}

static size_t
find_plain_raw(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	return find_plain(t, NIBBLES_RAW, p, from, to, f);
}

static size_t
find_plain_docker(const struct nibbles *t, const char *p, size_t from, size_t to,
	struct nibbles_found *f)
{
	return find_plain(t, NIBBLES_DOCKER, p, from, to, f);
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
look_half(const struct rows *r, size_t i, __m256i x)
{
	return _mm256_shuffle_epi8(
		r->half[i], _mm256_avg_epu8(_mm256_setzero_si256(), x));
}

/* x is what is at p. */
AVX2_INLINE static inline __m256i
look_few(const struct rows *r, bool four, const char *p, __m256i x)
{
	__m256i fit = _mm256_and_si256(look_half(r, 0, x), look_half(r, 1, load(p + 1)));

	fit = _mm256_and_si256(fit, look_half(r, 2, load(p + 2)));
	return four ? _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[3], load(p + 3)))
		    : fit;
}

AVX2_INLINE static inline __m256i
look_all(const struct rows *r, const char *p, __m256i x)
{
	const __m256i last = _mm256_set1_epi8(127), four = _mm256_set1_epi8(15);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), four);
	__m256i fit = _mm256_and_si256(
		_mm256_shuffle_epi8(r->low[0], x), _mm256_shuffle_epi8(r->high, high));

	fit = _mm256_and_si256(fit, look_half(r, 1, load(p + 1)));
	fit = _mm256_and_si256(fit, _mm256_shuffle_epi8(r->low[2], load(p + 2)));
	return _mm256_and_si256(
		fit, _mm256_shuffle_epi8(r->low[3], _mm256_and_si256(load(p + 3), last)));
}

AVX2_INLINE static inline __m256i
is(__m256i x, char c)
{
	return _mm256_cmpeq_epi8(x, _mm256_set1_epi8(c));
}

/* Counted in each byte. */
struct counts {
	__m256i lines, ends;
};

/* Where no colour tears a word, in 32 places; x is what is at p. */
AVX2_INLINE static inline __m256i
look_at_ends(enum nibbles_form form, const char *p, __m256i x, struct counts *n)
{
	__m256i lf = load(p + line_at(form)), end;

	/* Loaded once, not for each comparison: loads are what docker's take longest. */
	if (form == NIBBLES_DOCKER)
		__asm__("" : "+x"(lf));
	end = is(lf, '\n');
	n->lines = _mm256_sub_epi8(n->lines, end);
	if (form == NIBBLES_RAW)
		return end;
	end = _mm256_and_si256(
		is(load(p + DOCKER_END), '\\'), is(load(p + DOCKER_END + 1), 'n'));
	end = _mm256_and_si256(end, is(load(p + DOCKER_END + 2), '"'));
	end = _mm256_andnot_si256(is(lf, '\\'), end);
	n->ends = _mm256_sub_epi8(n->ends, end);
	end = _mm256_and_si256(end, is(load(p + DOCKER_END - 2), '0'));
	return _mm256_or_si256(end, is(x, '"'));
}

/* The buckets of 32 places. */
AVX2_INLINE static inline __m256i
look(const struct rows *r, enum nibbles_depth depth, enum nibbles_form form,
	const char *p, struct counts *n)
{
	__m256i x = load(p), at_end, fit;

	if (form == NIBBLES_DOCKER)
		__asm__("" : "+x"(x)); /* as above */
	at_end = look_at_ends(form, p, x, n);
	fit = depth == NIBBLES_ALL ? look_all(r, p, x)
				   : look_few(r, depth == NIBBLES_FOUR, p, x);
	fit = _mm256_andnot_si256(_mm256_and_si256(at_end, r->colours), fit);
	/* One after the other: there are no registers for more. */
	__asm__("" : "+x"(fit), "+x"(n->lines), "+x"(n->ends));
	return fit;
}

/* Those of a block. Zero: there are none. */
AVX2_INLINE static inline __m256i
look_at_block(const struct rows *r, enum nibbles_depth depth, enum nibbles_form form,
	const char *p, struct counts *n, __m256i fit[4])
{
	__m256i any = _mm256_setzero_si256();

	if (form == NIBBLES_RAW) {
		fit[0] = look(r, depth, form, p, n);
		fit[1] = look(r, depth, form, p + 32, n);
		fit[2] = look(r, depth, form, p + 64, n);
		fit[3] = look(r, depth, form, p + 96, n);
		return _mm256_or_si256(
			_mm256_or_si256(fit[0], fit[1]), _mm256_or_si256(fit[2], fit[3]));
	}
	/* In memory: there are none for what was found, either. */
	for (size_t i = 0; i < 4; i++) {
		fit[i] = look(r, depth, form, p + 32 * i, n);
		any = _mm256_or_si256(any, fit[i]);
		__asm__("" : "+x"(any), "+m"(fit[i]));
	}
	return any;
}

/* Bits of 64 places where some bucket fits. */
AVX2_INLINE static inline uint64_t
bits_of(__m256i a, __m256i b)
{
	const __m256i zero = _mm256_setzero_si256();
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, zero));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, zero));

	return ~((uint64_t)high << 32 | low);
}

/* The places of a block that begins at at and has some. Most have one: in which half it
 * is is no branch. */
static inline void
add_places(struct nibbles_found *f, size_t at, uint64_t low, uint64_t high)
{
	do {
		uint64_t second = low == 0;
		uint64_t bits = low | (high & (0 - second));

		f->at[f->n++] = at + second * 64 + (size_t)__builtin_ctzll(bits);
		high &= high - second;
		low &= low - 1;
	} while ((low | high) != 0);
}

AVX2_INLINE static inline uint64_t
sum_of(__m256i total)
{
	uint64_t sum[4];

	_mm256_storeu_si256((__m256i *)(void *)sum, total);
	return sum[0] + sum[1] + sum[2] + sum[3];
}

AVX2_INLINE static inline size_t
find_wide(const struct nibbles *t, enum nibbles_depth depth, enum nibbles_form form,
	const char *p, size_t from, size_t to, struct nibbles_found *f)
{
	const struct rows r = rows_of(t);
	const __m256i zero = _mm256_setzero_si256();
	struct counts total = { zero, zero };

	while (from < to && has_room(f)) {
		size_t end = to - from < SUMS * (size_t)BLOCK ? to : from + SUMS * BLOCK;
		struct counts n = { zero, zero };

		for (bool room = true; from < end && room; from += BLOCK) {
			__m256i fit[4];
			__m256i any = look_at_block(&r, depth, form, p + from, &n, fit);

			if (__builtin_expect(_mm256_testz_si256(any, any), 1))
				continue;
			add_places(f, from, bits_of(fit[0], fit[1]),
				bits_of(fit[2], fit[3]));
			room = has_room(f);
		}
		total.lines =
			_mm256_add_epi64(total.lines, _mm256_sad_epu8(n.lines, zero));
		total.ends = _mm256_add_epi64(total.ends, _mm256_sad_epu8(n.ends, zero));
	}
	f->lines += sum_of(total.lines);
	f->ends += sum_of(total.ends);
	return from;
}

#define FIND(name, depth, form)                                                      \
	AVX2 static size_t name(const struct nibbles *t, const char *p, size_t from, \
		size_t to, struct nibbles_found *f)                                  \
	{                                                                            \
		return find_wide(t, depth, form, p, from, to, f);                    \
	}

FIND(find_three, NIBBLES_THREE, NIBBLES_RAW)
FIND(find_four, NIBBLES_FOUR, NIBBLES_RAW)
FIND(find_all, NIBBLES_ALL, NIBBLES_RAW)
FIND(find_three_docker, NIBBLES_THREE, NIBBLES_DOCKER)
FIND(find_four_docker, NIBBLES_FOUR, NIBBLES_DOCKER)
FIND(find_all_docker, NIBBLES_ALL, NIBBLES_DOCKER)
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
choose(const struct nibbles *t, enum nibbles_form form)
{
	static find_fn *const plain[] = {
		[NIBBLES_RAW] = find_plain_raw, [NIBBLES_DOCKER] = find_plain_docker
	};
#if WITH_AVX2
	static find_fn *const wide[][3] = {
		[NIBBLES_RAW] = { find_three, find_four, find_all },
		[NIBBLES_DOCKER] = { find_three_docker, find_four_docker,
			find_all_docker },
	};

	if (!t->plain && nibbles_is_wide())
		return wide[form][t->depth];
#endif
	(void)t;
	return plain[form];
}

/* What no place is before. */
static void
count_first(struct str text, enum nibbles_form form, struct nibbles_found *f)
{
	for (size_t i = 0; i < line_at(form) && i < text.len; i++)
		f->lines += text.ptr[i] == '\n';
	for (size_t i = 1; form == NIBBLES_DOCKER && i < DOCKER_END && i + 3 <= text.len;
		i++)
		f->ends += is_end(text.ptr + i);
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
nibbles_find(const struct nibbles *t, struct str text, enum nibbles_form form,
	struct nibbles_found *f)
{
	find_fn *find = choose(t, form);

	f->n = 0;
	if (f->next == text.len)
		return false;
	if (f->next == 0)
		count_first(text, form, f);
	if (text.len - f->next >= BLOCK + REACH) {
		size_t blocks = (text.len - f->next - REACH) / BLOCK;

		f->next = find(t, text.ptr, f->next, f->next + blocks * BLOCK, f);
	}
	if (text.len - f->next < BLOCK + REACH && f->n + 2 * BLOCK <= ARRAY_LEN(f->at))
		find_rest(find, t, text, f);
	return true;
}
