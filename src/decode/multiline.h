/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines belong together: the shape of a line, and whether it joins the record
 * before it. A line joins if it is indented, says "Caused by:" or "... N more", belongs
 * to a block of npm, a Traceback or a goroutine, or if the line before ends with a colon;
 * a bare exception joins an ERROR or WARN record right before it, blank lines between. A
 * line with its own time never joins. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* More blank lines than this end every record. */
#define MULTILINE_BLANKS 4

enum line_kind {
	LINE_BLANK,
	LINE_PLAIN,
	LINE_TIMED, /* starts with a time of its own */
	LINE_INDENTED,
	LINE_CAUSE, /* Caused by: ..., ... 12 more */
	LINE_NPM,
	LINE_EXCEPTION, /* java.lang.IllegalStateException: text */
	LINE_TRACEBACK, /* Traceback (most recent call last): */
	LINE_CHAIN,     /* During handling of the above exception, ... */
	LINE_PANIC,     /* panic: ..., fatal error: ... */
	LINE_GOROUTINE, /* goroutine 1 [running]: */
	LINE_GO_FRAME   /* main.main(), created by ..., exit status 2 */
};

struct shape {
	enum line_kind kind;
	bool open;  /* ends with a colon */
	bool named; /* "Name: text" or a name alone: how a Traceback ends */
	bool torn;  /* in pieces, it may be the rest of a colour: "[0m" */
};

/* As if it had no time of its own: whoever finds one says multiline_timed() instead. */
struct shape multiline_shape(struct str content);
struct shape multiline_timed(struct shape shape);

/*
 * Whether a time of its own may make a difference: to what a line is for others
 * (before NULL), or to whether it joins what is before it, with so many blank lines
 * between.
 */
bool multiline_asks_time(struct shape line, const struct shape *before, unsigned blanks);

/* Whether it is of kind LINE_BLANK. */
bool multiline_is_blank(struct str content);

/* Whether something is in a line, and it surely does not end open, in pieces or not. */
bool multiline_is_closed(struct str content);

/* Whether it is surely of kind LINE_PLAIN, closed and without a name. */
bool multiline_is_plain(struct str content);

/* Whether a line that begins so is surely of kind LINE_PLAIN, however it goes on. */
bool multiline_begins_plain(struct str start);

/* How a line in pieces ends, whose pieces are told from the last one back. */
struct ending {
	enum {
		ENDING_BEHIND, /* only blanks and colours so far */
		ENDING_INSIDE, /* "m" of a colour, and what is before it */
		ENDING_BRACKET
	} at;
	bool open; /* it ends with a colon */
};

/* False: it depends on the piece before this one; open is false if there is none. */
bool multiline_ends(struct ending *e, struct str piece);

/* Whether it reports an error or a warning: a level in its first part. */
bool multiline_is_severe(struct str content);

/*
 * Whether a line starts a record whatever the record before it is. before: the nearest
 * line of the stream that is not blank; blanks: how many blank ones are between. When
 * this is true, multiline_joins() is false in every state.
 */
bool multiline_surely_starts(struct shape line, struct shape before, unsigned blanks);

/* The record so far. */
struct multiline {
	struct shape last; /* of its last line that is not blank */
	unsigned blanks;   /* behind that line */
	bool python;       /* a Traceback is in it */
	bool frames;       /* ... and did not end yet */
	bool go;
	bool exception; /* a bare exception has joined */
};

void multiline_begin(struct multiline *m, struct shape first);

/* Whether the answer of multiline_joins() depends on the first line being severe. */
bool multiline_asks_severe(const struct multiline *m, struct shape line);

/* line is not blank. Changes nothing. */
bool multiline_joins(const struct multiline *m, struct shape line, bool severe);

/* line has joined, or is a blank one behind the record. */
void multiline_add(struct multiline *m, struct shape line);
