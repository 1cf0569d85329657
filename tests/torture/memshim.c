/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One allocation finds no memory, all others do: the one with number FAIL_AT, or the
 * first one of the place FAIL_IN, which is a chain of callers, the same in every run.
 * With COUNT_TO, a file, how many there were is written there at the end, and a line for
 * each place. glibc only.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

#define CALLERS 6 /* of them two or three in here */
#define PLACES  65536

static atomic_long count, fail_at = -1;
static uint64_t fail_in; /* 0: no place */
static atomic_bool has_failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t place[PLACES]; /* hashes; 0: free */
static bool notes;
static _Thread_local bool is_noting; /* who unwinds may want memory itself */

/* Where it is in its file: that is mapped elsewhere in each run. */
static uint64_t
place_of(void *frame)
{
	struct dl_find_object found;

	if (_dl_find_object(frame, &found) != 0)
		return 0;
	return (uint64_t)((char *)frame - (char *)found.dlfo_map_start);
}

static uint64_t
callers(void)
{
	void *frame[CALLERS];
	int n = backtrace(frame, CALLERS);
	uint64_t h = 1;

	for (int i = 0; i < n; i++)
		h = (h ^ place_of(frame[i])) * UINT64_C(0x9e3779b97f4a7c15);
	return h | 1;
}

static void
note(uint64_t h)
{
	size_t i = (size_t)(h >> 32) % PLACES;

	pthread_mutex_lock(&lock);
	for (size_t tries = 0; place[i] != 0 && place[i] != h && tries < PLACES; tries++)
		i = (i + 1) % PLACES;
	if (place[i] == 0)
		place[i] = h;
	pthread_mutex_unlock(&lock);
}

static bool
fails(void)
{
	long number;
	uint64_t h = 0;

	if (fail_at < 0 || is_noting)
		return false;
	number = atomic_fetch_add(&count, 1) + 1;
	if (notes || fail_in != 0) {
		is_noting = true;
		h = callers();
		is_noting = false;
	}
	if (notes)
		note(h);
	if (fail_in != 0)
		return h == fail_in && !atomic_exchange(&has_failed, true);
	return number == fail_at;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *at_z = getenv("FAIL_AT"), *in_z = getenv("FAIL_IN");

	fail_in = in_z != NULL ? strtoull(in_z, NULL, 10) : 0;
	notes = getenv("COUNT_TO") != NULL;
	fail_at = at_z != NULL ? atol(at_z) : 0;
}

__attribute__((destructor)) static void
end(void)
{
	const char *to_z = getenv("COUNT_TO");
	int fd = to_z != NULL ? open(to_z, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0) {
		notes = false;
		dprintf(fd, "%ld\n", (long)count);
		for (size_t i = 0; i < PLACES; i++)
			if (place[i] != 0)
				dprintf(fd, "%llu\n", (unsigned long long)place[i]);
		close(fd);
	}
}

void *
malloc(size_t size)
{
	if (!fails())
		return __libc_malloc(size);
	errno = ENOMEM;
	return NULL;
}

void *
calloc(size_t n, size_t size)
{
	if (!fails())
		return __libc_calloc(n, size);
	errno = ENOMEM;
	return NULL;
}

void *
realloc(void *p, size_t size)
{
	if (!fails())
		return __libc_realloc(p, size);
	errno = ENOMEM;
	return NULL;
}
