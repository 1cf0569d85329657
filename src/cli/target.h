/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store that a scan writes, and what leaves it: findings are sent once the new store
 * stands in its place, and none that is not sent yet is ever written over. Main thread.
 */
#pragma once

#include "base/compiler.h"
#include "cli/option.h"
#include "store/store.h"

/*
 * Before the scan: findings of the last one that are still to be sent are sent now (with
 * --send), else the scan is refused. 0 or an exit code, with the reason on stderr.
 */
MUST_USE int target_check(const struct options *o);

/* A new store that will take the place of the old one. 0 or an exit code. */
MUST_USE int target_open(const struct options *o, struct store **s);

/* Puts the finished store in its place and opens it again. On failure *s is NULL. */
MUST_USE int target_keep(const struct options *o, struct store **s);

/* --send: after target_keep(). --dry-run prints and forgets. 0 or an exit code. */
MUST_USE int target_send(struct store *s, const struct options *o);
