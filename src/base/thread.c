/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <semaphore.h>

/* Of the creator, until it is told. */
struct birth {
	void *(*run)(void *arg);
	void *arg;
	sem_t begun;
};

static void *
begin(void *v)
{
	struct birth *b = v;
	void *(*run)(void *arg) = b->run;
	void *arg = b->arg;

	sem_post(&b->begun);
	return run(arg);
}

int
thread_start(pthread_t *t, void *(*run)(void *arg), void *arg)
{
	struct birth b = { .run = run, .arg = arg };
	int err;

	sem_init(&b.begun, 0, 0);
	err = pthread_create(t, NULL, begin, &b);
	while (err == 0 && sem_wait(&b.begun) != 0)
		; /* a signal */
	sem_destroy(&b.begun);
	return err;
}
