/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

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

/* Of the thread once it is created. */
struct guest {
	void *(*run)(void *arg);
	void *arg;
	cpu_set_t allowed; /* to the creator, and so to the thread */
};

static void *
settle_in(void *v)
{
	struct guest g = *(struct guest *)v;

	free(v);
	(void)pthread_setaffinity_np(pthread_self(), sizeof(g.allowed), &g.allowed);
	return g.run(g.arg);
}

/* The processors of g but this one; false: there is none. */
static bool
others(const struct guest *g, cpu_set_t *set)
{
	unsigned here;

	*set = g->allowed;
	if (getcpu(&here, NULL) != 0 || here >= CPU_SETSIZE)
		return false;
	CPU_CLR(here, set);
	return CPU_COUNT(set) > 0;
}

static int
start_elsewhere(pthread_t *t, struct guest *g, const cpu_set_t *set)
{
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);

	if (err != 0)
		return err;
	err = pthread_attr_setaffinity_np(&attr, sizeof(*set), set);
	if (err == 0)
		err = pthread_create(t, &attr, settle_in, g);
	pthread_attr_destroy(&attr);
	return err;
}

int
thread_start_beside(pthread_t *t, void *(*run)(void *arg), void *arg)
{
	struct guest *g = malloc(sizeof(*g));
	cpu_set_t set;
	int err = ENOMEM;

	if (g == NULL)
		return err;
	g->run = run;
	g->arg = arg;
	/* Where more processors are than a set holds it begins where it may. */
	if (sched_getaffinity(0, sizeof(g->allowed), &g->allowed) == 0 && others(g, &set))
		err = start_elsewhere(t, g, &set);
	if (err == 0)
		return 0;
	free(g);
	return thread_start(t, run, arg);
}
