/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store that a scan writes, and what leaves it: findings are sent once the new store
 * stands in its place, and none that is not sent yet is ever written over. Main thread.
 */
#pragma once

#include <signal.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "cli/option.h"
#include "pipeline/outputs.h"
#include "store/store.h"

/*
 * Before a scan that replaces its store: findings of the last one that are still to be
 * sent are sent now (with
 * --send), else the scan is refused. 0 or an exit code, with the reason on stderr.
 */
MUST_USE int target_check(const struct options *o);

/*
 * The store of a live pipe: durable, true while it is written, and going on from where
 * the last one of --store was; without --store a new one in place of the old.
 */
MUST_USE int target_open_live(const struct options *o, struct store **s);

/* --keep-for and --keep-bytes of a finished store, when given; now_ns: its newest time.
 */
MUST_USE int target_retain(struct store *s, const struct options *o, int64_t now_ns);

/* Puts the finished store in its place, to be read there, with --send to be written. On
 * failure *s is NULL. */
MUST_USE int target_keep(const struct options *o, struct store **s);

/* --send: after target_keep(). --dry-run prints and forgets. 0 or an exit code. */
MUST_USE int target_send(struct store *s, const struct options *o);

/* Who gets findings: first, unless it is empty, and the members of the output of --send.
 */
struct target_names {
	struct str *items;
	size_t n;
	const struct output_settings **routes; /* what each takes; NULL: all */
	struct output_settings output;
	struct arena *arena;
};

/* 0 or an exit code; target_names_fini() either way. */
MUST_USE int target_names_init(
	struct target_names *names, const struct options *o, struct str first);
void target_names_fini(struct target_names *names);

/* The destination of --send (not of --dry-run), opened. 0 or an exit code. */
MUST_USE int target_outputs(const struct options *o, struct outputs **out);

/*
 * Sends what is left, until *stop is set, and closes it; then says how many were sent. 0
 * or an exit code.
 */
MUST_USE int target_finish(struct outputs **po, struct store *s, const struct options *o,
	const volatile sig_atomic_t *stop);
