/* SPDX-License-Identifier: Apache-2.0 */
#include "input/bygone.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/time.h"

#define FILES_MAX ((size_t)1 << 14)

struct bygone {
	struct map *files; /* struct file -> nothing */
};

struct file {
	int64_t ino, born_ns, size;
};

static struct str
key(const struct file *f)
{
	return (struct str){ (const char *)f, sizeof(*f) };
}

/* False: it is no regular file, or gone. */
static bool
look(int dir, const char *name_z, struct file *out)
{
	struct statx x;

	if (statx(dir, name_z, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW,
		    STATX_TYPE | STATX_INO | STATX_SIZE | STATX_BTIME, &x) != 0 ||
		!S_ISREG(x.stx_mode))
		return false;
	*out = (struct file){ .ino = (int64_t)x.stx_ino, .size = (int64_t)x.stx_size };
	if ((x.stx_mask & STATX_BTIME) != 0)
		out->born_ns = x.stx_btime.tv_sec * TIME_S + x.stx_btime.tv_nsec;
	return true;
}

struct bygone *
bygone_new(void)
{
	struct bygone *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->files = map_new(FILES_MAX);
	if (b->files == NULL)
		bygone_free(&b);
	return b;
}

void
bygone_free(struct bygone **pb)
{
	struct bygone *b = *pb;

	*pb = NULL;
	if (b == NULL)
		return;
	if (b->files != NULL)
		map_free(&b->files);
	free(b);
}

bool
bygone_add(struct bygone *b, int dir, const char *name_z)
{
	struct file f;

	return !look(dir, name_z, &f) || map_put(b->files, key(&f), NULL) != NULL;
}

bool
bygone_has(const struct bygone *b, int dir, const char *name_z)
{
	struct file f;

	return look(dir, name_z, &f) && map_get(b->files, key(&f)) != NULL;
}

void
bygone_encode(const struct bygone *b, struct buf *out)
{
	size_t pos = 0;
	struct str s;

	while (map_next(b->files, &pos, &s, NULL)) {
		struct file f;

		memcpy(&f, s.ptr, sizeof(f));
		buf_printf(out, "%" PRId64 " %" PRId64 " %" PRId64 "\n", f.ino, f.born_ns,
			f.size);
	}
}

void
bygone_restore(struct bygone *b, struct str text)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str ino = str_cut(&line, ' '), born = str_cut(&line, ' ');
		struct file f;

		if (str_to_i64(ino, INT64_MIN, INT64_MAX, &f.ino) &&
			str_to_i64(born, INT64_MIN, INT64_MAX, &f.born_ns) &&
			str_to_i64(line, 0, INT64_MAX, &f.size))
			(void)map_put(b->files, key(&f), NULL);
	}
}
