/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an input could not give becomes gap rows, and the span that was read becomes the
 * "complete from X to Y". One thread: the store's writer.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "correlate/correlator.h"
#include "engine/engine.h"
#include "match/quarantine.h"
#include "store/store.h"
#include "worker/evaluate.h"
#include "worker/worker.h"

/* Nothing when the file was read whole. 0 or a store error. */
MUST_USE int gaps_of_file(struct store *s, const struct worker_file *f);

/*
 * Rules that are switched off, for a source or everywhere, and those of which a regex met
 * its limits: errors, by rule, how often. 0 or a store error.
 */
MUST_USE int gaps_of_rules(struct store *s, const struct ruleset *rs,
	struct quarantine *q, const uint64_t *errors);

/* n keys and entries of windows found no room in that time. */
MUST_USE int gaps_of_windows(struct store *s, int64_t from_ns, int64_t to_ns, uint64_t n);

/* n sums of lines of containers found no room in that time. */
MUST_USE int gaps_of_volumes(struct store *s, int64_t from_ns, int64_t to_ns, uint64_t n);

/* An absence of what such a rule matches is unknown. */
void gaps_tell_rules(struct quarantine *q, struct correlator *c);

/* TIME_NONE: nothing with a time was read. */
MUST_USE int gaps_complete(struct store *s, int64_t from_ns, int64_t to_ns);

/* The same for a live flow, commit by commit. Pointers are borrowed. */
struct gaps_live {
	struct store *store;
	const struct ruleset *rules;
	struct quarantine *quarantine;
	const struct evaluate *evaluate;
	struct engine *engine;
	int64_t first_ns;         /* that was told; at first TIME_NONE */
	uint64_t changes, errors; /* of rules, that were told */
};

/* Rules: what was not told yet, also on stderr and to the engine. */
MUST_USE int gaps_live_rules(struct gaps_live *g);

/* More was read than was told before; what retention took does not come back. */
MUST_USE int gaps_live_span(struct gaps_live *g, int64_t first_ns, int64_t last_ns);
