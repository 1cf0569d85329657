/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nibbles look for: of each phrase a piece of a word, the one that is rarest in logs
 * and best shared with other phrases. No colour and no escape can tear it, but those that
 * hit their line anyway. Private to scan/; read only and shared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/cues.h"
#include "scan/nibbles.h"
#include "scan/sample.h"

/* Up to four bytes beside a fragment: bit 5 of each set, and a mask of those there are.
 */
struct fragment_side {
	uint32_t bytes, mask;
};

/* A fragment stands in the phrase of a cue. */
struct fragment_use {
	uint32_t cue, off;
	struct fragment_side before; /* three at most, the last ones of its four */
	struct fragment_side after;
};

struct fragment {
	uint32_t key;     /* its bytes as they lie in memory, folded; 3 of 4: a zero */
	uint32_t len;     /* 3 or 4 */
	uint32_t from, n; /* of uses */
};

#define FRAGMENTS_MAX   64
#define FRAGMENTS_SLOTS 256

struct fragments {
	struct fragment all[FRAGMENTS_MAX];
	size_t n;
	struct fragment_use *uses;           /* owned */
	unsigned char slot[FRAGMENTS_SLOTS]; /* number of a fragment plus one */
	bool short_ones;                     /* of three bytes */
	double rate;                         /* places a byte of a log, estimated */
};

/*
 * Chooses for all cues, by a sample of what will be read, and puts the fragments into
 * buckets of t, beside what is there, for its depth. False: some phrase has none, there
 * are too many, one of three bytes does not go with NIBBLES_FOUR, or no memory.
 */
bool fragments_init(struct fragments *f, const struct cues *c,
	const struct sample *sample, struct nibbles *t);
void fragments_fini(struct fragments *f);

/* The fragment that text has at p[0, 4), or NULL. short_one: of three bytes. */
const struct fragment *fragments_at(
	const struct fragments *f, const char *p, bool short_one);
