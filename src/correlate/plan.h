/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules ask of a correlator, worked out once: who takes part in what, how much
 * each window keeps, the steps of each chain, and a hash of what each correlation means,
 * so that its state is put back only where it still fits. Private to correlate/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/outcome.h"
#include "record/source.h"
#include "rules/chain_plan.h"
#include "rules/ruleset.h"

/* Who takes part in what: the refs that name a rule or correlation. */
struct use {
	uint32_t corr, ref;
	uint8_t n_fields;                 /* of the key */
	uint8_t label[CORRELATE_KEY_MAX]; /* enum label of each of them */
	bool by_labels;                   /* each has one, and no capture its name */
};
struct uses {
	struct use *list; /* owned */
	size_t n;
	bool alike; /* value_* all, of the same field, with the same key */
	bool adds;  /* alike, few, and they keep no captures */
};
#define LANE_KEYS 4 /* so few */

#define COUNTERS_MAX 4

/* value_*: the layout of its memory. */
struct measure_plan {
	int64_t slice_ns;
	unsigned counters;          /* words of a slice behind its weight */
	double below[COUNTERS_MAX]; /* percentiles: the limit of each of them */
	uint32_t histogram;         /* entries */
	size_t bytes;               /* of all */
};

struct plan {
	const struct correlation *corr; /* borrowed */
	uint64_t content;
	uint64_t name;     /* hash of its name: part of the ids of its firings */
	bool monotone;     /* counts: more can only make it true */
	bool whole;        /* monotone, and all that it names: surely true at once */
	uint8_t phase;     /* at equal times: counts, slices, deadlines */
	uint32_t words;    /* event_count: of a moment */
	bool at_zero;      /* counts: holds with nothing in the window */
	uint64_t need;     /* counts: one over the largest bound */
	struct uses outer; /* who names it */
	enum label field;  /* the label that its field names, or LABEL_COUNT */
	bool asks_all;     /* captures: all are kept, else those of these names */
	struct str *asked; /* owned */
	size_t n_asked;
	struct chain_plan chain;
	struct measure_plan measure;
};

struct plans {
	struct plan *of;    /* owned, one per correlation */
	struct uses *rules; /* owned, one per rule */
	size_t n_corrs, n_rules;
	unsigned deepest; /* of the correlations */
};

/* rs is borrowed; asked as in correlate_conf. NULL: out of memory. */
struct plans *plans_new(const struct ruleset *rs, const struct outcome_asked *asked);
void plans_free(struct plans **pp);

/* Whether all bounds hold. */
bool plan_bounds(const struct correlation *co, double v);

/*
 * A chain with what its state took and the negated refs it saw: holds, or may still come
 * to hold.
 */
bool plan_chain_holds(const struct plan *pl, uint32_t state, const struct refset *seen);
bool plan_chain_lives(const struct plan *pl, uint32_t state, const struct refset *seen);

/* content.c: of a correlation and all it names: what they do, not how they are called. */
uint64_t content_hash(const struct ruleset *rs, uint32_t corr);
