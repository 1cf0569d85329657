/* SPDX-License-Identifier: Apache-2.0 */
/* notify: what arrives at a manager's socket. */
#include "base/notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time.h"

#include "../../tap.h"

static int manager;

static int
listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(a.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) != 0)
		return -1;
	return fd;
}

static bool
got(const char *want)
{
	char text[2048];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	if (n < 0)
		return strcmp(want, "") == 0;
	text[n] = '\0';
	if (strncmp(text, want, strlen(want)) == 0)
		return true;
	printf("# got %s\n", text);
	return false;
}

static void
test_without(void)
{
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	notify_init();
	OK(!notify_wanted());
	OK(notify_watchdog_ns() == 0);
	notify_ready();
	notify_status("%s", "nobody listens");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_init();
	OK(!notify_wanted());
}

static void
test_with(const char *path)
{
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	unsetenv("WATCHDOG_PID");
	notify_init();
	OK(notify_wanted());
	OK(notify_watchdog_ns() == 1500 * TIME_MS);
	OK(getenv("NOTIFY_SOCKET") == NULL && getenv("WATCHDOG_USEC") == NULL);
	notify_ready();
	OK(got("READY=1"));
	notify_reloading();
	OK(got("RELOADING=1\nMONOTONIC_USEC="));
	notify_status("2 sources\nREADY=1 %s", "\x1b[31m");
	OK(got("STATUS=2 sources\\x0aREADY=1 \\x1b[31m"));
	notify_extend(5 * TIME_S);
	OK(got("EXTEND_TIMEOUT_USEC=5000000"));
	notify_watchdog();
	OK(got("WATCHDOG=1"));
	notify_stopping();
	OK(got("STOPPING=1"));
	OK(got(""));
}

/* A manager that reads nothing fills its socket: nobody waits for it. */
static void
test_full(void)
{
	for (int i = 0; i < 5000; i++)
		notify_watchdog();
	OK(got("WATCHDOG=1"));
}

int
main(void)
{
	char dir[] = "/tmp/gumshoe-notify-XXXXXX";
	char path[64];

	OK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	manager = listen_at(path);
	OK(manager >= 0);
	test_without();
	test_with(path);
	test_full();
	close(manager);
	unlink(path);
	rmdir(dir);
	return tap_done();
}
