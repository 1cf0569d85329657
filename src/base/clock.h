/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that asks the system for the time. Any thread.
 */
#pragma once

#include <stdint.h>

/* Wall clock, ns since the epoch. For detected_at and outside protocols, never for logic.
 */
int64_t clock_wall_ns(void);

/* CLOCK_MONOTONIC in ns: for delays and rates. */
int64_t clock_mono_ns(void);
