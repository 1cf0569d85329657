/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much each container writes, as records for rules: sums of parts of slices come in
 * the order of their times, and when a slice is over there is one record of it per
 * container, also of those that were silent (for an hour after their last line). Batch
 * and live flow use it alike, right before the settled flow. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"
#include "record/match.h"
#include "record/record.h"
#include "rules/ruleset.h"

/* Whether any rule asks; if none does, nothing needs be counted. */
bool volume_wanted(const struct ruleset *rs);

/* Numbers of a slice, tenths where said. */
struct volume_facts {
	uint64_t lines, bytes;
	uint64_t silent_for; /* s, this slice included; 0: there are lines */
	bool known;          /* what was before */
	uint64_t lines_before, bytes_before; /* means, tenths */
	uint64_t slices_before;              /* of these, not silent */
};

/* The fields and the message of a record of category VOLUME. Texts are in a. */
void volume_fill(struct record *r, const struct volume_facts *f, struct arena *a);

struct volume;

/* rs is borrowed. More containers at a time than max_writers (0: 200,000) have no
 * records. NULL: out of memory. */
struct volume *volume_new(const struct ruleset *rs, size_t max_writers);
void volume_free(struct volume **pv);

/* Matches outside of [since_ns, until_ns] are left out (TIME_NONE: open). */
void volume_set_range(struct volume *v, int64_t since_ns, int64_t until_ns);

/* A sum (record/volume.h), when volume_next() has given all up to it. False: no memory.
 */
MUST_USE bool volume_add(struct volume *v, const struct match *sum);

/* Sums of containers that found no room. */
uint64_t volume_full(const struct volume *v);

/*
 * The next match of a record of a slice that was over by then, in their order; NULL:
 * none. No sum of a time before then may come later. Valid until the next call.
 */
const struct match *volume_next(struct volume *v, int64_t then_ns);

/*
 * State that can be kept: what changed since the last call, part by part; bytes empty:
 * that part is gone. Views are valid until the next call. False: no more.
 */
struct volume_saved {
	uint64_t id;
	struct str bytes;
};
bool volume_changed(struct volume *v, struct volume_saved *out);

/* Into a new one: 0, 1 (no rule asks any more), -EINVAL or -ENOMEM. */
MUST_USE int volume_restore(struct volume *v, uint64_t id, struct str bytes);
