/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log, followed through its rotations: a list of parts, the one that is read, and
 * what is known of files that were read before. A position counts the bytes of the log
 * as they were read, from part to part, and names the same byte after a restart. No
 * clock: now_ns is the caller's monotonic time. One thread. For tail.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "input/part.h"

/* Files of one log that are remembered as read, and older files looked at. */
#define TRAIL_KNOWN_MAX    64
#define TRAIL_SIBLINGS_MAX 32

/* Shared by all trails of a tail. */
struct trail_conf {
	int64_t grace_ns;  /* an old file must be quiet so long before the next is read */
	int64_t gone_ns;   /* a log must be gone so long before it ends */
	int64_t retire_ns; /* the file before is watched so long for late lines */
	int64_t poll_min_ns;   /* between two looks at a busy log */
	int64_t poll_max_ns;   /* ... at an idle one */
	int64_t retry_ns;      /* after an error */
	size_t n_open;         /* descriptors that parts hold */
	struct bygone *bygone; /* older parts that are not read; owned by the catalog */
	uint64_t clock;        /* counts reads, for the least recently used */
};

enum trail_start {
	TRAIL_FROM_START, /* the live file alone */
	TRAIL_FROM_END,
	TRAIL_WITH_OLDER, /* its older files, too */
	TRAIL_WITH_RECENT /* ... but for those that are bygone */
};

struct trail {
	struct trail_conf *conf; /* borrowed */
	char *path_z, *alias_z;  /* owned; alias_z: the link it was found by, or NULL */
	void *user;              /* the caller's */
	struct stretch *parts;   /* owned list; before cur: read, not committed */
	struct stretch *cur, *newest;
	struct stretch *retired; /* the file before, watched for late lines; or NULL */
	struct fingerprint known[TRAIL_KNOWN_MAX];
	size_t n_known;
	uint64_t position, committed;
	enum trail_start start;
	int64_t due_ns, wait_ns;  /* next look, and how far apart looks are */
	int64_t retry_ns;         /* next look after an error */
	int64_t blocked_ns;       /* no read before, after an error */
	int64_t missing_since_ns; /* INT64_MAX: it is there */
	int64_t looked_ns;        /* at its older files */
	int64_t retired_since_ns;
	int64_t last_read_ns; /* INT64_MIN: never */
	int64_t last_time_ns; /* what the caller told */
	int error;            /* the last look or read failed, or 0 */
	int told;             /* the error that was logged */
	uint64_t files, truncations, late_bytes, holes;
	uint64_t lost[LOSS_COUNT]; /* bytes that were never given */
	size_t n_siblings;
	bool left_some;  /* it had more older files than are looked at */
	uint64_t served; /* pick at which it was read last; 0: never */
	bool failed;     /* in this look */
	bool look;       /* its files must be put in order again */
	bool announced;
	bool restored;
	bool was_restored; /* its files were not looked at since */
	bool watch_before; /* restored: which file is to be watched for late lines? */
	bool ended;        /* not to be read any more */
	bool told_end;
	bool renewed;    /* ended, and something came to its place again */
	bool has_hints;  /* changes in its folder are told by the system */
	size_t ready_at; /* tail.c: place in its list, or SIZE_MAX */
	uint64_t index;  /* tail.c */
};

enum trail_step { TRAIL_NONE, TRAIL_DATA, TRAIL_TURN, TRAIL_GAP, TRAIL_END };

struct trail_turn {
	uint64_t bytes; /* GAP: known to be lost */
	uint64_t again; /* GAP: of these, given before the restart */
	enum loss why;  /* GAP */
	const char
		*from_z;  /* TURN: file that ended, or NULL; valid until the next call */
	const char *to_z; /* TURN */
	bool mid_line;    /* TURN, GAP: the last byte before ended no line */
};

/* NULL: out of memory. alias_z may be NULL. */
struct trail *trail_new(struct trail_conf *conf, const char *path_z, const char *alias_z);
void trail_free(struct trail **pt);

/* What comes next: TRAIL_DATA says that trail_read() is worth a try; TURN, GAP and END
 * are told once, between the bytes they stand between. */
enum trail_step trail_step(struct trail *tr, int64_t now_ns, struct trail_turn *out);

/* Bytes into buf, or 0: none after all, or a negative errno value, tried again later. */
MUST_USE ssize_t trail_read(struct trail *tr, char *buf, size_t cap, int64_t now_ns);

/* What is before position need not be read again; what is before read only to know what
 * is around it, so that no file is held for it. */
void trail_commit(struct trail *tr, uint64_t position, uint64_t read);

/* Bytes known to be there and not read. */
uint64_t trail_unread(const struct trail *tr);

/*
 * A part whose descriptor may be closed and found again later, or NULL; a lower class is
 * to be closed first. Retired files go with trail_close().
 */
struct stretch *trail_closable(struct trail *tr, unsigned *class);
void trail_close(struct trail *tr, struct stretch *p);

/* tr, of from's state, goes on with the descriptors that from has. */
void trail_take(struct trail *tr, struct trail *from);

/* When lookout_poll() or trail_step() have something to do without a hint. */
int64_t trail_due(const struct trail *tr);

/* For lineup.c and checkpoint.c: at the end; before a part of which nothing was read;
 * what need not be read again. */
void trail_append(struct trail *tr, struct stretch *p);
void trail_insert(struct trail *tr, struct stretch *p, struct stretch *before);
void trail_know(struct trail *tr, const struct fingerprint *f);

/* The file before is only remembered from now on. */
void trail_forget_retired(struct trail *tr);

/* An error of a look or a read: said once, tried again later. */
void trail_fail(struct trail *tr, int err, const char *what, int64_t now_ns);
