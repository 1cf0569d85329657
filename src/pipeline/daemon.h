/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session of the daemon: from what was committed last, follow all inputs until asked
 * to stop. A reload, a full disk that has room again and a restart are all the same: the
 * session ends, and a new one begins with what was committed. One thread.
 */
#pragma once

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "conf/settings.h"
#include "input/tail.h"
#include "pipeline/outputs.h"
#include "pipeline/pipe.h"
#include "rules/ruleset.h"
#include "store/store.h"

struct daemon;

struct daemon_conf {
	const struct settings *settings;
	const struct ruleset *rules;
	struct store *store;        /* opened for writing */
	struct outputs *outputs;    /* go on after the session; NULL: nobody is told */
	const char *inflight_z;     /* path of its file; NULL: none */
	struct hash_key redact_key; /* of placeholders */

	const volatile sig_atomic_t *stop; /* set by a signal: the session ends */
	struct pipe_hold *pipe_hold; /* of standard input, over sessions; NULL: none */
	struct tail_hold *tail_hold; /* of files, over sessions; NULL: none */
	int wake_fd; /* readable: call idle() soon; -1: none. Not drained here */

	/* Called at least every second and after each commit (committed is true). */
	void (*tick)(void *arg, struct daemon *d, bool committed);
	void *arg;
};

/* Everything is borrowed. 0, a negative errno value or a store error. */
MUST_USE int daemon_open(const struct daemon_conf *conf, struct daemon **out);
void daemon_free(struct daemon **pd);

/* Follows until *stop, or until a pipe that is the only input has ended; then commits. */
MUST_USE int daemon_run(struct daemon *d);

/* After daemon_run(), if no session follows: what is open in a pipe is complete, and that
 * is committed. Else the next one goes on with it. */
MUST_USE int daemon_end(struct daemon *d);

/*
 * After a full disk ended it: nothing is read, but names are followed, so that the next
 * session with the same hold finds what is rotated away and deleted meanwhile. Waits up
 * to max_ns for a change.
 */
void daemon_hold(struct daemon *d, int64_t max_ns);

/* The parts of the status document that the session knows, added to doc. */
void daemon_status(struct daemon *d, json_t *doc);

/* What keeps it from being ready: a new array of texts, empty when it is. */
json_t *daemon_not_ready(struct daemon *d);

/* "3 sources, 1.2 MiB behind, 2 incidents open": for the service manager. */
void daemon_summary(struct daemon *d, struct buf *out);
