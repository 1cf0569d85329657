/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before the next try. Pure functions.
 */
#pragma once

#include <stdint.h>

/*
 * In ns, after the try number tries (from 0): 1-2 s, 2-4 s ... up to 60-120 s, where in
 * between is what noise says; never less than asked_ns (what the server asked for, or
 * -1).
 */
int64_t backoff_wait(unsigned tries, uint64_t noise, int64_t asked_ns);

/* The same between probes of a paused destination: up to 5-10 min. */
int64_t backoff_probe(unsigned tries, uint64_t noise, int64_t asked_ns);
