/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoder that goes on after a restart. A record is a function of the bytes around it
 * (run.h), so the bytes from decoder_keeps() on are read again, and what was made of them
 * is known by how far each stream was done: the same records come, and none twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "decode/state.h"
#include "decode/wrap.h"

#define STATE_VERSION 2
#define JUMP_BYTES    ((size_t)4 << 20)

uint64_t
decoder_needs(const struct decoder *d)
{
	return lines_place(&d->lines, decoder_keeps(d));
}

struct str
decoder_held(const struct decoder *d)
{
	size_t from = (size_t)(decoder_keeps(d) - d->lines.base);

	return (struct str){ d->lines.data + from, d->lines.len - from };
}

static void
put_time(struct buf *out, int64_t at_ns)
{
	buf_add_varint(out, (uint64_t)at_ns);
}

static void
put_progress(const struct progress *p, uint64_t from, struct buf *out)
{
	uint64_t block = from / PROGRESS_GRID;
	uint64_t end = p->boundary / PROGRESS_GRID;

	if (end - block > PROGRESS_SAMPLES)
		block = end - PROGRESS_SAMPLES;
	buf_add_char(out, p->first_found ? '1' : '0');
	buf_add_char(out, p->prefixed ? '1' : '0');
	put_time(out, p->least_ns);
	put_time(out, p->greatest_ns);
	buf_add_varint(out, block);
	buf_add_varint(out, end);
	for (; block < end; block++)
		put_time(out, p->sample[block % PROGRESS_SAMPLES]);
}

/* What is done up to behind the bytes that are read again. Offset at will be from. */
static void
put_streams(const struct decoder *d, uint64_t at, uint64_t from, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_streams; i++)
		n += d->streams[i].done > at;
	buf_add_varint(out, n);
	for (size_t i = 0; i < d->n_streams; i++) {
		const struct stream *s = &d->streams[i];

		if (s->done <= at)
			continue;
		buf_add_varint(out, s->key.len);
		buf_add(out, s->key);
		buf_add_varint(out, s->source != d->own);
		buf_add_varint(out, from + (s->done - at));
	}
}

static void
put_open(const struct tally_open *o, struct buf *out)
{
	buf_add_char(out, o->known ? '1' : '0');
	buf_add_varint(out, (uint64_t)o->slice);
	buf_add_varint(out, o->lines);
	buf_add_varint(out, o->bytes);
}

/* Sums that were not given. What nobody counted until now is counted from here on. */
static void
put_tally(const struct decoder *d, uint64_t at, uint64_t from, struct buf *out)
{
	const struct tally *t = &d->tally;
	uint64_t done = d->conf.tally == TALLY_LINES ? t->done : lines_end(&d->lines);
	size_t n = 0;

	buf_add_varint(out, done > at ? from + (done - at) : from);
	put_open(&t->own, out);
	buf_add_char(out, t->has_newest ? '1' : '0');
	buf_add_varint(out, (uint64_t)t->newest);
	for (size_t i = 0; i < d->n_streams; i++)
		n += d->streams[i].sum.known;
	buf_add_varint(out, n);
	for (size_t i = 0; i < d->n_streams; i++) {
		const struct stream *s = &d->streams[i];

		if (!s->sum.known)
			continue;
		buf_add_varint(out, s->key.len);
		buf_add(out, s->key);
		put_open(&s->sum, out);
	}
}

/* A state that goes on at a place: its offset is at now and will be from. */
static void
put(const struct decoder *d, uint64_t at, uint64_t from, uint64_t place, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_varint(out, (uint64_t)d->conf.format);
	buf_add_varint(out, from);
	buf_add_varint(out, place - from);
	buf_add_varint(out, d->reading.barrier);
	buf_add_varint(out, d->reading.pieces_end);
	put_time(out, d->conf.date_ns);
	put_progress(&d->progress, place, out);
	put_streams(d, at, from, out);
	put_tally(d, at, from, out);
}

void
decoder_save(const struct decoder *d, struct buf *out)
{
	uint64_t from = decoder_keeps(d);

	put(d, from, from, lines_place(&d->lines, from), out);
}

static bool
take_time(struct str *s, int64_t *out)
{
	uint64_t v;

	if (!buf_take_varint(s, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

static bool
take_progress(struct str *s, struct progress *p, uint64_t from)
{
	struct str flags;
	uint64_t block, end;

	if (!buf_take(s, 2, &flags) || !take_time(s, &p->least_ns) ||
		!take_time(s, &p->greatest_ns) || !buf_take_varint(s, &block) ||
		!buf_take_varint(s, &end) || end < block ||
		end - block > PROGRESS_SAMPLES || end == 0 ||
		end > UINT64_MAX / PROGRESS_GRID)
		return false;
	for (; block < end; block++)
		if (!take_time(s, &p->sample[block % PROGRESS_SAMPLES]))
			return false;
	p->boundary = end * PROGRESS_GRID;
	p->first_found = flags.ptr[0] == '1';
	p->prefixed = flags.ptr[1] == '1';
	p->first_at = p->walked = from;
	p->last_at = UINT64_MAX; /* until there are lines again */
	return true;
}

static bool
take_stream(struct str *s, struct decoder *d)
{
	struct wrap w = { 0 };
	uint64_t len, prefixed, done;

	if (!buf_take_varint(s, &len) || len > s->len || !buf_take(s, len, &w.key) ||
		!buf_take_varint(s, &prefixed) || !buf_take_varint(s, &done))
		return false;
	w.prefixed = prefixed != 0;
	decoder_stream(d, &w)->done = done;
	return true;
}

static bool
take_open(struct str *s, struct tally_open *o)
{
	struct str known;
	uint64_t slice;

	if (!buf_take(s, 1, &known) || !buf_take_varint(s, &slice) ||
		!buf_take_varint(s, &o->lines) || !buf_take_varint(s, &o->bytes))
		return false;
	o->known = known.ptr[0] == '1';
	o->slice = (int64_t)slice;
	return true;
}

static bool
take_tally(struct str *s, struct decoder *d)
{
	struct wrap w = { .prefixed = true };
	struct str newest;
	uint64_t slice, len, n;

	if (!buf_take_varint(s, &d->tally.done) || !take_open(s, &d->tally.own) ||
		!buf_take(s, 1, &newest) || !buf_take_varint(s, &slice) ||
		!buf_take_varint(s, &n) || n > STREAMS_MAX)
		return false;
	d->tally.has_newest = newest.ptr[0] == '1';
	d->tally.newest = (int64_t)slice;
	while (n-- > 0)
		if (!buf_take_varint(s, &len) || len > s->len ||
			!buf_take(s, len, &w.key) ||
			!take_open(s, &decoder_stream(d, &w)->sum))
			return false;
	return true;
}

/* False: not what decoder_save() writes. */
static bool
take(struct decoder *d, struct str s)
{
	struct str version;
	uint64_t format, from, removed, n;

	if (!buf_take(&s, 1, &version) || version.ptr[0] != STATE_VERSION ||
		!buf_take_varint(&s, &format) || format >= FORMAT_OBJECTS ||
		!buf_take_varint(&s, &from) || !buf_take_varint(&s, &removed) ||
		!buf_take_varint(&s, &d->reading.barrier) ||
		!buf_take_varint(&s, &d->reading.pieces_end) ||
		!take_time(&s, &d->conf.date_ns) || from > INT64_MAX ||
		removed > INT64_MAX || !take_progress(&s, &d->progress, from) ||
		!buf_take_varint(&s, &n) || n > STREAMS_MAX)
		return false;
	if (format != FORMAT_AUTO)
		decoder_set_format(d, (enum format)format);
	d->reading.time.date_ns = d->conf.date_ns;
	d->lines.base = d->fresh = from;
	d->lines.removed = removed;
	while (n-- > 0)
		if (!take_stream(&s, d))
			return false;
	return take_tally(&s, d) && s.len == 0;
}

int
decoder_restore(const struct decoder_conf *conf, struct str state, struct decoder **out)
{
	struct decoder *d = decoder_new(conf);

	*out = NULL;
	if (d == NULL)
		return -ENOMEM;
	if (!take(d, state)) {
		decoder_free(&d);
		return -EINVAL;
	}
	*out = d;
	return 0;
}

/* A new one that knows what the old one knew, from another place on. */
int
decoder_jump(struct decoder **pd, uint64_t place)
{
	struct decoder *d = *pd, *next;
	struct buf state;
	int err;

	buf_init(&state, JUMP_BYTES);
	d->reading.barrier = place;
	put(d, lines_offset(&d->lines, place), place, place, &state);
	err = buf_failed(&state) ? -ENOMEM
				 : decoder_restore(&d->conf, buf_str(&state), &next);
	buf_fini(&state);
	if (err != 0)
		return err;
	next->counts = d->counts;
	next->lines.bytes = d->lines.bytes;
	next->lines.cut_lines = d->lines.cut_lines;
	next->lines.cut_bytes = d->lines.cut_bytes;
	decoder_free(pd);
	*pd = next;
	return 0;
}

void
decoder_rest(struct decoder *d)
{
	record_reset(&d->record);
	d->ahead.next = 0;
	lines_forget(&d->lines, decoder_keeps(d));
	lines_rest(&d->lines);
	d->slide_at = WINDOW_BYTES;
}
