/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often four bytes, or three, stand in a piece of a log; about, where two of them
 * share a count. Private to scan/; read only once it is made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define SAMPLE_FOLD   UINT32_C(0x20202020)
#define SAMPLE_COMMON 128

struct sample {
	uint16_t *keys;  /* by hash */
	uint16_t *looks; /* by what NIBBLES_FOUR looks at */
	size_t len;
	uint32_t common[SAMPLE_COMMON]; /* keys that are there often */
	size_t n_common;
};

/* text may be empty. False: no memory. */
bool sample_init(struct sample *s, struct str text);
void sample_fini(struct sample *s);

/* Four bytes as they lie in memory, with SAMPLE_FOLD; of three the last is 0. */
static inline uint32_t
sample_key(const char *p)
{
	uint32_t key;

	memcpy(&key, p, sizeof(key));
	return key | SAMPLE_FOLD;
}

static inline uint32_t
sample_short_key(uint32_t key)
{
	const unsigned char bytes[4] = { 0xff, 0xff, 0xff, 0 };
	uint32_t mask;

	memcpy(&mask, bytes, sizeof(mask));
	return key & mask;
}

/* A hash of 16 bits. */
static inline uint32_t
sample_hash(uint32_t key)
{
	return key * UINT32_C(2654435761) >> 16;
}

/* How often the bytes of a key are there, in any case. */
size_t sample_count(const struct sample *s, uint32_t key);

/*
 * How often four bytes are there that NIBBLES_FOUR takes for one of a set: bits of
 * nibbles_half() of the first three, and of the low half of the last.
 */
size_t sample_looks(const struct sample *s, const uint16_t half[3], uint16_t low);
