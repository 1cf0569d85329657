/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key in a fixed place on the caller's stack: no copies to forget about.
 */
#include "output/apikey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define CREDENTIAL "datadog-api-key"
#define FILE_MAX   ((size_t)256)

static int
read_some(const char *path_z, char *data, size_t size, size_t *len)
{
	int fd = open(path_z, O_RDONLY | O_CLOEXEC);
	int err = 0;

	*len = 0;
	if (fd < 0)
		return -errno;
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
is_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return s.len > 0 && s.len <= APIKEY_MAX;
}

static int
take(const char *path_z, struct apikey *out)
{
	char data[FILE_MAX];
	struct str key;
	size_t len;
	int err = read_some(path_z, data, sizeof(data), &len);

	key = trim((struct str){ .ptr = data, .len = len });
	if (err != 0) {
		log_error("datadog", "cannot read the API key from %s: %s", path_z,
			strerror(-err));
	} else if (len == sizeof(data) || !is_key(key)) {
		log_error("datadog",
			"%s: not an API key: want 1 to %d printable characters", path_z,
			APIKEY_MAX);
		err = -EINVAL;
	} else {
		memcpy(out->text_z, key.ptr, key.len);
		out->text_z[key.len] = '\0';
	}
	explicit_bzero(data, sizeof(data));
	return err;
}

int
apikey_read(const char *path_z, struct apikey *out)
{
	const char *folder_z = getenv("CREDENTIALS_DIRECTORY");
	char name_z[4096];
	int n;

	out->text_z[0] = '\0';
	if (path_z != NULL)
		return take(path_z, out);
	if (folder_z == NULL || folder_z[0] != '/') {
		log_error("datadog",
			"no API key: give --key-file FILE, or run under systemd with "
			"LoadCredential=" CREDENTIAL ":FILE");
		return -ENOENT;
	}
	n = snprintf(name_z, sizeof(name_z), "%s/" CREDENTIAL, folder_z);
	if (n < 0 || (size_t)n >= sizeof(name_z))
		return -ENAMETOOLONG;
	return take(name_z, out);
}

void
apikey_forget(struct apikey *k)
{
	explicit_bzero(k, sizeof(*k));
}
