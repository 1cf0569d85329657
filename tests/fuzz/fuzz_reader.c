/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file: plain, gzip or UTF-16. Small reads give what large ones give; at
 * most 4 MiB are taken of what a small file blows up to.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "input/reader.h"

#define TAKE_MAX ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
read_all(const char *path_z, size_t step)
{
	static char buf[65536];
	struct reader *r;
	uint64_t h = 0;
	size_t got = 0;
	ssize_t n;

	if (reader_open(path_z, &r) != 0)
		abort();
	while (got < TAKE_MAX && (n = reader_read(r, buf, step)) > 0) {
		for (ssize_t i = 0; i < n && got < TAKE_MAX; i++, got++)
			h = h * 31 + (unsigned char)buf[i];
	}
	reader_close(&r);
	return hash_mix(h, got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert(read_all(path, 65536) == read_all(path, 7));
	close(fd);
	return 0;
}
