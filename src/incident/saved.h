/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents in memory as bytes, to be kept somewhere row by row and put back after a
 * restart. The correlator's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "incident/incident.h"

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

/*
 * Puts back a row, in ascending order of ids, before anything else is done with i. 1: no
 * rule asks for it any more, forget it (its incident, if it was open, ends: a store
 * error may be given); -EINVAL: not what was given (any bytes are safe); -ENOMEM.
 */
MUST_USE int incidents_restore(struct incidents *i, uint64_t id, struct str bytes);
