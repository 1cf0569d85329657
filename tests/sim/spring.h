/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the Java services: logback's pattern with Sleuth's block, and stack traces. */
#pragma once

#include "world.h"

/* One HTTP request inside a service. */
struct request {
	uint64_t trace, span; /* trace 0: outside of a request, the block is empty */
	unsigned thread;      /* 1 … 10 */
	bool exact;           /* no clock steps */
};

struct request spring_request(struct rng *r);

/* Empties w->line and writes everything before the message into it. */
struct text *spring_line(struct world *w, enum service s, int64_t at_ns,
	const struct request *r, const char *level, const char *logger);

/*
 * An exception with its 71 frames, every frame a line of its own. printed: by
 * printStackTrace on stderr, without jar names; else by logback between blank lines.
 * Returns the time of the last line.
 */
int64_t spring_trace(struct world *w, enum service s, int64_t at_ns, bool printed,
	const char *exception, const char *cause);

/* The burst of a JVM's first request. */
void spring_mapped(struct world *w, enum service s, int64_t at_ns);
