/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a perfect reader of the output would say: the incidents, and a verdict per order.
 * Single thread.
 */
#pragma once

#include "shop.h"

struct incident;

struct truth *truth_new(void);
void truth_free(struct truth **pt);

/*
 * An incident of the rule, for a service (NULL: the namespace only). All strings are
 * literals; cause may be NULL.
 */
struct incident *truth_incident(
	struct world *w, const char *rule, const char *service, const char *cause);

/* One more of what it counts; the first sets first_at. */
void truth_count(struct incident *i, int64_t at_ns);

/* It lasts until then; not counted. */
void truth_until(struct incident *i, int64_t at_ns);

/* What the logs alone would count: npm blocks and kills by the kubelet. */
void truth_deaths(struct incident *i, bool npm, bool killed);

/* The incident that failed orders belong to until it is set to NULL. */
void truth_outage(struct world *w, struct incident *i);
void truth_order_failed(struct world *w, const struct order *o, int64_t at_ns);

/* Writes truth.json. */
void truth_finish(struct world *w);
