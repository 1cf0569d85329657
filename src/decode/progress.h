/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of a source as it is read: a sample before each 64 KiB of it, so that the nearest
 * earlier time of a line depends on the source alone. Where samples go back (one log was
 * put behind another) all lines between them are looked at, and where the key of a
 * prefix changes the lines on both sides: the span of times is that of the whole source
 * though few lines are looked at. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decode/run.h"

#define PROGRESS_GRID    ((uint64_t)64 << 10)
#define PROGRESS_SAMPLES 256
#define PROGRESS_PREFIX  640
#define PROGRESS_NEAR    (((uint64_t)16 << 10) + 1) /* that far back lines are looked at */

struct progress {
	int64_t sample[PROGRESS_SAMPLES];
	uint64_t boundary; /* the next one to sample, in bytes of the source */
	uint64_t first_at; /* where the search for the first time goes on */
	bool first_found;
	int64_t least_ns, greatest_ns; /* TIME_NONE: no time yet */
	uint64_t last_at; /* the last line was looked at before this offset */
	bool prefixed;    /* lines have keys of pods */
	uint64_t walked;  /* keys of lines before this offset were looked at */
	char prefix[PROGRESS_PREFIX]; /* of the line before that, its key in it */
	size_t prefix_len;
	uint64_t near_at;    /* the last line asked for, ... */
	int64_t near_ns;     /* its nearest time in reach, or TIME_NONE */
	uint64_t near_found; /* ... and the line that has it */
};

/* from: the byte of the source it begins with. */
void progress_init(struct progress *p, uint64_t from);

/* More whole lines are there. */
void progress_update(struct progress *p, const struct reading *rd);

/* The time in the text of a line, or TIME_NONE. */
int64_t progress_text_time(const struct reading *rd, const struct line *line);

/* That of its wrapping, if there is one, or of its text. */
static inline int64_t
progress_line_time(const struct reading *rd, const struct line *line)
{
	int64_t at_ns;

	if (line->wrap.time.len == 0)
		return progress_text_time(rd, line);
	return time_parse_near(rd->minute, line->wrap.time, &at_ns) ? at_ns : TIME_NONE;
}

/*
 * The nearest time before the line in its source: within 16 KiB, else what was sampled
 * before the line's 64 KiB; TIME_NONE if there is none. own: only lines of the same key
 * count (a prefixed pipe), within 16 KiB.
 */
int64_t progress_nearest(
	struct progress *p, const struct reading *rd, const struct line *line, bool own);

/*
 * The time of the last line before a byte of the source, a multiple of PROGRESS_GRID not
 * far back, as it was sampled; TIME_NONE: none before it.
 */
int64_t progress_sample(const struct progress *p, uint64_t boundary);

/* No line before it will be looked at for the next sample. */
uint64_t progress_reach(const struct progress *p, const struct reading *rd);

/* The source ends: its last lines count. */
void progress_end(struct progress *p, const struct reading *rd);

/* Whether a time was found before the last boundary. */
bool progress_is_known(const struct progress *p);

/* The greatest time so far, that of the last line included. */
int64_t progress_last(struct progress *p, const struct reading *rd);
