/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and the walks between them. */
#include "decode/progress.h"

#include <string.h>

#include "base/bytes.h"

#define PLACES       512
#define SAMPLE_LINES 64                  /* lines looked at for one sample */
#define NEAR_BYTES   (PROGRESS_NEAR - 1) /* a time further back is the sample's */
#define FIRST_BYTES  ((uint64_t)1 << 20) /* no time so far: give up */

void
progress_init(struct progress *p, uint64_t from)
{
	*p = (struct progress){ .boundary = (from / PROGRESS_GRID + 1) * PROGRESS_GRID,
		.first_at = from,
		.walked = from,
		.least_ns = TIME_NONE,
		.greatest_ns = TIME_NONE,
		.near_ns = TIME_NONE };
	for (unsigned i = 0; i < PROGRESS_SAMPLES; i++)
		p->sample[i] = TIME_NONE;
}

static void
note(struct progress *p, int64_t at_ns)
{
	if (at_ns == TIME_NONE)
		return;
	if (p->least_ns == TIME_NONE || at_ns < p->least_ns)
		p->least_ns = at_ns;
	if (at_ns > p->greatest_ns)
		p->greatest_ns = at_ns;
}

int64_t
progress_text_time(const struct reading *rd, const struct line *line)
{
	int64_t at_ns;

	return linetime_find(wrap_skip_sgr(line->wrap.content), &rd->time, &at_ns)
		       ? at_ns
		       : TIME_NONE;
}

int64_t
progress_sample(const struct progress *p, uint64_t boundary)
{
	return boundary < PROGRESS_GRID
		       ? TIME_NONE
		       : p->sample[boundary / PROGRESS_GRID % PROGRESS_SAMPLES];
}

/* The time of the last of a few lines before offset end, not before floor. */
static int64_t
last_of(const struct reading *rd, uint64_t end, uint64_t floor)
{
	struct line line;

	if (floor < lines_begin(rd->lines))
		floor = lines_begin(rd->lines);
	for (unsigned i = 0; i < SAMPLE_LINES && end > floor; i++) {
		int64_t at_ns;

		end = lines_before(rd->lines, end);
		run_read(rd, end, &line);
		at_ns = progress_line_time(rd, &line);
		if (at_ns != TIME_NONE)
			return at_ns;
	}
	return TIME_NONE;
}

static void
find_first(struct progress *p, const struct reading *rd)
{
	uint64_t until = p->first_at + FIRST_BYTES;
	struct line line;

	if (p->first_at < lines_begin(rd->lines))
		p->first_at = lines_begin(rd->lines);
	while (!p->first_found && p->first_at < lines_end(rd->lines) &&
		p->first_at < until) {
		int64_t at_ns;

		run_read(rd, p->first_at, &line);
		at_ns = progress_line_time(rd, &line);
		note(p, at_ns);
		p->prefixed = p->prefixed || line.wrap.prefixed;
		p->first_found = at_ns != TIME_NONE;
		p->first_at = line.next;
	}
}

/* Every line between two offsets. */
static void
note_all(struct progress *p, const struct reading *rd, uint64_t from, uint64_t to)
{
	struct line line;

	if (from < lines_begin(rd->lines))
		from = lines_begin(rd->lines);
	else if (from > lines_begin(rd->lines))
		from = lines_start(rd->lines, from);
	for (; from < to; from = line.next) {
		run_read(rd, from, &line);
		note(p, progress_line_time(rd, &line));
	}
}

/* What stands before the text of a line with a key. */
static void
keep_prefix(struct progress *p, struct str text, const struct wrap *w)
{
	struct str prefix = { 0 };

	if (w->prefixed)
		prefix = str_sub(
			text, 0, (size_t)(w->key.ptr - text.ptr) + w->key.len + 1);
	if (prefix.len > sizeof(p->prefix))
		prefix.len = 0;
	if (prefix.len > 0)
		memcpy(p->prefix, prefix.ptr, prefix.len);
	p->prefix_len = prefix.len;
}

static bool
has_prefix(const struct progress *p, const char *line, size_t len)
{
	return p->prefix_len > 0 && len >= p->prefix_len &&
	       memcmp(line, p->prefix, p->prefix_len) == 0;
}

/*
 * The key changes with a line: its time, and that of the line before it unless that is
 * noted. Whether its own is.
 */
static bool
turn_key(struct progress *p, const struct reading *rd, uint64_t at, uint64_t next,
	bool noted)
{
	struct line line;
	int64_t at_ns;

	if (at > lines_begin(rd->lines) && !noted)
		note(p, last_of(rd, at, lines_begin(rd->lines)));
	run_read_until(rd, at, next, rd->scratch, &line);
	at_ns = progress_line_time(rd, &line);
	note(p, at_ns);
	keep_prefix(p, lines_known(rd->lines, at, next), &line.wrap);
	return at_ns != TIME_NONE;
}

/* The lines where keys change: a pod's log begins or ends there. */
static void
walk_keys(struct progress *p, const struct reading *rd)
{
	uint64_t begin = lines_begin(rd->lines), end = lines_end(rd->lines);
	uint64_t base = p->walked < begin ? begin : p->walked;
	const char *text = rd->lines->data + (base - begin);
	size_t lf[PLACES], n, at = 0, from = 0;
	bool noted = false;

	while ((n = bytes_places(text, (size_t)(end - base), '\n', &from, lf, PLACES)) >
		0)
		for (size_t i = 0; i < n; at = lf[i++] + 1) {
			if (has_prefix(p, text + at, lf[i] - at))
				noted = false;
			else
				noted = turn_key(
					p, rd, base + at, base + lf[i] + 1, noted);
		}
	p->walked = end;
}

static void
sample(struct progress *p, const struct reading *rd)
{
	uint64_t before = p->boundary - PROGRESS_GRID;
	uint64_t from = lines_offset(rd->lines, before);
	uint64_t to = lines_offset(rd->lines, p->boundary);
	int64_t last_ns = progress_sample(p, before), at_ns = TIME_NONE;

	if (to > lines_begin(rd->lines))
		at_ns = last_of(rd, to, from);
	note(p, at_ns);
	if (at_ns != TIME_NONE && at_ns < last_ns)
		note_all(p, rd, from, to);
	if (at_ns == TIME_NONE)
		at_ns = last_ns;
	p->sample[p->boundary / PROGRESS_GRID % PROGRESS_SAMPLES] = at_ns;
	p->boundary += PROGRESS_GRID;
}

void
progress_update(struct progress *p, const struct reading *rd)
{
	uint64_t end = lines_place(rd->lines, lines_end(rd->lines));

	if (!p->first_found)
		find_first(p, rd);
	if (p->prefixed)
		walk_keys(p, rd);
	while (p->boundary <= end)
		sample(p, rd);
}

uint64_t
progress_reach(const struct progress *p, const struct reading *rd)
{
	return lines_offset(rd->lines, p->boundary - PROGRESS_GRID);
}

void
progress_end(struct progress *p, const struct reading *rd)
{
	uint64_t before = p->boundary - PROGRESS_GRID;
	int64_t at_ns = progress_last(p, rd);
	int64_t last_ns = progress_sample(p, before);
	uint64_t end = lines_end(rd->lines);

	if (end > lines_begin(rd->lines))
		at_ns = last_of(rd, end, lines_offset(rd->lines, before));
	if (at_ns != TIME_NONE && at_ns < last_ns)
		note_all(p, rd, lines_offset(rd->lines, before), end);
}

static int64_t
nearest_own(const struct reading *rd, const struct line *line)
{
	uint64_t end = line->at;
	struct line prev;

	while (end > lines_begin(rd->lines) && line->at - end <= NEAR_BYTES) {
		int64_t at_ns;

		end = lines_before(rd->lines, end);
		run_read(rd, end, &prev);
		if (!str_eq(prev.wrap.key, line->wrap.key))
			continue;
		at_ns = progress_line_time(rd, &prev);
		if (at_ns != TIME_NONE)
			return at_ns;
	}
	return TIME_NONE;
}

int64_t
progress_nearest(
	struct progress *p, const struct reading *rd, const struct line *line, bool own)
{
	uint64_t place = lines_place(rd->lines, line->at);
	uint64_t block = place / PROGRESS_GRID * PROGRESS_GRID;
	uint64_t begin = lines_offset(rd->lines, block);
	uint64_t floor = line->at > NEAR_BYTES ? line->at - NEAR_BYTES : 0;
	uint64_t end = line->at;
	int64_t at_ns = TIME_NONE;
	uint64_t found = 0;
	struct line prev;

	if (own)
		return nearest_own(rd, line);
	floor = floor > begin ? floor : begin;
	while (at_ns == TIME_NONE && end > floor && end > lines_begin(rd->lines)) {
		if (end == p->near_at) {
			at_ns = p->near_ns;
			found = p->near_found;
			break;
		}
		end = lines_before(rd->lines, end);
		run_read(rd, end, &prev);
		at_ns = progress_line_time(rd, &prev);
		found = end;
	}
	p->near_at = line->at;
	p->near_ns = at_ns;
	p->near_found = found;
	return at_ns != TIME_NONE && found >= floor ? at_ns : progress_sample(p, block);
}

bool
progress_is_known(const struct progress *p)
{
	return progress_sample(p, p->boundary - PROGRESS_GRID) != TIME_NONE;
}

int64_t
progress_last(struct progress *p, const struct reading *rd)
{
	uint64_t end = lines_end(rd->lines);

	if (p->last_at != end && end > lines_begin(rd->lines))
		note(p, last_of(rd, end, lines_begin(rd->lines)));
	p->last_at = end;
	return p->greatest_ns;
}
