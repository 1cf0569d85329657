/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is being counted for decoder_sum(). Private to decode/; functions are in
 * decode/decoder.h. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/volume.h"

/* A slice that may go on. */
struct tally_open {
	bool known; /* some line had a time */
	int64_t slice;
	uint64_t lines, bytes; /* not given yet */
};

struct tally {
	struct tally_open own;    /* of lines without a prefix */
	struct volume_sum *ready; /* owned */
	size_t n, next, cap;

	/* Line by line. */
	uint64_t done; /* the offset from which on lines are not counted */
	bool has_newest;
	int64_t newest; /* slice of any line */

	/* Block by block. */
	uint64_t boundary; /* where the next block ends, in bytes of the source */
	uint64_t from;     /* of the open slice: its first line's offset, ... */
	uint64_t from_place, before; /* ... the byte of the source, lines before it */
	bool ended;
};
