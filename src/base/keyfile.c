/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written whole under another name and then linked: who comes second reads the first
 * one's, and nobody ever reads half a key.
 */
#include "base/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 16

static int
read_key(const char *path_z, struct hash_key *out)
{
	unsigned char bytes[KEY_BYTES + 1];
	int fd = open(path_z, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0 || fstat(fd, &st) != 0)
		err = -errno;
	else if (n != KEY_BYTES || !S_ISREG(st.st_mode))
		err = -EINVAL;
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		err = -EACCES;
	close(fd);
	if (err != 0)
		return err;
	*out = (struct hash_key){ 0 };
	for (unsigned i = 0; i < 8; i++) {
		out->k0 |= (uint64_t)bytes[i] << (8 * i);
		out->k1 |= (uint64_t)bytes[8 + i] << (8 * i);
	}
	return 0;
}

static int
write_key(const char *temp_z)
{
	unsigned char bytes[KEY_BYTES];
	int fd, err = 0;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	fd = open(temp_z, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) || fsync(fd) != 0)
		err = errno != 0 ? -errno : -EIO;
	close(fd);
	explicit_bzero(bytes, sizeof(bytes));
	if (err != 0)
		unlink(temp_z);
	return err;
}

static int
make_key(const char *path_z)
{
	size_t size = strlen(path_z) + 32;
	char *temp_z = malloc(size);
	int err;

	if (temp_z == NULL)
		return -ENOMEM;
	(void)snprintf(temp_z, size, "%s.%ld", path_z, (long)getpid());
	unlink(temp_z); /* of a process that died here */
	err = write_key(temp_z);
	if (err == 0) {
		if (link(temp_z, path_z) != 0 && errno != EEXIST)
			err = -errno;
		unlink(temp_z);
	}
	free(temp_z);
	return err;
}

int
keyfile_get(const char *path_z, struct hash_key *out)
{
	int err = read_key(path_z, out);

	if (err != -ENOENT)
		return err;
	err = make_key(path_z);
	return err != 0 ? err : read_key(path_z, out);
}
