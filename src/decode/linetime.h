/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time an application wrote into its line: at the start, behind a level or a process
 * id, in brackets, as ts=, time= or a JSON member. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/time.h"

struct linetime_conf {
	const struct time_zone *zone; /* of times without one; borrowed, NULL: UTC */
	int64_t date_ns;              /* a missing year is the latest not after this */
};

/* False: no time in it. On true *out is set. Looks at the first few hundred bytes only.
 */
bool linetime_find(struct str line, const struct linetime_conf *conf, int64_t *out);
