/* SPDX-License-Identifier: Apache-2.0 */
#include "store/aside.h"

#include "base/thread.h"

/* This thread is one: it waits for nobody. */
static _Thread_local bool is_aside;

static void *
run(void *v)
{
	struct aside *a = v;

	is_aside = true;
	a->err = a->work.with(a->s);
	sem_post(&a->done);
	a->work.afterwards(a->s);
	return NULL;
}

void
aside_begin(struct aside *a, struct aside_work work, struct store *s)
{
	a->s = s;
	a->work = work;
	sem_init(&a->done, 0, 0);
	a->has_it = a->runs = thread_start_beside(&a->thread, run, a) == 0;
	if (a->runs)
		return;
	a->err = work.with(s);
	work.afterwards(s);
	sem_destroy(&a->done);
}

bool
aside_has_it(const struct aside *a)
{
	return !is_aside && a->has_it;
}

void
aside_wait(struct aside *a)
{
	while (sem_wait(&a->done) != 0)
		; /* a signal */
	a->has_it = false;
}

void
aside_end(struct aside *a)
{
	if (!a->runs)
		return;
	pthread_join(a->thread, NULL);
	sem_destroy(&a->done);
	a->has_it = a->runs = false;
}
