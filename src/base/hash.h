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

/* Of n numbers, as of their bytes in little-endian order: stable, too. */
uint64_t hash_numbers(const uint64_t *v, size_t n);

/* Folds another value into a stable hash. */
uint64_t hash_mix(uint64_t h, uint64_t v);

/* A random key, drawn once per process. */
struct hash_key hash_seed(void);
