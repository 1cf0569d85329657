/* SPDX-License-Identifier: Apache-2.0 */
#include "input/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "base/str.h"
#include "base/time.h"
#include "tap.h"

/* Bytes in a file without a name; path is how to open it. */
static int
file_of(const void *bytes, size_t n, char path[64])
{
	int fd = memfd_create("reader", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static size_t
gz(const char *text, size_t n, unsigned char *out, size_t cap)
{
	z_stream z = { 0 };

	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return cap - z.avail_out;
}

/* What comes out, read step bytes at a time; *end is the last answer. */
static struct str
all(const void *bytes, size_t n, size_t step, char *out, size_t cap, ssize_t *end)
{
	struct reader *r;
	char path[64];
	size_t got = 0;
	int fd = file_of(bytes, n, path);

	if (reader_open(path, &r) != 0)
		abort();
	while ((*end = reader_read(r, out + got, step < cap - got ? step : cap - got)) >
		0)
		got += (size_t)*end;
	OK(reader_size(r) == (int64_t)n && reader_date_ns(r) > 0);
	reader_close(&r);
	close(fd);
	return (struct str){ out, got };
}

static bool
reads(const void *bytes, size_t n, struct str want, ssize_t want_end)
{
	static char out[300000];
	static const size_t steps[] = { 1, 2, 3, 7, 4096, 200000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ssize_t end;
		struct str got = all(bytes, n, steps[i], out, sizeof(out), &end);

		if (!str_eq(got, want) || end != want_end) {
			printf("# step %zu: %zu bytes, end %zd\n", steps[i], got.len,
				end);
			return false;
		}
	}
	return true;
}

static void
test_gzip(void)
{
	static char text[200000];
	static unsigned char z[200000];
	size_t n, two;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23);
	n = gz(text, sizeof(text), z, sizeof(z));
	OK(reads(z, n, (struct str){ text, sizeof(text) }, 0));
	OK(reads(z, n - 9, (struct str){ text, sizeof(text) }, -EILSEQ));
	n = gz("one\n", 4, z, sizeof(z));
	two = gz("two\n", 4, z + n, sizeof(z) - n);
	OK(reads(z, n + two, STR("one\ntwo\n"), 0));
	memset(z + n + two, 0, 600);
	OK(reads(z, n + two + 600, STR("one\ntwo\n"), 0));
	OK(reads(z, n + two - 3, STR("one\ntwo\n"), -EILSEQ));
	z[n + two] = 'x';
	OK(reads(z, n + two + 1, STR("one\ntwo\n"), -EILSEQ));
}

static void
test_text(void)
{
	static const char le[] = "\xff\xfe"
				 "a\0\n\0\xe9\0\xac\x20\x3d\xd8\x80\xde";
	static const char be[] = "\xfe\xff\0a\0\n\0\xe9\x20\xac\xd8\x3d\xde\x80";
	static const char lone[] = "\xff\xfe\x3d\xd8"
				   "a\0\x80\xde"
				   "b\0";

	OK(reads("", 0, STR(""), 0));
	OK(reads("\x1f", 1, STR("\x1f"), 0));
	OK(reads("plain\n", 6, STR("plain\n"), 0));
	OK(reads("\xef\xbb\xbfx", 4, STR("x"), 0));
	OK(reads("\xef\xbb", 2, STR("\xef\xbb"), 0));
	OK(reads(le, sizeof(le) - 1, STR("a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80"), 0));
	OK(reads(be, sizeof(be) - 1, STR("a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80"), 0));
	OK(reads(lone, sizeof(lone) - 1,
		STR("\xef\xbf\xbd"
		    "a\xef\xbf\xbd"
		    "b"),
		0));
	OK(reads(le, 5, STR("a"), -EILSEQ));
}

static void
test_errors(void)
{
	struct reader *r;

	OK(reader_open("/nonexistent/file", &r) == -ENOENT);
	OK(reader_open("/", &r) == -EISDIR);
}

int
main(void)
{
	test_gzip();
	test_text();
	test_errors();
	return tap_done();
}
