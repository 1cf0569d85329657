/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value_percentile, value_sum, value_avg: a window is 60 whole slices, judged at the end
 * of each slice in which something came, and while it is true at each slice's end. A
 * percentile is nearest rank: the weights below and up to a bound tell on which side of
 * it the percentile lies. What is shown of it comes from the histogram.
 */
#include "correlate/measure.h"

#include <math.h>

#include "base/compiler.h"
#include "correlate/engine.h"

static bool
asks_below(enum bound_op op)
{
	return op != BOUND_GT && op != BOUND_LTE;
}

static bool
asks_up_to(enum bound_op op)
{
	return op != BOUND_GTE && op != BOUND_LT;
}

/* Up to a limit is below the next number. */
static void
plan_counters(const struct correlation *co, struct measure_plan *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < co->n_bounds; i++) {
		const struct bound *b = &co->bounds[i];

		if (asks_below(b->op))
			out->below[n++] = b->limit;
		if (asks_up_to(b->op))
			out->below[n++] = nextafter(b->limit, INFINITY);
	}
	out->counters = n;
}

void
measure_plan_make(const struct correlation *co, struct measure_plan *out)
{
	size_t used;

	out->slice_ns = co->timespan_ns >= SLICES ? co->timespan_ns / SLICES : 1;
	out->counters = 1;
	if (co->type == CORR_VALUE_PERCENTILE)
		plan_counters(co, out);
	used = sizeof(struct measure) +
	       (size_t)(SLICES + 1) * (1 + out->counters) * sizeof(uint64_t);
	if (co->type == CORR_VALUE_PERCENTILE)
		out->histogram = (uint32_t)((MEASURE_BYTES - used) / sizeof(uint64_t));
	out->bytes = used + out->histogram * sizeof(uint64_t);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static uint64_t *
slice_at(const struct measure_plan *mp, struct measure *m, int64_t number)
{
	return &m->words[(size_t)measure_at(number) * (1 + mp->counters)];
}

/* A later slice becomes the newest; those stepped over are empty. */
static void
roll(const struct measure_plan *mp, struct measure *m, int64_t number)
{
	int64_t from = m->any ? m->newest + 1 : number;

	if ((uint64_t)number - (uint64_t)from > SLICES)
		from = number - SLICES;
	for (; from <= number; from++) {
		uint64_t *s = slice_at(mp, m, from);

		for (unsigned i = 0; i <= mp->counters; i++)
			s[i] = 0;
	}
	histogram_roll(mp, m, number);
	m->any = true;
}

/* Sums stay at the most that a word holds. */
static uint64_t
sum_add(uint64_t a, uint64_t b)
{
	int64_t out;

	if (__builtin_add_overflow((int64_t)a, (int64_t)b, &out))
		out = (int64_t)b < 0 ? INT64_MIN : INT64_MAX;
	return (uint64_t)out;
}

static uint64_t
thousandths(double v, uint32_t weight)
{
	int64_t out = v > 9e15 ? INT64_MAX : v < -9e15 ? INT64_MIN : llround(v * 1000);

	if (__builtin_mul_overflow(out, (int64_t)weight, &out))
		out = v < 0 ? INT64_MIN : INT64_MAX;
	return (uint64_t)out;
}

/* Into a slice. */
static void
add_up_to_bounds(
	const struct measure_plan *mp, uint64_t *slice, const struct sample *s, size_t n)
{
	for (unsigned c = 0; c < mp->counters; c++)
		for (size_t i = 0; i < n; i++)
			if (s[i].number < mp->below[c])
				slice[1 + c] = weight_add(slice[1 + c], s[i].weight);
}

static void
put(const struct correlation *co, const struct measure_plan *mp, struct measure *m,
	const struct sample *s, size_t n)
{
	uint64_t *slice = &m->words[(size_t)m->at * (1 + mp->counters)];

	for (size_t i = 0; i < n; i++)
		slice[0] = weight_add(slice[0], s[i].weight);
	if (co->type == CORR_VALUE_PERCENTILE) {
		add_up_to_bounds(mp, slice, s, n);
		histogram_add(mp, m, co->percentile, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		slice[1] = sum_add(slice[1], thousandths(s[i].number, s[i].weight));
}

struct sums {
	uint64_t word[5]; /* weight, then as in a slice */
	int64_t first, last;
};

/* The 60 slices before slice `end`. */
static struct sums
add_up(const struct correlation *co, const struct measure_plan *mp, struct measure *m,
	int64_t end)
{
	struct sums s = { .first = INT64_MAX, .last = INT64_MIN };
	int64_t from = (end > m->newest ? end : m->newest) - SLICES;
	int64_t to = end <= m->newest ? end - 1 : m->newest;
	const uint64_t *last = slice_at(mp, m, SLICES), *next = slice_at(mp, m, from);

	for (int64_t n = from; n <= to; n++) {
		const uint64_t *sl = next;

		next = sl == last ? m->words : sl + 1 + mp->counters;
		if (sl[0] == 0)
			continue;
		s.word[0] = weight_add(s.word[0], sl[0]);
		for (unsigned i = 1; i <= mp->counters; i++)
			s.word[i] = co->type == CORR_VALUE_PERCENTILE
					    ? weight_add(s.word[i], sl[i])
					    : sum_add(s.word[i], sl[i]);
		s.first = n < s.first ? n : s.first;
		s.last = n;
	}
	return s;
}

static bool
bound_holds(enum bound_op op, double below, double up_to, double rank)
{
	switch (op) {
	case BOUND_GT:
		return up_to < rank;
	case BOUND_GTE:
		return below < rank;
	case BOUND_LT:
		return below >= rank;
	case BOUND_LTE:
		return up_to >= rank;
	case BOUND_EQ:
		return below < rank && up_to >= rank;
	case BOUND_NEQ:
		break;
	}
	return !(below < rank && up_to >= rank);
}

static bool
percentile_holds(const struct correlation *co, const struct sums *s)
{
	/* 99.9 % of 1000 is the 999th, whatever the last bit says. */
	double rank = fmax(1, ceil(co->percentile / 100 * (double)s->word[0] - 1e-9));
	unsigned n = 1;

	for (size_t i = 0; i < co->n_bounds; i++) {
		enum bound_op op = co->bounds[i].op;
		double below = 0, up_to = 0;

		if (asks_below(op))
			below = (double)s->word[n++];
		if (asks_up_to(op))
			up_to = (double)s->word[n++];
		if (!bound_holds(op, below, up_to, rank))
			return false;
	}
	return true;
}

/* What is shown lies where the exact counts say that it lies. */
static double
to_bounds(const struct correlation *co, double v)
{
	for (size_t i = 0; i < co->n_bounds; i++) {
		const struct bound *b = &co->bounds[i];
		bool from = b->op == BOUND_GT || b->op == BOUND_GTE;
		bool to = b->op == BOUND_LT || b->op == BOUND_LTE;

		if (b->op == BOUND_EQ || (from && v < b->limit) || (to && v > b->limit))
			v = b->limit;
	}
	return v;
}

static bool
holds(const struct correlation *co, const struct sums *s, double *value)
{
	*value = 0;
	if (s->word[0] == 0 || s->word[0] < co->min_samples)
		return false;
	if (co->type == CORR_VALUE_PERCENTILE)
		return percentile_holds(co, s);
	*value = (double)(int64_t)s->word[1] / 1000;
	if (co->type == CORR_VALUE_AVG)
		*value /= (double)s->word[0];
	return plan_bounds(co, *value);
}

/* At the end of the slice. */
static void
arm(const struct measure_plan *mp, struct key *k, int64_t slice)
{
	int64_t end_ns;

	if (__builtin_mul_overflow(slice + 1, mp->slice_ns, &end_ns))
		end_ns = NEVER;
	k->judge_ns = end_ns;
}

bool
measure_read(struct str text, uint32_t weight, struct sample *out)
{
	if (!str_to_double(text, &out->number) || !(fabs(out->number) < 9e15))
		return false;
	out->bucket = histogram_bucket(out->number);
	out->weight = weight;
	return true;
}

bool
measure_sample(const struct plan *pl, const struct match *m, struct sample *out)
{
	struct str text;

	return match_field_or(m, pl->corr->field, pl->field, &text) &&
	       measure_read(text, m->weight, out);
}

bool
measure_number(struct correlator *c, const struct plan *pl, const struct link *l)
{
	struct noted *n = &c->noted;
	struct str text;

	if (!match_field_or(l->m, pl->corr->field, pl->field, &text))
		return false;
	if (n->number_of == l->serial && n->text.ptr == text.ptr &&
		n->text.len == text.len)
		return true;
	n->number_of = measure_read(text, l->m->weight, &n->sample) ? l->serial : 0;
	n->text = text;
	return n->number_of != 0;
}

void
measure_add(struct correlator *c, struct key *k, const struct sample *s, size_t n)
{
	const struct plan *pl = key_plan(c, k);

	put(pl->corr, &pl->measure, k->measure, s, n);
}

/* The slice of a time: most often that of the time before. */
static inline int64_t
slice_of(const struct measure_plan *mp, const struct measure *m, int64_t at_ns)
{
	int64_t from;

	if (m->any && !__builtin_mul_overflow(m->newest, mp->slice_ns, &from) &&
		at_ns >= from &&
		(uint64_t)at_ns - (uint64_t)from < (uint64_t)mp->slice_ns)
		return m->newest;
	return floor_div(at_ns, mp->slice_ns);
}

bool
measure_link(struct correlator *c, struct key *k, const struct link *l)
{
	const struct plan *pl = key_plan(c, k);
	const struct measure_plan *mp = &pl->measure;
	struct measure *m = k->measure;
	int64_t number;

	if (!measure_number(c, pl, l)) {
		c->counts.no_number++;
		return k->judge_ns != NEVER || k->firing;
	}
	number = slice_of(mp, m, l->m->at_ns);
	if (!m->any || number > m->newest)
		roll(mp, m, number);
	measure_add(c, k, &c->noted.sample, 1);
	key_note(c, k, l);
	if (k->judge_ns == NEVER)
		arm(mp, k, number);
	return true;
}

bool
measure_timer(struct correlator *c, struct key *k, int64_t at_ns)
{
	const struct correlation *co = key_corr(c, k);
	const struct measure_plan *mp = &key_plan(c, k)->measure;
	int64_t len = mp->slice_ns, end = floor_div(at_ns, len);
	struct sums s = add_up(co, mp, k->measure, end);
	struct fire f = { at_ns, at_ns, at_ns, at_ns, s.word[0], 0 };
	bool now = holds(co, &s, &f.value);

	if (s.word[0] > 0) {
		f.first_ns = f.set_ns = s.first * len;
		f.last_ns = s.last * len + len - 1;
	}
	if (now && !k->firing) {
		if (co->type == CORR_VALUE_PERCENTILE)
			f.value =
				to_bounds(co, histogram_at(mp, k->measure, co->percentile,
						      end - SLICES, end));
		fire_on(c, k, &f);
	} else if (now)
		fire_again(c, k, &f);
	else if (k->firing)
		fire_off(c, k, at_ns);
	if (s.word[0] == 0 && k->measure->newest < end)
		return false;
	arm(mp, k, end);
	return true;
}
