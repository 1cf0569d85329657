/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/time.h"

#define STEP_NS     (200 * TIME_MS)
#define PATIENCE_NS (5 * TIME_S)
#define LIVE_BYTES  (UINT64_C(16) << 20) /* a file piped in is faster than this */

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
		fprintf(stderr,
			"\rgumshoe: %.0f MB read, %.0f MB/s, %zu files to go\033[K", mb,
			mb * 1e9 / (double)spent_ns, queue_len(files));
		shown = true;
	}
	if (shown)
		fputs("\r\033[K", stderr);
}

struct patience {
	_Atomic uint64_t *bytes; /* borrowed */
	const char *hint_z;      /* borrowed */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over;
};

static void *
wait_and_hint(void *arg)
{
	struct patience *p = arg;
	int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
	const struct timespec until = { .tv_sec = (time_t)(until_ns / TIME_S),
		.tv_nsec = (long)(until_ns % TIME_S) };
	int err = 0;

	pthread_mutex_lock(&p->lock);
	while (!p->over && err == 0)
		err = pthread_cond_clockwait(
			&p->changed, &p->lock, CLOCK_MONOTONIC, &until);
	if (!p->over) {
		uint64_t n = atomic_load(p->bytes);

		if (n > 0 && n < LIVE_BYTES)
			fprintf(stderr, "gumshoe: %s\n", p->hint_z);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct patience *
patience_start(_Atomic uint64_t *bytes, const char *hint_z)
{
	struct patience *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->bytes = bytes;
	p->hint_z = hint_z;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	if (pthread_create(&p->thread, NULL, wait_and_hint, p) == 0)
		return p;
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

void
patience_end(struct patience **pp)
{
	struct patience *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->over = true;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
