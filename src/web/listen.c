/* SPDX-License-Identifier: Apache-2.0 */
#include "web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static int
socket_of(const struct sockaddr *a, socklen_t len)
{
	const int on = 1;
	int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (a->sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Nobody answers there: the file of one that died. */
static bool
is_dead(const struct sockaddr_un *a)
{
	struct stat st;
	int fd;
	bool dead;

	if (lstat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	dead = connect(fd, (const struct sockaddr *)(const void *)a, sizeof(*a)) != 0 &&
	       errno == ECONNREFUSED;
	close(fd);
	return dead;
}

static int
open_unix(struct str path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (path.len == 0 || path.ptr[0] != '/' || path.len >= sizeof(a.sun_path))
		return -EINVAL;
	memcpy(a.sun_path, path.ptr, path.len);
	if (is_dead(&a))
		(void)unlink(a.sun_path);
	fd = socket_of((const struct sockaddr *)(const void *)&a, sizeof(a));
	if (fd >= 0 && chmod(a.sun_path, 0660) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int
open_v6(const char *host_z, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET6, host_z, &a.sin6_addr) != 1)
		return -EINVAL;
	if (!IN6_IS_ADDR_LOOPBACK(&a.sin6_addr))
		return -EACCES;
	return socket_of((const struct sockaddr *)(const void *)&a, sizeof(a));
}

static int
open_v4(const char *host_z, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, host_z, &a.sin_addr) != 1)
		return -EINVAL;
	if ((ntohl(a.sin_addr.s_addr) >> 24) != 127)
		return -EACCES;
	return socket_of((const struct sockaddr *)(const void *)&a, sizeof(a));
}

int
listen_open(struct str address)
{
	char host_z[64];
	size_t colon = str_rfind_char(address, ':');
	struct str host;
	int64_t port;

	if (str_starts(address, STR("unix:")))
		return open_unix(str_sub(address, 5, address.len));
	if (colon == SIZE_MAX ||
		!str_to_i64(str_sub(address, colon + 1, address.len), 0, 65535, &port))
		return -EINVAL;
	host = str_sub(address, 0, colon);
	if (str_eq_fold(host, STR("localhost")))
		host = STR("127.0.0.1");
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		host = str_sub(host, 1, host.len - 2);
	if (host.len >= sizeof(host_z))
		return -EINVAL;
	memcpy(host_z, host.ptr, host.len);
	host_z[host.len] = '\0';
	return str_find_char(host, ':') != SIZE_MAX ? open_v6(host_z, (uint16_t)port)
						    : open_v4(host_z, (uint16_t)port);
}

void
listen_forget(int fd)
{
	struct sockaddr_un a = { 0 };
	socklen_t len = sizeof(a) - 1;

	if (getsockname(fd, (struct sockaddr *)(void *)&a, &len) == 0 &&
		a.sun_family == AF_UNIX && a.sun_path[0] == '/')
		(void)unlink(a.sun_path);
}

int
listen_port(int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)(void *)&a, &len) != 0)
		return 0;
	if (a.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)&a)->sin_port);
	if (a.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)&a)->sin6_port);
	return 0;
}
