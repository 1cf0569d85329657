/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pipe as an input of a live flow: kubectl logs -f ... | gumshoe run -i -, and what
 * scan --follow reads. It cannot be read again, so what a killed reader lost is a gap,
 * told when the next has a time; while a reader lives nothing is. No clocks in here:
 * mono_ns is monotonic time, wall_ns that of arrival. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "pipeline/follow.h"

struct pipe_conf {
	const char *path_z; /* "-" or a named pipe */
	struct str label[LABEL_COUNT];
	enum format format;
	const struct time_zone *zone;
	struct follow_shared shared;
	int64_t idle_after_ns;
	struct pipe_hold *hold; /* NULL: it ends with the pipe_input */
	bool quiet;             /* gaps are not said on stderr, only put */
};

struct pipe_input;

/*
 * What stays of a pipe between two sessions of one process: its descriptor's reader, how
 * its records are named, and the bytes that the last commit does not know or needs again,
 * so that a session that could not commit loses none. Of these there are 8 MiB at most,
 * and as much as an open record has: more is read after a commit.
 */
struct pipe_hold;
struct pipe_hold *pipe_hold_new(void); /* NULL: out of memory */
void pipe_hold_free(struct pipe_hold **ph);

/* Everything in conf is borrowed. 0, a negative errno value or a store error. */
MUST_USE int pipe_input_open(
	const struct pipe_conf *conf, int64_t wall_ns, struct pipe_input **out);
void pipe_input_free(struct pipe_input **pp);

/* Reads what is there; *more is set when there is more. 0 or an error of the engine. */
MUST_USE int pipe_input_work(struct pipe_input *p, int64_t mono_ns, bool *more);
MUST_USE int pipe_input_silence(struct pipe_input *p, int64_t mono_ns, int64_t wall_ns);

/* It is not read on, and what is open in it is complete. Nothing when it has ended. */
MUST_USE int pipe_input_finish(struct pipe_input *p);

/*
 * How far it is, what may be missing since the last one, and what ended it: part of the
 * next commit. 0 or a store error.
 */
MUST_USE int pipe_input_save(struct pipe_input *p);

/* That commit is done: another pipe_input with the same hold goes on from here. 0 or
 * -ENOMEM. */
MUST_USE int pipe_input_committed(struct pipe_input *p);

/* It waits for a commit before it reads on. */
bool pipe_input_is_full(const struct pipe_input *p);

int pipe_input_fd(const struct pipe_input *p); /* -1 once it has ended */
bool pipe_input_has_ended(const struct pipe_input *p);
int pipe_input_error(const struct pipe_input *p); /* that ended it, or 0 */
bool pipe_input_is_awake(const struct pipe_input *p);
uint64_t pipe_input_position(const struct pipe_input *p); /* bytes read of it */
int64_t pipe_input_first_time(const struct pipe_input *p);
int64_t pipe_input_last_time(const struct pipe_input *p);
struct follow_counts pipe_input_counts(const struct pipe_input *p);
const char *pipe_input_format_z(const struct pipe_input *p);

/* Silent for longer than is usual for a live pipe: kubectl's follow can stop at a
 * rotation without a word. */
bool pipe_input_is_silent(const struct pipe_input *p, int64_t mono_ns);
