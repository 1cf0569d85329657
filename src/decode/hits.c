/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is looked at: hits of single lines, and ranges in which every line is. Of a line
 * more than one thing may have been found.
 */
#include "base/bytes.h"
#include "base/compiler.h"
#include "decode/state.h"

void
decoder_read_hit(struct decoder *d, uint64_t at)
{
	const struct line_hit *hit = &d->hits[d->hit];
	uint64_t next;

	/* What was made of docker's line has gone from scratch since. */
	if (d->ahead.at == at && d->ahead.next != 0 &&
		d->ahead.wrap.content.ptr != d->scratch) {
		d->line = d->ahead;
		return;
	}
	if (d->hit < d->n_hits && hit->at == at)
		next = at + hit->len;
	else
		lines_at(&d->lines, at, &next);
	run_read_until(&d->reading, at, next, d->hit_scratch, &d->line);
}

/* Of a range in which every line is looked at. */
static NEVER_INLINE void
drop_line(struct decoder *d, uint64_t at)
{
	uint64_t next = d->all_to;

	if (at >= lines_begin(&d->lines))
		lines_at(&d->lines, at, &next);
	d->all_from = next;
}

/* The line at is done with; i: the first hit behind it. */
static inline void
go_on(struct decoder *d, uint64_t at, size_t i)
{
	if (i == d->n_hits) {
		i = d->n_hits = 0;
	} else {
		/* Scanned long ago: it and the lines beside it come in the meantime. */
		uintptr_t line = (uintptr_t)d->lines.data + d->hits[i].at - d->lines.base;

		for (size_t k = 0; k < 4; k++)
			__builtin_prefetch((const void *)(line + 64 * k - 64));
	}
	d->hit = i;
	if (d->all_from < d->all_to && d->all_from <= at)
		drop_line(d, at);
}

void
decoder_drop_hit(struct decoder *d, uint64_t at)
{
	size_t i = d->hit;

	while (i < d->n_hits && d->hits[i].at <= at)
		i++;
	go_on(d, at, i);
}

static void
look_at_range(struct decoder *d, uint64_t from, uint64_t to)
{
	if (d->all_from >= d->all_to)
		d->all_from = from;
	d->all_to = to;
}

/* From a line on, everything for every rule: no room for single hits, or asked for. */
static void
go_blind(struct decoder *d, uint64_t from, uint64_t to)
{
	look_at_range(d, from, to);
	if (d->blind_from >= d->blind_to || d->blind_to < lines_begin(&d->lines))
		d->blind_from = from;
	d->blind_to = to;
}

void
decoder_hits(struct decoder *d, const struct found *f, bool all)
{
	uint64_t end = lines_end(&d->lines);

	if (d->reading.wrapping == NULL)
		return;
	d->counts.lines += f->lines;
	if (all)
		look_at_range(d, d->fresh, end);
	if (f->pieces)
		d->reading.pieces_end = end;
	for (size_t i = 0; i < f->n; i++) {
		const struct hit *hit = &f->hits[i];
		uint64_t at = d->fresh + hit->at;

		if (d->n_hits == HITS_MAX) {
			go_blind(d, at, end);
			break;
		}
		d->hits[d->n_hits++] = (struct line_hit){ at, hit->len + 1, hit->cue };
	}
	d->fresh = end;
}

/* Those of a fresh text that nobody counted. */
static void
count_lines(struct decoder *d)
{
	struct str fresh = decoder_fresh(d);
	bool has = true;

	d->counts.lines += bytes_count(fresh.ptr, fresh.len, '\n', '\n', &has);
}

void
decoder_hit_all(struct decoder *d)
{
	if (d->reading.wrapping == NULL)
		return;
	go_blind(d, d->fresh, lines_end(&d->lines));
	count_lines(d);
	d->fresh = d->reading.pieces_end = lines_end(&d->lines);
}

void
decoder_skip(struct decoder *d)
{
	if (d->reading.wrapping == NULL)
		return;
	count_lines(d);
	d->fresh = d->reading.pieces_end = lines_end(&d->lines);
}

static void
add_cue(struct decoder *d, uint32_t cue)
{
	for (size_t i = 0; i < d->n_cues; i++)
		if (d->cue[i] == cue)
			return;
	if (cue == HIT_ALL || d->n_cues == CUES_MAX)
		d->n_cues = SIZE_MAX;
	else
		d->cue[d->n_cues++] = cue;
}

/* Hits before the part's last line may be of other streams. */
void
decoder_take_hit(struct decoder *d, uint64_t at)
{
	const struct part *p = &d->part;
	uint64_t last = p->line[p->n - 1];
	size_t i = d->hit, line = 0;

	d->n_cues = p->line[0] < d->blind_to && last >= d->blind_from ? SIZE_MAX : 0;
	for (; i < d->n_hits && d->hits[i].at <= last; i++) {
		while (p->line[line] < d->hits[i].at)
			line++;
		if (p->line[line] == d->hits[i].at && d->n_cues != SIZE_MAX)
			add_cue(d, d->hits[i].cue);
	}
	if (at == last)
		go_on(d, at, i);
	else
		decoder_drop_hit(d, at);
}

const uint32_t *
decoder_cues(const struct decoder *d, size_t *n)
{
	*n = d->n_cues == SIZE_MAX ? 0 : d->n_cues;
	return d->n_cues == SIZE_MAX ? NULL : d->cue;
}
