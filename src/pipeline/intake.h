/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One input of the configuration: the logs its patterns name, each with what reads it
 * (input/tail.h) and what makes matches of it (follow.h). Their states go into the
 * engine's transaction, so that bytes and what was made of them commit as one. No clocks
 * in here: mono_ns is monotonic time, wall_ns that of arrival. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "input/tail.h"
#include "pipeline/follow.h"
#include "store/store.h"

struct intake;

struct intake_conf {
	const struct input_settings *input;
	const struct time_settings *time;
	const struct time_zone *zone;
	struct follow_shared shared;
	struct store *store;    /* the engine's */
	struct tail_hold *hold; /* over sessions; NULL: what is open ends with it */
};

/* What the settings of an input say of the labels of all its sources; views into them. */
void intake_labels(const struct input_settings *in, struct str label[LABEL_COUNT]);

/* Everything in conf is borrowed. 0, -EINVAL or -ENOMEM. */
MUST_USE int intake_open(const struct intake_conf *conf, struct intake **out);
void intake_free(struct intake **pi);

/* Whether its patterns name this path. */
bool intake_covers(const struct intake *i, struct str path);

/* Gives back what was committed of one source, before the first intake_work(). What is
 * damaged is said, is a gap, and begins anew. 0 or an error of the store, as all below.
 */
MUST_USE int intake_restore(struct intake *i, const struct source_row *row);

/* After all rows: logs that the hold has and that no commit knows yet. */
void intake_restore_held(struct intake *i);

/* Follows names and reads nothing: what is rotated away meanwhile is read later. */
void intake_hold(struct intake *i, int64_t mono_ns);
int64_t intake_hold_due(const struct intake *i); /* call it again then */

/* Looks for changes and reads up to about max_bytes, or none; *more: there is more. */
MUST_USE int intake_work(
	struct intake *i, int64_t mono_ns, int64_t wall_ns, size_t max_bytes, bool *more);

/* The time of its log that is furthest behind, of those with bytes that are known to be
 * there; INT64_MAX: none is. */
int64_t intake_behind(const struct intake *i);

/* Logs of which nothing came for a while. */
MUST_USE int intake_silence(struct intake *i, int64_t mono_ns, int64_t wall_ns);

/*
 * Puts the states of logs that had news, and of those that only moved if that is a
 * second ago (all: of every one). Then the engine commits, then intake_committed().
 */
MUST_USE int intake_save(struct intake *i, int64_t mono_ns, bool all);
void intake_committed(struct intake *i);

/* What its patterns named at the start is known, and its state in the next commit. */
bool intake_has_begun(const struct intake *i);

/* Appends its patterns, and the older files that it does not read (input/tail.h), a line
 * each. */
void intake_patterns(const struct intake *i, struct buf *out);
void intake_bygone(const struct intake *i, struct buf *out);

/* For poll(2), or -1; and when to call intake_work() again at the latest. */
int intake_fd(const struct intake *i);
int64_t intake_due(const struct intake *i);

/* Some log's silence still has something to tell: call intake_silence() soon. */
bool intake_is_awake(const struct intake *i);

/* Times read so far; TIME_NONE: none. */
int64_t intake_first_time(const struct intake *i);
int64_t intake_last_time(const struct intake *i);

/* One log for `gumshoe status`. Views are valid until the next call of intake_work(). */
struct intake_row {
	struct tail_status tail;
	struct follow_counts counts;
	const char *format_z;
	int64_t last_ns; /* event time */
	bool idle;
};
bool intake_row(const struct intake *i, size_t *pos, struct intake_row *out);
struct tail_counts intake_counts(const struct intake *i);
