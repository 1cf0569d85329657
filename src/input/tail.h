/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the logs that patterns name, through rotation, truncation, deletion and restart
 * (doc/flow.md, "Following files"). An instance without threads and without a clock:
 * now_ns is monotonic time given by the one thread that uses it.
 *
 *   tail_new(), tail_restore() for each state kept, then again and again:
 *     tail_poll()                       looks at folders and files
 *     while (tail_next() != TAIL_NONE)  tells what happened, one source at a time
 *       TAIL_DATA: tail_read() into the decoder's space
 *     poll(2) on tail_fd() until tail_due()
 *
 * A source is one log, not one file: its decoder goes on over a rotation. Positions count
 * a source's bytes as they were read, from file to file, and those that are known to be
 * missing between them; they start with the place in the first file. After a restart the
 * same byte has the same position. Bytes before a position that was committed are never
 * given again; those after it are, in full.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "input/loss.h"

struct tail;
struct trail; /* a source; valid from TAIL_OPEN until tail_forget() */

/* Tails that were left: their descriptors are for those that follow the same logs. */
struct tail_hold {
	struct tail *first; /* owned; NULL: none */
};

struct tail_conf {
	const char *const *patterns; /* input/glob.h; borrowed */
	size_t n_patterns;
	const char *const *exclude; /* patterns of what is left out; borrowed */
	size_t n_exclude;
	const char *const *roots; /* folders that links may lead to as well; borrowed */
	size_t n_roots;

	/*
	 * For each pattern, whether it was followed before and the states of all logs it
	 * named then were given back: a log without a state came since. NULL: none was.
	 */
	const bool *followed; /* borrowed */
	struct str bygone;    /* what tail_bygone() wrote then; for tail_new() alone */

	/* Where a log begins that no state is known of and that is there at the first
	 * look of a pattern; what comes later begins at its start, with its older files.
	 * A known log goes on where it was.
	 */
	bool from_end;
	struct tail_hold *hold; /* what was left of the same logs; borrowed; NULL: none */
	bool no_watch;          /* poll only */
	size_t max_files;       /* sources; 0: 4,096 */
	size_t max_open; /* descriptors for files; idle ones are closed; 0: 2,048 */

	/* 0: the default in brackets */
	int64_t grace_ns;    /* quiet time at the end of a rotated file (1 s) */
	int64_t gone_ns;     /* time a deleted log may come back (5 s) */
	int64_t retire_ns;   /* watch for late lines in the file before (60 s) */
	int64_t poll_min_ns; /* looks at a busy file (100 ms) */
	int64_t poll_max_ns; /* ... at an idle one, with hints (10 s); without at most 1 s
			      */
	int64_t retry_ns;    /* after an error (30 s) */
};

enum tail_kind {
	TAIL_NONE,
	TAIL_OPEN, /* a new source, or one that was restored: before anything else of it
		    */
	TAIL_DATA, /* tail_read() this source now */
	TAIL_TURN, /* the file was read to its true end and the log goes on in the next:
		    * carry the decoder over */
	TAIL_GAP, /* bytes between the last and the next are missing: end the open record,
		   * go on at position */
	TAIL_END, /* the log is gone and was read to its end: finish the decoder, commit,
		   * then tail_forget() */
};

struct tail_event {
	enum tail_kind kind;
	struct trail *source;
	const char *path_z;  /* OPEN: real path; valid as long as the source */
	const char *alias_z; /* OPEN: the link it was found by, or NULL */
	uint64_t position;   /* of the next byte */
	bool restored;       /* OPEN */
	uint64_t bytes;      /* GAP: known to be missing; there may have been more */
	uint64_t again;      /* GAP: of these, what was given before the restart */
	enum loss why;       /* GAP */
	const char *from_z;  /* TURN: may be NULL; valid until the next call */
	const char *to_z;
	bool mid_line; /* TURN, GAP: what was read last does not end a line */
};

/* conf's texts are borrowed. NULL: out of memory. */
struct tail *tail_new(const struct tail_conf *conf);
void tail_free(struct tail **pt);

/*
 * Gives back what tail_encode() wrote. Before the first tail_poll(). A log that the hold
 * has goes on with its descriptors. 0, -EILSEQ (damaged
 * or of a later version: treat the log as unknown and record a gap), -EEXIST (twice),
 * -ENFILE (more than max_files), -ENOMEM.
 */
MUST_USE int tail_restore(struct tail *t, struct str state);

/*
 * After the states: logs that the hold has, that the patterns name and that no state was
 * given back of begin where they were committed there, as far as there is room.
 */
void tail_restore_held(struct tail *t);

/* The tail goes into the hold, where what is open stays open. */
void tail_leave(struct tail **pt, struct tail_hold *hold);
void tail_hold_clear(struct tail_hold *hold);

/* Also alone, again and again: what is rotated away meanwhile is open then. */
void tail_poll(struct tail *t, int64_t now_ns);
enum tail_kind tail_next(struct tail *t, int64_t now_ns, struct tail_event *out);

/*
 * Up to cap bytes (64 to 256 KiB are good) from the source's position. 0: none after all.
 * A negative errno value was logged once and is tried again later; the caller goes on.
 */
MUST_USE ssize_t tail_read(
	struct tail *t, struct trail *source, char *buf, size_t cap, int64_t now_ns);

/*
 * The time of the source's last record. While several have much to read, the one that is
 * furthest behind is read first; none waits for ever.
 */
void tail_set_time(struct tail *t, struct trail *source, int64_t last_ns);

/*
 * That of the source with known bytes to read that is furthest behind; TIME_NONE: it has
 * none yet; INT64_MAX: there is no such source.
 */
int64_t tail_behind(const struct tail *t);

/* The caller's own pointer. */
void tail_set_user(struct trail *source, void *user);
void *tail_user(const struct trail *source);

/* Of the next byte that tail_read() gives. */
uint64_t tail_position(const struct trail *source);

/* Bytes that are known to be there and not read, those of newer files included. */
uint64_t tail_unread(const struct trail *source);

/*
 * Appends the source's state at position (that of the first byte that would be needed
 * again, at most tail_position(), at least what was committed): keep it in the same
 * transaction as the matches before it. A gap is in it until position is behind it. A few
 * hundred bytes, at most 64 KiB, else out has failed.
 */
void tail_encode(const struct trail *source, uint64_t position, struct buf *out);

/* After that transaction, to which it was read (tail_position() then): what is before
 * position is not needed any more. */
void tail_commit(struct trail *source, uint64_t position, uint64_t read);

/* After TAIL_END. A file that appears there again is a new source. */
void tail_forget(struct tail *t, struct trail **source);

/*
 * Whether everything that was there at the first look has been told (TAIL_OPEN), but for
 * what cannot be read. Once the states of all that is commit, the patterns were followed.
 */
bool tail_has_begun(const struct tail *t);

/*
 * Appends the older files (x.log.1) that were there before their logs, and that are not
 * read when those come: to be kept with the patterns.
 */
void tail_bygone(const struct tail *t, struct buf *out);

/* For poll(2), or -1; and until when to wait at the longest. */
int tail_fd(const struct tail *t);
int64_t tail_due(const struct tail *t);
int64_t tail_poll_due(const struct tail *t); /* of looks alone, if nothing is read */

struct tail_status {
	const struct trail *source;
	const char *path_z;
	const char *alias_z;
	uint64_t position, committed;
	uint64_t unread;      /* bytes known to be there; the lag */
	int64_t last_read_ns; /* monotonic; INT64_MIN: never */
	int64_t last_time_ns;
	int error;      /* negative errno value while it cannot be read, or 0 */
	bool missing;   /* nothing at its path now */
	uint64_t files; /* read to their end since the start */
	uint64_t truncations;
	uint64_t late_bytes;       /* came to a file after the log had gone on */
	uint64_t hole_bytes;       /* skipped: never written */
	uint64_t lost[LOSS_COUNT]; /* bytes told as gaps since the start, never given */
};

/* Sources one after the other, *pos from 0. False: no more. */
bool tail_status(const struct tail *t, size_t *pos, struct tail_status *out);

struct tail_counts {
	size_t sources;
	size_t open;             /* descriptors */
	size_t folders, watched; /* looked into; of these with hints */
	bool hints_limited;      /* a limit of inotify was reached */
	bool full;               /* more files than max_files */
	uint64_t unread;
	uint64_t lost[LOSS_COUNT]; /* forgotten sources included */
	uint64_t walks;
};

struct tail_counts tail_counts(const struct tail *t);
