/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The failures of one request: is it the destination that fails, or is it this one that
 * it does not take? Pure functions.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Tries of requests of one part: how many were taken, how many failed. */
struct answers {
	uint64_t good, bad;
};

/* How often it failed, and what got through meanwhile. */
struct trouble {
	unsigned tries;
	bool aside;         /* others get through: it is tried at times of its own */
	int64_t since_ns;   /* monotonic: when it failed first */
	int64_t try_ns;     /* monotonic: not before */
	uint64_t seen;      /* good answers of the destination when it failed last */
	uint64_t good, bad; /* tries of its part so far, when it failed first */
};

/*
 * One more failure; its: the answers to its part, good: those of the destination so far.
 * True: others got through since it failed last. The caller sets try_ns if it is aside.
 */
bool trouble_note(struct trouble *t, struct answers *its, uint64_t good, int64_t mono_ns);

/* Whether it is set aside for good. */
bool trouble_is_stuck(
	const struct trouble *t, const struct answers *its, int64_t mono_ns);
