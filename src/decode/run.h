/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of one record around a hit. A run is what joins together; it is cut into
 * parts of at most RUN_LINES_MAX lines or part_bytes bytes of the source, counted from
 * its start, and a part is a record. A run over RUN_EXACT_MAX is cut at whole MiB of the
 * source instead, so that no walk back is longer than RUN_WALK_MAX and any hit finds the
 * same parts. Lines of one stream further apart than RUN_GAP_MAX do not join. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/lines.h"
#include "decode/linetime.h"
#include "decode/multiline.h"
#include "decode/wrap.h"

#define RUN_LINES_MAX 1000
#define RUN_BYTES_MAX ((uint64_t)1 << 20) /* of part_bytes */
#define RUN_EXACT_MAX ((uint64_t)3 << 20)
#define RUN_WALK_MAX  ((uint64_t)4 << 20)
#define RUN_GAP_MAX   ((uint64_t)64 << 10)

struct line;

/* How lines are read. All borrowed. */
struct reading {
	const struct lines *lines;
	const struct wrapping *wrapping;
	char *scratch; /* LINES_LINE_MAX bytes */
	struct linetime_conf time;
	struct time_minute *minute; /* of the last time of a wrapping */
	struct line *ahead;         /* the line that run_find() read last; next 0: none */
	const struct wrap *like;    /* of a line whose header others may have; or zeros */
	uint64_t part_bytes;        /* at most RUN_BYTES_MAX */
	uint64_t barrier;    /* what is before it is complete, joins nothing behind */
	bool finished;       /* nothing comes behind lines_end() */
	uint64_t pieces_end; /* lines from here on are no pieces */
};

struct line {
	uint64_t at, next;
	struct wrap wrap; /* content is valid until another is read in its scratch */
	struct shape shape;
	bool shaped;    /* shape is set */
	bool cut;       /* its tail is missing */
	size_t padding; /* NULs before it */
};

/*
 * Reads the line that starts at at, and ends before next; scratch: as the reading's own,
 * in which all others are read. Its shape is set by run_shape() only, but for a time of
 * its own, which run_time() looks for where it may make a difference: it reads the line
 * again.
 */
void run_read(const struct reading *rd, uint64_t at, struct line *out);
void run_read_until(const struct reading *rd, uint64_t at, uint64_t next, char *scratch,
	struct line *out);
void run_shape(const struct reading *rd, struct line *line);
void run_time(const struct reading *rd, struct line *line);

/* Where a part begins, and the run so far. */
struct run {
	bool known;
	uint64_t at;    /* first line of the part */
	uint64_t start; /* first line of the run; unknown in a flood */
	struct multiline m;
	bool continued; /* the part is not the first of its run */
	bool flood;
	bool partial; /* the line before has more pieces to come */
};

struct part {
	uint64_t line[RUN_LINES_MAX + MULTILINE_BLANKS + 1]; /* their offsets */
	size_t n;
	bool continued;
	bool open_piece; /* ends with a piece whose rest never came */
};

enum run_answer {
	RUN_PART, /* *part has the hit in it */
	RUN_NONE, /* the hit is a blank line between records */
	RUN_WAIT  /* more bytes are needed */
};

/*
 * The part with the line hit in it, which was just read and may get its shape. *known is
 * the stream's next part, if known: it is used, and moved on; hits of a stream must come
 * in ascending order.
 */
enum run_answer run_find(
	const struct reading *rd, struct line *hit, struct run *known, struct part *part);

/* Where the run of a line begins, which was just read; false: in a flood. */
bool run_start(const struct reading *rd, const struct line *line, uint64_t *at);

/*
 * Where the first of the runs begins that are open at end, where a line begins: what is
 * before it makes no difference to any hit from there on. end: none is open.
 */
uint64_t run_reach(const struct reading *rd, uint64_t end);
