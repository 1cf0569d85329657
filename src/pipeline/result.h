/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch finds: the settled flow into a store that takes the place of the last one.
 * One thread at a time.
 */
#pragma once

#include "base/compiler.h"
#include "pipeline/batch_state.h"
#include "record/match.h"
#include "record/value_rows.h"
#include "store/store.h"

struct result;

/* Opens the store and holds its lock. 0, -ENOMEM or the store's error. */
MUST_USE int result_new(const struct batch *b, struct result **out);

/* The store, finished by result_end() or not; the caller closes it. NULL: *pr was. */
struct store *result_free(struct result **pr);

/* What was not read is told before the first match: nothing is absent there. */
void result_gaps(struct result *r, const struct batch *b);

/* The matches in their order. 0 or an error of the store. */
MUST_USE int result_match(struct result *r, const struct match *m);

/* As settle_rows(), after result_match() of like. */
MUST_USE int result_rows(
	struct result *r, const struct match *like, struct value_rows *v, size_t *taken);

/* All of b is read and its matches are in r: makes the store whole. 0 or its error. */
MUST_USE int result_end(struct result *r, struct batch *b);
