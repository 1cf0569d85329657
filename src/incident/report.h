/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One incident as it leaves the house: the JSON of design §6, read from the store with
 * its timeline, causes, impact and completeness. The one place that makes it, for scan,
 * show, the outbox and the web. Texts that are no UTF-8 are mended. One thread.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "store/store.h"

#define REPORT_BYTES ((size_t)5 << 30) /* of 5,000 entries */

/* A finding says beside its incident what it tells of it. */
struct report_as {
	struct str kind; /* opened: its state and its end are left out */
	int64_t seq;
};

/*
 * Writes one report after the other; s is borrowed. still: nothing is put into s until
 * the last one. NULL: out of memory.
 */
struct reporter *reporter_new(struct store *s, bool still);
void reporter_free(struct reporter **pr);

/* What is complete may have changed since the last one. */
void reporter_renew(struct reporter *r);

/* Of a still one: reads what all reports share, before the first one. 0 or an error. */
MUST_USE int reporter_prepare(struct reporter *r);

/*
 * Appends the object; as NULL: no finding. row is one of the store's. 0, -ENOMEM, or an
 * error of the store: what was appended until then is to be dropped.
 */
MUST_USE int reporter_write(struct reporter *r, const struct incident_row *row,
	const struct report_as *as, struct buf *b);

/* What a list shows of it: what it is, how it stands and since when. */
void report_add_head(struct buf *b, const struct incident_row *row);

/* The completeness object: {"from":..., "to":..., "gaps":[...], "not_judged":0}. */
void report_add_complete(struct buf *b, struct store *s);

/* The same as new references; NULL: there is none, or an error. */
json_t *report_incident(struct store *s, struct str id);
json_t *report_head(const struct incident_row *row);
json_t *report_complete(struct store *s);
json_t *report_entry(const struct entry_row *e);
