/* SPDX-License-Identifier: Apache-2.0 */
#include "base/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/time.h"

#define TEXT_MAX 1024

/* Set once by notify_init(), before threads. */
static int sock = -1;
static struct sockaddr_un address;
static socklen_t address_len;
static int64_t watchdog_ns;

/* "/path", or "@name" of the abstract namespace. */
static bool
take_address(const char *text_z)
{
	size_t len = strlen(text_z);

	if ((text_z[0] != '/' && text_z[0] != '@') || len < 2 ||
		len >= sizeof(address.sun_path))
		return false;
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, text_z, len);
	if (text_z[0] == '@')
		address.sun_path[0] = '\0';
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
				  (text_z[0] == '/'));
	return true;
}

/* WATCHDOG_PID names who is meant, when it is set. */
static int64_t
read_watchdog(void)
{
	const char *usec_z = getenv("WATCHDOG_USEC");
	const char *pid_z = getenv("WATCHDOG_PID");
	int64_t usec, pid;

	if (usec_z == NULL || !str_to_i64(str_z(usec_z), 1, INT64_MAX / 1000, &usec))
		return 0;
	if (pid_z != NULL &&
		(!str_to_i64(str_z(pid_z), 1, INT32_MAX, &pid) || pid != getpid()))
		return 0;
	return usec * TIME_US / 2;
}

void
notify_init(void)
{
	const char *text_z = getenv("NOTIFY_SOCKET");

	if (text_z != NULL && take_address(text_z)) {
		sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		watchdog_ns = read_watchdog();
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

bool
notify_wanted(void)
{
	return sock >= 0;
}

int64_t
notify_watchdog_ns(void)
{
	return watchdog_ns;
}

/* A manager that does not listen must not hold us up. */
static void
tell(const char *text_z)
{
	if (sock < 0)
		return;
	(void)sendto(sock, text_z, strlen(text_z), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)(const void *)&address, address_len);
}

void
notify_ready(void)
{
	tell("READY=1");
}

void
notify_reloading(void)
{
	char text_z[80];

	(void)snprintf(text_z, sizeof(text_z), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		clock_mono_ns() / TIME_US);
	tell(text_z);
}

void
notify_stopping(void)
{
	tell("STOPPING=1");
}

void
notify_watchdog(void)
{
	tell("WATCHDOG=1");
}

void
notify_status(const char *fmt, ...)
{
	char line_z[TEXT_MAX];
	struct buf b;
	va_list args;

	if (sock < 0)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line_z, sizeof(line_z), fmt, args);
	va_end(args);
	buf_init(&b, (size_t)8 * TEXT_MAX);
	buf_add(&b, STR("STATUS="));
	buf_add_visible(&b, str_z(line_z));
	if (buf_z(&b) != NULL)
		tell(buf_z(&b));
	buf_fini(&b);
}

void
notify_extend(int64_t span_ns)
{
	char text_z[64];

	(void)snprintf(text_z, sizeof(text_z), "EXTEND_TIMEOUT_USEC=%" PRId64,
		span_ns / TIME_US);
	tell(text_z);
}
