/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/spillfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/checkpoint.h"

/* Places come in four sizes a doubling. */
#define PLACE_MIN ((size_t)64)
#define SIZES     (4 * 26 + 1)

struct places {
	uint64_t *at; /* owned */
	size_t len, cap;
};

struct spillfile {
	struct spill spill;
	struct store *store; /* borrowed */
	char *dir_z;         /* owned */
	int fd;              /* -1: nothing was put yet */
	uint64_t end;        /* no place at or behind it is in use */
	size_t in_use;
	struct places free[SIZES];
	bool told; /* that it fails */
};

/* What len is rounded up to, and which of the sizes that is. */
static size_t
place_size(size_t len, size_t *size)
{
	size_t i = 0, octave = PLACE_MIN;

	for (*size = PLACE_MIN; *size < len; i++) {
		*size += octave / 4;
		if (*size == 2 * octave)
			octave *= 2;
	}
	return i;
}

/* Said once, as it fails for each of a million keys otherwise. */
static int
fail(struct spillfile *f, const char *what_z, int err)
{
	if (!f->told)
		log_error("spill", "cannot %s keys in %s: %s; they are dropped", what_z,
			f->dir_z, strerror(-err));
	f->told = true;
	return err;
}

static int
write_at(int fd, struct str bytes, uint64_t at)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes = str_sub(bytes, (size_t)n, bytes.len);
		at += (uint64_t)n;
	}
	return 0;
}

static int
put(void *arg, struct str bytes, uint64_t *where)
{
	struct spillfile *f = arg;
	size_t size, i = place_size(bytes.len, &size);
	struct places *p = &f->free[i];
	uint64_t at = p->len > 0 ? p->at[p->len - 1] : f->end;
	int err;

	if (f->fd < 0)
		f->fd = file_temporary(f->dir_z);
	err = f->fd < 0 ? f->fd : write_at(f->fd, bytes, at);
	if (err != 0)
		return fail(f, "write", err);
	if (p->len > 0)
		p->len--;
	else
		f->end += size;
	f->in_use++;
	*where = at;
	return 0;
}

static int
get(void *arg, uint64_t where, size_t len, struct buf *to)
{
	struct spillfile *f = arg;
	char *room = buf_grow(to, len);

	if (room == NULL)
		return -ENOMEM;
	while (len > 0) {
		ssize_t n = pread(f->fd, room, len, (off_t)where);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(f, "read", n < 0 ? -errno : -EIO);
		room += n;
		len -= (size_t)n;
		where += (uint64_t)n;
	}
	return 0;
}

/* Without memory the place is not used again. */
static void
free_place(struct places *p, uint64_t at)
{
	if (p->len == p->cap) {
		size_t cap = p->cap > 0 ? 2 * p->cap : 64;
		uint64_t *more = realloc(p->at, cap * sizeof(*more));

		if (more == NULL)
			return;
		p->at = more;
		p->cap = cap;
	}
	p->at[p->len++] = at;
}

static void
drop(void *arg, uint64_t where, size_t len)
{
	struct spillfile *f = arg;
	size_t size;

	free_place(&f->free[place_size(len, &size)], where);
	if (--f->in_use > 0)
		return;
	for (size_t i = 0; i < SIZES; i++)
		f->free[i].len = 0;
	f->end = 0;
	(void)!ftruncate(f->fd, 0);
}

static int
kept(void *arg, uint64_t id, struct buf *to)
{
	struct spillfile *f = arg;
	int err = store_get_checkpoint(f->store, PART_WINDOWS, id, to);

	return err != 0 ? fail(f, "read", -EIO) : 0;
}

struct spillfile *
spillfile_new(const char *dir_z, struct store *store, size_t max_bytes)
{
	struct spillfile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->store = store;
	f->fd = -1;
	f->dir_z = dir_z != NULL ? strdup(dir_z) : store_folder(store);
	f->spill = (struct spill){ .put = put,
		.get = get,
		.drop = drop,
		.kept = kept,
		.arg = f,
		.max_bytes = max_bytes > 0 ? max_bytes : SPILLFILE_BYTES };
	if (f->dir_z == NULL)
		spillfile_free(&f);
	return f;
}

void
spillfile_free(struct spillfile **pf)
{
	struct spillfile *f = *pf;

	*pf = NULL;
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	for (size_t i = 0; i < SIZES; i++)
		free(f->free[i].at);
	free(f->dir_z);
	free(f);
}

const struct spill *
spillfile_spill(const struct spillfile *f)
{
	return &f->spill;
}
