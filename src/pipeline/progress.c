/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/progress.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/time.h"

#define STEP_NS (200 * TIME_MS)

void
progress_watch(_Atomic uint64_t *bytes, struct queue *files)
{
	int64_t start_ns = clock_mono_ns();
	bool shown = false;

	while (queue_len(files) > 0) {
		const struct timespec step = { .tv_nsec = STEP_NS };
		int64_t spent_ns;
		double mb = (double)atomic_load(bytes) / 1e6;

		nanosleep(&step, NULL);
		spent_ns = clock_mono_ns() - start_ns;
		if (spent_ns < TIME_S)
			continue;
		fprintf(stderr, "\rgumshoe: %.0f MB read, %.0f MB/s, %zu files to go\033[K", mb,
			mb * 1e9 / (double)spent_ns, queue_len(files));
		shown = true;
	}
	if (shown)
		fputs("\r\033[K", stderr);
}
