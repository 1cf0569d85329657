/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the whole program as Datadog's metrics v2, and its service check
 * (datadog.md §4-5). Names, types, units and tags stand in one table. Never an id as a
 * tag; series beyond a bound are left out and counted. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "output/destination.h"

enum series_type { SERIES_COUNT = 1, SERIES_GAUGE = 3 };

struct series_row {
	const char *metric_z; /* "gumshoe.incidents.open" */
	enum series_type type;
	const char *unit_z; /* of Datadog's units, or NULL */
	const char *help_z;
};

/* All metrics there are; ended by a row without a name. */
extern const struct series_row series_rows[];

/* The service check that tells that Gumshoe lives. */
#define SERIES_CHECK "gumshoe.up"

/* Numbers of a pulse whose totals are what came since before (NULL: since the start). A
 * new reference. */
json_t *series_since(const json_t *numbers, const json_t *before);

struct series_numbers {
	const json_t *numbers; /* of series_since(); may be NULL */
	bool alive;            /* with the heartbeat */
	int64_t at_ns;         /* when they were true */
	int64_t interval_ns;   /* counted in that before at_ns */
};

/*
 * The body for POST /api/v2/series. False, and body unchanged: there is nothing to send,
 * or at_ns is not a time that Datadog takes at wall_ns (an hour ago to 10 min ahead).
 */
MUST_USE bool series_make(const struct output_settings *conf,
	const struct series_numbers *n, int64_t wall_ns, struct buf *body);

/* The body for POST /api/v1/check_run: status 0 to 3 (ok, warning, critical, unknown) and
 * why, at most 500 bytes of it. 0 or -ENOMEM. */
MUST_USE int series_check(const struct output_settings *conf, int status, struct str why,
	int64_t wall_ns, struct buf *body);
