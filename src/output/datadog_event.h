/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as Datadog's events: v1 with an API key, v2 alerts with an application key
 * besides (datadog.md §3). Pure functions.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "output/destination.h"

/*
 * One v1 event for POST /api/v1/events. wall_ns decides the age rule: what is too old
 * carries no official time but the true one in the text. 0 or -ENOMEM.
 */
MUST_USE int datadog_event(const struct output_settings *conf, const struct parcel *p,
	int64_t wall_ns, struct buf *body);

/* One v2 event of category alert for POST /api/v2/events, whose schema is strict. */
MUST_USE int datadog_alert(const struct output_settings *conf, const struct parcel *p,
	int64_t wall_ns, struct buf *body);
