/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a match leaves behind for its entities: its timeline entry, the orders and pods it
 * touches, and the states that `marks` set. All: 0 or a store error.
 */
#pragma once

#include "base/compiler.h"
#include "incident/plan.h"
#include "incident/tally.h"
#include "record/match.h"
#include "record/outcome.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "store/store.h"

struct ledger {
	const struct ruleset *rules;        /* borrowed */
	const struct source_table *sources; /* borrowed, may be NULL */
	struct store *store;                /* borrowed */
	const struct plan_touches *touches; /* borrowed, may be NULL */
	struct tally *tally;                /* borrowed, may be NULL */
};

MUST_USE int ledger_entry(const struct ledger *l, const struct match *m);
MUST_USE int ledger_marks(const struct ledger *l, const struct match *m);

/* A fired correlation's marks; an unknown one sets the state "unknown". */
MUST_USE int ledger_fired(const struct ledger *l, const struct outcome *o);
