/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell is one word: weight, slice, bucket. Buckets grow by 2 %, so that the middle of
 * one is within 1 % of all in it; negative values mirror positive ones. The cells are a
 * small hash table; 0 is a free one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "correlate/measure.h"

#define BUCKET_BITS   15
#define SLICE_BITS    7
#define WEIGHT_SHIFT  (BUCKET_BITS + SLICE_BITS)
#define WEIGHT_MAX    (UINT64_MAX >> WEIGHT_SHIFT)
#define ZERO          16384
#define GAMMA         1.02
#define LEAST         1e-9 /* nearer to 0 is 0 */
#define SLICE_MASK    ((1 << SLICE_BITS) - 1)
#define PLACE_MASK    ((UINT64_C(1) << WEIGHT_SHIFT) - 1)
#define HISTOGRAM_MAX (MEASURE_BYTES / sizeof(uint64_t))
#define PER_GAMMA     50.4983497918439   /* 1 / log(GAMMA) */
#define PER_OCTAVE    35.0027887811465   /* 1 / log2(GAMMA) */
#define OCTAVES       29.897352853986263 /* from LEAST to 1 */
#define ROUGH         0.01               /* bucket_about() is closer */

/* How many buckets v, which is LEAST or more, is above LEAST. */
static double
bucket_about(double v)
{
	uint64_t bits;
	double octave, t;

	memcpy(&bits, &v, sizeof(bits));
	octave = (double)((int)(bits >> 52) - 1023);
	bits = (bits & (UINT64_MAX >> 12)) | UINT64_C(1023) << 52;
	memcpy(&t, &bits, sizeof(t));
	t -= 1; /* log2(1 + t) to 0.000115 */
	t = 0.00011457996 +
	    t * (1.4368748962 +
			t * (-0.6708826790 + t * (0.3122694773 - t * 0.0784406762)));
	return (octave + OCTAVES + t) * PER_OCTAVE;
}

unsigned
histogram_bucket(double v)
{
	double about, part;
	int i;

	if (fabs(v) < LEAST)
		return ZERO;
	about = bucket_about(fabs(v));
	i = (int)about;
	part = about - i;
	if (part < ROUGH || part > 1 - ROUGH)
		i = (int)floor(log(fabs(v) / LEAST) * PER_GAMMA);
	i++;
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

/* Joins the cell of its slice and bucket; one is free. */
static inline void
join(uint64_t *cells, uint32_t n, uint32_t *used, uint64_t cell)
{
	uint64_t place = cell & PLACE_MASK;
	uint32_t i = (uint32_t)((place * UINT64_C(0x9e3779b97f4a7c15) >> 32) * n >> 32);

	while (cells[i] != 0 && (cells[i] & PLACE_MASK) != place)
		i = i + 1 < n ? i + 1 : 0;
	*used += cells[i] == 0;
	if (__builtin_add_overflow(cells[i], cell & ~PLACE_MASK, &cells[i]))
		cells[i] = WEIGHT_MAX << WEIGHT_SHIFT;
	cells[i] |= place;
}

/* The last slice of a group. */
static int64_t
group_end(const struct measure *m, int64_t group)
{
	return group * ((int64_t)1 << m->shift) + ((int64_t)1 << m->shift) - 1;
}

/* Takes out what is still in the window; the table is empty then. */
static uint32_t
take_live(const struct measure_plan *mp, struct measure *m, uint64_t *out)
{
	uint64_t *cells = measure_cells(mp, m);
	uint32_t n = 0;

	for (uint32_t i = 0; i < mp->histogram; i++) {
		if (cells[i] != 0 &&
			group_end(m, cell_group(m, cells[i])) >= m->newest - SLICES)
			out[n++] = cells[i];
		cells[i] = 0;
	}
	m->cells = 0;
	if (n == 0)
		m->shift = 0;
	return n;
}

static void
put_all(const struct measure_plan *mp, struct measure *m, const uint64_t *from,
	uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		join(measure_cells(mp, m), mp->histogram, &m->cells, from[i]);
}

static void
forget(const struct measure_plan *mp, struct measure *m)
{
	uint64_t live[HISTOGRAM_MAX];

	put_all(mp, m, live, take_live(mp, m, live));
}

/*
 * A slice's low bits are enough as long as no cell is older than what they can tell: what
 * left the window goes at least every 64 slices, which take at most 60 at a step.
 */
void
histogram_roll(const struct measure_plan *mp, struct measure *m, int64_t number)
{
	bool due = mp->histogram > 0 && m->newest >> 6 != number >> 6;

	if (due && (uint64_t)number - (uint64_t)m->newest > SLICES) {
		memset(measure_cells(mp, m), 0, mp->histogram * sizeof(uint64_t));
		m->cells = 0;
		m->shift = 0;
	} else if (due)
		forget(mp, m);
	measure_set_newest(m, number);
	if (due)
		forget(mp, m);
}

/* by 1: two groups become one; by -1: a group is what its later half was. */
static void
regroup(struct measure *m, uint64_t *cells, uint32_t n, int by)
{
	struct measure after = *m;

	after.shift = (uint8_t)(m->shift + by);
	for (uint32_t i = 0; i < n; i++) {
		int64_t end = group_end(m, cell_group(m, cells[i]));

		if (end > m->newest)
			end = m->newest;
		cells[i] = make_cell(cells[i] >> WEIGHT_SHIFT, end >> after.shift,
			cell_bucket(cells[i]));
	}
	m->shift = after.shift;
}

/* Those below the bucket first; returns how many, and their weight. */
static uint32_t
split(uint64_t *cells, uint32_t n, unsigned bucket, uint64_t *weight)
{
	uint32_t below = 0;

	*weight = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t cell = cells[i];

		if (cell_bucket(cell) >= bucket)
			continue;
		*weight += cell >> WEIGHT_SHIFT;
		cells[i] = cells[below];
		cells[below++] = cell;
	}
	return below;
}

/* The bucket of the nearest rank; cells are in another order on return. */
static unsigned
find_rank(uint64_t *cells, uint32_t n, double percentile)
{
	uint64_t total = 0, before = 0;
	double rank;

	for (uint32_t i = 0; i < n; i++)
		total += cells[i] >> WEIGHT_SHIFT;
	rank = fmax(1, ceil(percentile / 100 * (double)total - 1e-9));
	while (n > 0) {
		unsigned bucket = cell_bucket(cells[n / 2]);
		uint64_t low, same;
		uint32_t below = split(cells, n, bucket, &low), up_to;

		if ((double)(before + low) >= rank) {
			n = below;
			continue;
		}
		up_to = below + split(cells + below, n - below, bucket + 1, &same);
		before += low + same;
		if ((double)before >= rank)
			return bucket;
		cells += up_to;
		n -= up_to;
	}
	return ZERO;
}

/* The buckets furthest from the percentile become one on each side. */
static void
narrow(uint64_t *cells, uint32_t n, double percentile)
{
	unsigned at = find_rank(cells, n, percentile), least = at, most = at, low, high;

	for (uint32_t i = 0; i < n; i++) {
		unsigned b = cell_bucket(cells[i]);

		least = b < least ? b : least;
		most = b > most ? b : most;
	}
	low = at - (at - least) * 3 / 4;
	high = at + (most - at) * 3 / 4;

	for (uint32_t i = 0; i < n; i++) {
		unsigned b = cell_bucket(cells[i]), to = b < low ? low : b;

		to = to > high ? high : to;
		cells[i] = (cells[i] & ~((UINT64_C(1) << BUCKET_BITS) - 1)) | to;
	}
}

NEVER_INLINE static void
make_room(const struct measure_plan *mp, struct measure *m, double percentile)
{
	uint64_t live[HISTOGRAM_MAX];
	uint32_t n = take_live(mp, m, live);

	if (n < mp->histogram / 8 && m->shift > 0)
		regroup(m, live, n, -1);
	put_all(mp, m, live, n);
	while (m->cells > mp->histogram / 2) {
		n = take_live(mp, m, live);
		if (m->shift < SHIFT_MAX)
			regroup(m, live, n, 1);
		else
			narrow(live, n, percentile);
		put_all(mp, m, live, n);
	}
}

void
histogram_add(const struct measure_plan *mp, struct measure *m, double percentile,
	const struct sample *samples, size_t n)
{
	uint64_t *cells = measure_cells(mp, m);

	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &samples[i];

		if (s->weight == 0)
			continue;
		if (m->cells >= mp->histogram / 4 * 3)
			make_room(mp, m, percentile);
		join(cells, mp->histogram, &m->cells,
			make_cell(s->weight, m->newest >> m->shift, s->bucket));
	}
}

void
histogram_put(const struct measure_plan *mp, struct measure *m, uint64_t cell)
{
	if (cell >> WEIGHT_SHIFT != 0 && m->cells + 1 < mp->histogram)
		join(measure_cells(mp, m), mp->histogram, &m->cells, cell);
}

/* A group counts when the most of it is in the window. */
double
histogram_at(const struct measure_plan *mp, struct measure *m, double percentile,
	int64_t from, int64_t to)
{
	const uint64_t *cells = measure_cells(mp, m);
	uint64_t in[HISTOGRAM_MAX];
	int64_t half = ((int64_t)1 << m->shift) / 2;
	uint32_t n = 0;

	for (uint32_t i = 0; i < mp->histogram; i++) {
		int64_t first = cell_group(m, cells[i]) * ((int64_t)1 << m->shift);

		if (cells[i] != 0 && first + half >= from && first < to)
			in[n++] = cells[i];
	}
	return bucket_middle(find_rank(in, n, percentile));
}
