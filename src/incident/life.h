/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one incident that has settled: open, extend, fold, resolve, forget. The
 * only place that changes its state (that of a promise: promise.h). All: 0 or a store
 * error.
 */
#pragma once

#include "incident/state.h"

/* Opens, or makes a candidate, for the key in i->scratch. */
MUST_USE int life_open(
	struct incidents *i, const struct plan_opener *o, const struct outcome *out);

/* A candidate, whose hold has passed, becomes an incident. */
MUST_USE int life_begin(struct incidents *i, struct incident *x);

/* The condition is true again while x lives. */
MUST_USE int life_again(
	struct incidents *i, struct incident *x, const struct outcome *out);

/* A match of its rules with its key. value: what value_count counts, or empty. */
MUST_USE int life_extend(
	struct incidents *i, struct incident *x, const struct match *m, struct str value);

MUST_USE int life_resolve(struct incidents *i, struct incident *x, int64_t at_ns);

/* The condition is false again. */
void life_clear(struct incidents *i, struct incident *x);

/* Something that supersedes x covers [first_ns, ...) of its key. */
bool life_covered(const struct incidents *i, const struct incident *x, int64_t first_ns);

/* Ends a superseded or waiting one: out of the table without another word. */
void life_drop(struct incidents *i, struct incident *x);

/* x, put back after a restart with all it knows, is in no table and heap yet. */
MUST_USE int life_adopt(struct incidents *i, struct incident *x, bool listed_dirty);

/* When something happens to x by itself (INT64_MAX: never), and its timer for that. */
int64_t life_due(const struct incidents *i, const struct incident *x);
MUST_USE int life_arm(struct incidents *i, struct incident *x);

void life_free_all(struct incidents *i);
