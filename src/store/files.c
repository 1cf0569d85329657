/* SPDX-License-Identifier: Apache-2.0 */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "store/store.h"

/* path_z + end_z; free() it. */
static char *
join(const char *path_z, const char *end_z)
{
	size_t size = strlen(path_z) + strlen(end_z) + 1;
	char *p = malloc(size);

	if (p != NULL)
		(void)snprintf(p, size, "%s%s", path_z, end_z);
	return p;
}

static long
read_pid(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	int64_t pid;
	struct str s = { .ptr = text, .len = n > 0 ? (size_t)n : 0 };

	return str_to_i64(str_cut(&s, '\n'), 1, INT32_MAX, &pid) ? (long)pid : 0;
}

static int
write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) != 0)
		return -errno;
	return pwrite(fd, text, (size_t)n, 0) == n ? 0 : -EIO;
}

/* The lock counts only while the name still leads to it: its last owner may have removed
 * it. */
static bool
is_named(int fd, const char *name_z)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && stat(name_z, &named) == 0 &&
	       mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* The descriptor, STORE_BUSY, -EAGAIN (take it again), or a negative errno value. */
static int
take_lock(const char *name_z, long *pid)
{
	int fd = open(name_z, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err = errno == EWOULDBLOCK ? STORE_BUSY : -errno;
	if (err == STORE_BUSY)
		*pid = read_pid(fd);
	if (err == 0 && !is_named(fd, name_z))
		err = -EAGAIN;
	if (err == 0)
		err = write_pid(fd);
	if (err != 0) {
		close(fd);
		return err;
	}
	return fd;
}

int
files_lock(const char *path_z, long *pid)
{
	char *name = join(path_z, ".lock");
	int fd = -EAGAIN;

	*pid = 0;
	if (name == NULL)
		return -ENOMEM;
	for (int i = 0; i < 100 && fd == -EAGAIN; i++)
		fd = take_lock(name, pid);
	free(name);
	return fd;
}

void
files_unname_lock(const char *path_z)
{
	char *name = join(path_z, ".lock");

	if (name != NULL)
		(void)unlink(name);
	free(name);
}

void
files_unlock(const char *path_z, int fd)
{
	files_unname_lock(path_z);
	close(fd);
}

int
files_make(const char *file_z)
{
	int fd = open(file_z, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	int err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	close(fd);
	return err;
}

static void
remove_beside(const char *file_z, const char *end_z)
{
	char *name = join(file_z, end_z);

	if (name != NULL)
		(void)unlink(name);
	free(name);
}

static void
remove_logs(const char *path_z)
{
	remove_beside(path_z, "-wal");
	remove_beside(path_z, "-shm");
	remove_beside(path_z, "-journal");
}

void
files_remove(const char *file_z)
{
	(void)unlink(file_z);
	remove_logs(file_z);
}

static int
sync_file(const char *file_z)
{
	int fd = open(file_z, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0)
		err = -errno;
	close(fd);
	return err;
}

static int
sync_folder(const char *path_z)
{
	const char *slash = strrchr(path_z, '/');
	char *folder = slash == NULL ? strdup(".")
				     : strndup(path_z, (size_t)(slash - path_z) + 1);
	int err;

	if (folder == NULL)
		return -ENOMEM;
	err = sync_file(folder);
	free(folder);
	return err;
}

int
files_replace(const char *new_z, const char *path_z, bool sync)
{
	int err = sync ? sync_file(new_z) : 0;

	if (err != 0)
		return err;
	remove_logs(path_z);
	if (rename(new_z, path_z) != 0)
		return -errno;
	return sync ? sync_folder(path_z) : 0;
}

int
files_exchange(const char *new_z, const char *path_z, int *old_fd)
{
	int err;

	remove_logs(path_z);
	*old_fd = open(path_z, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (renameat2(AT_FDCWD, new_z, AT_FDCWD, path_z, RENAME_EXCHANGE) == 0) {
		(void)unlink(new_z);
		return 0;
	}
	/* There is no old one, or the file system cannot do it. */
	if (rename(new_z, path_z) == 0)
		return 0;
	err = -errno;
	if (*old_fd >= 0)
		close(*old_fd);
	return err;
}

bool
files_is_still(const char *file_z)
{
	char *wal = join(file_z, "-wal"), *journal = join(file_z, "-journal");
	bool still = wal != NULL && journal != NULL && access(file_z, R_OK) == 0 &&
		     access(wal, F_OK) != 0 && access(journal, F_OK) != 0;

	free(wal);
	free(journal);
	return still;
}
