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
