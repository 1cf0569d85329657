/* SPDX-License-Identifier: Apache-2.0 */
/* Between adding and merging. Private to worker/. */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "worker/pack.h"
#include "worker/runs.h"

#define STRETCHES 32 /* in memory, which are merged as they are */

/* Position and length of one run in the temporary file. */
struct span {
	off_t at;
	size_t len;
};

/* Where a match comes among others. */
struct order {
	int64_t at_ns;
	uint64_t source_id;
	uint64_t offset;
	uint32_t ordinal;
	uint32_t rule;
};

/* What is sorted. */
struct slot {
	struct order order;
	struct pack_place place;
};

struct runs {
	size_t memory;
	char *dir_z;
	struct pack *pack;
	struct buf data;
	size_t n_data;            /* matches in it */
	struct order last;        /* of them */
	struct slot *slots;       /* owned: all of them, after runs_sort() */
	size_t begins[STRETCHES]; /* of those in order, one stretch behind the other */
	size_t n_stretches;       /* of more than STRETCHES it is not known */
	int fd;
	off_t written;
	struct span *spans;
	size_t n_spans, cap_spans;
	uint64_t count;
};

/* Makes the slots of all that is in memory. 0 or a negative errno. */
MUST_USE int runs_sort(struct runs *r);

/* The stretch i of those in memory. */
struct str runs_stretch(const struct runs *r, size_t i);

/* Whether what is in memory is merged stretch by stretch: it needs no slots. */
bool runs_keep_order(const struct runs *r);

/*
 * Writes what is in memory if that is more than keep bytes: what follows needs the memory
 * more. Where it cannot be written it is merged from where it is, the end of a run that
 * failed being no part of any.
 */
void runs_write_rest(struct runs *r, size_t keep);
