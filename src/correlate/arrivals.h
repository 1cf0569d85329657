/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of an early key: its contributors that are not settled, in their order, and the spans
 * in which it was told that it holds. Private to correlate/. One thread.
 */
#pragma once

#include "correlate/engine.h"

static inline struct arrival *
arrival_at(const struct early *e, uint32_t i)
{
	return &e->list[e->head + i];
}

/* Whether both are one record. */
bool arrival_is_same(const struct arrival *a, const struct arrival *b);

/* Its place, or UINT32_MAX: it is there already, with no earlier start, or no room. */
uint32_t arrivals_insert(struct correlator *c, struct key *k, struct arrival *in);

/* What is settled goes: it is looked up where that is. */
void arrivals_prune(struct correlator *c, struct key *k);

/* All of a key that goes; the value of a contributor. */
void arrivals_free(struct correlator *c, struct key *k);
void arrivals_free_text(struct correlator *c, struct arrival *x);

/* Whether the span touches one told before, which it is a part of then. */
bool arrivals_told(struct early *e, int64_t from_ns, int64_t to_ns);

/* It is told now. */
void arrivals_tell(struct correlator *c, struct early *e, int64_t from_ns, int64_t to_ns);
