/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key in a fixed place on the caller's stack: no copies to forget about.
 */
#include "output/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"

#define FILE_MAX ((size_t)2 * CREDENTIAL_MAX)

static int
read_some(const char *path_z, char *data, size_t size, size_t *len)
{
	int fd = file_open_regular(path_z);
	int err = 0;

	*len = 0;
	if (fd < 0)
		return fd;
	while (*len < size) {
		ssize_t n = read(fd, data + *len, size - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	return err;
}

static struct str
trim(struct str s)
{
	size_t before;

	do {
		before = s.len;
		s = str_trim(s);
		if (s.len > 0 && s.ptr[0] == '\n')
			s = str_sub(s, 1, s.len);
		if (s.len > 0 && s.ptr[s.len - 1] == '\n')
			s.len--;
	} while (s.len < before);
	return s;
}

static bool
is_secret(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return s.len > 0 && s.len <= CREDENTIAL_MAX;
}

static int
take(const char *path_z, const char *what_z, struct credential *out)
{
	char data[FILE_MAX];
	struct str text;
	size_t len;
	int err = read_some(path_z, data, sizeof(data), &len);

	text = trim((struct str){ .ptr = data, .len = len });
	if (err == -ENXIO) {
		log_error("outputs",
			"%s: a pipe or a device, not a file: put the %s into a file, or "
			"run under systemd with LoadCredential=",
			path_z, what_z);
	} else if (err != 0) {
		log_error("outputs", "cannot read the %s from %s: %s", what_z, path_z,
			strerror(-err));
	} else if (len == sizeof(data) || !is_secret(text)) {
		log_error("outputs",
			"%s: no %s: want one line of 1 to %d printable characters",
			path_z, what_z, CREDENTIAL_MAX);
		err = -EINVAL;
	} else {
		memcpy(out->text_z, text.ptr, text.len);
		out->text_z[text.len] = '\0';
	}
	explicit_bzero(data, sizeof(data));
	return err;
}

int
credential_read(
	struct str file, const char *path_z, const char *what_z, struct credential *out)
{
	struct buf path;
	int err;

	out->text_z[0] = '\0';
	if (path_z != NULL)
		return take(path_z, what_z, out);
	buf_init(&path, 4096);
	if (!setting_secret_path(file, &path)) {
		log_error("outputs",
			"no %s: give --key-file FILE or name the file in the output's "
			"settings, or run under systemd with LoadCredential=%.*s:FILE",
			what_z,
			STR_ARG(str_sub(file, str_rfind_char(file, '/') + 1, file.len)));
		err = -ENOENT;
	} else {
		err = buf_z(&path) == NULL ? -ENAMETOOLONG
					   : take(buf_z(&path), what_z, out);
	}
	buf_fini(&path);
	return err;
}

static uint64_t
stamp_of(uint64_t h, const char *path_z)
{
	struct stat st;

	if (path_z == NULL || stat(path_z, &st) != 0)
		return hash_mix(h, 0);
	h = hash_mix(h, (uint64_t)st.st_ino);
	h = hash_mix(h, (uint64_t)st.st_size);
	h = hash_mix(h, (uint64_t)st.st_mtim.tv_sec);
	return hash_mix(h, (uint64_t)st.st_mtim.tv_nsec);
}

uint64_t
credential_stamp(const struct output_settings *output, const char *path_z)
{
	const struct str files[] = { output->api_key_file, output->app_key_file,
		output->url_file, output->bearer_token_file, output->password_file,
		output->routing_key_file, output->ca_file };
	uint64_t h = path_z != NULL ? stamp_of(1, path_z) : 1;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct buf path;

		buf_init(&path, 4096);
		if (files[i].len > 0 && setting_secret_path(files[i], &path))
			h = stamp_of(h, buf_z(&path));
		buf_fini(&path);
	}
	return h;
}

void
credential_forget(struct credential *k)
{
	explicit_bzero(k, sizeof(*k));
}

bool
credential_is_in(const struct credential *k, struct str s)
{
	return k->text_z[0] != '\0' && str_find(s, str_z(k->text_z)) != SIZE_MAX;
}
