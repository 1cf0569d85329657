/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents come back into memory after a restart. The correlator's thread. */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "incident/incident.h"

/*
 * Puts back a row of saved.h, in ascending order of ids, before anything else is done
 * with i. 1: no rule asks for it any more, forget it (its incident, if it was open, ends:
 * a store error may be given); -EINVAL: not what was given (any bytes are safe); -ENOMEM.
 */
MUST_USE int incidents_restore(struct incidents *i, uint64_t id, struct str bytes);
