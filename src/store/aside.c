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
	a->err = a->work(a->s);
	return NULL;
}

void
aside_begin(struct aside *a, int (*work)(struct store *s), struct store *s)
{
	a->s = s;
	a->work = work;
	a->runs = thread_start(&a->thread, run, a) == 0;
	if (!a->runs)
		a->err = work(s);
}

bool
aside_has_it(const struct aside *a)
{
	return !is_aside && a->runs;
}

void
aside_end(struct aside *a)
{
	pthread_join(a->thread, NULL);
	a->runs = false;
}
