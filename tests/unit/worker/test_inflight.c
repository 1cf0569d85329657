/* SPDX-License-Identifier: Apache-2.0 */
/* inflight: a process that ends in the middle of a record, again and again. */
#include "worker/inflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tap.h"

static char path[64];

/* A child that looks at one record and ends as a crash does. False: it would skip it. */
static bool
crash_at(uint64_t source_id, uint64_t place)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct inflight *i = NULL;

		if (inflight_open(path, &i) != 0)
			_exit(2);
		_exit(inflight_begin(i, source_id, place) ? 1 : 0);
	}
	(void)waitpid(pid, &status, 0);
	OK(WIFEXITED(status) && WEXITSTATUS(status) != 2);
	return WEXITSTATUS(status) == 1;
}

static bool
found(unsigned times)
{
	struct inflight *i = NULL;
	uint64_t source_id, place;
	unsigned n;
	bool good;

	OK(inflight_open(path, &i) == 0);
	good = inflight_found(i, &source_id, &place, &n) && source_id == 7 &&
	       place == 1000 && n == times;
	inflight_close(&i);
	return good;
}

static void
test_crashes(void)
{
	struct inflight *i = NULL;
	uint64_t source_id, place;
	unsigned n;
	struct stat st;

	OK(crash_at(7, 1000));
	OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	OK(crash_at(7, 1000));
	OK(crash_at(7, 1000));
	OK(found(3));
	OK(!crash_at(7, 1000));
	OK(crash_at(7, 1001)); /* its neighbour is looked at */
	OK(inflight_open(path, &i) == 0);
	OK(!inflight_begin(i, 7, 1000));
	OK(inflight_begin(i, 8, 1000));
	inflight_end(i);
	inflight_close(&i);
	OK(inflight_open(path, &i) == 0);
	OK(!inflight_found(i, &source_id, &place, &n)); /* the last end was in order */
	inflight_close(&i);
}

/* Killed twice there by somebody else: once it passes it is innocent. */
static void
test_innocent(void)
{
	struct inflight *i = NULL;

	OK(crash_at(9, 5) && crash_at(9, 5));
	OK(inflight_open(path, &i) == 0);
	OK(inflight_begin(i, 9, 5));
	inflight_end(i);
	inflight_close(&i);
	OK(crash_at(9, 5) && crash_at(9, 5) && crash_at(9, 5));
	OK(!crash_at(9, 5));
}

static void
test_damaged(void)
{
	struct inflight *i = NULL;
	FILE *f = fopen(path, "w");

	OK(f != NULL && fputs("not a page", f) >= 0 && fclose(f) == 0);
	OK(inflight_open(path, &i) == 0);
	OK(inflight_begin(i, 7, 1000)); /* nothing is known any more */
	inflight_close(&i);
	OK(inflight_open("/nowhere/at/all", &i) < 0 && i == NULL);
}

int
main(void)
{
	char dir[] = "/tmp/gumshoe-inflight-XXXXXX";

	OK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	test_crashes();
	test_innocent();
	test_damaged();
	unlink(path);
	rmdir(dir);
	return tap_done();
}
