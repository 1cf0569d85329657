/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settled flow: matches in their final order go through the correlator and the
 * incidents into the store, timers between them in event time. Batch and live input end
 * here, so that both give the same answer. One thread: the correlator's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "correlate/correlator.h"
#include "incident/incident.h"
#include "record/match.h"
#include "record/value_rows.h"
#include "store/store.h"

struct settle;

struct settle_conf {
	struct correlator *correlator; /* borrowed, as the others */
	struct incidents *incidents;
	struct store *store;
	size_t per_commit; /* matches of a transaction; 0: settle_commit() ends it */
	/*
	 * Nobody else talks to these meanwhile: that time passes, and numbers of windows,
	 * they may be told later.
	 */
	bool alone;
};

/* A transaction is begun at once. NULL: out of memory. */
struct settle *settle_new(const struct settle_conf *conf);
void settle_free(struct settle **ps);

/* All of these: 0 or a store error. arrived: incidents_arrived() has seen m. */
MUST_USE int settle_match(struct settle *s, const struct match *m, bool arrived);

/*
 * As many of the rows behind like, which was settled last, as go the same way as one
 * after the other: before v's until_ns, adding to windows alone. *taken: how many.
 */
MUST_USE int settle_rows(
	struct settle *s, const struct match *like, struct value_rows *v, size_t *taken);

/* Event time is known to be complete before at_ns. */
MUST_USE int settle_advance(struct settle *s, int64_t at_ns);

/* Input ends at now_ns; *not_judged is how many timers stay open. */
MUST_USE int settle_end(struct settle *s, int64_t now_ns, size_t *not_judged);

/* Makes the batch true and begins the next. */
MUST_USE int settle_commit(struct settle *s);
