/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents open, are extended, supersede each other and resolve, in event time. Fed with
 * settled matches and outcomes in their order; writes entries, touches, marks, incidents
 * and outbox rows into a store's open transaction. An instance; the correlator's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/match.h"
#include "record/outcome.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "store/store.h"

struct incidents;
struct output_settings;
struct tally;

struct incidents_conf {
	size_t max_open;                /* incidents open at a time */
	size_t max_values;              /* counted values of one incident */
	const struct str *destinations; /* an outbox row each per finding */
	size_t n_destinations;
	const struct output_settings *const *routes; /* what each takes; NULL: all */
	struct tally *tally; /* what happened, in numbers; borrowed, may be NULL */
	bool at_once;        /* publish when opened; else when settled at the end */
	bool late_rows;      /* nobody reads an incident's row before it ends */
	bool keep_all;       /* an entry for every match, not only for those asked for */
	int64_t (*wall_ns)(void); /* for detected_at; NULL: as incidents_clock() says */
};

/* Everything is borrowed. */
struct incidents *incidents_new(const struct ruleset *rs,
	const struct source_table *sources, struct store *store,
	const struct incidents_conf *conf);
void incidents_free(struct incidents **pi);

/* The wall clock from now on, for detected_at, when conf has none. */
void incidents_clock(struct incidents *i, int64_t wall_ns);

/* How a match comes. */
enum match_way {
	MATCH_IN_ORDER,
	MATCH_ARRIVED, /* in order, and incidents_arrived() has put its entry */
	MATCH_LATE
};

/* 0 or a store error, for all of these. Call incidents_advance(at) before each. */
MUST_USE int incidents_match(
	struct incidents *i, const struct match *m, enum match_way way);
MUST_USE int incidents_outcome(struct incidents *i, const struct outcome *o);

/*
 * An outcome that is sure though its matches have not settled: told at once. The settled
 * flow takes over its id and the time of its detection, and nothing else.
 */
MUST_USE int incidents_early(struct incidents *i, const struct outcome *o);

/* Whether the matches of a rule have entries: some incident's story asks for them. */
bool incidents_keep(const struct incidents *i, uint32_t rule);

/* What is asked of the outcomes of each correlation; lives as long as i. */
const struct outcome_asked *incidents_asked(const struct incidents *i);

/*
 * What incidents and windows ask of the matches of each rule. *out lives in a, and names
 * as long as rs. False: out of memory.
 */
bool incidents_needs(const struct ruleset *rs, struct arena *a, struct match_needs *out);

/*
 * An entry before its match settles, so that what is told at once has a timeline. What
 * the match alone opens is told at once, too.
 */
MUST_USE int incidents_arrived(struct incidents *i, const struct match *m);

/* resolve-after and hold timers before at_ns. */
MUST_USE int incidents_advance(struct incidents *i, int64_t at_ns);

/*
 * Up to when matches of the rule that come in order change nothing, and nothing is due:
 * they need not be told, nor the time that passes. Good until another function is called;
 * then incidents_advance() tells of the last one first. TIME_NONE: they do.
 */
int64_t incidents_calm(const struct incidents *i, uint32_t rule);

/* The end of input: timers up to now_ns; what is still open stays open. *not_judged
 * grows. */
MUST_USE int incidents_end(struct incidents *i, int64_t now_ns, size_t *not_judged);

/* The least time at which a timer is set, or INT64_MAX. */
int64_t incidents_deadline(const struct incidents *i);

/* Findings told so far: those that went to the outbox at once. */
uint64_t incidents_findings(const struct incidents *i);

/* Incidents opened (and not superseded) so far. */
size_t incidents_count(const struct incidents *i);
