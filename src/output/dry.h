/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be sent, printed instead: the requests a courier makes of the outbox,
 * without secrets. Any thread.
 */
#pragma once

#include <stdio.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "store/store.h"

/*
 * All that waits for the output (of several members: for the first) and stays there.
 * wall_ns: now. 0, a negative errno value or -EIO when the store failed.
 */
MUST_USE int dry_print(const struct output_settings *output, struct store *s,
	int64_t wall_ns, FILE *out);
