/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings for the outbox: what report.h tells of an incident, with "kind" and "seq". The
 * row must have been written. 0 or a store error.
 */
#pragma once

#include "incident/state.h"

/* At once: opened, updated, resolved, as it happens. Nothing when conf says otherwise. */
MUST_USE int publish_now(struct incidents *i, struct incident *x, const char *kind_z);

/* The incident id, which nobody follows any more, was resolved: if it was ever told. */
MUST_USE int publish_ended(struct incidents *i, struct str id, int64_t at_ns);

/* At the end: an opened and, where it is so, a resolved for all of this run. */
MUST_USE int publish_all(struct incidents *i);
