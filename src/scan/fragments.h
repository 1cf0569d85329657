/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nibbles look for: of each phrase a piece of a word, perhaps with a slash before
 * it, the one that is rarest in logs and best shared with other phrases. No colour and no
 * escape can tear it, but those that hit their line anyway. Private to scan/; read only
 * and shared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/cues.h"
#include "scan/nibbles.h"
#include "scan/sample.h"

/* Bytes on each side of a fragment that are looked at; before it the first one does not
 * count. */
#define FRAGMENT_SIDE 8

/* Some bytes as they lie in memory, with bit 5 set, and a mask of those that count. */
struct fragment_side {
	uint64_t bytes, mask;
};

#define FRAGMENT_FOLD (SAMPLE_FOLD | (uint64_t)SAMPLE_FOLD << 32)

/* A fragment stands in the phrase of a cue. */
struct fragment_use {
	uint32_t cue, off;
	struct fragment_side before, behind;
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

/* Where the search for a key begins in the slots. */
static inline unsigned
fragments_slot(uint32_t key)
{
	return key * UINT32_C(2654435761) >> 24;
}

/* The fragment that text has at p[0, 4), or NULL. short_one: of three bytes. */
static inline const struct fragment *
fragments_at(const struct fragments *f, const char *p, bool short_one)
{
	uint32_t key = short_one ? sample_short_key(sample_key(p)) : sample_key(p);
	unsigned slot = fragments_slot(key);

	for (; f->slot[slot] != 0; slot = (slot + 1) % FRAGMENTS_SLOTS)
		if (f->all[f->slot[slot] - 1].key == key)
			return &f->all[f->slot[slot] - 1];
	return NULL;
}
