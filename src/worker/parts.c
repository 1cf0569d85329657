/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PART_BYTES  ((uint64_t)4 << 20)  /* a shorter one is not worth its context */
#define GRID        ((uint64_t)64 << 10) /* of the decoder's samples */
#define LOOK_BYTES  ((size_t)128 << 10)
#define LOOK_MIN    ((size_t)64 << 10) /* what the decoder looks at */
#define LINE_SEARCH ((uint64_t)4 << 20)
#define BEGIN_BYTES ((size_t)4096)

int
parts_find_line(const char *path_z, uint64_t limit, uint64_t *at)
{
	char buf[4096];
	struct reader *in;
	int err;

	if (*at == 0)
		return 0;
	err = reader_open_at(path_z, --*at, &in);
	if (err != 0)
		return err;
	while (*at < limit) {
		ssize_t n = reader_read(in, buf, sizeof(buf));
		const char *lf = n > 0 ? memchr(buf, '\n', (size_t)n) : NULL;

		if (n <= 0) {
			err = n < 0 ? (int)n : -ENODATA;
			break;
		}
		*at += lf != NULL ? (uint64_t)(lf - buf) + 1 : (uint64_t)n;
		if (lf != NULL)
			break;
	}
	reader_close(&in);
	return err;
}

/* Up to cap bytes, as they are. */
static size_t
read_head(const struct worker_file *f, char *buf, size_t cap)
{
	struct reader *in;
	size_t got = 0;
	ssize_t n = 1;

	if (reader_open_at(f->path_z, 0, &in) != 0)
		return 0;
	while (got < cap && n > 0) {
		n = reader_read(in, buf + got, cap - got);
		got += n > 0 ? (size_t)n : 0;
	}
	reader_close(&in);
	return got;
}

/* CRI or docker, where the decoder will surely say the same; else FORMAT_AUTO. */
static enum format
look(const struct worker_file *f)
{
	char *buf = malloc(LOOK_BYTES);
	size_t n = buf != NULL ? read_head(f, buf, LOOK_BYTES) : 0;
	enum format format = FORMAT_AUTO;

	while (n > 0 && buf[n - 1] != '\n')
		n--;
	/* Neither a mark nor a compressed file. */
	if (n >= LOOK_MIN && (char_is_digit(buf[0]) || buf[0] == '{'))
		format = decoder_look((struct str){ buf, n });
	free(buf);
	return format == FORMAT_CRI || format == FORMAT_DOCKER ? format : FORMAT_AUTO;
}

/*
 * Where the part behind the one that begins at at begins, about; size: there is none.
 * They get shorter, so that the workers end at the same time though one of them may be
 * slow.
 */
static uint64_t
next_cut(const struct parts_conf *conf, uint64_t size, uint64_t at)
{
	uint64_t rest = size - at, bytes = rest / (2 * conf->jobs);

	if (conf->bytes > 0)
		bytes = conf->bytes;
	else if (bytes < PART_BYTES)
		bytes = PART_BYTES;
	return rest < 2 * bytes ? size : at + bytes;
}

/* How many parts it may have. */
static size_t
count_parts(const struct parts_conf *conf, const struct worker_file *f)
{
	uint64_t size = f->size > 0 ? (uint64_t)f->size : 0, at = 0;
	size_t n = 1;

	if (f->reader != NULL || (conf->jobs < 2 && conf->bytes == 0))
		return 1;
	while ((at = next_cut(conf, size, at)) < size)
		n++;
	return n;
}

/* The start of a line near *at: false where none begins near. */
static bool
find_cut(const struct worker_file *f, uint64_t *at)
{
	uint64_t target = *at / GRID * GRID;

	*at = target;
	return target > 0 && parts_find_line(f->path_z, target + LINE_SEARCH, at) == 0 &&
	       *at < target + LINE_SEARCH && *at < (uint64_t)f->size;
}

int
parts_plan(const struct parts_conf *conf, struct worker_file *f, struct arena *a,
	struct worker_part **out, size_t *n)
{
	size_t most = count_parts(conf, f), k = 1;
	enum format format = most > 1 ? look(f) : FORMAT_AUTO;
	uint64_t cut = 0;
	struct worker_part *p;

	if (format == FORMAT_AUTO ||
		(conf->format != FORMAT_AUTO && conf->format != format))
		most = 1;
	p = arena_alloc(a, most * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	p[0] = (struct worker_part){ .file = f, .until = UINT64_MAX };
	for (size_t i = 1; i < most; i++) {
		uint64_t at = cut = next_cut(conf, (uint64_t)f->size, cut);

		if (!find_cut(f, &at) || at <= p[k - 1].from)
			continue;
		p[k - 1].until = at;
		p[k++] = (struct worker_part){
			.file = f, .from = at, .until = UINT64_MAX
		};
	}
	for (size_t i = 0; i < k; i++)
		p[i].format = format;
	*out = p;
	*n = k;
	return 0;
}

int64_t
parts_begin(const struct worker_part *p)
{
	static const struct str name = STR_INIT("\"time\":\"");
	char buf[BEGIN_BYTES];
	struct reader *in;
	struct str rest, line;
	int64_t at_ns = TIME_NONE;
	ssize_t n;

	if (reader_open_at(p->file->path_z, p->from, &in) != 0)
		return TIME_NONE;
	n = reader_read(in, buf, sizeof(buf));
	reader_close(&in);
	rest = (struct str){ buf, n > 0 ? (size_t)n : 0 };
	line = str_cut(&rest, '\n');
	if (str_starts(line, STR("{")))
		line = str_sub(line, str_find(line, name), line.len);
	if (str_starts(line, name))
		line = str_sub(line, name.len, line.len);
	return time_parse(&line, NULL, &at_ns) ? at_ns : TIME_NONE;
}

static void
add_counts(struct decoder_counts *to, const struct decoder_counts *c)
{
	to->lines += c->lines;
	to->bytes += c->bytes;
	to->records += c->records;
	to->cut_lines += c->cut_lines;
	to->cut_bytes += c->cut_bytes;
	to->broken_lines += c->broken_lines;
	to->no_time += c->no_time;
	to->open_pieces += c->open_pieces;
	to->nul_bytes += c->nul_bytes;
}

void
parts_join(struct worker_file *f, const struct worker_part *parts, size_t n)
{
	f->first_ns = f->last_ns = TIME_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct worker_part *p = &parts[i];

		if (f->error == 0)
			f->error = p->error;
		add_counts(&f->counts, &p->counts);
		f->undated += p->undated;
		if (p->first_ns != TIME_NONE &&
			(f->first_ns == TIME_NONE || p->first_ns < f->first_ns))
			f->first_ns = p->first_ns;
		if (p->last_ns > f->last_ns)
			f->last_ns = p->last_ns;
	}
}
