/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value_percentile, value_sum, value_avg: a window is 60 whole slices, judged at the end of
 * each slice in which something came, and while it is true at each slice's end. A
 * percentile is nearest rank, and asks only how many values lie below the bound.
 */
#include <math.h>

#include "base/time.h"
#include "correlate/engine.h"

static int64_t
slice_ns(const struct correlation *co)
{
	return co->timespan_ns >= SLICES ? co->timespan_ns / SLICES : 1;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static struct slice *
slice_of(struct key *k, int64_t number)
{
	struct slice *s = &k->slices[((number % (SLICES + 1)) + SLICES + 1) % (SLICES + 1)];

	if (s->number != number)
		*s = (struct slice){ .number = number };
	return s;
}

static bool
below(const struct bound *b, double v)
{
	return b->op == BOUND_GT || b->op == BOUND_LTE ? v <= b->limit : v < b->limit;
}

struct sums {
	uint64_t n, below;
	double sum;
	int64_t first, last;	/* slices */
};

/* The 60 slices before slice `end`. */
static struct sums
add_up(const struct key *k, int64_t end)
{
	struct sums s = { .first = INT64_MAX, .last = INT64_MIN };

	for (size_t i = 0; i <= SLICES; i++) {
		const struct slice *sl = &k->slices[i];

		if (sl->n == 0 || sl->number >= end || sl->number < end - SLICES)
			continue;
		s.n += sl->n;
		s.below += sl->below;
		s.sum += (double)sl->sum / 1000;
		s.first = sl->number < s.first ? sl->number : s.first;
		s.last = sl->number > s.last ? sl->number : s.last;
	}
	return s;
}

static bool
holds(const struct correlation *co, const struct sums *s, double *value)
{
	*value = 0;
	if (s->n == 0 || s->n < co->min_samples)
		return false;
	if (co->type != CORR_VALUE_PERCENTILE) {
		*value = co->type == CORR_VALUE_SUM ? s->sum : s->sum / (double)s->n;
		return fire_bounds(co, *value);
	}
	*value = co->bounds[0].limit;
	{
		uint64_t rank = (uint64_t)ceil(co->percentile / 100 * (double)s->n);
		bool under = s->below >= (rank ? rank : 1);

		return co->bounds[0].op == BOUND_LT || co->bounds[0].op == BOUND_LTE ? under
										       : !under;
	}
}

static void
arm(struct correlator *c, struct key *k, int64_t slice)
{
	int64_t at_ns = (slice + 1) * slice_ns(&c->rs->corrs[k->corr]);

	if (k->judge_ns != TIME_NONE && k->judge_ns <= at_ns)
		return;
	if (agenda_add(c, k, at_ns, PHASE_SLICE))
		k->judge_ns = at_ns;
}

void
measure_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct str text;
	struct slice *s;
	double v;
	int64_t number = floor_div(l->m->at_ns, slice_ns(co));

	if (!match_field(l->m, co->field, &text) || !str_to_double(text, &v)) {
		c->counts.no_number++;
		return;
	}
	s = slice_of(k, number);
	s->n += l->m->weight;
	if (below(&co->bounds[0], v))
		s->below += l->m->weight;
	if (fabs(v) < 9e15)
		s->sum += llround(v * 1000) * (int64_t)l->m->weight;
	if (!k->firing)
		k->deciding = l->id;
	arm(c, k, number);
}

void
measure_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t len = slice_ns(co), end = floor_div(t->at_ns, len);
	struct sums s = add_up(k, end);
	double value;
	bool now = holds(co, &s, &value);
	struct fire f = { t->at_ns, t->at_ns, t->at_ns, s.n, value };

	if (k->judge_ns != t->at_ns)
		return;
	k->judge_ns = TIME_NONE;
	if (s.n > 0) {
		f.first_ns = s.first * len;
		f.last_ns = s.last * len + len - 1;
	}
	if (now && !k->firing)
		fire_on(c, k, &f);
	else if (!now && k->firing)
		fire_off(c, k, t->at_ns);
	if (s.n > 0)
		arm(c, k, end);
	else if (k->timers == 0)
		key_drop(c, k);
}
