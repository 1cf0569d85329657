/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a text one of a few strings of four bytes may stand, and how many lines it
 * has, and of docker's how many whole ones, in one reading. The strings lie in eight
 * buckets; tables say by four bits of a byte which buckets it fits in its place: the
 * shuffle instructions look up 32 bytes at once. This is Teddy, by Geoffrey Langdale, of
 * Intel's Hyperscan. AVX2 where the processor has it, else plain C. Private to scan/; any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define NIBBLES_LEN     4
#define NIBBLES_BUCKETS 8

/* How much is looked at: the less the faster, and the more places are found in vain. */
enum nibbles_depth {
	NIBBLES_THREE, /* half */
	NIBBLES_FOUR,  /* half, and low of the last place */
	NIBBLES_ALL    /* low and high of the first, half of the second, low */
};

struct nibbles {
	/*
	 * By bits 0 to 3 of a byte, a bit per bucket. No bucket has a byte over 127 but
	 * with NIBBLES_ALL in the last place, where these bits count alone.
	 */
	unsigned char low[NIBBLES_LEN][16];
	unsigned char high[16]; /* by bits 4 to 7 of the first byte */
	/* By bits 1 to 4 of a byte and one: a space is no letter, both cases are one. */
	unsigned char half[NIBBLES_LEN - 1][16];
	enum nibbles_depth depth;
	/*
	 * Buckets that do not count where an LF stands two bytes behind the last one:
	 * colours at the end of a line. Where docker's lines are read, in which an escape
	 * takes the place of ESC, they do not count where the text of a line ends so, nor
	 * where the first byte is a quote: half a byte does not tell it from letters.
	 */
	unsigned char colours;
	bool plain; /* as on a machine without vectors: for tests */
};

/* What is read: lines of docker's json-file, or others. */
enum nibbles_form { NIBBLES_RAW, NIBBLES_DOCKER };

/* What was found last: places, ascending. */
struct nibbles_found {
	size_t next;    /* where to go on; starts at 0 */
	uint64_t lines; /* LFs so far; starts at 0 */
	uint64_t ends;  /* of docker's: escaped LFs and a quote; starts at 0 */
	size_t n;
	size_t at[512];
};

/* c, up to 127, fits place i of a bucket. */
void nibbles_allow(struct nibbles *t, unsigned bucket, size_t i, unsigned char c);

/* The index of c in a table half. */
static inline unsigned
nibbles_half(unsigned char c)
{
	return (c + 1U) >> 1 & 15;
}

/* Whether vectors are used. */
bool nibbles_is_wide(void);

/* Goes on in text. False: it is at its end, and nothing more was found. */
bool nibbles_find(const struct nibbles *t, struct str text, enum nibbles_form form,
	struct nibbles_found *f);
