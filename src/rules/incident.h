/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The top-level keys `incident` and `marks`: what a fired correlation or a match opens
 * and which state it writes down. Private to rules/.
 */
#pragma once

#include "rules/loader.h"

/* The keys that may stand in `incident`, for hints. */
extern const struct str incident_keys[];
extern const size_t incident_keys_n;

/* Fills the incident part of doc's rule or correlation, with defaults; root's keys are
 * unique. False after errors. */
bool incident_parse(struct loader *l, const struct document *doc);

/* Fills `mutes` of all of them, once every key and level is known. */
void mutes_link_all(struct loader *l);

/* Fills the marks of doc's rule or correlation. */
bool marks_parse(struct loader *l, const struct document *doc);

/*
 * The next {name} of a template: false at its end. *name is empty for "{}" and for a
 * brace that is never closed; it always is a view into *rest as it was.
 */
bool template_next(struct str *rest, struct str *name);

/* {count}, {first}, {last}, {duration}, {count:RULE}: names that every incident has. */
bool template_is_own(struct str name);
