/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The incidents of a store in any output format: shared by scan and incidents. Main thread.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "cli/option.h"
#include "store/store.h"

/*
 * Prints those opened within --since/--until that no other incident has taken in. *n: how
 * many. 0 or an exit code.
 */
MUST_USE int listing_print(struct store *s, const struct options *o, size_t *n);
