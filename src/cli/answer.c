/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/answer.h"

#include <time.h>
#include <unistd.h>

#include "base/time.h"

void
answer_init(struct answer *a, int wake_fd)
{
	pthread_condattr_t attr;

	*a = (struct answer){ .wake_fd = wake_fd };
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->given, &attr);
	pthread_condattr_destroy(&attr);
}

void
answer_fini(struct answer *a)
{
	json_decref(a->doc);
	pthread_cond_destroy(&a->given);
	pthread_mutex_destroy(&a->lock);
}

static struct timespec
from_now(int64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ns / TIME_S;
	t.tv_nsec += ns % TIME_S;
	if (t.tv_nsec >= TIME_S) {
		t.tv_sec++;
		t.tv_nsec -= TIME_S;
	}
	return t;
}

json_t *
answer_ask(struct answer *a, int64_t wait_ns)
{
	const uint64_t one = 1;
	struct timespec until = from_now(wait_ns);
	json_t *doc;

	pthread_mutex_lock(&a->lock);
	a->wanted = true;
	if (write(a->wake_fd, &one, sizeof(one)) < 0)
		a->wanted = true; /* a full counter wakes as well */
	while (a->wanted && pthread_cond_timedwait(&a->given, &a->lock, &until) == 0)
		;
	a->wanted = false;
	doc = a->doc;
	a->doc = NULL;
	pthread_mutex_unlock(&a->lock);
	return doc;
}

bool
answer_is_wanted(struct answer *a)
{
	bool wanted;

	pthread_mutex_lock(&a->lock);
	wanted = a->wanted;
	pthread_mutex_unlock(&a->lock);
	return wanted;
}

void
answer_give(struct answer *a, json_t *doc)
{
	pthread_mutex_lock(&a->lock);
	if (a->wanted) {
		a->doc = doc;
		doc = NULL;
		a->wanted = false;
		pthread_cond_signal(&a->given);
	}
	pthread_mutex_unlock(&a->lock);
	json_decref(doc);
}
