/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of an input: shared by the files that read it (intake.c) and that keep its rows
 * (intake_rows.c). Not for others.
 */
#pragma once

#include "base/arena.h"
#include "input/tail.h"
#include "pipeline/intake.h"

/* One log: what reads it and what makes matches of it. */
struct log {
	struct trail *trail;
	struct follow *follow;
	struct arena *arena; /* of its name and labels */
	struct str name;
	uint64_t base; /* place of position 0: a log that was there before ended here */
	int64_t saved_ns;
	uint64_t saved, read; /* positions in the transaction that is open */
	bool in_commit;
	bool unsaved; /* its files or gaps are others than in the state that was kept */
	bool at_end;  /* the last read, if there was one, took all there was */
	bool ended;   /* it is gone, and is let go of with the next commit */
	bool has_gap;
	bool gap_told; /* by a commit, and it goes on */
	int64_t gap_from_ns;
	uint64_t gap_bytes;
	enum loss gap_why;
	struct log *next, *prev;
};

struct intake {
	struct intake_conf conf;
	struct arena *arena; /* of patterns */
	const char **patterns, **exclude, **roots;
	bool *followed; /* the last run did; one per pattern */
	struct tail *tail;
	struct log *logs;
	size_t n_logs;
	struct map *known; /* name -> struct known, until the log is open */
	bool awake;
	int64_t first_ns, last_ns;
};

/* A row of a source that is not open yet, or ended. */
struct known {
	uint64_t base, gap; /* gap: 0, or one more than why it goes on */
	int64_t gap_from_ns;
	struct str follow; /* its state; empty: the log had ended */
	char bytes[];
};

/* TIME_NONE: not known. from_ns is told to the engine, too. 0 or a store error. */
MUST_USE int intake_put_gap(struct intake *i, struct str name, int64_t from_ns,
	int64_t to_ns, const char *reason_z, uint64_t bytes);

/* The first time behind the gap of the log, if it has one, ends it; one that a commit
 * told before goes on until then. Close: it ends here, whatever came. */
MUST_USE int intake_reach_gap(struct intake *i, struct log *l);
MUST_USE int intake_close_gap(struct intake *i, struct log *l);

/* It was read on, and the state that is kept is a second old. */
bool intake_is_stale(const struct log *l, int64_t mono_ns);

/* What was known of a log of this name; the caller frees it. NULL: nothing. */
struct known *intake_take_known(struct intake *i, struct str name);

/* The row of a log that has ended. */
MUST_USE int intake_put_end(struct intake *i, const struct log *l);

/* Widens the span that was read by that of the log. */
void intake_note_times(struct intake *i, const struct log *l);
