/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits to be sent to one destination, and when it may go: updates of an incident
 * not more often than update_interval (a newer one takes the place of the one that
 * waits), members of a group (group_by) together after group_wait. In the order of their
 * rows; of an incident (or a group) the next only when what was taken of it before has
 * ended. No clocks; one thread.
 */
#pragma once

#include <stdint.h>

#include "conf/settings.h"
#include "output/letter.h"

struct waiting;

/* conf is borrowed. */
struct waiting *waiting_new(const struct output_settings *conf);
void waiting_free(struct waiting **pw);

/* Takes l over. */
void waiting_put(struct waiting *w, struct letter *l, int64_t mono_ns);

/* How many more it should be given now; updates that are held back hardly count. */
size_t waiting_room(const struct waiting *w);
size_t waiting_n(const struct waiting *w);

/* Wall clock: when the first was put; 0: unknown, or none waits. */
int64_t waiting_since(const struct waiting *w);

/* Moves to out what may go now: at most max_parcels parcels and about max_bytes. */
void waiting_take(struct waiting *w, int64_t mono_ns, size_t max_parcels,
	size_t max_bytes, struct letters *out);

/* Back to where they were, in front: they could not be sent after all. */
void waiting_return(struct waiting *w, struct letters *list);

/* The monotonic time from which something may go; INT64_MAX: nothing waits. */
int64_t waiting_due(const struct waiting *w, int64_t mono_ns);

/* What was taken has ended: others of its incident may go. */
void waiting_let_go(struct waiting *w, const struct letter *l);

/* l was delivered. */
void waiting_told(struct waiting *w, const struct letter *l, int64_t mono_ns);

/* Incidents of l's group that are open. */
size_t waiting_open(const struct waiting *w, const struct letter *l);

/* An incident that was told before the start and is open: for its group. */
void waiting_know(struct waiting *w, const json_t *finding);

/* Those that have waited longer than max_age, and the n oldest: LETTER_TOO_... */
void waiting_expire(struct waiting *w, int64_t wall_ns);
void waiting_drop(struct waiting *w, size_t n);

/* Moves to out those whose fate is known without having been sent. */
void waiting_ended(struct waiting *w, struct letters *out);
