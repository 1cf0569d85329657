/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector code over plain bytes: AVX2 where the processor has it (asked once per call),
 * else SSE2, else portable C. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Offsets of c from *from on in the n bytes at p, ascending: at most cap (64 and more)
 * of them into at. How many; 0: there is none. *from is then where to go on.
 */
size_t bytes_places(
	const char *p, size_t n, char c, size_t *from, size_t *at, size_t cap);

/* How often c is among the n bytes at p; *has is set when mark is, too, else left. */
uint64_t bytes_count(const char *p, size_t n, char c, char mark, bool *has);
