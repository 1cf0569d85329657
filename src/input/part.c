/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every read also reads the bytes before it again, in the same system call, and looks at
 * the head of the file after it: a file that was truncated and grew past the old place
 * is noticed however the moments fall (tests/unit/input/test_tail.c, truncations).
 */
#include "input/part.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/time.h"
#include "input/reader.h"

struct stretch *
part_new(const char *path_z, size_t *n_open)
{
	struct stretch *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->n_open = n_open;
	p->fd = -1;
	p->position = PART_UNPLACED;
	p->end = PART_OPEN_END;
	p->quiet_since_ns = INT64_MAX;
	if (path_z != NULL && !part_set_path(p, path_z)) {
		part_free(&p);
		return NULL;
	}
	return p;
}

void
part_begin(struct stretch *p, const struct sample *s, int fd, uint64_t start)
{
	p->start = p->offset = start;
	p->print = fingerprint_of(s, fd, start);
	part_adopt(p, s, fd);
}

struct stretch *
part_continue(struct stretch *p)
{
	struct stretch *q = part_new(p->path_z, p->n_open);

	if (q == NULL)
		return NULL;
	part_seal(p);
	q->print = p->print;
	q->start = q->offset = p->offset;
	q->size = p->size;
	q->changed_ns = p->changed_ns;
	q->used = p->used;
	q->fd = p->fd;
	q->tail_len = p->tail_len;
	memcpy(q->tail, p->tail, sizeof(q->tail));
	q->head_len = p->head_len;
	memcpy(q->head, p->head, sizeof(q->head));
	q->is_gzip = p->is_gzip;
	q->unlinked = p->unlinked;
	p->fd = -1;
	p->end = p->offset;
	return q;
}

void
part_miss(struct stretch *p, uint64_t end, enum loss why)
{
	uint64_t from = p->size < p->offset ? p->offset : p->size;
	uint64_t given = p->restored && p->print.at > from ? p->print.at : from;

	p->has_gap = true;
	p->told = false;
	p->why = why;
	p->lost += end - from;
	p->again += (given < end ? given : end) - from;
}

void
part_lose(struct stretch *p, enum loss why)
{
	uint64_t end = p->offset + part_unread(p);

	/* What was read before the restart is missing as well. */
	if (p->restored && p->print.at > end && p->print.at <= p->end)
		end = p->print.at;
	p->size = p->offset;
	part_miss(p, end, why);
	part_close(p);
	p->end = p->offset;
}

void
part_free(struct stretch **pp)
{
	struct stretch *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	part_close(p);
	free(p->path_z);
	free(p);
}

bool
part_set_path(struct stretch *p, const char *path_z)
{
	char *copy;

	if (p->path_z != NULL && strcmp(p->path_z, path_z) == 0)
		return true;
	copy = strdup(path_z);
	if (copy == NULL)
		return false;
	free(p->path_z);
	p->path_z = copy;
	return true;
}

/* The bytes before offset, so that the first read can be checked too. */
static void
load_tail(struct stretch *p)
{
	int n = p->is_gzip ? 0 : fingerprint_read_tail(p->fd, p->offset, p->tail);

	p->tail_len = n > 0 ? (uint32_t)n : 0;
	if (n >= 0 && !p->is_gzip && p->tail_len < FINGERPRINT_TAIL &&
		p->tail_len < p->offset)
		p->tail_len = 0;
}

void
part_adopt(struct stretch *p, const struct sample *s, int fd)
{
	if (p->gzip != NULL)
		reader_close(&p->gzip);
	if (p->fd >= 0)
		close(p->fd);
	else
		++*p->n_open;
	p->fd = fd;
	p->restored = false;
	p->is_gzip = s->gzip;
	p->print.dev = s->dev;
	p->print.ino = s->ino;
	p->print.born_ns = s->born_ns;
	p->size = s->size;
	p->changed_ns = s->changed_ns;
	p->unlinked = s->unlinked;
	/* A copy may be shorter than what was known of the original. */
	p->head_len = p->print.head_len = (uint32_t)s->len;
	p->print.head_hash = hash_stable((struct str){ s->head, s->len });
	memcpy(p->head, s->head, s->len);
	load_tail(p);
}

int
part_open(struct stretch *p)
{
	int fd;

	if (p->fd >= 0)
		return 0;
	if (p->path_z == NULL)
		return -ENOENT;
	fd = fingerprint_open(p->path_z);
	if (fd < 0)
		return fd;
	return part_take(p, fd, str_ends(str_z(p->path_z), STR(".gz")));
}

int
part_take(struct stretch *p, int fd, bool is_gzip)
{
	struct sample s;
	int err = sample_take(fd, is_gzip, &s);

	if (err == 0 && (p->print.head_len > 0 || p->offset > 0) &&
		!fingerprint_fits(&p->print, &s, fd))
		err = -ESTALE;
	if (err == 0 && !fingerprint_is_inode(&p->print, &s) &&
		!fingerprint_is_sure(&p->print, &s))
		err = -ESTALE;
	if (err != 0) {
		close(fd);
		return err;
	}
	part_adopt(p, &s, fd);
	return 0;
}

void
part_seal(struct stretch *p)
{
	if (p->tail_len > 0)
		fingerprint_set_tail(
			&p->print, p->offset, (struct str){ p->tail, p->tail_len });
	else if (p->is_gzip)
		fingerprint_set_tail(&p->print, p->offset, (struct str){ 0 });
}

void
part_rest(struct stretch *p)
{
	part_seal(p);
	if (p->gzip != NULL)
		reader_close(&p->gzip);
}

void
part_close(struct stretch *p)
{
	part_rest(p);
	if (p->fd < 0)
		return;
	close(p->fd);
	p->fd = -1;
	--*p->n_open;
}

static void
keep_tail(struct stretch *p, const char *buf, size_t n)
{
	size_t keep;

	if (n >= FINGERPRINT_TAIL) {
		memcpy(p->tail, buf + n - FINGERPRINT_TAIL, FINGERPRINT_TAIL);
		p->tail_len = FINGERPRINT_TAIL;
		return;
	}
	keep = p->tail_len < FINGERPRINT_TAIL - n ? p->tail_len : FINGERPRINT_TAIL - n;
	memmove(p->tail, p->tail + p->tail_len - keep, keep);
	memcpy(p->tail + keep, buf, n);
	p->tail_len = (uint32_t)(keep + n);
}

/* 1: the file still begins as it did. The old head is kept if not. */
static int
check_head(struct stretch *p, uint64_t at)
{
	char head[FINGERPRINT_HEAD];
	int same = fingerprint_check_head(&p->print, p->fd, at, head);

	if (same == 1 && p->head_len < p->print.head_len) {
		p->head_len = p->print.head_len;
		memcpy(p->head, head, p->head_len);
	}
	return same;
}

bool
part_has_early_copy(const struct stretch *p, const struct sample *s)
{
	if (s->len == 0 || s->size < p->offset)
		return false;
	if (p->head_len > 0)
		return s->len < p->head_len && s->size == s->len &&
		       memcmp(s->head, p->head, s->len) == 0;
	/* Restored: it may have been read further than it is needed again. */
	return s->size < p->print.at && fingerprint_begins(&p->print, s);
}

bool
part_has_short_copy(const struct stretch *p, const struct sample *s)
{
	if (s->len == 0 || s->size >= p->offset)
		return false;
	if (p->head_len > 0)
		return memcmp(s->head, p->head,
			       s->len < p->head_len ? s->len : p->head_len) == 0;
	return s->len >= p->print.head_len && p->print.head_len > 0 &&
	       hash_stable((struct str){ s->head, p->print.head_len }) ==
		       p->print.head_hash;
}

static ssize_t
read_plain(struct stretch *p, char *buf, size_t cap)
{
	char before[FINGERPRINT_TAIL];
	struct iovec v[2] = { { before, p->tail_len }, { buf, cap } };
	ssize_t n;
	int same;

	do
		n = preadv(p->fd, v, 2, (off_t)(p->offset - p->tail_len));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < p->tail_len || memcmp(before, p->tail, p->tail_len) != 0)
		return -ESTALE;
	n -= (ssize_t)p->tail_len;
	same = check_head(p, p->offset + (uint64_t)n);
	if (same <= 0)
		return same < 0 ? same : -ESTALE;
	return n;
}

/* Opens the text at offset. -EILSEQ when it ends before. */
static int
begin_gzip(struct stretch *p)
{
	char skipped[4096];
	uint64_t at = 0;
	int err = reader_open_gzip(p->fd, &p->gzip);

	while (err == 0 && at < p->offset) {
		uint64_t rest = p->offset - at;
		size_t want = rest < sizeof(skipped) ? (size_t)rest : sizeof(skipped);
		ssize_t n = reader_read(p->gzip, skipped, want);

		if (n <= 0)
			err = n < 0 ? (int)n : -EILSEQ;
		else
			at += (uint64_t)n;
		if (n > 0)
			keep_tail(p, skipped, (size_t)n);
	}
	if (err != 0 && p->gzip != NULL)
		reader_close(&p->gzip);
	return err;
}

static ssize_t
read_gzip(struct stretch *p, char *buf, size_t cap)
{
	ssize_t n;
	int err = p->gzip == NULL ? begin_gzip(p) : 0;

	if (err != 0)
		return err;
	n = reader_read(p->gzip, buf, cap);
	p->ended = n == 0;
	return n;
}

ssize_t
part_read(struct stretch *p, char *buf, size_t cap)
{
	ssize_t n;

	assert(p->fd >= 0 && cap > 0);
	if (p->end - p->offset < cap)
		cap = (size_t)(p->end - p->offset);
	if (cap == 0)
		return 0;
	n = p->is_gzip ? read_gzip(p, buf, cap) : read_plain(p, buf, cap);
	if (n > 0) {
		keep_tail(p, buf, (size_t)n);
		p->offset += (uint64_t)n;
	}
	if (n >= 0 && p->size < p->offset)
		p->size = p->offset;
	if (n == 0 && p->ended)
		p->size = p->offset;
	return n;
}

int
part_check(struct stretch *p)
{
	char tail[FINGERPRINT_TAIL];
	int same = check_head(p, p->offset);
	int n;

	if (same <= 0 || p->tail_len == 0)
		return same;
	n = fingerprint_read_tail(p->fd, p->offset, tail);
	if (n < 0)
		return n;
	return (size_t)n >= p->tail_len &&
	       memcmp(tail + (size_t)n - p->tail_len, p->tail, p->tail_len) == 0;
}

int
part_refresh(struct stretch *p)
{
	struct stat st;
	uint64_t size, seen;
	int64_t changed_ns;
	bool look;

	if (p->fd < 0 || p->is_gzip)
		return 0;
	if (fstat(p->fd, &st) != 0)
		return -errno;
	size = (uint64_t)st.st_size;
	changed_ns = (int64_t)st.st_ctim.tv_sec * TIME_S + st.st_ctim.tv_nsec;
	/* Only a size of the same content counts, if that is lost later. */
	look = size != p->size || (size == p->offset && changed_ns != p->changed_ns);
	p->unlinked = st.st_nlink == 0;
	if (look) {
		int same = part_check(p);

		if (same <= 0)
			return same < 0 ? same : -ESTALE;
	}
	p->changed_ns = changed_ns;
	seen = p->size;
	p->size = size;
	if (size < seen)
		part_miss(p, seen, LOSS_TRUNCATED);
	return 0;
}

uint64_t
part_behind(const struct stretch *p)
{
	return p->position + (p->offset - p->start) + (p->told ? p->lost : 0);
}

uint64_t
part_unread(const struct stretch *p)
{
	uint64_t end = p->size < p->end ? p->size : p->end;

	return end > p->offset ? end - p->offset : 0;
}

bool
part_at_line_start(const struct stretch *p)
{
	return p->offset == 0 || (p->tail_len > 0 && p->tail[p->tail_len - 1] == '\n');
}
