/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sliding window over the bytes of a source, cut into whole lines. An offset counts the
 * bytes kept since the start; lines_place() gives the byte of the source, which is more
 * where bytes were taken out. A line over
 * LINES_LINE_MAX keeps its head, a run of NULs at a line's start (a hole in the file)
 * goes; neither grows the window. One thread.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/str.h"

#define LINES_LINE_MAX ((size_t)1 << 20)
#define LINES_ROOM_MIN ((size_t)64 << 10)
#define LINES_HOLES    64
#define LINES_NEAR     ((size_t)1024) /* most lines are shorter */
#define LINES_PEEK     63             /* bytes of a line that are looked at at first */
#define LINES_BEHIND   ((size_t)128)  /* bytes behind the data that may be read */

/* Bytes that were taken out before an offset. */
struct lines_hole {
	uint64_t at;
	uint64_t removed;
	bool cut; /* the end of a long line; else padding */
};

struct lines {
	char *memory; /* owned */
	char *data;   /* in it, near its start */
	size_t cap;
	size_t len;
	size_t whole;     /* bytes of data that are whole lines */
	size_t checked;   /* start of the open line, or of one not yet measured */
	size_t searched;  /* no LF between whole and here */
	uint64_t base;    /* offset of data[0] */
	uint64_t from;    /* the byte of the source it began with */
	uint64_t removed; /* bytes taken out before data[0] */
	struct lines_hole hole[LINES_HOLES];
	size_t n_holes;
	bool skipping;  /* inside the rest of a long line */
	bool padding;   /* inside a run of NULs */
	uint64_t bytes; /* bytes read */
	uint64_t cut_lines, cut_bytes, nul_bytes;
};

/* False: out of memory. cap in bytes; from: the byte of the source it begins with. */
bool lines_init(struct lines *l, size_t cap, uint64_t from);
void lines_fini(struct lines *l);

/* Another source from byte from on; keeps the memory. */
void lines_begin_anew(struct lines *l, uint64_t from);

/* Room behind the data, made by forgetting what is before offset keep if it must be. */
char *lines_space(struct lines *l, uint64_t keep, size_t *cap);

/* Forgets what is before offset keep, at once. */
void lines_forget(struct lines *l, uint64_t keep);

/* Gives the memory behind the data back to the system; it stays usable. */
void lines_rest(struct lines *l);

/* n bytes were put there. */
void lines_filled(struct lines *l, size_t n);

/* No more bytes: an unfinished last line is whole now. */
void lines_finish(struct lines *l);

/* Offsets between which whole lines are. */
static inline uint64_t
lines_begin(const struct lines *l)
{
	return l->base;
}

static inline uint64_t
lines_end(const struct lines *l)
{
	return l->base + l->whole;
}

/* The line that starts at offset at, without LF; *next is the offset behind its LF. */
static inline struct str
lines_at(const struct lines *l, uint64_t at, uint64_t *next)
{
	size_t pos = (size_t)(at - l->base), len;
	const char *lf;

	assert(at >= l->base && pos < l->whole);
	len = bytes_first128(l->data + pos, '\n');
	if (len == 128) {
		lf = memchr(l->data + pos, '\n', l->whole - pos);
		assert(lf != NULL);
		len = (size_t)(lf - l->data) - pos;
	}
	*next = at + len + 1;
	return (struct str){ l->data + pos, len };
}

/* The bytes of the line that starts at at, when next is known already. */
static inline struct str
lines_known(const struct lines *l, uint64_t at, uint64_t next)
{
	return (struct str){ l->data + (at - l->base), (size_t)(next - at) - 1 };
}

/* What the line that starts at offset at begins with: LINES_PEEK bytes if it has them. */
static inline struct str
lines_peek(const struct lines *l, uint64_t at)
{
	const char *p = l->data + (at - l->base);
	uint64_t ends = bytes_mask64(p, '\n') | UINT64_C(1) << LINES_PEEK;

	assert(at >= l->base && at < lines_end(l));
	return (struct str){ p, (size_t)__builtin_ctzll(ends) };
}

/* Where the line begins that goes on at a position of data. */
uint64_t lines_start_far(const struct lines *l, size_t pos);

/* Start of the line with the byte at offset in it. */
static inline uint64_t
lines_start(const struct lines *l, uint64_t in)
{
	size_t pos = (size_t)(in - l->base), last = SIZE_MAX;

	assert(in >= l->base && pos <= l->whole);
	if (pos >= 128)
		last = bytes_last128(l->data + pos - 128, '\n');
	return last != SIZE_MAX ? in - 128 + last + 1 : lines_start_far(l, pos);
}

/* Offset of the line before the one that starts at at (which is > lines_begin()). */
static inline uint64_t
lines_before(const struct lines *l, uint64_t at)
{
	assert(at > l->base);
	return lines_start(l, at - 1);
}

/* The source's byte at an offset. */
static inline uint64_t
lines_place(const struct lines *l, uint64_t at)
{
	uint64_t place = at + l->removed;

	for (size_t i = 0; i < l->n_holes && l->hole[i].at <= at; i++)
		place += l->hole[i].removed;
	return place;
}

/* The first offset at or behind a byte of the source. */
uint64_t lines_offset(const struct lines *l, uint64_t place);

/* Whether the line that ends before offset next lost its tail. */
static inline bool
lines_is_cut(const struct lines *l, uint64_t next)
{
	for (size_t i = 0; i < l->n_holes; i++)
		if (l->hole[i].cut && l->hole[i].at + 1 == next)
			return true;
	return false;
}
