/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The room's own: incidents in memory. Only what is open, plus what resolved a short
 * while ago and may still meet another one. Everything else is in the store.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/map.h"
#include "incident/incident.h"
#include "incident/plan.h"
#include "record/outcome.h"

#define INCIDENT_ID_LEN 16
#define INCIDENT_TAKEN  64

enum incident_state {
	INCIDENT_CANDIDATE, /* waits for its hold to pass */
	INCIDENT_OPEN,
	INCIDENT_RESOLVED,
	INCIDENT_SUPERSEDED
};

struct incident {
	const struct plan_opener *opener; /* borrowed */
	char id[INCIDENT_ID_LEN + 1];
	char superseded_by[INCIDENT_ID_LEN + 1];
	char explained_by[INCIDENT_ID_LEN + 1]; /* what mutes it, or did */
	enum incident_state state;
	bool live;   /* takes the matches of its key (a superseded one silently) */
	bool holds;  /* its condition is true as far as is known */
	bool told;   /* a finding has left */
	bool dirty;  /* the row is behind */
	bool untold; /* the world is behind */
	bool in_dirty;
	bool kept;    /* of a promise it has its id */
	bool promise; /* told before it settles: see promise.h */
	bool muted;   /* see mute.h */
	uint64_t deciding;
	uint64_t last_match; /* counted last: one match extends once */
	int64_t first_ns, last_ns, opened_ns, resolved_ns, detected_ns;
	int64_t quiet_ns; /* the last match, counted or not: the timer's start */
	int64_t deaths_from_ns;
	uint64_t count, uncounted;
	struct map *values;                /* value_count: the distinct ones; else NULL */
	struct buf table_key;              /* opener and key as the table knows them */
	struct str key[CORRELATE_KEY_MAX]; /* views into table_key */
	struct buf capture_bytes;
	struct field *capture; /* those that its texts use */
	size_t n_captures;
	int64_t seq, told_ns;
	int64_t freed_ns; /* muted, and nothing explains it since; TIME_NONE: not */

	/* timer: one heap entry at most, perhaps earlier than what is really due */
	int64_t due_ns;
	uint64_t order;
	bool in_heap;

	/* what was kept of it: see saved.c */
	uint64_t saved_hash; /* 0: nothing yet */
	size_t n_saved;      /* values */
	size_t row_pos;      /* in values: where the last row begins */

	struct incident *prev, *next; /* of the same opener, in memory */
	struct incident *next_dirty;
	struct incident *due_before, *due_after; /* of a promise */
	struct incident *prev_freed, *next_freed;
};

struct incidents {
	const struct ruleset *rules; /* borrowed, like all in this block */
	const struct source_table *sources;
	struct store *store;
	struct incidents_conf conf;

	struct plan *plan;
	const struct outcome_asked *asked; /* by correlation; in the plan's arena */
	struct reporter *reporter;         /* of findings; NULL: none was told yet */
	uint64_t facts;                    /* of the store, as the reporter knows them */
	struct map *table;                 /* live ones by table_key */
	struct heap *timers;
	struct incident **by_opener;           /* heads of the lists */
	struct map *promises;                  /* by table_key */
	struct incident *promised;             /* all of them */
	struct incident *due_first, *due_last; /* the same, as they are due */
	uint64_t taken[INCIDENT_TAKEN]; /* ids that incidents have of promises, a ring */
	uint64_t n_taken;
	struct incident *dirty;
	struct incident *freed, *freed_last; /* by freed_ns, order */
	bool review;        /* after a restart: what mutes may be gone with its rule */
	struct buf scratch; /* a table key being looked up */
	struct buf opened;  /* ids of this run, to be told at the end */
	uint64_t order;
	int64_t now_ns;   /* event time */
	int64_t match_ns; /* the last settled match */
	uint64_t match_id;
	int64_t flushed_ns;
	int64_t wall_ns;   /* when conf has no clock */
	uint64_t findings; /* told at once */
	size_t listed;     /* opened and not superseded */
	size_t in_memory;
	uint64_t full; /* would have opened, but for max_open */
	int64_t full_from_ns, full_to_ns;

	struct buf saved, gone; /* see saved.c */
	uint64_t saved_hash;
	size_t saving; /* opener */
	struct incident *saving_at, *restored;
	bool stopped;
	struct buf after; /* what began since: id, length, bytes */
	size_t after_at;
};
