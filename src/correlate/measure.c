/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value_percentile, value_sum, value_avg: a window is 60 whole slices, judged at the end
 * of each slice in which something came, and while it is true at each slice's end. A
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
	struct slice *s =
		&k->slices[((number % (SLICES + 1)) + SLICES + 1) % (SLICES + 1)];

	if (s->number != number)
		*s = (struct slice){ .number = number };
	return s;
}

/* Lies below what the bound asks the percentile to reach. */
static bool
below(const struct bound *b, double v)
{
	return b->op == BOUND_GT || b->op == BOUND_LTE ? v <= b->limit : v < b->limit;
}

struct sums {
	uint64_t n, below[2];
	double sum;
	int64_t first, last; /* slices */
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
		s.below[0] += sl->below[0];
		s.below[1] += sl->below[1];
		s.sum += (double)sl->sum / 1000;
		s.first = sl->number < s.first ? sl->number : s.first;
		s.last = sl->number > s.last ? sl->number : s.last;
	}
	return s;
}

static bool
percentile_holds(const struct correlation *co, const struct sums *s)
{
	/* 99.9 % of 1000 is the 999th, whatever the last bit says. */
	double rank = fmax(1, ceil(co->percentile / 100 * (double)s->n - 1e-9));

	for (size_t i = 0; i < co->n_bounds && i < 2; i++) {
		bool under = (double)s->below[i] >= rank;
		bool wants =
			co->bounds[i].op == BOUND_LT || co->bounds[i].op == BOUND_LTE;

		if (under != wants)
			return false;
	}
	return true;
}

static bool
holds(const struct correlation *co, const struct sums *s, double *value)
{
	*value = 0;
	if (s->n == 0 || s->n < co->min_samples)
		return false;
	if (co->type == CORR_VALUE_PERCENTILE) {
		*value = co->bounds[0].limit;
		return percentile_holds(co, s);
	}
	*value = co->type == CORR_VALUE_SUM ? s->sum : s->sum / (double)s->n;
	return fire_bounds(co, *value);
}

/* At the end of the slice, unless an earlier end is waited for. */
static void
arm(struct correlator *c, struct key *k, int64_t slice)
{
	if (k->judge.pos == 0)
		agenda_set(c, &k->judge, (slice + 1) * slice_ns(&c->rs->corrs[k->corr]),
			PHASE_SLICE);
}

/* A sum beyond what a slice holds stays at the most it holds. */
static void
add(int64_t *sum, double v, uint32_t weight)
{
	int64_t part = llround(v * 1000), out;

	if (__builtin_mul_overflow(part, (int64_t)weight, &part))
		part = v < 0 ? INT64_MIN : INT64_MAX;
	if (__builtin_add_overflow(*sum, part, &out))
		out = part < 0 ? INT64_MIN : INT64_MAX;
	*sum = out;
}

void
measure_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	struct str text;
	struct slice *s;
	double v;
	int64_t number = floor_div(l->m->at_ns, slice_ns(co));

	if (!match_field(l->m, co->field, &text) || !str_to_double(text, &v) ||
		!(fabs(v) < 9e15)) {
		c->counts.no_number++;
		if (k->judge.pos == 0 && !k->firing)
			key_drop(c, k);
		return;
	}
	s = slice_of(k, number);
	s->n += l->m->weight;
	for (size_t i = 0; i < co->n_bounds && i < 2; i++)
		s->below[i] += below(&co->bounds[i], v) ? l->m->weight : 0;
	add(&s->sum, v, l->m->weight);
	key_note(c, k, l);
	arm(c, k, number);
}

void
measure_timer(struct correlator *c, struct key *k, const struct timer *t)
{
	const struct correlation *co = &c->rs->corrs[k->corr];
	int64_t at_ns = t->at_ns, len = slice_ns(co), end = floor_div(at_ns, len);
	struct sums s = add_up(k, end);
	double value;
	bool now = holds(co, &s, &value);
	struct fire f = { at_ns, at_ns, at_ns, at_ns, s.n, value };

	if (s.n > 0) {
		f.first_ns = f.set_ns = s.first * len;
		f.last_ns = s.last * len + len - 1;
	}
	if (now && !k->firing)
		fire_on(c, k, &f);
	else if (!now && k->firing)
		fire_off(c, k, at_ns);
	if (s.n > 0 || slice_of(k, end)->n > 0)
		arm(c, k, end);
	else
		key_drop(c, k);
}
