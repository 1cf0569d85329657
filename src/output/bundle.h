/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that were taken together: letters as the parcels a destination makes requests
 * of, and what became of each parcel so far. No clocks; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "output/destination.h"
#include "output/letter.h"

/* What became of a parcel. */
struct progress {
	size_t first, n; /* its letters */
	size_t after;    /* 1 + the earlier parcel of the same key; 0: there is none */
	size_t errands;  /* that carry it and have not ended */
	bool ended;      /* its letters are not here any more */
	enum letter_fate fate; /* LETTER_WAITS: to be delivered; else what it ends as */
	char why_z[sizeof(((struct letter *)0)->why_z)];
	char link_z[LETTER_LINK_MAX]; /* where its receiver shows it; may be empty */
};

struct bundle {
	struct bundle *next;
	struct letter **letters; /* in the order of the parcels; NULL: ended */
	struct finding *findings;
	struct parcel *parcels;
	struct progress *progress;
	char (*keys)[32]; /* of groups */
	size_t n, n_parcels;
	size_t left;    /* parcels that have not ended */
	size_t errands; /* that are of it */
	size_t bytes;   /* of the letters' bodies */
};

/* Room for n letters. NULL: out of memory. */
struct bundle *bundle_new(size_t n);

/* Frees the letters that have not ended, too. */
void bundle_free(struct bundle **pb);

/* Takes l over, its finding parsed; those of a group and kind are one parcel. */
void bundle_add(struct bundle *b, struct letter *l);

/*
 * After the last letter and for each parcel from the first on: parcel p as destinations
 * see it. open: incidents of its group that are.
 */
void bundle_describe(struct bundle *b, size_t p, size_t open);

/* After that: which parcels must wait for which. False: out of memory. */
MUST_USE bool bundle_chain(struct bundle *b);

/* The parcels [from, to) will end so; the first fate stays. */
void bundle_doom(struct bundle *b, size_t from, size_t to, enum letter_fate fate,
	const char *why_z);

/* Whether parcel p is to be sent no more: it is too old, or one too many. */
bool bundle_has_dropped(const struct bundle *b, size_t p);

/* When the oldest that has not ended began to wait (wall); 0: unknown, or none. */
int64_t bundle_since(const struct bundle *b);
