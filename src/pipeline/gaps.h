/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an input could not give becomes gap rows, and the span that was read becomes the
 * "complete from X to Y". One thread: the store's writer.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "correlate/correlator.h"
#include "match/quarantine.h"
#include "pipeline/engine.h"
#include "pipeline/worker.h"
#include "store/store.h"

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

/* An absence of what such a rule matches is unknown. */
void gaps_tell_rules(struct quarantine *q, struct correlator *c);

/* The same for a live flow, and on stderr: those that were not told yet. */
MUST_USE int gaps_tell_engine(struct quarantine *q, struct engine *e);

/* TIME_NONE: nothing with a time was read. */
MUST_USE int gaps_complete(struct store *s, int64_t from_ns, int64_t to_ns);

/*
 * The same, if that is more than what is there already. *told_ns: the least first_ns of
 * the calls before, at first TIME_NONE: what retention took does not come back.
 */
MUST_USE int gaps_widen(
	struct store *s, int64_t *told_ns, int64_t first_ns, int64_t last_ns);
