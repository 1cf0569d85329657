/* SPDX-License-Identifier: Apache-2.0 */
/* The window moves by memmove; decoder.c keeps what it must keep short. */
#include "decode/lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE   ((size_t)4096)
#define SHADOW ((size_t)64) /* bytes behind a place that are slow to write */

/*
 * Where the data begins when len bytes of it are kept. Processors copy at a third of
 * their speed to what lies just behind the place in its page that is copied from: the
 * loads seem to wait for the stores. The next read is of the source's next byte.
 */
static char *
place(const struct lines *l, size_t len)
{
	size_t ahead = ((uintptr_t)l->memory + len - l->from - l->bytes) % PAGE;

	return ahead > 0 && ahead < SHADOW ? l->memory + SHADOW - ahead : l->memory;
}

bool
lines_init(struct lines *l, size_t cap, uint64_t from)
{
	*l = (struct lines){ .memory = malloc(cap + SHADOW + LINES_BEHIND), .cap = cap };
	if (l->memory == NULL)
		return false;
	lines_begin_anew(l, from);
	return true;
}

void
lines_begin_anew(struct lines *l, uint64_t from)
{
	*l = (struct lines){
		.memory = l->memory, .cap = l->cap, .base = from, .from = from
	};
	l->data = place(l, 0);
}

void
lines_fini(struct lines *l)
{
	free(l->memory);
	l->memory = l->data = NULL;
}

static void
forget_holes(struct lines *l)
{
	size_t n = 0;

	while (n < l->n_holes && l->hole[n].at <= l->base)
		l->removed += l->hole[n++].removed;
	l->n_holes -= n;
	memmove(l->hole, l->hole + n, l->n_holes * sizeof(l->hole[0]));
}

void
lines_forget(struct lines *l, uint64_t keep)
{
	size_t drop = keep > l->base ? (size_t)(keep - l->base) : 0;
	const char *lf;
	char *to;

	if (drop >= l->whole)
		drop = l->whole;
	lf = drop > 0 ? memrchr(l->data, '\n', drop) : NULL;
	drop = lf != NULL ? (size_t)(lf - l->data) + 1 : 0;
	if (drop == 0)
		return;
	to = place(l, l->len - drop);
	memmove(to, l->data + drop, l->len - drop);
	l->data = to;
	l->base += drop;
	l->len -= drop;
	l->whole -= drop;
	l->checked -= drop;
	l->searched -= drop;
	forget_holes(l);
}

void
lines_rest(struct lines *l)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)(l->data + l->len);
	uintptr_t to = (uintptr_t)(l->data + l->cap);

	from = (from + page - 1) / page * page;
	to = to / page * page;
	if (from < to)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

char *
lines_space(struct lines *l, uint64_t keep, size_t *cap)
{
	if (l->cap - l->len < LINES_ROOM_MIN + 1)
		lines_forget(l, keep);
	/* The keeper promised: an open record never fills the window. */
	if (l->cap - l->len < LINES_ROOM_MIN + 1)
		lines_forget(l, l->base + l->whole - l->whole / 4);
	assert(l->cap - l->len >= LINES_ROOM_MIN + 1);
	*cap = l->cap - l->len - 1; /* one for the LF of an unfinished last line */
	return l->data + l->len;
}

static void
note_hole(struct lines *l, uint64_t at, uint64_t removed, bool cut)
{
	struct lines_hole *last = l->n_holes > 0 ? &l->hole[l->n_holes - 1] : NULL;

	if (last != NULL && last->at == at && last->cut == cut) {
		last->removed += removed;
		return;
	}
	if (l->n_holes == LINES_HOLES) {
		l->removed += l->hole[0].removed;
		memmove(l->hole, l->hole + 1, (LINES_HOLES - 1) * sizeof(l->hole[0]));
		l->n_holes--;
	}
	l->hole[l->n_holes++] = (struct lines_hole){ at, removed, cut };
}

/* Takes n bytes out at position pos of the window. */
static void
take_out(struct lines *l, size_t pos, size_t n, bool cut)
{
	note_hole(l, l->base + pos, n, cut);
	memmove(l->data + pos, l->data + pos + n, l->len - pos - n);
	l->len -= n;
	if (l->searched > pos)
		l->searched = pos;
	if (cut)
		l->cut_bytes += n;
	else
		l->nul_bytes += n;
}

/* The rest of a long line, from pos on. False: it does not end yet. */
static bool
skip_rest(struct lines *l, size_t pos)
{
	const char *lf = memchr(l->data + pos, '\n', l->len - pos);
	size_t n = lf != NULL ? (size_t)(lf - l->data) - pos : l->len - pos;

	if (n > 0)
		take_out(l, pos, n, true);
	l->skipping = lf == NULL;
	return lf != NULL;
}

static void
skip_padding(struct lines *l, size_t pos)
{
	size_t n = 0;

	while (pos + n < l->len && l->data[pos + n] == '\0')
		n++;
	if (n > 0)
		take_out(l, pos, n, false);
	l->padding = pos == l->len;
}

/* The open line at l->checked is longer than a line may be. False: wait for its end. */
static bool
shorten(struct lines *l)
{
	if (l->data[l->checked] == '\0') {
		skip_padding(l, l->checked);
		return !l->padding;
	}
	l->cut_lines++;
	return skip_rest(l, l->checked + LINES_LINE_MAX);
}

/* Hops from the last LF of one stretch to that of the next. */
static void
check(struct lines *l)
{
	if (l->skipping && !skip_rest(l, l->checked + LINES_LINE_MAX))
		return;
	if (l->padding)
		skip_padding(l, l->checked);
	while (l->len - l->checked > LINES_LINE_MAX) {
		const char *from = l->data + l->checked;
		const char *lf = memrchr(from, '\n', LINES_LINE_MAX + 1);

		if (lf != NULL)
			l->checked = (size_t)(lf - l->data) + 1;
		else if (!shorten(l))
			return;
	}
}

static void
find_whole(struct lines *l)
{
	size_t from = l->searched;
	const char *lf =
		l->len > from ? memrchr(l->data + from, '\n', l->len - from) : NULL;

	l->searched = l->len;
	if (lf == NULL)
		return;
	l->whole = (size_t)(lf - l->data) + 1;
	l->checked = l->whole;
}

void
lines_filled(struct lines *l, size_t n)
{
	assert(n <= l->cap - l->len - 1);
	l->bytes += n;
	l->len += n;
	check(l);
	find_whole(l);
}

void
lines_finish(struct lines *l)
{
	l->skipping = l->padding = false;
	if (l->len == l->whole)
		return;
	l->data[l->len++] = '\n';
	find_whole(l);
}

uint64_t
lines_start_far(const struct lines *l, size_t pos)
{
	/* In steps: a sanitizer looks at all that memrchr() might. */
	for (size_t step; pos > 0; pos -= step) {
		const char *lf;

		step = pos < LINES_NEAR ? pos : LINES_NEAR;
		lf = memrchr(l->data + pos - step, '\n', step);
		if (lf != NULL)
			return l->base + (size_t)(lf - l->data) + 1;
	}
	return l->base;
}

uint64_t
lines_offset(const struct lines *l, uint64_t place)
{
	uint64_t removed = l->removed;

	for (size_t i = 0; i < l->n_holes && l->hole[i].at + removed < place; i++) {
		removed += l->hole[i].removed;
		if (l->hole[i].at + removed > place)
			return l->hole[i].at;
	}
	return place > removed ? place - removed : 0;
}
