/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole small files into an arena, read to their end (so pipes and /proc work too);
 * temporary files, and making folders.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define STEP ((size_t)64 * 1024)

/* What is read at a time: a small file at once, and its end. */
static size_t
step_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size >= (off_t)STEP)
		return STEP; /* also of /proc, whose files say nothing of their size */
	return (size_t)st.st_size + 1;
}

/* Everything up to the end of fd into b, one byte more than max_bytes at most. */
static int
read_all(int fd, size_t max_bytes, struct buf *b)
{
	const size_t step = step_of(fd);

	for (;;) {
		size_t room = max_bytes + 1 - b->len;
		size_t want = room < step ? room : step;
		size_t start = b->len;
		char *p = buf_grow(b, want);
		ssize_t n;

		if (p == NULL)
			return -ENOMEM;
		do
			n = read(fd, p, want);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
		b->len = start + (size_t)n;
		if (b->len > max_bytes)
			return -EFBIG;
		if (n == 0)
			return 0;
	}
}

int
file_read_fd(struct arena *a, int fd, size_t max_bytes, struct str *out)
{
	size_t limit = max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2 - 1;
	struct buf b;
	struct str copy;
	int err;

	buf_init(&b, limit + 1);
	err = read_all(fd, limit, &b);
	if (err != 0)
		goto out;
	copy = arena_copy(a, buf_str(&b));
	if (copy.ptr == NULL)
		err = -EFBIG;
	else
		*out = copy;
out:
	buf_fini(&b);
	return err;
}

int
file_read(struct arena *a, const char *path_z, size_t max_bytes, struct str *out)
{
	int fd = open(path_z, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	if (fd < 0)
		return -errno;
	err = file_read_fd(a, fd, max_bytes, out);
	close(fd);
	return err;
}

int
file_open_regular(const char *path_z)
{
	bool named = strncmp(path_z, "/dev/", 5) == 0;
	int fd = open(path_z, O_RDONLY | O_CLOEXEC | O_NOCTTY | (named ? 0 : O_NONBLOCK));
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) != 0 ? -errno : 0;
	if (err == 0 && !S_ISREG(st.st_mode) && !named)
		err = S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int
file_read_regular(struct arena *a, const char *path_z, size_t max_bytes, struct str *out)
{
	int fd = file_open_regular(path_z);
	int err;

	if (fd < 0)
		return fd;
	err = file_read_fd(a, fd, max_bytes, out);
	close(fd);
	return err;
}

static int
make_dir(const char *path_z, mode_t mode)
{
	struct stat st;

	if (mkdir(path_z, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path_z, &st) != 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int
file_make_dirs(const char *path_z, mode_t mode)
{
	char path[PATH_MAX];
	size_t len = strlen(path_z);

	if (len == 0)
		return -ENOENT;
	if (len >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, path_z, len + 1);
	for (size_t i = 1; i < len; i++) {
		int err = 0;

		if (path[i] != '/')
			continue;
		path[i] = '\0';
		/* a parent that is there needs no permission to make it */
		if (access(path, F_OK) != 0)
			err = make_dir(path, mode);
		path[i] = '/';
		if (err != 0)
			return err;
	}
	return make_dir(path, mode);
}

int
file_temporary(const char *dir_z)
{
	char path[PATH_MAX];
	int fd = open(dir_z, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/gumshoe-XXXXXX", dir_z) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}
