/* SPDX-License-Identifier: Apache-2.0 */
/* A value's bucket is that of its logarithm, wherever it lies. */
#include <math.h>
#include <stdio.h>

#include "correlate/measure.h"
#include "tap.h"

#define LEAST 1e-9

static unsigned
by_logarithm(double v)
{
	int i = 1 + (int)floor(log(fabs(v) / LEAST) * 50.4983497918439);

	return (unsigned)(v > 0 ? 16384 + i : 16384 - i);
}

static bool
is_right(double v)
{
	return histogram_bucket(v) == by_logarithm(v) &&
	       histogram_bucket(-v) == by_logarithm(-v);
}

int
main(void)
{
	bool sweep = true, ends = true;

	for (double v = LEAST; v < 9e15; v *= 1.0000731)
		sweep = sweep && is_right(v);
	for (int i = 0; i < 2900; i++) {
		double v = LEAST * pow(1.02, i);

		if (v < 9e15)
			ends = ends && is_right(nextafter(v, 1e300)) &&
			       (i == 0 || is_right(nextafter(v, 0)));
	}
	OK(sweep);
	OK(ends);
	OK(histogram_bucket(0) == histogram_bucket(LEAST / 2));
	OK(is_right(5e-324 + LEAST) && is_right(8.999e15));
	return tap_done();
}
