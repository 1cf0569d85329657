/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition of a temporal_ordered, worked out once: in which order its refs may come,
 * and when enough of them have. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/ruleset.h"

#define CHAIN_STATES_MAX 4096

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

/* The condition of a temporal*: refs in the set are true, others false. */
bool refset_meets(const struct refset *set, const struct correlation *co);

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
	bool cut;        /* it has over CHAIN_STATES_MAX states: of no use */
	bool one_ends;   /* any negated ref ends any wait */
	bool spans;      /* links may have begun before their end */
};

/* False: out of memory. */
bool chain_plan_make(const struct correlation *co, struct chain_plan *out);
void chain_plan_fini(struct chain_plan *p);
