/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a destination is told without a finding, by a clock: numbers and signs of life.
 * One after the other, so that findings get their turn, and never one that is late: the
 * next says how it is then. No clocks; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output/destination.h"
#include "output/errand.h"

struct pulses {
	const struct destination_type *type;
	struct destination *destination;
	int64_t heartbeat_ns; /* between signs of life; 0: none; -1: no pulses at all */
	int64_t last_ns, life_ns; /* monotonic: when the last ones were made */
	struct errand *waiting;
	bool on_the_way; /* the owner of what it took says when it is not */
};

/* What is given is borrowed. */
void pulses_init(struct pulses *p, const struct destination_type *type,
	struct destination *destination, int64_t heartbeat_ns);

/* Whether pulses_make() is due; *alive: with a sign of life. */
bool pulses_are_due(const struct pulses *p, int64_t mono_ns, bool *alive);
void pulses_make(struct pulses *p, const struct pulse *what, int64_t mono_ns);

/* The next to send, of the caller; NULL: none, or one is on the way. */
struct errand *pulses_take(struct pulses *p);

/* Those that wait would come late. */
void pulses_drop(struct pulses *p);
