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

#include "rules/ruleset.h"

/* Some of a correlation's refs; at most 256 (rules/correlation.h). */
struct refset {
	uint64_t bits[4];
};

static inline bool
refset_has(const struct refset *s, uint32_t ref)
{
	return (s->bits[ref / 64] >> (ref % 64) & 1) != 0;
}

static inline void
refset_add(struct refset *s, uint32_t ref)
{
	s->bits[ref / 64] |= UINT64_C(1) << (ref % 64);
}

/* Who takes part in what: the refs that name a rule or correlation. */
struct use {
	uint32_t corr, ref;
};
struct uses {
	struct use *list; /* owned */
	size_t n;
};

/* A chain that took `taken`, the last of them `next` - 1: what may follow, and how. */
struct chain_state {
	struct refset taken;
	uint32_t next;
	bool whole; /* with nothing more, and no negated ref */
};

struct chain_move {
	uint32_t ref, from, to; /* states; from 0: a chain begins */
};

/* temporal_ordered as an automaton over its refs in their order. */
struct chain_plan {
	struct chain_state *states; /* owned */
	struct chain_move *moves;   /* owned; by ref, later states first */
	size_t n_states, n_moves;
	uint32_t *first; /* owned: of each ref, n_refs + 1 */
	bool cut;        /* too many branches: some were left out */
	bool one_ends;   /* any negated ref ends any wait */
	bool spans;      /* links may have begun before their end */
};

/* value_*: the layout of its memory. */
struct measure_plan {
	int64_t slice_ns;
	unsigned counters;  /* words of a slice behind its weight */
	uint32_t histogram; /* entries */
	size_t bytes;       /* of all */
};

struct plan {
	const struct correlation *corr; /* borrowed */
	uint64_t content;
	bool monotone;     /* counts: more can only make it true */
	bool whole;        /* monotone, and all that it names: surely true at once */
	uint32_t words;    /* event_count: of a moment */
	bool at_zero;      /* counts: holds with nothing in the window */
	uint64_t need;     /* counts: one over the largest bound */
	struct uses outer; /* who names it */
	struct chain_plan chain;
	struct measure_plan measure;
};

struct plans {
	struct plan *of;    /* owned, one per correlation */
	struct uses *rules; /* owned, one per rule */
	size_t n_corrs, n_rules;
};

/* rs is borrowed. NULL: out of memory. */
struct plans *plans_new(const struct ruleset *rs);
void plans_free(struct plans **pp);

/* Whether all bounds hold. */
bool plan_bounds(const struct correlation *co, double v);

/* The condition of a temporal*: refs in the set are true, others false. */
bool plan_holds(const struct correlation *co, const struct refset *set);

/* chain_plan.c. False: out of memory. */
bool chain_plan_make(const struct correlation *co, struct chain_plan *out);
void chain_plan_fini(struct chain_plan *p);

/* With what a state took and the negated refs seen: holds, or may still come to hold. */
bool chain_plan_holds(const struct plan *pl, uint32_t state, const struct refset *seen);
bool chain_plan_lives(const struct plan *pl, uint32_t state, const struct refset *seen);

/* content.c: of a correlation and all it names: what they do, not how they are called. */
uint64_t content_hash(const struct ruleset *rs, uint32_t corr);
