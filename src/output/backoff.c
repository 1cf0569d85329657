/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The curve of Datadog's own Agent: doubling with jitter, so that many senders that lost
 * the same server do not come back at once.
 */
#include "output/backoff.h"

#include "base/time.h"

#define SPAN_FIRST TIME_S
#define SPAN_MAX   TIME_MIN

int64_t
backoff_wait(unsigned tries, uint64_t noise, int64_t asked_ns)
{
	int64_t span = tries < 6 ? SPAN_FIRST << tries : SPAN_MAX;
	int64_t wait = span + (int64_t)(noise % (uint64_t)span);

	return asked_ns > wait ? asked_ns : wait;
}
