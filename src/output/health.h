/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a destination from its answers: whether it takes what it is sent, when
 * the next try may be, and how many requests may be on the way at once: one at first, one
 * more with each that is taken, one again after a failure. What was sent before the last
 * failure says nothing new. No clocks; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum health_state {
	HEALTH_UP,
	HEALTH_FAILING, /* the last try failed; the next one is waited for */
	HEALTH_PAUSED,  /* refused; probes only */
	HEALTH_STOPPED  /* the receiver wants nothing more, ever */
};

struct health {
	struct str name; /* for messages */
	enum health_state state;
	char why_z[256]; /* of a state that is not up */
	unsigned tries;  /* that failed in a row */
	int64_t try_ns;  /* monotonic: nothing before */
	uint64_t round;  /* failures so far: what a request was sent in */
	size_t window, lanes;
	uint64_t noise; /* what waits are spread by */
};

void health_init(
	struct health *h, struct str name, size_t lanes, uint64_t noise, int64_t mono_ns);

/* A good answer to what was sent in round; waiting: findings, for a message. */
void health_works(struct health *h, uint64_t round, size_t waiting, int64_t mono_ns);

/* One more at once may be on the way. */
void health_widen(struct health *h, uint64_t round);

/* asked_ns: how long the server wants to be left alone, or -1. */
void health_fails(struct health *h, uint64_t round, int64_t asked_ns, struct str why,
	int64_t mono_ns);
void health_pauses(struct health *h, uint64_t round, int64_t asked_ns, struct str why,
	int64_t mono_ns);
void health_stops(struct health *h, struct str why);

/* Whether one more request may go beside n that are on the way. */
bool health_allows(const struct health *h, size_t n, int64_t mono_ns);

/* A number to spread waits by. */
uint64_t health_noise(struct health *h);

/* "up", "failing", "paused", "stopped" */
const char *health_state_z(enum health_state state);
