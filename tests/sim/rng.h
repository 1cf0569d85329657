/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that look random and depend on nothing but the seed. One stream per concern, so
 * that more background traffic does not move the incidents. Single thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* A stream of its own for (seed, label). */
struct rng rng_make(uint64_t seed, const char *label);

uint64_t rng_next(struct rng *r);

/* 0 … n - 1; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

/* lo … hi, both included. */
int64_t rng_range(struct rng *r, int64_t lo, int64_t hi);

/* 0 ≤ x < 1. */
double rng_unit(struct rng *r);

/* True once in n. */
bool rng_once_in(struct rng *r, uint32_t n);
