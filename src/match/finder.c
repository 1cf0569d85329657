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
	uint64_t plain; /* the same but the "2" of cvv2 */
	uint64_t word;  /* 0-9, A-Z, a-z, "_" */
	uint64_t name;  /* "=", ":" */
	uint64_t sign;  /* "@", "%4", "--", ":/" */
	uint64_t pair;  /* two letters of a token's first word */
};

/* The masks of n bytes, up to 64; p[0, 65) can be read, and zeros are behind them. */
typedef void masks_fn(const char *p, size_t n, struct masks *m);

enum { IS_DIGIT = 1, IS_WORD = 2, IS_PLAIN = 4, IS_NAME = 8 };

static unsigned
kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return IS_DIGIT | IS_WORD | (c != '2' ? IS_PLAIN : 0);
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
masks_plain(const char *p, size_t n, struct masks *m)
{
	*m = (struct masks){ 0 };
	for (unsigned i = 0; i < n; i++) {
		const uint64_t bit = UINT64_C(1) << i;
		unsigned kind = kind_of(p[i]);
		char next = p[i + 1];

		m->digit |= (kind & IS_DIGIT) != 0 ? bit : 0;
		m->plain |= (kind & IS_PLAIN) != 0 ? bit : 0;
		m->word |= (kind & IS_WORD) != 0 ? bit : 0;
		m->name |= (kind & IS_NAME) != 0 ? bit : 0;
		m->sign |= p[i] == '@' || (p[i] == '%' && next == '4') ||
					   (p[i] == '-' && next == '-') ||
					   (p[i] == ':' && next == '/')
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
	__m256i url = _mm256_and_si256(colon, is(y, '/'));
	__m256i two = _mm256_or_si256(_mm256_and_si256(is(x, '%'), is(y, '4')),
		_mm256_and_si256(is(x, '-'), is(y, '-')));

	m->digit = bits(digit);
	m->plain = bits(_mm256_andnot_si256(is(x, '2'), digit));
	m->word = bits(_mm256_or_si256(digit, _mm256_or_si256(letter, is(x, '_'))));
	m->name = bits(_mm256_or_si256(colon, is(x, '=')));
	m->sign = bits(_mm256_or_si256(is(x, '@'), _mm256_or_si256(url, two)));
	m->pair = bits(find_pairs(x, y)) ^ UINT32_MAX;
}

AVX2 static void
masks_wide(const char *p, size_t n, struct masks *m)
{
	struct masks b;

	masks_half(p, m);
	if (n <= BLOCK / 2)
		return;
	masks_half(p + BLOCK / 2, &b);
	m->digit |= b.digit << 32;
	m->plain |= b.plain << 32;
	m->word |= b.word << 32;
	m->name |= b.name << 32;
	m->sign |= b.sign << 32;
	m->pair |= b.pair << 32;
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

/* Of the last byte of a block, in bit 0. */
struct before {
	uint64_t digit, plain, word;
};

static struct before
last_of(const struct masks *m)
{
	return (struct before){ m->digit >> (BLOCK - 1), m->plain >> (BLOCK - 1),
		m->word >> (BLOCK - 1) };
}

/* What it takes of the masks, as wanted: all but digits. */
static uint64_t
find_others(const struct masks *m, const struct before *b)
{
	return (m->name & ~(m->plain << 1 | b->plain)) | m->sign |
	       (m->pair & ~(m->word << 1 | b->word));
}

/* The masks of s[at, at + 64), as if zeros stood behind its end. */
static void
look(masks_fn *fn, struct str s, size_t at, struct masks *m)
{
	char rest[BLOCK + 1] = { 0 };
	size_t n = s.len - at;

	if (n > BLOCK) {
		fn(s.ptr + at, BLOCK, m);
		return;
	}
	memcpy(rest, s.ptr + at, n);
	fn(rest, n, m);
}

/* At a multiple of all blocks together. */
static void
load(struct finder *f, size_t base)
{
	masks_fn *fn = choose(f);
	struct before before = { 0 };
	struct masks two[2], *here = &two[0], *behind = &two[1];
	size_t n = f->s.len - base;

	if (base > 0) {
		look(fn, f->s, base - BLOCK, here);
		before = last_of(here);
	}
	look(fn, f->s, base, here);
	n = n < FINDER_BLOCKS * BLOCK ? (n + BLOCK - 1) / BLOCK : FINDER_BLOCKS;
	for (size_t i = 0; i < n; i++) {
		size_t at = base + (i + 1) * BLOCK;
		struct masks *passed = here;
		bool more = at < f->s.len;

		if (more)
			look(fn, f->s, at, behind);
		f->found[i] =
			find_others(here, &before) |
			find_cards(here->digit, more ? behind->digit : 0, before.digit);
		before = last_of(here);
		here = behind;
		behind = passed;
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
