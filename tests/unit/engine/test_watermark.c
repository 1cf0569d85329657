/* SPDX-License-Identifier: Apache-2.0 */
/* Time is that of the source that is furthest behind, unless it is idle. */
#include "engine/watermark.h"

#include <stdlib.h>

#include "base/time.h"

#include "../../tap.h"

static bool
set(struct watermark *w, uint64_t source, int64_t last_ns, bool idle)
{
	bool moved = false;

	OK(watermark_set(w, source, last_ns, idle, &moved));
	return moved;
}

int
main(void)
{
	struct watermark *w = watermark_new();

	if (w == NULL)
		abort();
	OK(watermark_time(w) == TIME_NONE);
	OK(set(w, 1, 100, false) && watermark_time(w) == 100);
	OK(set(w, 2, 40, false) && watermark_time(w) == 40);
	OK(set(w, 3, 70, false) && watermark_time(w) == 40);
	OK(!set(w, 2, 30, false) && watermark_time(w) == 40);
	OK(set(w, 2, 90, false) && watermark_time(w) == 70);

	/* Without a time yet it holds all of them; idle, none. */
	OK(set(w, 4, TIME_NONE, false) && watermark_time(w) == TIME_NONE);
	OK(set(w, 4, TIME_NONE, true) && watermark_time(w) == 70);
	OK(set(w, 3, 70, true) && watermark_time(w) == 90);
	OK(set(w, 1, 100, true) && set(w, 2, 90, true) && watermark_time(w) == 100);
	OK(set(w, 3, 75, false) && watermark_time(w) == 75);

	OK(watermark_remove(w, 3) && !watermark_remove(w, 3));
	OK(watermark_time(w) == 100);
	watermark_free(&w);
	OK(w == NULL);
	return tap_done();
}
