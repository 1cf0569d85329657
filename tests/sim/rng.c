/* SPDX-License-Identifier: Apache-2.0 */
#include "rng.h"

struct rng
rng_make(uint64_t seed, const char *label)
{
	struct rng r = { seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u };

	while (*label != '\0')
		r.state = (r.state ^ (unsigned char)*label++) * 0x100000001b3u;
	(void)rng_next(&r);
	return r;
}

/* splitmix64: one addition and a good mixer. */
uint64_t
rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

int64_t
rng_range(struct rng *r, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(rng_next(r) % (uint64_t)(hi - lo + 1));
}

double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

bool
rng_once_in(struct rng *r, uint32_t n)
{
	return rng_below(r, n) == 0;
}
