/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens as event time goes on: holds pass, incidents resolve, who was kept quiet
 * is told, promises break, rows and updates that are behind go out. 0 or a store error.
 */
#pragma once

#include "base/compiler.h"
#include "incident/state.h"

/* Timers before at_ns, then rows and updates that are due. */
MUST_USE int advance_to(struct incidents *i, int64_t at_ns);

/* The end: writes every open row once more, with all that came. */
MUST_USE int advance_flush(struct incidents *i);

/* The least due time, or INT64_MAX. */
int64_t advance_deadline(const struct incidents *i);

/* Up to when time may pass without anything to do; TIME_NONE: there is something now. */
int64_t advance_calm(const struct incidents *i);
