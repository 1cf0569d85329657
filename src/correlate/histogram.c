/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell is one word: weight, slice, bucket. Buckets grow by 2 %, so that the middle of
 * one is within 1 % of all in it; negative values mirror positive ones. Cells stand as
 * they came; when there is no room equal ones are added up.
 */
#include <math.h>
#include <stdlib.h>

#include "correlate/measure.h"

#define BUCKET_BITS  15
#define SLICE_BITS   7
#define WEIGHT_SHIFT (BUCKET_BITS + SLICE_BITS)
#define WEIGHT_MAX   (UINT64_MAX >> WEIGHT_SHIFT)
#define ZERO         16384
#define GAMMA        1.02
#define LEAST        1e-9 /* nearer to 0 is 0 */
#define SHIFT_MAX    5
#define SLICE_MASK   ((1 << SLICE_BITS) - 1)

static unsigned
bucket_of(double v)
{
	int i;

	if (fabs(v) < LEAST)
		return ZERO;
	i = 1 + (int)floor(log(fabs(v) / LEAST) / log(GAMMA));
	return (unsigned)(v > 0 ? ZERO + i : ZERO - i);
}

static double
bucket_middle(unsigned bucket)
{
	int i = (int)bucket - ZERO;
	double v;

	if (i == 0)
		return 0;
	v = LEAST * pow(GAMMA, abs(i) - 1) * 2 * GAMMA / (GAMMA + 1);
	return i > 0 ? v : -v;
}

static unsigned
cell_bucket(uint64_t cell)
{
	return (unsigned)(cell & ((1U << BUCKET_BITS) - 1));
}

/* Only the low bits of the group of slices are in the cell: it is none after newest. */
static int64_t
cell_group(const struct measure *m, uint64_t cell)
{
	int64_t newest = m->newest >> m->shift;
	int64_t low = (int64_t)(cell >> BUCKET_BITS) & SLICE_MASK;

	return newest - ((newest - low) & SLICE_MASK);
}

static uint64_t
make_cell(uint64_t weight, int64_t group, unsigned bucket)
{
	weight = weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
	return weight << WEIGHT_SHIFT | (uint64_t)(group & SLICE_MASK) << BUCKET_BITS |
	       bucket;
}

static int
by_place(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a & ((UINT64_C(1) << WEIGHT_SHIFT) - 1);
	uint64_t y = *(const uint64_t *)b & ((UINT64_C(1) << WEIGHT_SHIFT) - 1);

	return (x > y) - (x < y);
}

static void
add_up(struct measure *m, uint64_t *cells)
{
	uint32_t to = 0;

	if (m->cells == 0)
		return;
	qsort(cells, m->cells, sizeof(*cells), by_place);
	for (uint32_t i = 1; i < m->cells; i++) {
		if (by_place(&cells[to], &cells[i]) != 0) {
			cells[++to] = cells[i];
			continue;
		}
		cells[to] = make_cell(
			(cells[to] >> WEIGHT_SHIFT) + (cells[i] >> WEIGHT_SHIFT),
			(int64_t)(cells[i] >> BUCKET_BITS), cell_bucket(cells[i]));
	}
	m->cells = to + 1;
}

/* The last slice of a group. */
static int64_t
group_end(const struct measure *m, int64_t group)
{
	return group * ((int64_t)1 << m->shift) + ((int64_t)1 << m->shift) - 1;
}

static void
forget(struct measure *m, uint64_t *cells)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < m->cells; i++)
		if (group_end(m, cell_group(m, cells[i])) >= m->newest - SLICES)
			cells[to++] = cells[i];
	m->cells = to;
	if (to == 0)
		m->shift = 0;
}

/*
 * A slice's low bits are enough as long as no cell is older than what they can tell: what
 * left the window goes at least every 64 slices, which take at most 60 at a step.
 */
void
histogram_roll(const struct measure_plan *mp, struct measure *m, int64_t number)
{
	bool due = mp->histogram > 0 && m->newest >> 6 != number >> 6;

	if (due && (uint64_t)number - (uint64_t)m->newest > SLICES)
		m->cells = 0;
	if (due)
		forget(m, measure_cells(mp, m));
	m->newest = number;
	if (due)
		forget(m, measure_cells(mp, m));
}

/* by 1: two groups become one; by -1: a group is what its later half was. */
static void
regroup(struct measure *m, uint64_t *cells, int by)
{
	struct measure after = *m;

	after.shift = (uint8_t)(m->shift + by);
	for (uint32_t i = 0; i < m->cells; i++) {
		int64_t end = group_end(m, cell_group(m, cells[i]));

		if (end > m->newest)
			end = m->newest;
		cells[i] = make_cell(cells[i] >> WEIGHT_SHIFT, end >> after.shift,
			cell_bucket(cells[i]));
	}
	m->shift = after.shift;
}

/* A quarter of the buckets, at the end that matters less, become one. */
static void
narrow(struct measure *m, uint64_t *cells, double percentile)
{
	unsigned low = UINT32_MAX, high = 0, edge;
	bool up = percentile >= 50;

	for (uint32_t i = 0; i < m->cells; i++) {
		unsigned b = cell_bucket(cells[i]);

		low = b < low ? b : low;
		high = b > high ? b : high;
	}
	edge = up ? low + (high - low) / 4 + 1 : high - (high - low) / 4 - 1;
	for (uint32_t i = 0; i < m->cells; i++) {
		unsigned b = cell_bucket(cells[i]);

		if (up ? b < edge : b > edge)
			cells[i] =
				(cells[i] & ~((UINT64_C(1) << BUCKET_BITS) - 1)) | edge;
	}
}

static void
make_room(const struct measure_plan *mp, struct measure *m, double percentile)
{
	uint64_t *cells = measure_cells(mp, m);

	forget(m, cells);
	add_up(m, cells);
	if (m->cells < mp->histogram / 8 && m->shift > 0)
		regroup(m, cells, -1);
	while (m->cells > mp->histogram / 2) {
		if (m->shift < SHIFT_MAX)
			regroup(m, cells, 1);
		else
			narrow(m, cells, percentile);
		add_up(m, cells);
	}
}

void
histogram_add(const struct measure_plan *mp, struct measure *m, double percentile,
	double v, uint64_t weight)
{
	if (m->cells == mp->histogram)
		make_room(mp, m, percentile);
	measure_cells(mp, m)[m->cells++] =
		make_cell(weight, m->newest >> m->shift, bucket_of(v));
}

static int
by_bucket(const void *a, const void *b)
{
	unsigned x = cell_bucket(*(const uint64_t *)a),
		 y = cell_bucket(*(const uint64_t *)b);

	return x != y ? (x > y) - (x < y) : by_place(a, b);
}

double
histogram_at(const struct measure_plan *mp, struct measure *m, double percentile,
	int64_t from, int64_t to)
{
	uint64_t *cells = measure_cells(mp, m), total = 0, n = 0;
	double rank;
	unsigned bucket = ZERO;

	forget(m, cells);
	if (m->cells == 0)
		return 0;
	qsort(cells, m->cells, sizeof(*cells), by_bucket);
	for (int pass = 0; pass < 2; pass++) {
		rank = fmax(1, ceil(percentile / 100 * (double)total - 1e-9));
		for (uint32_t i = 0; i < m->cells; i++) {
			int64_t group = cell_group(m, cells[i]);

			if (group_end(m, group) < from ||
				group * ((int64_t)1 << m->shift) >= to)
				continue;
			n += cells[i] >> WEIGHT_SHIFT;
			bucket = cell_bucket(cells[i]);
			if (pass == 1 && (double)n >= rank)
				break;
		}
		total = n;
		n = 0;
	}
	return bucket_middle(bucket);
}
