/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the inputs cannot vouch for: disjoint spans in order. Those that overlap or touch
 * are one; when there are too many, the two with the least between them become one, which
 * is counted: an absence in between is then unknown although it could be judged.
 */
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

static void
remove_at(struct correlator *c, size_t i)
{
	c->n_gaps--;
	memmove(&c->gaps[i], &c->gaps[i + 1], (c->n_gaps - i) * sizeof(c->gaps[0]));
}

/* No absence that is still to be judged began before this. */
static int64_t
oldest_start(const struct correlator *c)
{
	int64_t span_ns = 0;

	for (size_t i = 0; i < c->rs->n_corrs; i++)
		if (c->rs->corrs[i].timespan_ns > span_ns)
			span_ns = c->rs->corrs[i].timespan_ns;
	return c->now_ns == TIME_NONE ? TIME_NONE : time_add(c->now_ns, -span_ns);
}

static void
forget_old(struct correlator *c)
{
	int64_t from_ns = oldest_start(c);

	while (c->n_gaps > 0 && c->gaps[0].to_ns < from_ns)
		remove_at(c, 0);
}

static void
widen(struct correlator *c)
{
	uint64_t least = UINT64_MAX;
	size_t at = 0;

	for (size_t i = 0; i + 1 < c->n_gaps; i++) {
		uint64_t between =
			(uint64_t)c->gaps[i + 1].from_ns - (uint64_t)c->gaps[i].to_ns;

		if (between < least) {
			least = between;
			at = i;
		}
	}
	c->gaps[at].to_ns = c->gaps[at + 1].to_ns;
	remove_at(c, at + 1);
	c->counts.gaps_widened++;
}

void
correlator_gap(struct correlator *c, int64_t from_ns, int64_t to_ns)
{
	size_t i = 0;

	if (to_ns < from_ns)
		return;
	forget_old(c);
	while (i < c->n_gaps && c->gaps[i].to_ns < from_ns &&
		c->gaps[i].to_ns + 1 < from_ns)
		i++;
	while (i < c->n_gaps &&
		(c->gaps[i].from_ns <= to_ns || c->gaps[i].from_ns - 1 <= to_ns)) {
		from_ns = c->gaps[i].from_ns < from_ns ? c->gaps[i].from_ns : from_ns;
		to_ns = c->gaps[i].to_ns > to_ns ? c->gaps[i].to_ns : to_ns;
		remove_at(c, i);
	}
	memmove(&c->gaps[i + 1], &c->gaps[i], (c->n_gaps - i) * sizeof(c->gaps[0]));
	c->gaps[i] = (struct gap){ from_ns, to_ns };
	if (++c->n_gaps > GAPS_MAX)
		widen(c);
	c->own_changed = true;
}

bool
gap_meets(const struct correlator *c, uint32_t corr, int64_t from_ns, int64_t to_ns)
{
	if (c->blind_ns[corr] <= to_ns)
		return true;
	for (size_t i = 0; i < c->n_gaps; i++)
		if (c->gaps[i].from_ns <= to_ns && c->gaps[i].to_ns >= from_ns)
			return true;
	return false;
}

/* Correlations of correlations: cycles are refused at load. */
void
correlator_blind(struct correlator *c, uint32_t rule, int64_t from_ns)
{
	const struct uses *u = (rule & CORRELATION_BIT) != 0
				       ? &c->plans->of[rule & ~CORRELATION_BIT].outer
				       : &c->plans->rules[rule];

	for (size_t i = 0; i < u->n; i++) {
		uint32_t corr = u->list[i].corr;

		if (from_ns < c->blind_ns[corr] &&
			c->rs->corrs[corr].refs[u->list[i].ref].negated) {
			c->blind_ns[corr] = from_ns;
			c->own_changed = true;
		}
		correlator_blind(c, corr | CORRELATION_BIT, from_ns);
	}
}
