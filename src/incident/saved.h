/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents in memory as bytes, to be kept somewhere row by row; restore.h puts them back
 * after a restart. The correlator's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "incident/incident.h"

struct incident;

struct incident_saved {
	uint64_t id;      /* of a row, for as long as what it says lives */
	struct str bytes; /* empty: it is gone. Valid until the next call */
};

/*
 * The next row that changed since it was last asked for; false: none. Ask until false:
 * only then all that was given is one moment.
 */
bool incidents_changed(struct incidents *i, struct incident_saved *out);

/*
 * What follows is the end of an input that may be no end: it is not kept, but for
 * incidents that begin. A later run takes them for promises: it has told them, and takes
 * them back if they do not come again. incidents_ended() gives their rows.
 */
void incidents_stop(struct incidents *i);
bool incidents_ended(struct incidents *i, struct incident_saved *out);

/* For the room itself: x has begun after incidents_stop(); x is about to go. */
void saved_after(struct incidents *i, const struct incident *x);
void saved_forget(struct incidents *i, const struct incident *x);
