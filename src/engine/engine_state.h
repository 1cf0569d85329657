/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of an engine: shared by the files that run it (engine.c) and that make it go on
 * from what its store has (replay.c). Not for others.
 */
#pragma once

#include "base/buf.h"
#include "correlate/arrive.h"
#include "engine/checkpoint.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "engine/settle.h"
#include "engine/spillfile.h"
#include "engine/volume.h"
#include "engine/watermark.h"
#include "incident/incident.h"

#define ENGINE_BLOB_BYTES ((size_t)1 << 20) /* a blob is written when it is as long */

struct engine {
	struct engine_conf conf;
	const struct ruleset *rules;
	struct store *store;
	struct arrive *arrive;
	struct correlator *correlator;
	struct incidents *incidents;
	struct settle *settle;
	struct volume *volume;
	struct spillfile *spill;
	struct watermark *watermark;
	int64_t *blind_ns; /* owned, by rule: since when it is switched off, or INT64_MAX
			    */

	struct checkpoint_head head; /* as of now */
	struct buf blob;             /* of the journal, since the last commit */
	int64_t until_ns;            /* the newest match in it */
	int64_t wall_ns, blob_wall_ns;

	int64_t since_ns;      /* monotonic: the first look after the last commit */
	int64_t checkpoint_ns; /* monotonic: of the last one; TIME_NONE: none yet */
	int64_t retained_ns;   /* watermark when rows went last */
	int64_t full_ns;       /* watermark when it was told last what found no room */
	uint64_t full;         /* how much was told of by then, in all */
	uint64_t volumes_full;
	size_t matches; /* since the last commit */
	bool moved;     /* positions or watermarks did */
	bool touched;   /* somebody else put rows */
	bool unsaved;   /* commits since the last checkpoint */
	bool ended;
	uint64_t findings; /* of incidents, at the last commit */
	struct engine_counts counts;
};

/* What a match does when it arrives. early: outcomes come from here, not the journal. */
MUST_USE int engine_take_match(struct engine *e, const struct match *m, bool early);

/* What is before mark_ns has its turn, and timers up to it fire. */
MUST_USE int engine_settle_to(struct engine *e, int64_t mark_ns);

/* Whose state a checkpoint is. */
struct checkpoint_parts engine_parts(struct engine *e);

/* A match into the blob; the blob into the store. */
void engine_journal_match(struct engine *e, const struct match *m);
MUST_USE int engine_flush(struct engine *e);

/* A new engine goes on from the last commit in its store: checkpoint, then journal. */
MUST_USE int engine_restore(struct engine *e);
