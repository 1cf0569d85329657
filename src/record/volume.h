/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a container wrote: lines and bytes of its log in slices of event time. Sums of
 * parts of a slice come from decode/ and travel as matches of no rule, sorted and
 * journalled like all others, to engine/volume.h, which adds them up. Pure functions;
 * any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "record/match.h"
#include "record/source.h"

#define VOLUME_SLICE_NS (10 * TIME_S)

/* What some lines of a source add to a slice. */
struct volume_sum {
	const struct source *source;
	int64_t slice; /* volume_slice() of their times */
	uint64_t lines, bytes;
};

/* The number of the slice that a time is in: it begins at this times VOLUME_SLICE_NS. */
int64_t volume_slice(int64_t at_ns);

/* When a slice is over. */
int64_t volume_end(int64_t slice);

/*
 * The sum as a match that flows (its views are the source's), at the slice's last ns. Its
 * source_id is the writer's.
 */
void volume_to_match(const struct volume_sum *s, struct match *out);

/* Whether m is such a sum and no match of a rule; its lines, bytes and slice. */
bool volume_is_sum(const struct match *m);
uint64_t volume_lines(const struct match *m);
uint64_t volume_bytes(const struct match *m);
