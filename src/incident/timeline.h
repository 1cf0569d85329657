/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to an incident: a query over the store's entries, so that what comes late
 * attaches by itself. The incident's body says what to ask for:
 *
 *   {"timeline": [{"rule": "payment_failed", "key": ["namespace"]}, ...],
 *    "causes": [{"rule": "scaled_to_zero", "key": [...], "where": {"service":
 * "payment"}}], "deaths": [{"rule": "killed", "key": [...], "witness": 1}],
 * "deaths_from": 17..., "field": "order_id"}
 *
 * "key" names the entry's field for each field of the incident's key, in order.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/map.h"
#include "store/store.h"

enum timeline_part { TIMELINE_ENTRIES, TIMELINE_CAUSES, TIMELINE_DEATHS };

struct timeline;

/*
 * row, body and values are borrowed; values: what condition.field counted, NULL: any.
 * NULL when out of memory.
 */
struct timeline *timeline_open(struct store *s, const struct incident_row *row,
	const json_t *body, enum timeline_part part, const struct map *values);
void timeline_close(struct timeline **pt);

/* In time order; views as store_next_entry(). item: the part's object that let it in. */
bool timeline_next(struct timeline *t, struct entry_row *out, const json_t **item);

/* 0, or the store's error that ended it. */
int timeline_error(const struct timeline *t);

/* A field of an entry by name; false when it has none. */
bool timeline_field(const struct entry_row *e, struct str name, struct str *out);
