/* SPDX-License-Identifier: Apache-2.0 */
/* A question between two threads: answered, late, and never. */
#include "cli/answer.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/time.h"
#include "tap.h"

static void *
ask(void *arg)
{
	return answer_ask(arg, TIME_MIN);
}

static void
test_given(struct answer *a)
{
	struct pollfd p = { .fd = a->wake_fd, .events = POLLIN };
	pthread_t thread;
	uint64_t n;
	void *doc;

	OK(read(a->wake_fd, &n, sizeof(n)) == sizeof(n)); /* of the questions before */
	OK(!answer_is_wanted(a));
	OK(pthread_create(&thread, NULL, ask, a) == 0);
	OK(poll(&p, 1, 60000) == 1 && answer_is_wanted(a));
	answer_give(a, json_integer(7));
	OK(pthread_join(thread, &doc) == 0 && json_integer_value(doc) == 7);
	OK(!answer_is_wanted(a));
	json_decref(doc);
}

int
main(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct answer a;

	answer_init(&a, fd);
	OK(answer_ask(&a, TIME_MS) == NULL && !answer_is_wanted(&a));
	answer_give(&a, json_integer(1)); /* nobody waits any more */
	OK(answer_ask(&a, TIME_MS) == NULL);
	test_given(&a);
	answer_fini(&a);
	close(fd);
	return tap_done();
}
