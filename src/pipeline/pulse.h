/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What destinations tell without a finding (struct pulse of output/destination.h), read
 * from the store: numbers, and the incidents a destination was told of. The store's
 * thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "incident/tally.h"
#include "store/store.h"

/*
 * A new {"numbers": {...}} or, with_findings, {"numbers": ..., "findings": [...]}: those
 * told to the destination whose incidents are open or were until a few minutes before
 * wall_ns; at most 1000. waiting: findings that wait for any destination. NULL: the store
 * failed. tally: what happened, may be NULL.
 */
json_t *pulse_make(struct store *s, struct str destination, bool with_findings,
	const struct tally *tally, uint64_t waiting, int64_t wall_ns);
