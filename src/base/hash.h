/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012), 64-bit result. With the all-zero key for
 * ids that must be the same in every run; with hash_seed() for tables that hostile input
 * fills. Any thread.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t hash_bytes(struct hash_key key, struct str s);

/* The same in every run and on every machine: for record and incident ids. */
uint64_t hash_stable(struct str s);

/* Folds another value into a stable hash. */
uint64_t hash_mix(uint64_t h, uint64_t v);

/* Every bit of v shows in every bit (the finish of splitmix64). */
static inline uint64_t
hash_spread(uint64_t v)
{
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

/* As hash_mix(), in few steps: of a place in what has been hashed. */
static inline uint64_t
hash_place(uint64_t h, uint64_t at)
{
	return hash_spread(h ^ hash_spread(at + UINT64_C(0x9e3779b97f4a7c15)));
}

/* A random key, drawn once per process. */
struct hash_key hash_seed(void);
