/* SPDX-License-Identifier: Apache-2.0 */
/* The front-end: morgan lines, console.log, npm. Its lines carry no time of their own. */
#pragma once

#include "shop.h"
#include "world.h"

/* npm's banner and the server's first words. */
void frontend_started(struct world *w, int64_t at_ns);

/* What npm prints when SIGTERM has ended node. */
void frontend_sigterm(struct world *w, int64_t at_ns);

/* An uncaught exception ends node; npm says nothing. */
void frontend_exception(struct world *w, int64_t at_ns);

struct reply {
	unsigned status;
	double ms;      /* below 0: the helper forgot the mark, a dash is printed */
	unsigned bytes; /* 0: a dash */
};

/* morgan's line. */
void frontend_morgan(struct world *w, int64_t at_ns, const char *method, const char *url,
	struct reply r);

/* One page view of a visitor, answered now or a moment later. */
void frontend_visit(struct world *w);

/* One JSON line of 20 to 40 KB. */
void frontend_long_line(struct world *w);
