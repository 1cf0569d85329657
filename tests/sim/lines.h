/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that are made now and written later: a ring of half-millisecond slots, so that
 * every container's file is in order of time and memory does not grow with the output.
 * Single thread.
 */
#pragma once

#include "world.h"

struct lines *lines_new(void);
void lines_free(struct lines **pl);

/* Takes a copy of w->line. A NULL container drops it. */
void lines_add(struct world *w, struct container *c, int64_t at_ns, enum stream stream,
	bool torn);

/* Writes the lines of all slots that are over at until_ns. */
void lines_flush(struct world *w, int64_t until_ns);
