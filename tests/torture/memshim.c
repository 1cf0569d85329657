/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocation number FAIL_AT finds no memory, all others do. With COUNT_TO, a file,
 * how many there were is written there at the end. glibc only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static atomic_long count, fail_at = -1;

static int
fails(void)
{
	if (fail_at < 0)
		return 0;
	return atomic_fetch_add(&count, 1) + 1 == fail_at;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *at_z = getenv("FAIL_AT");

	fail_at = at_z != NULL ? atol(at_z) : 0;
}

__attribute__((destructor)) static void
end(void)
{
	const char *to_z = getenv("COUNT_TO");
	int fd = to_z != NULL ? open(to_z, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0) {
		dprintf(fd, "%ld\n", (long)count);
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
