/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things are when no option says so: the shipped rules, the last scan's store; and
 * how their absence is told. Main thread.
 */
#pragma once

#include "base/buf.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "cli/option.h"
#include "rules/ruleset.h"
#include "store/store.h"

/* The rules of -r, else $GUMSHOE_RULES, else the installed ones. 0 or an exit code. */
MUST_USE int place_rules(const struct options *o, struct ruleset **rs);

/* --store, else $XDG_STATE_HOME/gumshoe/last.db. Makes its folder. False: cannot. */
bool place_store_path(const struct options *o, struct buf *path, bool make);

/*
 * The key of placeholders, $XDG_STATE_HOME/gumshoe/redact.key, made when there is none.
 * Where it cannot be had, one for this run alone.
 */
struct hash_key place_redact_key(void);

/* The store for reading. 0 or an exit code, with the reason on stderr. */
MUST_USE int place_store(const struct options *o, struct store **s);

/* An error of the store or of input as an exit code; place_fail() says it on stderr. */
int place_status(int err);
int place_fail(const char *what_z, int err);
