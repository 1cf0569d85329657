/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of what went into the live flow, in its order: a blob per commit. Putting the
 * items of all blobs through the same calls again gives the same state.
 *
 * A blob is a version byte, then items: a kind byte and what it takes. Numbers are
 * varints (signed ones zigzag), texts have their length before them, matches are those of
 * match_encode(). Rules and correlations are numbers of the ruleset that wrote it. Any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/unpack.h"
#include "record/match.h"
#include "record/outcome.h"

enum journal_kind {
	JOURNAL_CLOCK,     /* at_ns: the wall clock from here on */
	JOURNAL_MATCH,     /* arrived */
	JOURNAL_EARLY,     /* an outcome that was told before it settled */
	JOURNAL_WATERMARK, /* at_ns: what is before it was settled */
	JOURNAL_GAP,       /* from at_ns to to_ns */
	JOURNAL_BLIND,     /* rule may miss matches from at_ns on */
	JOURNAL_KINDS
};

struct journal_item {
	enum journal_kind kind;
	int64_t at_ns, to_ns;
	uint32_t rule;
	struct match match;     /* JOURNAL_MATCH; views into the blob */
	struct outcome outcome; /* JOURNAL_EARLY; the same, but for its values */
};

/* All of these append to b; an empty one gets its version first. */
void journal_add(struct buf *b, enum journal_kind kind, int64_t at_ns, int64_t to_ns,
	uint32_t rule);
void journal_add_match(struct buf *b, const struct match *m);
void journal_add_early(struct buf *b, const struct outcome *o);

struct journal_reader {
	struct unpack in;   /* borrowed */
	struct str *values; /* owned: of the last outcome */
	size_t cap_values;
};

/* False: not a blob of this version. journal_close() in any case. */
bool journal_open(struct journal_reader *r, struct str blob);
void journal_close(struct journal_reader *r);

/* 1: *out, 0: the end, -EINVAL: damaged, -ENOMEM. Valid until the next call. */
int journal_next(struct journal_reader *r, struct journal_item *out);
