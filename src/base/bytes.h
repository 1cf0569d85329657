/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector code over plain bytes: AVX2 where the processor has it (asked once per call),
 * else SSE2, else portable C. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often c is among the n bytes at p; *has is set when mark is, too, else left. */
uint64_t bytes_count(const char *p, size_t n, char c, char mark, bool *has);

/* Masks of 64 bytes: bit i is set where byte i is the one that is asked for. */
struct bytes_masks {
	uint64_t lf, backslash, n, quote;
};
typedef void bytes_masks_fn(const char *p, struct bytes_masks *out);

/* The best function for this processor. It reads 64 bytes. */
bytes_masks_fn *bytes_masks_best(void);
