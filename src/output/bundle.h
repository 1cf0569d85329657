/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that go out together: letters as the parcels a destination makes requests of,
 * and what became of each parcel so far. No clocks; one thread.
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
	size_t errands;  /* that carry it and have not ended */
	bool ended, rejected;
	char why_z[sizeof(((struct letter *)0)->why_z)];
};

struct bundle {
	struct letter **letters; /* in the order of the parcels; NULL: ended */
	struct finding *findings;
	struct parcel *parcels;
	struct progress *progress;
	char (*keys)[32]; /* of groups */
	size_t n, n_parcels;
};

/* Room for n letters; after false it is empty. */
MUST_USE bool bundle_init(struct bundle *b, size_t n);

/* Frees the letters that have not ended, too. */
void bundle_fini(struct bundle *b);

/* Takes l over, its finding parsed; those of a group and kind are one parcel. */
void bundle_add(struct bundle *b, struct letter *l);

/* After the last letter: parcel p as destinations see it. open: incidents of its group
 * that are. */
void bundle_describe(struct bundle *b, size_t p, size_t open);

/* The parcels [from, to) are not to be sent again; the first reason stays. */
void bundle_reject(struct bundle *b, size_t from, size_t to, const char *why_z);
