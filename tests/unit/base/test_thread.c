/* SPDX-License-Identifier: Apache-2.0 */
/* thread: it runs, elsewhere first where there is an elsewhere, and free afterwards. */
#include "base/thread.h"

#include <sched.h>
#include <unistd.h>

#include "../../tap.h"

/* What a thread finds. */
struct seen {
	pthread_t creator;
	cpu_set_t allowed;
	bool other; /* it is another thread */
};

static void *
look(void *arg)
{
	struct seen *s = arg;

	s->other = pthread_equal(pthread_self(), s->creator) == 0;
	if (sched_getaffinity(0, sizeof(s->allowed), &s->allowed) != 0)
		s->other = false;
	return arg;
}

static bool
runs(int (*start)(pthread_t *t, void *(*run)(void *arg), void *arg))
{
	struct seen s = { .creator = pthread_self() };
	cpu_set_t mine;
	void *got = NULL;
	pthread_t t;

	if (start(&t, look, &s) != 0 || pthread_join(t, &got) != 0)
		return false;
	return got == &s && s.other &&
	       sched_getaffinity(0, sizeof(mine), &mine) == 0 &&
	       CPU_EQUAL(&mine, &s.allowed);
}

static void
both(void)
{
	OK(runs(thread_start));
	OK(runs(thread_start_beside));
}

/* With one processor there is no other to begin on. */
static void
on_one(void)
{
	cpu_set_t all, one;
	unsigned here;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(all), &all) != 0 || getcpu(&here, NULL) != 0)
		return;
	CPU_SET(here, &one);
	OK(sched_setaffinity(0, sizeof(one), &one) == 0);
	both();
	OK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

int
main(void)
{
	both();
	on_one();
	return tap_done();
}
