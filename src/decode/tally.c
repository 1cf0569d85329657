/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and bytes of a source by slices of event time. A line is in the slice of its
 * time, or of the nearest time before it. Where whole blocks are counted only their
 * sampled times are looked at: a block between two times of one slice is part of it, any
 * other one is halved until it is; lines are counted where slices meet. Where lines come
 * by and by, or each says whose it is, each is looked at. One thread: the decoder's.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/log.h"
#include "decode/state.h"

/* Ends the program without memory: lines would be lost. */
static void
give(struct decoder *d, const struct source *source, struct tally_open *o)
{
	struct tally *t = &d->tally;

	if (o->lines == 0)
		return;
	if (t->n == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 64;
		struct volume_sum *p = realloc(t->ready, cap * sizeof(*p));

		if (p == NULL) {
			log_error("decode", "out of memory");
			abort();
		}
		t->ready = p;
		t->cap = cap;
	}
	t->ready[t->n++] = (struct volume_sum){ source, o->slice, o->lines, o->bytes };
	o->lines = o->bytes = 0;
}

/* False: no time, or so far off that it is none. */
static bool
is_time(int64_t at_ns)
{
	return at_ns > INT64_MIN + VOLUME_SLICE_NS && at_ns < INT64_MAX - VOLUME_SLICE_NS;
}

/* --- line by line --- */

static void
give_all(struct decoder *d, int64_t before)
{
	for (size_t i = 0; i < d->n_streams; i++)
		if (d->streams[i].sum.slice < before)
			give(d, d->streams[i].source, &d->streams[i].sum);
	if (d->tally.own.slice < before)
		give(d, d->own, &d->tally.own);
}

/* What is older than the newest slice is given: its time may settle soon. */
static void
move(struct decoder *d, struct tally_open *o, const struct source *source, int64_t slice)
{
	give(d, source, o);
	*o = (struct tally_open){ .known = true, .slice = slice };
	if (d->tally.has_newest && slice <= d->tally.newest)
		return;
	d->tally.has_newest = true;
	d->tally.newest = slice;
	give_all(d, slice);
}

static void
count_lines(struct decoder *d)
{
	struct tally *t = &d->tally;
	struct line line;

	if (t->done < lines_begin(&d->lines))
		t->done = lines_begin(&d->lines);
	for (; t->done < lines_end(&d->lines); t->done = line.next) {
		struct tally_open *o = &t->own;
		const struct source *source = d->own;
		int64_t at_ns;

		run_read(&d->reading, t->done, &line);
		at_ns = progress_line_time(&d->reading, &line);
		if (line.wrap.prefixed) {
			struct stream *s = decoder_stream(d, &line.wrap);

			if (s != &d->streams[STREAMS_MAX]) {
				o = &s->sum;
				source = s->source;
			}
		}
		if (is_time(at_ns) && (!o->known || volume_slice(at_ns) != o->slice))
			move(d, o, source, volume_slice(at_ns));
		if (!o->known)
			continue;
		o->lines++;
		o->bytes += lines_place(&d->lines, line.next) -
			    lines_place(&d->lines, line.at);
	}
}

/* --- block by block --- */

static uint64_t
lines_between(const struct lines *l, uint64_t from, uint64_t to)
{
	bool has = true;

	return bytes_count(
		l->data + (from - l->base), (size_t)(to - from), '\n', '\n', &has);
}

/* Lines before an offset, of all that the decoder was given. */
static uint64_t
lines_up_to(const struct decoder *d, uint64_t at)
{
	const struct tally *t = &d->tally;
	const struct lines *l = &d->lines;

	if (t->own.known && t->from >= lines_begin(l) && at - t->from < lines_end(l) - at)
		return t->before + lines_between(l, t->from, at);
	if (at > d->fresh)
		return d->counts.lines + lines_between(l, d->fresh, at);
	return d->counts.lines - lines_between(l, at, d->fresh);
}

/* The open slice ends before an offset; another one begins there. */
static void
turn(struct decoder *d, uint64_t at, int64_t at_ns)
{
	struct tally *t = &d->tally;
	uint64_t before = lines_up_to(d, at), place = lines_place(&d->lines, at);

	if (t->own.known) {
		t->own.lines = before - t->before;
		t->own.bytes = place - t->from_place;
		give(d, d->own, &t->own);
	}
	t->own = (struct tally_open){ 0 };
	if (!is_time(at_ns))
		return;
	t->own.known = true;
	t->own.slice = volume_slice(at_ns);
	t->from = at;
	t->before = before;
	t->from_place = place;
}

/* The time of the last line before an offset that has one, not before floor. */
static int64_t
time_before(const struct decoder *d, uint64_t end, uint64_t floor, int64_t else_ns)
{
	struct line line;

	while (end > floor) {
		int64_t at_ns;

		end = lines_before(&d->lines, end);
		run_read(&d->reading, end, &line);
		at_ns = progress_line_time(&d->reading, &line);
		if (is_time(at_ns))
			return at_ns;
	}
	return else_ns;
}

static bool
is_open(const struct decoder *d, int64_t at_ns)
{
	const struct tally_open *o = &d->tally.own;

	return is_time(at_ns) ? o->known && o->slice == volume_slice(at_ns) : !o->known;
}

/* Where the line begins that begins at or behind an offset. */
static uint64_t
line_from(const struct lines *l, uint64_t at)
{
	uint64_t start, next;

	if (at <= lines_begin(l))
		return lines_begin(l);
	start = lines_start(l, at);
	if (start == at)
		return at;
	lines_at(l, start, &next);
	return next;
}

/*
 * Lines of [from, to), the last time in them or before them is to_ns, and the slice that
 * is open is that of the line before them.
 */
static void
split(struct decoder *d, uint64_t from, uint64_t to, int64_t from_ns, int64_t to_ns)
{
	while (from < to && !is_open(d, to_ns)) {
		uint64_t middle = lines_start(&d->lines, from + (to - from) / 2);
		int64_t middle_ns;

		if (middle == from)
			lines_at(&d->lines, from, &middle);
		if (middle == to) {
			turn(d, from, to_ns);
			return;
		}
		middle_ns = time_before(d, middle, from, from_ns);
		split(d, from, middle, from_ns, middle_ns);
		from = middle;
		from_ns = middle_ns;
	}
}

/* What begins before the byte at end of the source, a block or its rest. */
static void
count_block(struct decoder *d, uint64_t end, int64_t end_ns)
{
	uint64_t before = d->tally.boundary - PROGRESS_GRID;
	int64_t from_ns = progress_sample(&d->progress, before);
	uint64_t from, to;

	if (is_open(d, from_ns) && is_open(d, end_ns))
		return;
	from = line_from(&d->lines, lines_offset(&d->lines, before));
	to = line_from(&d->lines, lines_offset(&d->lines, end));
	if (!is_open(d, from_ns))
		turn(d, from, from_ns);
	split(d, from, to, from_ns, end_ns);
}

static void
end_blocks(struct decoder *d, uint64_t end)
{
	turn(d, line_from(&d->lines, lines_offset(&d->lines, end)), TIME_NONE);
	d->tally.ended = true;
}

/* Blocks that end in the decoder's part of the source are its own. */
static void
count_blocks(struct decoder *d)
{
	struct tally *t = &d->tally;
	uint64_t until = d->conf.until != 0 ? d->conf.until : UINT64_MAX;
	uint64_t end;

	while (t->boundary < d->progress.boundary && t->boundary <= until) {
		count_block(d, t->boundary, progress_sample(&d->progress, t->boundary));
		t->boundary += PROGRESS_GRID;
	}
	if (t->boundary > until) {
		end_blocks(d, t->boundary - PROGRESS_GRID);
	} else if (d->finished && until == UINT64_MAX) {
		uint64_t at = lines_end(&d->lines);
		uint64_t from = t->boundary - PROGRESS_GRID;

		end = lines_place(&d->lines, at);
		count_block(d, end,
			time_before(d, at,
				line_from(&d->lines, lines_offset(&d->lines, from)),
				progress_sample(&d->progress, from)));
		end_blocks(d, end);
	}
}

static bool
by_lines(const struct decoder *d)
{
	return d->conf.tally == TALLY_LINES || d->conf.format == FORMAT_KUBECTL;
}

static void
update(struct decoder *d)
{
	if (d->reading.wrapping == NULL || d->tally.ended)
		return;
	if (!by_lines(d)) {
		count_blocks(d);
		return;
	}
	count_lines(d);
	if (d->finished)
		decoder_close_sums(d);
}

void
decoder_close_sums(struct decoder *d)
{
	if (by_lines(d))
		give_all(d, INT64_MAX);
}

bool
decoder_sum(struct decoder *d, struct volume_sum *out)
{
	struct tally *t = &d->tally;

	if (d->conf.tally == TALLY_NONE)
		return false;
	update(d);
	if (t->next == t->n) {
		t->next = t->n = 0;
		return false;
	}
	*out = t->ready[t->next++];
	return true;
}
