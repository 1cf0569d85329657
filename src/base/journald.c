/* SPDX-License-Identifier: Apache-2.0 */
#include "base/journald.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

#define MESSAGE_MAX ((size_t)16 * 1024)

bool
journald_is_stderr(void)
{
	const char *stream_z = getenv("JOURNAL_STREAM");
	char here_z[64];
	struct stat st;

	if (stream_z == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(here_z, sizeof(here_z), "%" PRIuMAX ":%" PRIuMAX,
		(uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream_z, here_z) == 0;
}

int
journald_open(const char *path_z)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path_z) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path_z, strlen(path_z));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool
journald_send(int fd, int priority, const char *area_z, struct str text)
{
	struct buf b;
	struct str s;
	bool sent;

	buf_init(&b, MESSAGE_MAX);
	buf_printf(&b,
		"PRIORITY=%d\nSYSLOG_IDENTIFIER=gumshoe\nGUMSHOE_AREA=%s\nMESSAGE=%s: ",
		priority, area_z, area_z);
	buf_add(&b, text);
	buf_add_char(&b, '\n');
	s = buf_str(&b);
	sent = !buf_failed(&b) &&
	       send(fd, s.ptr, s.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)s.len;
	buf_fini(&b);
	return sent;
}
