/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents and timelines as a person reads them, from rows of the store or from the JSON
 * of incident/report.h.
 * Main thread.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "cli/screen.h"
#include "store/store.h"

/*
 * The table of `incidents` and `scan`: its head, then a line for each incident. What is
 * open has lasted until now_ns, up to where all was read, or TIME_NONE.
 */
void draw_table_head(const struct screen *s);
void draw_table_row(
	const struct screen *s, const struct incident_row *row, int64_t now_ns);

/* One incident: title, since when, whom it hits, why, then its timeline and gaps. */
void draw_incident(const struct screen *s, const json_t *incident);

/* A timeline alone (an order, a pod): entries are report_entry() objects in time order.
 * Its days are told, but that of told_ns, which the reader knows; TIME_NONE: all are. */
void draw_timeline(const struct screen *s, json_t *entries, int64_t told_ns);

/* The time that member key_z of v says, or TIME_NONE. */
int64_t draw_at(const json_t *v, const char *key_z);

/* "complete from X to Y except ..." */
void draw_complete(const struct screen *s, const json_t *complete);
