/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a text one of a few strings of four bytes may stand, and how many lines it
 * has, in one reading. The strings lie in eight buckets; a table per place says by the
 * low half of a byte which buckets it fits, and for the first place also by its high
 * half: the shuffle instructions look up 32 bytes at once. This is Teddy, by Geoffrey
 * Langdale, of Intel's Hyperscan. AVX2 where the processor has it, else plain C. Private
 * to scan/; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define NIBBLES_LEN     4
#define NIBBLES_BUCKETS 8

struct nibbles {
	/* By the low half of a byte, a bit per bucket. No bucket has a byte over 127
	 * but in the last place, where its low half counts alone. */
	unsigned char low[NIBBLES_LEN][16];
	unsigned char high[16]; /* by the high half of the first byte */
	/*
	 * Buckets of colours: what begins there is none of these when its last byte is
	 * below ":" and an LF stands two bytes behind (the end of a coloured line).
	 */
	unsigned char colours;
	bool plain; /* as on a machine without vectors: for tests */
};

/* What was found last: places, ascending. */
struct nibbles_found {
	size_t next;    /* where to go on; starts at 0 */
	uint64_t lines; /* LFs so far; starts at 0 */
	size_t n;
	size_t at[256];
};

/* c fits place i of a bucket. */
void nibbles_allow(struct nibbles *t, unsigned bucket, size_t i, unsigned char c);

/* Whether vectors are used. */
bool nibbles_is_wide(void);

/* Goes on in text. False: it is at its end, and nothing more was found. */
bool nibbles_find(const struct nibbles *t, struct str text, struct nibbles_found *f);
