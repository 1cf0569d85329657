/* SPDX-License-Identifier: Apache-2.0 */
/* clock: plausible, and never back. */
#include "base/clock.h"

#include "../../tap.h"

int
main(void)
{
	int64_t first = clock_mono_ns();

	OK(clock_wall_ns() > INT64_C(1700000000) * 1000000000);
	OK(clock_mono_ns() >= first && first > 0);
	return tap_done();
}
