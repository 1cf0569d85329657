/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQL alone cannot bring up to date (schema.c).
 */
#pragma once

#include "base/compiler.h"

struct store;

/*
 * Entries and touches of version 5, which lie in entry_5 and touch_5, go into bodies and
 * packs: those whose row was another millisecond's move. 0 or a store error.
 */
MUST_USE int migrate_5(struct store *s);
