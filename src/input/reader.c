/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three steps, each of which may be a pass-through: read(2), gunzip, UTF-16 to UTF-8.
 * What it is shows in the first bytes; on a pipe it waits for more only while they may
 * still be the start of a mark. The only user of zlib.
 */
#include "input/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/time.h"

#define IN_BYTES  ((size_t)64 << 10)
#define MARK_MAX  3
#define GZIP_BITS (15 + 16)

enum text { TEXT_UNKNOWN, TEXT_BYTES, TEXT_UTF16LE, TEXT_UTF16BE };

/* Bytes between two steps. */
struct pool {
	unsigned char *data; /* IN_BYTES, owned */
	size_t pos, len;
};

struct reader {
	int fd;
	bool owns_fd;
	bool regular;
	int64_t date_ns;
	int64_t size;
	struct pool raw; /* as read */
	struct pool mid; /* after gunzip */
	bool raw_end, mid_end;
	int error; /* told once what came before it was given */
	bool looked;
	bool gzip;
	bool member_open; /* inside a gzip member */
	z_stream z;
	enum text text;
	unsigned char out[4]; /* a character that did not fit */
	size_t out_pos, out_len;
	uint32_t high; /* first half of a surrogate pair, or 0 */
};

static bool
init(struct reader *r, const char *path_z)
{
	r->fd = STDIN_FILENO;
	if (strcmp(path_z, "-") != 0) {
		r->fd = open(path_z, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r->owns_fd = r->fd >= 0;
	}
	r->raw.data = malloc(IN_BYTES);
	r->mid.data = malloc(IN_BYTES);
	return r->raw.data != NULL && r->mid.data != NULL;
}

static int
begin_gzip(struct reader *r)
{
	r->gzip = inflateInit2(&r->z, GZIP_BITS) == Z_OK;
	r->member_open = r->gzip;
	return r->gzip ? 0 : -ENOMEM;
}

static int
look_at_file(struct reader *r)
{
	struct stat st;

	r->date_ns = TIME_NONE;
	r->size = -1;
	if (r->fd < 0 || fstat(r->fd, &st) != 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	r->regular = S_ISREG(st.st_mode);
	if (!r->regular)
		return 0;
	r->date_ns = (int64_t)st.st_mtim.tv_sec * TIME_S + st.st_mtim.tv_nsec;
	r->size = st.st_size;
	(void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int
reader_open(const char *path_z, struct reader **out)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (r == NULL)
		return err;
	if (init(r, path_z))
		err = look_at_file(r);
	if (err != 0)
		reader_close(&r);
	else
		*out = r;
	return err;
}

int
reader_open_gzip(int fd, struct reader **out)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (r == NULL)
		return err;
	r->fd = fd;
	r->raw.data = malloc(IN_BYTES);
	r->mid.data = malloc(IN_BYTES);
	r->text = TEXT_BYTES;
	r->looked = true;
	if (r->raw.data != NULL && r->mid.data != NULL)
		err = lseek(fd, 0, SEEK_SET) != 0 ? -errno : begin_gzip(r);
	if (err != 0)
		reader_close(&r);
	else
		*out = r;
	return err;
}

int
reader_open_at(const char *path_z, uint64_t from, struct reader **out)
{
	int err = reader_open(path_z, out);

	if (err != 0)
		return err;
	(*out)->looked = true;
	(*out)->text = TEXT_BYTES;
	if (!(*out)->regular || from > INT64_MAX ||
		lseek((*out)->fd, (off_t)from, SEEK_SET) < 0)
		err = -ESPIPE;
	if (err != 0)
		reader_close(out);
	return err;
}

void
reader_close(struct reader **pr)
{
	struct reader *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	if (r->gzip)
		(void)inflateEnd(&r->z);
	if (r->owns_fd)
		close(r->fd);
	free(r->raw.data);
	free(r->mid.data);
	free(r);
}

static ssize_t
read_fd(const struct reader *r, void *buf, size_t cap)
{
	ssize_t n;

	do
		n = read(r->fd, buf, cap);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Some bytes more behind what is in the pool. 0 also when the input ends. */
static int
fill_raw(struct reader *r)
{
	struct pool *p = &r->raw;
	ssize_t n;

	if (p->pos == p->len)
		p->pos = p->len = 0;
	assert(p->len < IN_BYTES);
	n = read_fd(r, p->data + p->len, IN_BYTES - p->len);
	if (n < 0)
		return (int)n;
	p->len += (size_t)n;
	r->raw_end = n == 0;
	return 0;
}

/*
 * The first bytes of a text without a mark go where they are wanted. 0: they may be those
 * of one and wait in the pool, or there are none.
 */
static ssize_t
read_unmarked(struct reader *r, char *buf, size_t cap)
{
	static const unsigned char marks[] = { 0x1f, 0xff, 0xfe, 0xef };
	ssize_t n = read_fd(r, buf, cap < IN_BYTES ? cap : IN_BYTES);

	if (n <= 0) {
		r->raw_end = n == 0;
		return n;
	}
	if (memchr(marks, (unsigned char)buf[0], sizeof(marks)) == NULL) {
		r->looked = true;
		r->text = TEXT_BYTES;
		return n;
	}
	memcpy(r->raw.data, buf, (size_t)n);
	r->raw.len = (size_t)n;
	return 0;
}

/* Whether the first len bytes may be the start of a mark that needs more of them. */
static bool
may_be_mark(const unsigned char *p, size_t len)
{
	static const unsigned char marks[][MARK_MAX] = { { 0x1f, 0x8b }, { 0xff, 0xfe },
		{ 0xfe, 0xff }, { 0xef, 0xbb, 0xbf } };
	static const size_t lens[] = { 2, 2, 2, 3 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		if (len < lens[i] && memcmp(p, marks[i], len) == 0)
			return true;
	return false;
}

/* Gzip or not, once enough bytes are there. */
static int
look(struct reader *r)
{
	const struct pool *p = &r->raw;

	while (!r->raw_end && (p->len == 0 || may_be_mark(p->data, p->len))) {
		int err = fill_raw(r);

		if (err != 0)
			return err;
	}
	r->looked = true;
	if (p->len >= 2 && p->data[0] == 0x1f && p->data[1] == 0x8b)
		return begin_gzip(r);
	return 0;
}

/* Behind a member: another one, padding of zeros, or the end. */
static int
next_member(struct reader *r)
{
	struct pool *p = &r->raw;

	for (;;) {
		int err;

		while (p->pos < p->len && p->data[p->pos] == 0)
			p->pos++;
		if (p->pos < p->len || r->raw_end)
			break;
		err = fill_raw(r);
		if (err != 0)
			return err;
	}
	if (p->pos == p->len) {
		r->mid_end = true;
		return 0;
	}
	if (p->data[p->pos] != 0x1f || inflateReset(&r->z) != Z_OK)
		return -EILSEQ;
	r->member_open = true;
	return 0;
}

static ssize_t
gunzip(struct reader *r, unsigned char *buf, size_t cap)
{
	size_t got = 0;

	while (got == 0 && !r->mid_end) {
		struct pool *p = &r->raw;
		int err = r->member_open ? 0 : next_member(r);

		if (err == 0 && p->pos == p->len && !r->raw_end)
			err = fill_raw(r);
		if (err != 0 || r->mid_end)
			return err;
		r->z.next_in = p->data + p->pos;
		r->z.avail_in = (uInt)(p->len - p->pos);
		r->z.next_out = buf;
		r->z.avail_out = (uInt)cap;
		/* Also without input: it may hold back what did not fit. */
		err = inflate(&r->z, Z_NO_FLUSH);
		p->pos = p->len - r->z.avail_in;
		got = cap - r->z.avail_out;
		if (err == Z_STREAM_END)
			r->member_open = false;
		else if (err != Z_OK && (err != Z_BUF_ERROR || (got == 0 && r->raw_end)))
			r->error = -EILSEQ;
		if (r->error != 0 && got == 0)
			return r->error;
	}
	return (ssize_t)got;
}

/* Bytes behind gunzip, or as they were read. */
static ssize_t
read_bytes(struct reader *r, void *buf, size_t cap)
{
	struct pool *p = &r->raw;
	int err = r->looked ? 0 : look(r);
	size_t n;

	if (err != 0 || r->error != 0)
		return err != 0 ? err : r->error;
	if (cap > IN_BYTES * 1024)
		cap = IN_BYTES * 1024;
	if (r->gzip)
		return gunzip(r, buf, cap);
	if (p->pos == p->len)
		return r->raw_end ? 0 : read_fd(r, buf, cap);
	n = p->len - p->pos < cap ? p->len - p->pos : cap;
	memcpy(buf, p->data + p->pos, n);
	p->pos += n;
	return (ssize_t)n;
}

static int
fill_mid(struct reader *r)
{
	struct pool *p = &r->mid;
	ssize_t n;

	if (p->pos == p->len)
		p->pos = p->len = 0;
	if (p->pos > 0)
		memmove(p->data, p->data + p->pos, p->len - p->pos);
	p->len -= p->pos;
	p->pos = 0;
	n = read_bytes(r, p->data + p->len, IN_BYTES - p->len);
	if (n < 0)
		return (int)n;
	p->len += (size_t)n;
	r->mid_end = n == 0;
	return 0;
}

/* UTF-16 by its mark; a mark of UTF-8 is left out. */
static int
look_at_text(struct reader *r)
{
	struct pool *p = &r->mid;

	do {
		int err = fill_mid(r);

		if (err != 0)
			return err;
	} while (!r->mid_end && may_be_mark(p->data, p->len));
	r->text = TEXT_BYTES;
	if (p->len >= 2 && p->data[0] == 0xff && p->data[1] == 0xfe)
		r->text = TEXT_UTF16LE;
	else if (p->len >= 2 && p->data[0] == 0xfe && p->data[1] == 0xff)
		r->text = TEXT_UTF16BE;
	if (r->text != TEXT_BYTES)
		p->pos = 2;
	else if (p->len >= 3 && memcmp(p->data, "\xef\xbb\xbf", 3) == 0)
		p->pos = 3;
	return 0;
}

static void
put_char(struct reader *r, uint32_t c)
{
	unsigned char *o = r->out;
	size_t n = 0;

	if (c < 0x80) {
		o[n++] = (unsigned char)c;
	} else if (c < 0x800) {
		o[n++] = (unsigned char)(0xc0 | c >> 6);
		o[n++] = (unsigned char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		o[n++] = (unsigned char)(0xe0 | c >> 12);
		o[n++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		o[n++] = (unsigned char)(0x80 | (c & 0x3f));
	} else {
		o[n++] = (unsigned char)(0xf0 | c >> 18);
		o[n++] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		o[n++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		o[n++] = (unsigned char)(0x80 | (c & 0x3f));
	}
	r->out_pos = 0;
	r->out_len = n;
}

/*
 * The next unit of UTF-16 from the pool, which has two bytes. A half of a pair without
 * the other half becomes U+FFFD; marks in the middle (appended files) are left out.
 */
static void
take_unit(struct reader *r)
{
	struct pool *p = &r->mid;
	unsigned first = p->data[p->pos], second = p->data[p->pos + 1];
	uint32_t c = r->text == TEXT_UTF16LE ? second << 8 | first : first << 8 | second;

	if (r->high != 0 && (c < 0xdc00 || c > 0xdfff)) {
		r->high = 0;
		put_char(r, 0xfffd);
		return;
	}
	p->pos += 2;
	if (c >= 0xd800 && c < 0xdc00) {
		r->high = c;
		return;
	}
	if (r->high != 0)
		c = 0x10000 + ((r->high - 0xd800) << 10) + (c - 0xdc00);
	else if (c >= 0xdc00 && c <= 0xdfff)
		c = 0xfffd;
	r->high = 0;
	if (c != 0xfeff)
		put_char(r, c);
}

/* At least two bytes in the pool, or the end. */
static int
need_unit(struct reader *r)
{
	while (r->mid.len - r->mid.pos < 2 && !r->mid_end) {
		int err = fill_mid(r);

		if (err != 0)
			return err;
	}
	if (r->mid.len - r->mid.pos == 1 || (r->mid.len == r->mid.pos && r->high != 0))
		return -EILSEQ;
	return 0;
}

static ssize_t
read_utf16(struct reader *r, char *buf, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		int err;

		if (r->out_pos < r->out_len) {
			buf[n++] = (char)r->out[r->out_pos++];
			continue;
		}
		if (n > 0 && r->mid.len - r->mid.pos < 2)
			break;
		err = need_unit(r);
		if (err != 0)
			return n > 0 ? (ssize_t)n : err;
		if (r->mid.len == r->mid.pos)
			break;
		take_unit(r);
	}
	return (ssize_t)n;
}

ssize_t
reader_read(struct reader *r, char *buf, size_t cap)
{
	struct pool *p = &r->mid;
	size_t n;
	int err;

	assert(cap > 0);
	if (!r->looked && r->raw.len == 0 && !r->raw_end) {
		ssize_t got = read_unmarked(r, buf, cap);

		if (got != 0)
			return got;
	}
	err = r->text == TEXT_UNKNOWN ? look_at_text(r) : 0;
	if (err != 0)
		return err;
	if (r->text != TEXT_BYTES)
		return read_utf16(r, buf, cap);
	if (p->pos == p->len)
		return r->mid_end ? 0 : read_bytes(r, buf, cap);
	n = p->len - p->pos < cap ? p->len - p->pos : cap;
	memcpy(buf, p->data + p->pos, n);
	p->pos += n;
	return (ssize_t)n;
}

/* Less than a character may wait for the rest of it. */
const char *
reader_why(int err)
{
	if (err == -EILSEQ)
		return "cut short or damaged (gzip or UTF-16): what stands before that "
		       "was read";
	if (err == -ENOTSUP)
		return "compressed, but not with gzip: unpack it into a pipe, as in "
		       "zstdcat FILE | gumshoe scan";
	return strerror(-err);
}

bool
reader_has_more(const struct reader *r)
{
	return r->raw.len - r->raw.pos >= sizeof(r->out) ||
	       r->mid.len - r->mid.pos >= sizeof(r->out);
}

int
reader_fd(const struct reader *r)
{
	return r->fd;
}

int64_t
reader_date_ns(const struct reader *r)
{
	return r->date_ns;
}

int64_t
reader_size(const struct reader *r)
{
	return r->size;
}
