/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 after the authors' paper: two rounds per 8-byte word, four at the end.
 */
#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotate(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void
sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void
sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static inline uint64_t
load_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* n (less than 8) bytes as a little-endian number. */
static inline uint64_t
load(const char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return word;
}

static inline struct sip
sip_start(struct hash_key key)
{
	return (struct sip){
		.v0 = key.k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key.k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key.k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key.k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline uint64_t
sip_end(struct sip *s, uint64_t last)
{
	sip_word(s, last);
	s->v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t
hash_bytes(struct hash_key key, struct str s)
{
	struct sip sip = sip_start(key);
	size_t whole = s.len & ~(size_t)7;
	uint64_t last = (uint64_t)s.len << 56;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(&sip, load_word(s.ptr + i));
	if (s.len > whole)
		last |= load(s.ptr + whole, s.len - whole);
	return sip_end(&sip, last);
}

uint64_t
hash_stable(struct str s)
{
	return hash_bytes((struct hash_key){ 0 }, s);
}

uint64_t
hash_mix(uint64_t h, uint64_t v)
{
	struct sip sip = sip_start((struct hash_key){ 0 });

	sip_word(&sip, h);
	sip_word(&sip, v);
	return sip_end(&sip, UINT64_C(16) << 56);
}

/* Written once under seed_once, then only read: any thread. */
static struct hash_key seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void
draw_seed(void)
{
	if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		return;
	seed.k0 = (uint64_t)clock_wall_ns() ^ (uint64_t)getpid() << 32;
	seed.k1 = (uint64_t)clock_mono_ns() ^ (uint64_t)(uintptr_t)&seed;
}

struct hash_key
hash_seed(void)
{
	pthread_once(&seed_once, draw_seed);
	return seed;
}
