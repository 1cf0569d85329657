/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live flow behind its inputs: matches as they arrive, windows, incidents, commits.
 * Drivers (a pipe, followed files) read and decode; they say what came, how far each
 * source is, and what time it is: there are no clocks in here. An instance; one thread.
 *
 *   engine_clock() ... engine_match() ... engine_watermark() ... engine_commit()
 *
 * A commit makes rows, the journal of what led to them and the states of the sources true
 * as one; a checkpoint now and then keeps the journal short. engine_open() on a store
 * that an engine left, in whatever way, goes on from its last commit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "correlate/correlator.h"
#include "record/match.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "store/store.h"

struct engine_conf {
	size_t max_keys;     /* live keys in memory; 0: 100000 */
	size_t max_entries;  /* of their windows; 0: 20 a key */
	size_t spill_bytes;  /* of keys on disk (engine/spillfile.h); 0: default */
	size_t max_pending;  /* matches that wait for the watermark; 0: 200000 */
	int64_t lateness_ns; /* how late a match may be */
	const struct str *destinations; /* of findings */
	size_t n_destinations;
	const struct output_settings *const *routes; /* what each takes; NULL: all */
	struct tally *tally; /* borrowed; what happened, in numbers; may be NULL */

	/* A commit is due: after so many matches, or so long after the first of them. */
	size_t commit_matches; /* 0: 8000 */
	int64_t commit_ns;     /* 0: 50 ms */
	int64_t quiet_ns;      /* when nothing but positions moved; 0: 1 s */
	int64_t checkpoint_ns; /* 0: 10 s */

	int64_t keep_ns;    /* rows older than that go, by event time; 0: none */
	int64_t keep_bytes; /* the oldest days go when there is more; 0: none */
};

struct engine;

/* Everything is borrowed. 0, -ENOMEM or a store error. */
MUST_USE int engine_open(const struct engine_conf *conf, const struct ruleset *rs,
	const struct source_table *sources, struct store *s, struct engine **out);

/* What was not committed is lost. */
void engine_free(struct engine **pe);

/* The wall clock from now on: for detected_at only. */
void engine_clock(struct engine *e, int64_t wall_ns);

/* A match has arrived. 0 or a store error, as all of these. */
MUST_USE int engine_match(struct engine *e, const struct match *m);

/*
 * A source has been read to last_ns (TIME_NONE: no time yet). The watermark is that of
 * the source furthest behind, idle ones not counted (all idle: the furthest ahead), less
 * the lateness. It never goes back; a source that is not named again keeps what it said.
 */
MUST_USE int engine_watermark(
	struct engine *e, uint64_t source_id, int64_t last_ns, bool idle);

/* No input of this source comes any more: it holds nothing back. */
void engine_source_gone(struct engine *e, uint64_t source_id);

/* An input cannot vouch for [from_ns, to_ns]: absences that meet it are unknown. */
void engine_gap(struct engine *e, int64_t from_ns, int64_t to_ns);

/* From from_ns on the rule's matches may be missing. Told again it changes nothing. */
void engine_blind(struct engine *e, uint32_t rule, int64_t from_ns);

/* Somebody else put rows: a commit is due soon. */
void engine_touch(struct engine *e);

/* Whether a rule asks how much comes: sums (record/volume.h) are put as matches are. */
bool engine_wants_volumes(const struct engine *e);

/* Records of volumes count within [since_ns, until_ns] only (TIME_NONE: open). */
void engine_set_range(struct engine *e, int64_t since_ns, int64_t until_ns);

/* ns until a commit is due, 0: now, INT64_MAX: nothing waits for one. */
int64_t engine_commit_due(struct engine *e, int64_t mono_ns);

/* Settles what the watermark has passed and makes all since the last commit true. */
MUST_USE int engine_commit(struct engine *e, int64_t mono_ns);

/*
 * No input comes any more: what is known is kept for an engine that is opened later. What
 * is told from here on (gaps, the end) is for those who look now. Part of the commit that
 * follows.
 */
MUST_USE int engine_stop(struct engine *e);

/*
 * After engine_stop(): the end of all input at now_ns (TIME_NONE: nothing had a time)
 * settles the rest and judges timers up to it. *not_judged: those beyond. Then
 * engine_commit() once more.
 */
MUST_USE int engine_end(struct engine *e, int64_t now_ns, size_t *not_judged);

struct engine_counts {
	uint64_t matches, late, full, volumes_full, commits, checkpoints;
	uint64_t replayed; /* items of the journal, at the start */
	uint64_t restored; /* rows of the checkpoint */
	uint64_t refused;  /* of them: of rules that changed */
	uint64_t damaged;  /* rows and blobs that could not be read: said as a gap */
};
const struct engine_counts *engine_counts(struct engine *e);
const struct correlate_counts *engine_correlate_counts(const struct engine *e);

/* The watermark of the last commit, TIME_NONE: none yet. */
int64_t engine_settled(const struct engine *e);
