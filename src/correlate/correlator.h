/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches become firings: windows by key, over event time. An instance; one thread.
 *
 * The truth is settled: correlator_match() takes matches in the order of match_cmp() and
 * correlator_advance() moves event time on to what is known to be complete. Results
 * depend on nothing else. correlate/arrive.h stands before it when matches come in any
 * order.
 *
 * Outcomes are taken with correlator_next() after each call; they come in the order in
 * which they became true.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/spill.h"
#include "record/match.h"
#include "record/outcome.h"
#include "record/value_rows.h"
#include "rules/ruleset.h"

struct correlator;

/*
 * What does not fit goes to `spill`, the keys idle for longest first, and comes back when
 * anything needs it, so that no outcome differs. Without it, and when it takes no more,
 * idle keys are dropped and counted, and what finds no room then is not taken up.
 */
struct correlate_conf {
	size_t max_keys;           /* in memory, of all correlations together */
	size_t max_entries;        /* entries in all their windows together */
	const struct spill *spill; /* borrowed; NULL: none */
	/*
	 * By correlation; borrowed, with names as long as the rules live. No others are
	 * kept of a key's contributors, but for what outer correlations need. NULL: all
	 * are asked for. A state that is put back has what was asked for then.
	 */
	const struct outcome_asked *asked;
};

struct correlate_counts {
	uint64_t matches;
	uint64_t no_key;          /* without a group-by field */
	uint64_t no_clock;        /* time of a file's date: no window */
	uint64_t no_number;       /* value_* field that is no number */
	uint64_t full;            /* keys and entries that found no room: lost */
	uint64_t keys;            /* in memory now */
	uint64_t spilled_keys;    /* out of memory now */
	uint64_t spilled_bytes;   /* of them, as they count against the limit */
	uint64_t spills, returns; /* so often did a key leave memory, and come back */
	uint64_t spill_failed; /* could not be written (it stayed) or read (it is lost) */
	uint64_t gaps_widened; /* two gaps became one for want of room */
	uint64_t bytes;        /* of keys, windows and tables, as of the latest match */
};

struct correlator *correlator_new(
	const struct ruleset *rs, const struct correlate_conf *conf);
void correlator_free(struct correlator **pc);

/* The next match of the settled order. at_ns never goes back. True: outcomes wait. */
bool correlator_match(struct correlator *c, const struct match *m);

/*
 * The same of a match that only adds to windows which go on as they are: no outcome comes
 * of it, and no timer is due before it. False: nothing is done, it is none of these. What
 * it adds is seen by all that is asked of c from then on, but not by early outcomes
 * (correlate/arrive.h) that look at c.
 */
bool correlator_add(struct correlator *c, const struct match *m);

/*
 * The same of the rows behind like, one after the other before until_ns, as long as each
 * is true. Returns how many were taken from v.
 */
size_t correlator_add_rows(struct correlator *c, const struct match *like,
	struct value_rows *v, int64_t until_ns);

/* Whether matches of the rule may do no more than that. */
bool correlator_adds(const struct correlator *c, uint32_t rule);

/* Timers before at_ns fire (those at at_ns wait: a match at at_ns may still come). True:
 * outcomes wait. */
bool correlator_advance(struct correlator *c, int64_t at_ns);

/*
 * The end of input at now_ns: timers up to and including it fire, later ones do not; each
 * pending absence, and each first window (of lt, eq ...) that is not whole yet, gives
 * OUTCOME_UNKNOWN. Returns how many were not judged.
 */
size_t correlator_end(struct correlator *c, int64_t now_ns);

/*
 * An input cannot vouch for [from_ns, to_ns]: an absence whose window meets it is
 * unknown.
 */
void correlator_gap(struct correlator *c, int64_t from_ns, int64_t to_ns);

/*
 * From from_ns on the rule's matches may be missing: an absence that asks for them is
 * unknown.
 */
void correlator_blind(struct correlator *c, uint32_t rule, int64_t from_ns);

/* The next outcome; views are valid until the next call of any correlator function. */
bool correlator_next(struct correlator *c, struct outcome *out);

/* The least time at which a timer is set, or INT64_MAX. */
int64_t correlator_deadline(const struct correlator *c);

const struct correlate_counts *correlator_counts(const struct correlator *c);

/*
 * State, to be kept somewhere key by key and put back after a restart. Ask when no
 * outcome is left to be taken: those are no part of it. Who asks once has to keep what is
 * told from there on: a spilled key that was told is asked back (spill.h, kept).
 */
struct correlate_state {
	uint64_t id; /* of a key, for as long as the key lives; 0: the correlator's own */
	struct str bytes; /* empty: the key is gone. Valid until the next call */
};

/* The next key changed since it was last asked about, or the own state; false: none. */
bool correlator_changed(struct correlator *c, struct correlate_state *out);

/*
 * Puts back what correlator_changed() gave, in any order, before the first match, into a
 * correlator of the same or of other rules. 1: nobody asks for it now (its correlation,
 * or a rule that it names, says something else), forget it; -EINVAL: not what was given
 * (any bytes are safe); -ENOMEM. Limits of the conf do not apply: what is too much goes
 * with the next key that comes.
 */
int correlator_restore(struct correlator *c, struct str bytes);
