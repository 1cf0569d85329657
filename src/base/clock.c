/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's clocks in nanoseconds.
 */
#include "base/clock.h"

#include <assert.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec t = { 0 };
	int err = clock_gettime(id, &t);

	assert(err == 0);
	(void)err;
	return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
