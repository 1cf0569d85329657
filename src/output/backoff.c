/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The curve of Datadog's own Agent: doubling with jitter, so that many senders that lost
 * the same server do not come back at once.
 */
#include "output/backoff.h"

#include "base/time.h"

#define SPAN_FIRST TIME_S
#define SPAN_MAX   TIME_MIN
#define PROBE_MAX  (5 * TIME_MIN)

static int64_t
curve(unsigned tries, uint64_t noise, int64_t asked_ns, int64_t max_ns)
{
	int64_t span = tries < 16 ? SPAN_FIRST << tries : max_ns;
	int64_t wait;

	if (span > max_ns)
		span = max_ns;
	wait = span + (int64_t)(noise % (uint64_t)span);
	return asked_ns > wait ? asked_ns : wait;
}

int64_t
backoff_wait(unsigned tries, uint64_t noise, int64_t asked_ns)
{
	return curve(tries, noise, asked_ns, SPAN_MAX);
}

int64_t
backoff_probe(unsigned tries, uint64_t noise, int64_t asked_ns)
{
	return curve(tries, noise, asked_ns, PROBE_MAX);
}
