/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to an incident: a query over the store's entries, so that what comes late
 * attaches by itself. The incident's body (body.h) says what to ask for. One thread.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/map.h"
#include "incident/body.h"
#include "store/store.h"

struct timeline {
	const struct incident_row *row; /* borrowed, as all */
	const struct body *body;
	const struct body_list *list;
	const struct map *values;
	bool strict; /* an entry without a key field stays out */
	int64_t from_ns, to_ns;
	struct store_query *query; /* NULL: nothing is asked for */
};

/*
 * row, body and values are borrowed; values: what condition.field counted, NULL: any.
 * 0 or -ENOMEM; close it in any case.
 */
MUST_USE int timeline_open(struct timeline *t, struct store *s,
	const struct incident_row *row, const struct body *body, enum body_part part,
	const struct map *values);
void timeline_close(struct timeline *t);

/*
 * In time order; views as store_next_entry(). item: what let it in; may be NULL.
 */
bool timeline_next(
	struct timeline *t, struct entry_row *out, const struct body_item **item);

/* 0, or the store's error that ended it. */
int timeline_error(const struct timeline *t);

/* A field of an entry by name; false when it has none. */
bool timeline_field(const struct entry_row *e, struct str name, struct str *out);
