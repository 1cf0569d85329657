/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads at places of their own, so that no descriptor's position matters.
 */
#include "input/fingerprint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/time.h"
#include "input/reader.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* Kernels before 5.6 and some sandboxes do not know openat2(2): the last part then. */
static int
open_without_links(const char *path_z)
{
	struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, AT_FDCWD, path_z, &how, sizeof(how));

	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open(path_z, OPEN_FLAGS | O_NOFOLLOW);
	return fd < 0 ? -errno : (int)fd;
}

int
fingerprint_open(const char *path_z)
{
	int fd = open_without_links(path_z);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = -ENXIO;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

/* Up to len bytes at place at; fewer only at the end. */
static ssize_t
read_at(int fd, char *buf, size_t len, uint64_t at)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buf + got, len - got, (off_t)(at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* Head and length of the text; the length stands in the last four bytes. */
static int
sample_gzip(int fd, uint64_t packed, struct sample *s)
{
	unsigned char last[4];
	struct reader *r;
	ssize_t n;
	int err = reader_open_gzip(fd, &r);

	if (err != 0)
		return err;
	while ((n = reader_read(r, s->head + s->len, sizeof(s->head) - s->len)) > 0) {
		s->len += (size_t)n;
		if (s->len == sizeof(s->head))
			break;
	}
	reader_close(&r);
	if (n < 0)
		return (int)n;
	if (packed < sizeof(last))
		return -EILSEQ;
	n = read_at(fd, (char *)last, sizeof(last), packed - sizeof(last));
	if (n != (ssize_t)sizeof(last))
		return n < 0 ? (int)n : -EIO;
	s->size = last[0] | (uint64_t)last[1] << 8 | (uint64_t)last[2] << 16 |
		  (uint64_t)last[3] << 24;
	return 0;
}

int64_t
fingerprint_born(int dir, const char *name_z)
{
	struct statx x;

	if (statx(dir, name_z, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BTIME, &x) !=
			0 ||
		(x.stx_mask & STATX_BTIME) == 0)
		return 0;
	return x.stx_btime.tv_sec * TIME_S + x.stx_btime.tv_nsec;
}

int
sample_take(int fd, bool is_gzip, struct sample *out)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return -errno;
	*out = (struct sample){ .dev = (uint64_t)st.st_dev,
		.ino = (uint64_t)st.st_ino,
		.born_ns = fingerprint_born(fd, ""),
		.size = (uint64_t)st.st_size,
		.changed_ns = (int64_t)st.st_ctim.tv_sec * TIME_S + st.st_ctim.tv_nsec,
		.gzip = is_gzip,
		.unlinked = st.st_nlink == 0 };
	if (is_gzip)
		return sample_gzip(fd, out->size, out);
	n = read_at(fd, out->head, sizeof(out->head), 0);
	if (n < 0)
		return (int)n;
	out->len = (size_t)n;
	if (out->size < out->len)
		out->size = out->len;
	return 0;
}

void
fingerprint_set_tail(struct fingerprint *f, uint64_t at, struct str tail)
{
	if (tail.len > FINGERPRINT_TAIL)
		tail = str_sub(tail, tail.len - FINGERPRINT_TAIL, FINGERPRINT_TAIL);
	f->at = at;
	f->tail_len = (uint32_t)tail.len;
	f->tail_hash = tail.len > 0 ? hash_stable(tail) : 0;
}

int
fingerprint_read_tail(int fd, uint64_t at, char tail[FINGERPRINT_TAIL])
{
	size_t want = at < FINGERPRINT_TAIL ? (size_t)at : FINGERPRINT_TAIL;

	return (int)read_at(fd, tail, want, at - want);
}

/* Of the first len bytes of head. */
static uint64_t
hash_head(const char *head, uint64_t len)
{
	return hash_stable((struct str){ head, (size_t)len });
}

void
fingerprint_set_read(struct fingerprint *f, const char *head, size_t len, uint64_t at)
{
	uint32_t n = (uint32_t)(at < len ? at : len);

	if (f->read_len == n && n > 0)
		return;
	f->read_len = n;
	f->read_hash = n > 0 ? hash_head(head, n) : 0;
}

struct fingerprint
fingerprint_of(const struct sample *s, int fd, uint64_t at)
{
	struct fingerprint f = { .dev = s->dev,
		.ino = s->ino,
		.born_ns = s->born_ns,
		.head_len = (uint32_t)s->len,
		.head_hash = hash_head(s->head, s->len),
		.at = at };
	char tail[FINGERPRINT_TAIL];
	int n;

	fingerprint_set_read(&f, s->head, s->len, at);
	if (s->gzip)
		return f;
	n = fingerprint_read_tail(fd, at, tail);
	if (n > 0)
		fingerprint_set_tail(&f, at, (struct str){ tail, (size_t)n });
	return f;
}

/* How many bytes can be compared; 0: too few. */
static size_t
common_head(const struct fingerprint *f, const struct sample *s)
{
	if (s->len >= f->head_len)
		return f->head_len;
	return s->len >= f->read_len ? f->read_len : 0;
}

bool
fingerprint_is_inode(const struct fingerprint *f, const struct sample *s)
{
	return f->ino == s->ino &&
	       (f->born_ns == s->born_ns || f->born_ns == 0 || s->born_ns == 0);
}

bool
fingerprint_begins(const struct fingerprint *f, const struct sample *s)
{
	size_t n = common_head(f, s);

	return n > 0 && hash_head(s->head, n) ==
				(s->len < f->head_len ? f->read_hash : f->head_hash);
}

bool
fingerprint_fits(const struct fingerprint *f, const struct sample *s, int fd)
{
	char tail[FINGERPRINT_TAIL];
	int n;

	if (s->size < f->at || !fingerprint_begins(f, s))
		return false;
	if (s->gzip || f->tail_len == 0)
		return true;
	n = fingerprint_read_tail(fd, f->at, tail);
	if (n < (int)f->tail_len)
		return false;
	return hash_stable((struct str){ tail + n - f->tail_len, f->tail_len }) ==
	       f->tail_hash;
}

bool
fingerprint_is_sure(const struct fingerprint *f, const struct sample *s)
{
	return common_head(f, s) >= FINGERPRINT_SURE || (s->gzip && s->size == f->at);
}

int
fingerprint_check_head(
	struct fingerprint *f, int fd, uint64_t at, char head[FINGERPRINT_HEAD])
{
	ssize_t n = read_at(fd, head, FINGERPRINT_HEAD, 0);

	if (n < 0)
		return (int)n;
	if ((size_t)n < f->head_len)
		return 0;
	if (f->head_len > 0 && hash_head(head, f->head_len) != f->head_hash)
		return 0;
	if ((size_t)n > f->head_len) {
		f->head_len = (uint32_t)n;
		f->head_hash = hash_head(head, (size_t)n);
	}
	fingerprint_set_read(f, head, (size_t)n, at);
	return 1;
}
