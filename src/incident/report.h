/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One incident as it leaves the house: the JSON of design §6, read from the store with
 * its timeline, causes, impact and completeness. The one place that makes it, for scan,
 * show, the outbox and the web.
 */
#pragma once

#include <jansson.h>

#include "base/str.h"
#include "store/store.h"

/* A new reference, or NULL when there is no such incident (or the store failed). */
json_t *report_incident(struct store *s, struct str id);

/* What a list shows of it: what it is, how it stands and since when. A new reference. */
json_t *report_head(const struct incident_row *row);

/* The completeness object: {"from":..., "to":..., "gaps":[...], "not_judged":0}. */
json_t *report_complete(struct store *s);

/* One timeline entry. */
json_t *report_entry(const struct entry_row *e);
