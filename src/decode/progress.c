/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and the walks between them. */
#include "decode/progress.h"

#define SAMPLE_LINES 64                   /* lines looked at for one sample */
#define NEAR_BYTES   ((uint64_t)16 << 10) /* a time further back is the sample's */
#define FIRST_BYTES  ((uint64_t)1 << 20)  /* no time so far: give up */

void
progress_init(struct progress *p)
{
	*p = (struct progress){ .boundary = PROGRESS_GRID,
		.first_ns = TIME_NONE,
		.last_ns = TIME_NONE,
		.near_ns = TIME_NONE };
	for (unsigned i = 0; i < PROGRESS_SAMPLES; i++)
		p->sample[i] = TIME_NONE;
}

int64_t
progress_line_time(const struct reading *rd, const struct line *line)
{
	struct str text = line->wrap.time;
	struct str content = line->wrap.content;
	int64_t at_ns;
	size_t n;

	if (text.len > 0)
		return time_parse(&text, NULL, &at_ns) ? at_ns : TIME_NONE;
	while ((n = wrap_sgr_len(content)) > 0)
		content = str_sub(content, n, content.len);
	return linetime_find(content, &rd->time, &at_ns) ? at_ns : TIME_NONE;
}

static int64_t
sample_before(const struct progress *p, uint64_t boundary)
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
	struct line line;

	if (p->first_at < lines_begin(rd->lines))
		p->first_at = lines_begin(rd->lines);
	while (p->first_ns == TIME_NONE && p->first_at < lines_end(rd->lines) &&
		p->first_at < FIRST_BYTES) {
		run_read(rd, p->first_at, &line);
		p->first_ns = progress_line_time(rd, &line);
		p->first_at = line.next;
	}
}

void
progress_update(struct progress *p, const struct reading *rd)
{
	if (p->first_ns == TIME_NONE)
		find_first(p, rd);
	for (; p->boundary <= lines_end(rd->lines); p->boundary += PROGRESS_GRID) {
		uint64_t before = p->boundary - PROGRESS_GRID;
		int64_t at_ns = TIME_NONE;

		if (p->boundary > lines_begin(rd->lines))
			at_ns = last_of(rd, p->boundary, before);
		if (at_ns == TIME_NONE)
			at_ns = sample_before(p, before);
		p->sample[p->boundary / PROGRESS_GRID % PROGRESS_SAMPLES] = at_ns;
	}
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
	uint64_t block = line->at / PROGRESS_GRID * PROGRESS_GRID;
	uint64_t floor = line->at > NEAR_BYTES ? line->at - NEAR_BYTES : 0;
	uint64_t end = line->at;
	int64_t at_ns = TIME_NONE;
	uint64_t found = 0;
	struct line prev;

	if (own)
		return nearest_own(rd, line);
	floor = floor > block ? floor : block;
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
	return at_ns != TIME_NONE && found >= floor ? at_ns : sample_before(p, block);
}

int64_t
progress_last(struct progress *p, const struct reading *rd)
{
	uint64_t end = lines_end(rd->lines);

	if (p->last_at != end) {
		uint64_t block = end / PROGRESS_GRID * PROGRESS_GRID;
		int64_t at_ns = last_of(rd, end, block);

		if (at_ns == TIME_NONE)
			at_ns = sample_before(p, block);
		if (at_ns != TIME_NONE)
			p->last_ns = at_ns;
		p->last_at = end;
	}
	return p->last_ns;
}
