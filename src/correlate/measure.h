/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of one value_* key, at most MEASURE_BYTES: 61 slices, and for percentiles a
 * sparse histogram for what is shown. Private to correlate/. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/plan.h"

#define SLICES        60
#define MEASURE_BYTES ((size_t)3328) /* with its key under 4 KiB */
#define SHIFT_MAX     5              /* of a histogram's cells */

struct measure {
	int64_t newest; /* slice; none before it is still to come */
	bool any;       /* newest is set */
	uint8_t shift;  /* a cell of the histogram stands for 1 << shift slices */
	uint8_t at;     /* where newest stands */
	uint32_t cells; /* in use */
	/*
	 * First SLICES + 1 times weight and counters (a fixed-point sum in thousandths,
	 * or the weights below or up to each bound), then the cells.
	 */
	uint64_t words[];
};

/* The number of a match. */
struct sample {
	double number;
	unsigned bucket; /* histogram_bucket(number) */
	uint32_t weight;
};

/* False: text is no number. */
bool measure_read(struct str text, uint32_t weight, struct sample *out);

void measure_plan_make(const struct correlation *co, struct measure_plan *out);

static inline unsigned
measure_at(int64_t slice)
{
	int64_t i = slice % (SLICES + 1);

	return (unsigned)(i < 0 ? i + SLICES + 1 : i);
}

static inline void
measure_set_newest(struct measure *m, int64_t slice)
{
	m->newest = slice;
	m->at = (uint8_t)measure_at(slice);
}

static inline uint64_t *
measure_cells(const struct measure_plan *mp, struct measure *m)
{
	return m->words + (size_t)(SLICES + 1) * (1 + mp->counters);
}

/* histogram.c: the slice becomes the newest. */
void histogram_roll(const struct measure_plan *mp, struct measure *m, int64_t number);

/* The bucket that a value is in. */
unsigned histogram_bucket(double v);

/*
 * Their buckets join the newest slice. percentile tells which values are dear
 * when there are more cells than room: first slices are taken together (what has left the
 * window may then be shown for up to 4 slices more), then the buckets furthest off.
 */
void histogram_add(const struct measure_plan *mp, struct measure *m, double percentile,
	const struct sample *samples, size_t n);

/* A cell that was kept comes back; m is otherwise restored. */
void histogram_put(const struct measure_plan *mp, struct measure *m, uint64_t cell);

/* The value at the percentile (nearest rank) of the slices [from, to), within 1 %. */
double histogram_at(const struct measure_plan *mp, struct measure *m, double percentile,
	int64_t from, int64_t to);
