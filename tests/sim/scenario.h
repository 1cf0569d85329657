/* SPDX-License-Identifier: Apache-2.0 */
/* The incidents. Each puts its first act on the agenda at at_ns. */
#pragma once

#include "world.h"

/* The front-end dies six times of its liveness probe, some deaths an exception. */
void scenario_crash(struct world *w, int64_t at_ns);

/* The same with the memory limit: SIGKILL, no last words. */
void scenario_oom(struct world *w, int64_t at_ns);

/* Payment scaled to 0: four to ten orders fail, then it comes back. */
void scenario_payment(struct world *w, int64_t at_ns);

/* The outage of 28 October 2025; at_ns must be 10:03:00Z of that day. */
void scenario_seed(struct world *w, int64_t at_ns);

/* Logins of one to two seconds, then of more, without a restart. */
void scenario_latency(struct world *w, int64_t at_ns);

/* Orders that are neither paid nor failed. */
void scenario_stuck(struct world *w, int64_t at_ns);

/* Twelve minutes of things that look like an incident and are none. */
void scenario_near(struct world *w, int64_t at_ns);

/* Books that do not fit: a charge without an order, a failure before the log begins. */
void scenario_books(struct world *w);
