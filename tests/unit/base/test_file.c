/* SPDX-License-Identifier: Apache-2.0 */
/* file: reading to the end, the limits, pipes, folders. */
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tap.h"

static char dir[64] = "/tmp/gumshoe-file-XXXXXX";

static const char *
path(const char *name)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static void
reading(struct arena *a)
{
	struct str s = STR("untouched");
	FILE *f = fopen(path("a"), "w");
	int ends[2];

	fprintf(f, "%70000d", 1);
	fclose(f);
	OK(file_read(a, path("a"), 70000, &s) == 0 && s.len == 70000 &&
		s.ptr[69999] == '1');
	s = STR("untouched");
	OK(file_read(a, path("a"), 69999, &s) == -EFBIG && str_eq(s, STR("untouched")));
	OK(file_read(a, path("none"), 10, &s) == -ENOENT && str_eq(s, STR("untouched")));
	OK(file_read(a, dir, 10, &s) == -EISDIR);
	OK(file_read(a, "/dev/null", 0, &s) == 0 && s.len == 0);
	OK(mkfifo(path("pipe"), 0600) == 0 &&
		file_read_regular(a, path("pipe"), 10, &s) == -ENXIO);
	OK(unlink(path("pipe")) == 0 && file_read_regular(a, "/dev/null", 0, &s) == 0 &&
		s.len == 0);
	OK(file_read_regular(a, dir, 10, &s) == -EISDIR &&
		file_read_regular(a, path("a"), 70000, &s) == 0 && s.len == 70000);
	OK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
	close(ends[1]);
	OK(file_read_fd(a, ends[0], SIZE_MAX, &s) == 0 && str_eq(s, STR("abc")));
	close(ends[0]);
	OK(file_read_fd(a, -1, 10, &s) == -EBADF);
	for (int i = 0; i < 12; i++)
		if (file_read(a, path("a"), 70000, &s) == -EFBIG)
			return;
	OK(false); /* the arena's limit was never met */
}

static void
folders(void)
{
	struct stat st;

	OK(file_make_dirs(path("x/y/z"), 0700) == 0);
	OK(stat(path("x/y/z"), &st) == 0 && S_ISDIR(st.st_mode) &&
		(st.st_mode & 0777) == 0700);
	OK(file_make_dirs(path("x//y/w/"), 0700) == 0 && stat(path("x/y/w"), &st) == 0);
	OK(file_make_dirs(path("x"), 0700) == 0 && file_make_dirs("/", 0700) == 0);
	OK(file_make_dirs(path("a"), 0700) == -ENOTDIR);
	OK(file_make_dirs(path("a/b"), 0700) == -ENOTDIR);
	OK(file_make_dirs("", 0700) == -ENOENT);
}

/* Without a name, and private. */
static void
temporary(void)
{
	int fd = file_temporary(dir);
	struct stat st;

	OK(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600 &&
		st.st_nlink == 0);
	OK(pwrite(fd, "x", 1, 5) == 1 && fstat(fd, &st) == 0 && st.st_size == 6);
	close(fd);
	OK(file_temporary(path("none")) == -ENOENT);
}

int
main(void)
{
	struct arena *a = arena_new("file", 600000);

	if (mkdtemp(dir) == NULL)
		return 99;
	reading(a);
	folders();
	temporary();
	unlink(path("a"));
	rmdir(path("x/y/z"));
	rmdir(path("x/y/w"));
	rmdir(path("x/y"));
	rmdir(path("x"));
	OK(rmdir(dir) == 0);
	arena_free(&a);
	return tap_done();
}
