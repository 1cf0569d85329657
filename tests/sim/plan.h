/* SPDX-License-Identifier: Apache-2.0 */
/* Lays the named scenarios on the axis of time. */
#pragma once

#include "world.h"

/*
 * Sets from, to and now of the world and puts the scenarios on the agenda. False when a
 * name is unknown (said on stderr).
 */
bool plan_lay(struct world *w);

/* Prints the scenarios' names, one a line. */
void plan_names(void);
