/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the live flow as rows of the store: windows, incidents, volumes, and where
 * the journal goes on. Only what changed is written. One thread: the engine's.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "correlate/correlator.h"
#include "engine/volume.h"
#include "incident/incident.h"
#include "record/match.h"
#include "rules/ruleset.h"
#include "store/store.h"

/* Parts of the store's table. */
enum checkpoint_part {
	PART_HEAD = 1,
	PART_NAMES, /* of the rules and correlations that the journal's numbers mean */
	PART_WINDOWS,
	PART_INCIDENTS,
	PART_VOLUMES,
	PART_PAST = 100, /* of recall.h: what was seen of objects */
	PART_WORKLOADS
};

/* What is neither a window nor an incident. */
struct checkpoint_head {
	int64_t seq;        /* the last blob of the journal that is in here, 0: none */
	int64_t settled_ns; /* the watermark; TIME_NONE: none yet */
	struct match last;  /* settled last, as far as match_cmp() looks */
};

/* Whose state it is. All borrowed. */
struct checkpoint_parts {
	struct correlator *correlator;
	struct incidents *incidents;
	struct volume *volume;
};

/* In the open transaction. 0 or a store error, as all of these. */
MUST_USE int checkpoint_save(struct store *s, const struct checkpoint_parts *p,
	const struct checkpoint_head *head);

/* After an end that may be none: what began in it. */
MUST_USE int checkpoint_ended(struct store *s, struct incidents *i);

struct checkpoint_counts {
	uint64_t rows, refused /* of rules that changed */, damaged;
};

/* Into new parts. *head is zero without a checkpoint. */
MUST_USE int checkpoint_restore(struct store *s, const struct checkpoint_parts *p,
	struct checkpoint_head *head, struct checkpoint_counts *counts);

/*
 * The numbers of rules and correlations change with the rule files: these give for each
 * number of the journal the one of rs, or UINT32_MAX. Owned by the caller; freed by
 * checkpoint_names_free(). changed: some number is not what it was.
 */
struct checkpoint_names {
	uint32_t *rules, *corrs;
	size_t n_rules, n_corrs;
	bool known, changed;
};
MUST_USE int checkpoint_names_load(
	struct store *s, const struct ruleset *rs, struct checkpoint_names *out);
void checkpoint_names_free(struct checkpoint_names *n);
MUST_USE int checkpoint_names_save(struct store *s, const struct ruleset *rs);
