/* SPDX-License-Identifier: Apache-2.0 */
/* listen: loopback only, and the file of a dead unix socket. */
#include "web/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tap.h"

static void
test_addresses(void)
{
	int fd = listen_open(STR("127.0.0.1:0"));
	char taken[64];

	OK(fd >= 0);
	OK(listen_port(fd) > 0);
	(void)snprintf(taken, sizeof(taken), "localhost:%d", listen_port(fd));
	OK(listen_open(str_z(taken)) == -EADDRINUSE);
	close(fd);
	OK(listen_open(STR("0.0.0.0:0")) == -EACCES);
	OK(listen_open(STR("10.0.0.1:0")) == -EACCES);
	OK(listen_open(STR("[::]:0")) == -EACCES);
	OK(listen_open(STR("example.org:80")) == -EINVAL);
	OK(listen_open(STR("127.0.0.1")) == -EINVAL);
	OK(listen_open(STR("127.0.0.1:99999")) == -EINVAL);
	OK(listen_open(STR("unix:relative")) == -EINVAL);
	OK(listen_open(STR("unix:")) == -EINVAL);
}

static void
test_unix(void)
{
	char dir[] = "/tmp/gumshoe-listen-XXXXXX";
	char path[128];
	struct stat st;
	FILE *f;
	int fd, again;

	OK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "unix:%s/s", dir);
	fd = listen_open(str_z(path));
	OK(fd >= 0);
	OK(stat(path + 5, &st) == 0 && S_ISSOCK(st.st_mode) &&
		(st.st_mode & 0777) == 0660);
	OK(listen_open(str_z(path)) == -EADDRINUSE);
	close(fd);
	again = listen_open(str_z(path));
	OK(again >= 0);
	listen_forget(again);
	OK(stat(path + 5, &st) != 0);
	close(again);

	/* a file of somebody else stays */
	f = fopen(path + 5, "w");
	OK(f != NULL);
	if (f != NULL)
		fclose(f);
	OK(listen_open(str_z(path)) == -EADDRINUSE);
	OK(stat(path + 5, &st) == 0 && S_ISREG(st.st_mode));
	unlink(path + 5);
	rmdir(dir);
}

int
main(void)
{
	test_addresses();
	test_unix();
	return tap_done();
}
