/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 64 bytes at a time become masks, a bit per byte, and what is looked for is said with
 * masks alone:
 *
 *   - a run of 13 and more digits, or of four with a group behind it;
 *   - "=" and ":", unless a time or a port is around them;
 *   - "@", "%4", "--";
 *   - the first two letters of a word that tokens begin with.
 */
#include "match/finder.h"

#include <string.h>

#include "base/compiler.h"

#if WITH_AVX2
#include <immintrin.h>
#endif

#define BLOCK 64

/* Of 64 bytes and what is right behind them. */
struct masks {
	uint64_t digit; /* 0-9 */
	uint64_t word;  /* 0-9, A-Z, a-z, "_" */
	uint64_t two;   /* the "2" of cvv2 */
	uint64_t name;  /* "=", ":" */
	uint64_t url;   /* ":/" */
	uint64_t sign;  /* "@", "%4", "--" */
	uint64_t pair;  /* two letters of a token's first word */
};

typedef void masks_fn(const char *p, struct masks *m); /* p[0, 65) can be read */

enum { IS_DIGIT = 1, IS_WORD = 2, IS_TWO = 4, IS_NAME = 8 };

static unsigned
kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return IS_DIGIT | IS_WORD | (c == '2' ? IS_TWO : 0);
	if (char_is_alpha(c) || c == '_')
		return IS_WORD;
	return c == '=' || c == ':' ? IS_NAME : 0;
}

/*
 * Bearer, Basic; AKIA, ASIA, AIza; eyJ; SG.; sk, rk; xox, xapp; gh, github, glpat; npm,
 * whsec; and the few that the vectors cannot tell from them.
 */
static bool
is_pair(char a, char b)
{
	switch (a) {
	case 'b':
	case 'B':
		return (b | 0x20) == 'e' || (b | 0x20) == 'a';
	case 'A':
		return b == 'K' || b == 'S' || b == 'I';
	case 'e':
		return b == 'y';
	case 'S':
		return b == 'G';
	case 's':
	case 'r':
		return b == 'k';
	case 'x':
		return b == 'o' || b == 'a';
	case 'g':
		if (b == 'i' || b == 'l')
			return true;
		/* fall through */
	case 'n':
	case 'w':
	case '~':
		return b == 'p' || b == 'h' || b == '`' || b == 'x';
	default:
		return false;
	}
}

static void
masks_plain(const char *p, struct masks *m)
{
	*m = (struct masks){ 0 };
	for (unsigned i = 0; i < BLOCK; i++) {
		const uint64_t bit = UINT64_C(1) << i;
		unsigned kind = kind_of(p[i]);
		char next = p[i + 1];

		m->digit |= (kind & IS_DIGIT) != 0 ? bit : 0;
		m->word |= (kind & IS_WORD) != 0 ? bit : 0;
		m->two |= (kind & IS_TWO) != 0 ? bit : 0;
		m->name |= (kind & IS_NAME) != 0 ? bit : 0;
		m->url |= p[i] == ':' && next == '/' ? bit : 0;
		m->sign |= p[i] == '@' || (p[i] == '%' && next == '4') ||
					   (p[i] == '-' && next == '-')
				   ? bit
				   : 0;
		m->pair |= is_pair(p[i], next) ? bit : 0;
	}
}

#if WITH_AVX2
AVX2 static inline __m256i
is(__m256i x, char c)
{
	return _mm256_cmpeq_epi8(x, _mm256_set1_epi8(c));
}

/* Bytes in [from, from + n). */
AVX2 static inline __m256i
within(__m256i x, char from, char n)
{
	__m256i d = _mm256_sub_epi8(x, _mm256_set1_epi8(from));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8((char)(n - 1))), d);
}

#define ROW(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

/*
 * A bit for each of the eight kinds of pairs, looked up by the halves of both bytes:
 * [bB][eEaA], A[KSI], ey, SG, [sr]k, x[oa], g[hil], [nw][ph].
 */
AVX2 static inline __m256i
find_pairs(__m256i x, __m256i y)
{
	const __m256i low = _mm256_set1_epi8(0x0f);
	const __m256i x_low = ROW(0, 0x02, 0x11, 0x18, 0, 0x04, 0, (char)0xc0, 0x20, 0, 0,
		0, 0, 0, (char)0x80, 0);
	const __m256i x_high = ROW(
		0, 0, 0, 0, 0x03, 0x08, (char)0xc5, (char)0xb0, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i y_low = ROW((char)0x80, 0x21, 0, 0x02, 0, 0x01, 0, 0x08, (char)0xc0,
		0x46, 0, 0x12, 0x40, 0, 0, 0x20);
	const __m256i y_high = ROW(
		0, 0, 0, 0, 0x0b, 0x02, (char)0xf1, (char)0x84, 0, 0, 0, 0, 0, 0, 0, 0);
	__m256i xh = _mm256_and_si256(_mm256_srli_epi16(x, 4), low);
	__m256i yh = _mm256_and_si256(_mm256_srli_epi16(y, 4), low);
	__m256i a = _mm256_and_si256(_mm256_shuffle_epi8(x_low, _mm256_and_si256(x, low)),
		_mm256_shuffle_epi8(x_high, xh));
	__m256i b = _mm256_and_si256(_mm256_shuffle_epi8(y_low, _mm256_and_si256(y, low)),
		_mm256_shuffle_epi8(y_high, yh));

	return _mm256_cmpeq_epi8(_mm256_and_si256(a, b), _mm256_setzero_si256());
}

AVX2 static inline uint64_t
bits(__m256i x)
{
	return (uint32_t)_mm256_movemask_epi8(x);
}

/* Of 32 bytes. */
AVX2 static inline void
masks_half(const char *p, struct masks *m)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(p + 1));
	__m256i digit = within(x, '0', 10), colon = is(x, ':');
	__m256i letter = within(_mm256_or_si256(x, _mm256_set1_epi8(0x20)), 'a', 26);
	__m256i sign = _mm256_or_si256(
		is(x, '@'), _mm256_or_si256(_mm256_and_si256(is(x, '%'), is(y, '4')),
				    _mm256_and_si256(is(x, '-'), is(y, '-'))));

	m->digit = bits(digit);
	m->word = bits(_mm256_or_si256(digit, _mm256_or_si256(letter, is(x, '_'))));
	m->two = bits(is(x, '2'));
	m->name = bits(_mm256_or_si256(colon, is(x, '=')));
	m->url = bits(_mm256_and_si256(colon, is(y, '/')));
	m->sign = bits(sign);
	m->pair = bits(find_pairs(x, y)) ^ UINT32_MAX;
}

AVX2 static void
masks_wide(const char *p, struct masks *m)
{
	struct masks a, b;

	masks_half(p, &a);
	masks_half(p + 32, &b);
	*m = (struct masks){ .digit = a.digit | b.digit << 32,
		.word = a.word | b.word << 32,
		.two = a.two | b.two << 32,
		.name = a.name | b.name << 32,
		.url = a.url | b.url << 32,
		.sign = a.sign | b.sign << 32,
		.pair = a.pair | b.pair << 32 };
}
#endif

static masks_fn *
choose(const struct finder *f)
{
#if WITH_AVX2
	if (!f->plain && __builtin_cpu_supports("avx2"))
		return masks_wide;
#endif
	(void)f;
	return masks_plain;
}

void
finder_init(struct finder *f, struct str s)
{
	f->s = s;
	f->base = SIZE_MAX;
	f->plain = false;
}

/* Bits of a block and of the one behind it, moved down: what stands n bytes on. */
static uint64_t
ahead(uint64_t here, uint64_t behind, unsigned n)
{
	return here >> n | behind << (BLOCK - n);
}

/* digit: of the block; behind: of the next one; before: bit 0, of the last byte. */
static uint64_t
find_cards(uint64_t digit, uint64_t behind, uint64_t before)
{
	uint64_t start = digit & ~(digit << 1 | before);
	uint64_t two = digit & ahead(digit, behind, 1), next2 = behind & behind >> 1;
	uint64_t four = two & ahead(two, next2, 2), next4 = next2 & next2 >> 2;
	uint64_t groups, run;

	start &= four;
	if (start == 0)
		return 0;
	groups = ~ahead(digit, behind, 4) & ahead(four, next4, 5);
	run = ahead(four, next4, 4) & ahead(four, next4, 8) & ahead(digit, behind, 12);
	return start & (groups | run);
}

/* What it takes of the masks, as wanted: all but digits. */
static uint64_t
find_others(const struct masks *m, const struct masks *last)
{
	uint64_t plain = m->digit & ~m->two, before = last->digit & ~last->two;
	uint64_t name = m->name & ~(plain << 1 | before >> (BLOCK - 1));

	return name | m->url | m->sign |
	       (m->pair & ~(m->word << 1 | last->word >> (BLOCK - 1)));
}

/* The masks of s[at, at + 64), as if zeros stood behind its end. */
static void
look(masks_fn *fn, struct str s, size_t at, struct masks *m)
{
	char rest[BLOCK + 1] = { 0 };

	if (at + BLOCK < s.len) {
		fn(s.ptr + at, m);
		return;
	}
	if (at < s.len)
		memcpy(rest, s.ptr + at, s.len - at < BLOCK + 1 ? s.len - at : BLOCK + 1);
	fn(rest, m);
}

/* At a multiple of all blocks together. */
static void
load(struct finder *f, size_t base)
{
	masks_fn *fn = choose(f);
	struct masks last = { 0 }, here, behind;
	size_t n = f->s.len - base;

	if (base > 0)
		look(fn, f->s, base - BLOCK, &last);
	look(fn, f->s, base, &here);
	n = n < FINDER_BLOCKS * BLOCK ? (n + BLOCK - 1) / BLOCK : FINDER_BLOCKS;
	for (size_t i = 0; i < n; i++) {
		size_t at = base + (i + 1) * BLOCK;

		behind = (struct masks){ 0 };
		if (at < f->s.len)
			look(fn, f->s, at, &behind);
		f->found[i] =
			find_others(&here, &last) |
			find_cards(here.digit, behind.digit, last.digit >> (BLOCK - 1));
		last = here;
		here = behind;
	}
	f->base = base;
}

size_t
finder_next(struct finder *f, size_t from)
{
	while (from < f->s.len) {
		size_t base = from - from % (FINDER_BLOCKS * BLOCK);
		size_t end = f->s.len - base < FINDER_BLOCKS * BLOCK
				     ? f->s.len - base
				     : FINDER_BLOCKS * BLOCK;
		size_t i = (from - base) / BLOCK;
		uint64_t bit;

		if (f->base != base)
			load(f, base);
		bit = f->found[i] & UINT64_MAX << from % BLOCK;
		while (bit == 0 && ++i * BLOCK < end)
			bit = f->found[i];
		if (bit != 0)
			return base + i * BLOCK + (size_t)__builtin_ctzll(bit);
		from = base + FINDER_BLOCKS * BLOCK;
	}
	return SIZE_MAX;
}
