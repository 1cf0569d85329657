/* SPDX-License-Identifier: Apache-2.0 */
/* queue: order, back-pressure, closing, and many threads. */
#include "base/queue.h"

#include <pthread.h>

#include "../../tap.h"

#define PER_THREAD 20000

static void
one_thread(void)
{
	struct queue *q = queue_new("test", 3);
	int items[4];

	OK(queue_push(q, &items[0]) && queue_push(q, &items[1]) && queue_len(q) == 2);
	OK(queue_pop(q) == &items[0] && queue_push(q, &items[2]) &&
		queue_push(q, &items[3]));
	OK(queue_pop(q) == &items[1] && queue_pop(q) == &items[2]);
	OK(queue_pop(q) == &items[3]);
	queue_push(q, &items[0]);
	queue_close(q);
	OK(!queue_push(q, &items[1]));
	OK(queue_pop(q) == &items[0] && queue_pop(q) == NULL);
	queue_free(&q);
	OK(q == NULL);
}

struct worker {
	struct queue *q;
	size_t done;
	uintptr_t sum;
};

static void *
produce(void *arg)
{
	struct worker *w = arg;

	for (uintptr_t i = 1; i <= PER_THREAD; i++)
		if (queue_push(w->q, (void *)i))
			w->done++;
	return NULL;
}

static void *
consume(void *arg)
{
	struct worker *w = arg;
	void *item;

	while ((item = queue_pop(w->q)) != NULL) {
		w->done++;
		w->sum += (uintptr_t)item;
	}
	return NULL;
}

static void
many_threads(void)
{
	struct worker w[6] = { { 0 } };
	struct queue *q = queue_new("test", 5);
	pthread_t threads[6];
	size_t done = 0;
	uintptr_t sum = 0;

	for (int i = 0; i < 6; i++) {
		w[i].q = q;
		pthread_create(&threads[i], NULL, i < 3 ? produce : consume, &w[i]);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	queue_close(q);
	for (int i = 3; i < 6; i++) {
		pthread_join(threads[i], NULL);
		done += w[i].done;
		sum += w[i].sum;
	}
	OK(done == 3 * PER_THREAD);
	OK(sum == (uintptr_t)3 * PER_THREAD * (PER_THREAD + 1) / 2);
	queue_free(&q);
}

/* A producer that waits at a full queue is let go by closing it. */
static void
closing(void)
{
	struct worker w = { .q = queue_new("test", 2) };
	pthread_t thread;

	pthread_create(&thread, NULL, produce, &w);
	while (queue_len(w.q) < 2)
		;
	queue_close(w.q);
	pthread_join(thread, NULL);
	OK(w.done == 2 && queue_pop(w.q) == (void *)1 && queue_pop(w.q) == (void *)2);
	OK(queue_pop(w.q) == NULL);
	queue_free(&w.q);
}

int
main(void)
{
	one_thread();
	many_threads();
	closing();
	return tap_done();
}
