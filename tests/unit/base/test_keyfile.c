/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's key: made once, read ever after, refused when it is not ours. */
#include "base/keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char dir[] = "/tmp/gumshoe-keyfile-XXXXXX";

static const char *
path(const char *name_z)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s/%s", dir, name_z);
	return text;
}

static void
put(const char *name_z, const char *text_z, mode_t mode)
{
	FILE *f = fopen(path(name_z), "w");

	if (f != NULL) {
		fputs(text_z, f);
		fclose(f);
	}
	chmod(path(name_z), mode);
}

static void
test_once(void)
{
	struct hash_key a = { 0 }, b = { 0 };
	struct stat st;

	OK(keyfile_get(path("key"), &a) == 0 && (a.k0 | a.k1) != 0);
	OK(keyfile_get(path("key"), &b) == 0 && a.k0 == b.k0 && a.k1 == b.k1);
	OK(stat(path("key"), &st) == 0 && (st.st_mode & 0777) == 0600 &&
		st.st_size == 16);
	OK(keyfile_get(path("other"), &b) == 0 && a.k0 != b.k0);
}

static void
test_refused(void)
{
	struct hash_key k;

	put("short", "0123456789", 0600);
	OK(keyfile_get(path("short"), &k) == -EINVAL);
	put("long", "0123456789abcdefg", 0600);
	OK(keyfile_get(path("long"), &k) == -EINVAL);
	put("open", "0123456789abcdef", 0640);
	OK(keyfile_get(path("open"), &k) == -EACCES);
	OK(symlink("key", path("link")) == 0 && keyfile_get(path("link"), &k) == -ELOOP);
	OK(keyfile_get(path("none/key"), &k) == -ENOENT);
	put("right", "\x01\x02\x03\x04\x05\x06\x07\x08zzzzzzzz", 0600);
	OK(keyfile_get(path("right"), &k) == 0 && k.k0 == UINT64_C(0x0807060504030201));
}

/* Many at once agree. */
static void
test_race(void)
{
	int fds[2], same = 0;
	struct hash_key first = { 0 }, k;

	OK(pipe(fds) == 0);
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			if (keyfile_get(path("race"), &k) != 0)
				k = (struct hash_key){ 0 };
			_exit(write(fds[1], &k, sizeof(k)) != (ssize_t)sizeof(k));
		}
	for (int i = 0; i < 8; i++) {
		if (read(fds[0], &k, sizeof(k)) != (ssize_t)sizeof(k))
			break;
		if (i == 0)
			first = k;
		same += k.k0 == first.k0 && k.k1 == first.k1 && k.k0 != 0;
	}
	while (wait(NULL) > 0)
		;
	OK(same == 8);
}

static void
clean_up(void)
{
	static const char *const names_z[] = { "key", "other", "short", "long", "open",
		"link", "right", "race" };

	for (size_t i = 0; i < sizeof(names_z) / sizeof(names_z[0]); i++)
		unlink(path(names_z[i]));
	rmdir(dir);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 99;
	test_once();
	test_refused();
	test_race();
	clean_up();
	return tap_done();
}
