/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoder that goes on after a restart. A record is a function of the bytes around it
 * (run.h), so the bytes from decoder_keeps() on are read again, and what was made of them
 * is known by how far each stream was done: the same records come, and none twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/unpack.h"
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
put_progress(const struct progress *p, uint64_t from, struct buf *out)
{
	uint64_t block = from / PROGRESS_GRID;
	uint64_t end = p->boundary / PROGRESS_GRID;

	if (end - block > PROGRESS_SAMPLES)
		block = end - PROGRESS_SAMPLES;
	buf_add_char(out, p->first_found ? '1' : '0');
	buf_add_char(out, p->prefixed ? '1' : '0');
	buf_add_varint(out, (uint64_t)p->least_ns);
	buf_add_varint(out, (uint64_t)p->greatest_ns);
	buf_add_varint(out, block);
	buf_add_varint(out, end);
	for (; block < end; block++)
		buf_add_varint(out, (uint64_t)p->sample[block % PROGRESS_SAMPLES]);
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
		buf_add_text(out, s->key);
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
		buf_add_text(out, s->key);
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
	buf_add_varint(out, (uint64_t)d->conf.date_ns);
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

static void
take_progress(struct unpack *in, struct progress *p, uint64_t from)
{
	uint64_t block, end;

	p->first_found = unpack_byte(in) == '1';
	p->prefixed = unpack_byte(in) == '1';
	p->least_ns = unpack_cast(in);
	p->greatest_ns = unpack_cast(in);
	block = unpack_u64(in, UINT64_MAX);
	end = unpack_u64(in, UINT64_MAX / PROGRESS_GRID);
	if (end == 0 || end < block || end - block > PROGRESS_SAMPLES)
		in->bad = true;
	for (; block < end && !in->bad; block++)
		p->sample[block % PROGRESS_SAMPLES] = unpack_cast(in);
	p->boundary = end * PROGRESS_GRID;
	p->first_at = p->walked = from;
	p->last_at = UINT64_MAX; /* until there are lines again */
}

static void
take_streams(struct unpack *in, struct decoder *d)
{
	uint64_t n = unpack_u64(in, STREAMS_MAX);

	for (; n > 0 && !in->bad; n--) {
		struct wrap w = { .key = unpack_text(in) };
		uint64_t done;

		w.prefixed = unpack_u64(in, UINT64_MAX) != 0;
		done = unpack_u64(in, UINT64_MAX);
		if (!in->bad)
			decoder_stream(d, &w)->done = done;
	}
}

static void
take_open(struct unpack *in, struct tally_open *o)
{
	o->known = unpack_byte(in) == '1';
	o->slice = unpack_cast(in);
	o->lines = unpack_u64(in, UINT64_MAX);
	o->bytes = unpack_u64(in, UINT64_MAX);
}

static void
take_tally(struct unpack *in, struct decoder *d)
{
	uint64_t n;

	d->tally.done = unpack_u64(in, UINT64_MAX);
	take_open(in, &d->tally.own);
	d->tally.has_newest = unpack_byte(in) == '1';
	d->tally.newest = unpack_cast(in);
	n = unpack_u64(in, STREAMS_MAX);
	for (; n > 0 && !in->bad; n--) {
		struct wrap w = { .key = unpack_text(in), .prefixed = true };

		if (!in->bad)
			take_open(in, &decoder_stream(d, &w)->sum);
	}
}

/* False: not what decoder_save() writes. */
static bool
take(struct decoder *d, struct str state)
{
	struct unpack in = { .rest = state };
	uint64_t format;

	if (unpack_byte(&in) != STATE_VERSION)
		return false;
	format = unpack_u64(&in, FORMAT_OBJECTS - 1);
	d->lines.base = d->fresh = unpack_u64(&in, INT64_MAX);
	d->lines.removed = unpack_u64(&in, INT64_MAX);
	d->reading.barrier = unpack_u64(&in, UINT64_MAX);
	d->reading.pieces_end = unpack_u64(&in, UINT64_MAX);
	d->conf.date_ns = d->reading.time.date_ns = unpack_cast(&in);
	take_progress(&in, &d->progress, d->lines.base);
	if (in.bad)
		return false;
	if (format != FORMAT_AUTO)
		decoder_set_format(d, (enum format)format);
	take_streams(&in, d);
	take_tally(&in, d);
	return unpack_ended(&in);
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
	decoder_forget(d);
	lines_forget(&d->lines, decoder_keeps(d));
	lines_rest(&d->lines);
	d->slide_at = WINDOW_BYTES;
}
