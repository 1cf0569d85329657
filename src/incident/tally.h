/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened since the program started, as numbers for metrics: orders that failed by
 * reason, restarts by service. Not kept over a restart. The thread that writes the store.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/str.h"
#include "record/match.h"

struct tally;

/* NULL: out of memory. */
struct tally *tally_new(void);
void tally_free(struct tally **pt);

/* An order is counted once, by the first reason. Beyond a bound of reasons they are
 * "other". */
void tally_order_failed(
	struct tally *t, struct str order, struct str reason, struct str namespace);

/* A death of a container, however many rules match its record; by the service that
 * Datadog knows, else the workload. */
void tally_restart(struct tally *t, const struct match *m);

/* Sets "orders_failed": [{"reason", "namespace", "n"}] and "restarts": [{"namespace",
 * "service", "n"}]: totals. */
void tally_add_to(const struct tally *t, json_t *numbers);
