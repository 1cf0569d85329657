/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of a source as it is read: a sample before each 64 KiB of it, so that the nearest
 * earlier time of a line depends on the source alone. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decode/run.h"

#define PROGRESS_GRID    ((uint64_t)64 << 10)
#define PROGRESS_SAMPLES 256

struct progress {
	int64_t sample[PROGRESS_SAMPLES];
	uint64_t boundary; /* the next one to sample */
	uint64_t first_at; /* where the search for the first time goes on */
	int64_t first_ns;
	uint64_t last_at; /* last_ns was found before this offset */
	int64_t last_ns;
	uint64_t near_at;    /* the last line asked for, ... */
	int64_t near_ns;     /* its nearest time in reach, or TIME_NONE */
	uint64_t near_found; /* ... and the line that has it */
};

void progress_init(struct progress *p);

/* More whole lines are there. */
void progress_update(struct progress *p, const struct reading *rd);

/* The time of a line by its wrapping or its text, or TIME_NONE. */
int64_t progress_line_time(const struct reading *rd, const struct line *line);

/*
 * The nearest time before the line in its source: within 16 KiB, else what was sampled
 * before the line's 64 KiB; TIME_NONE if there is none. own: only lines of the same key
 * count (a prefixed pipe), within 16 KiB.
 */
int64_t progress_nearest(
	struct progress *p, const struct reading *rd, const struct line *line, bool own);

/* Time of the last line that carries one. */
int64_t progress_last(struct progress *p, const struct reading *rd);
