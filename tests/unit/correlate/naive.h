/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Correlations by the words of the design, slowly: each moment is looked at with all
 * matches at hand. Only for rules a, b and d of kit.h and one key at a time.
 */
#pragma once

#include <math.h>

#include "kit.h"

enum { NAIVE_MAX = 120, NAIVE_POINTS = 4 * NAIVE_MAX };

struct one {
	struct match m;
	char key, value; /* value: a digit */
	int64_t arrives_ns;
};

static uint64_t seed;

static inline unsigned
below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* In the order of match_cmp(). */
static inline void
naive_list(struct one *list, size_t n, const struct ruleset *rs, unsigned keys)
{
	int64_t at = KIT_BASE;

	for (size_t i = 0; i < n; i++) {
		struct one *o = &list[i];

		at += below(3) == 0 ? 0 : below(5) * TIME_S + (below(4) == 0);
		*o = (struct one){ .key = (char)('x' + below(keys)),
			.value = (char)('0' + below(6)) };
		o->m = (struct match){ .rule = ruleset_find(
					       rs, (struct str){ &"abd"[below(3)], 1 }),
			.at_ns = at,
			.id = i + 1,
			.source_id = 1,
			.weight = 1 + (below(5) == 0),
			.place = { i + 1, 0 },
			.n_captures = 2 };
		o->m.capture[0] = (struct field){ STR("id"), { &o->key, 1 } };
		o->m.capture[1] = (struct field){ STR("v"), { &o->value, 1 } };
	}
}

static inline int
naive_ref(const struct correlation *co, const struct one *o, char key)
{
	for (size_t r = 0; o->key == key && r < co->n_refs; r++)
		if (co->refs[r].rule == o->m.rule)
			return (int)r;
	return -1;
}

static inline bool
naive_expr(const struct correlation *co, const struct node *n, unsigned set)
{
	bool all = true, any = false;

	if (n == NULL)
		return set == (1U << co->n_refs) - 1;
	if (n->kind == NODE_NAME)
		return (set >> n->ref & 1) != 0;
	for (size_t i = 0; i < n->n; i++) {
		bool child = naive_expr(co, n->child[i], set);

		all = all && child;
		any = any || child;
	}
	return n->kind == NODE_AND ? all : n->kind == NODE_OR ? any : !all;
}

static inline bool
naive_bounds(const struct correlation *co, double v)
{
	for (size_t i = 0; i < co->n_bounds; i++) {
		double limit = co->bounds[i].limit;
		bool good[] = { v > limit, v >= limit, v < limit, v <= limit,
			!(v < limit) && !(v > limit), v < limit || v > limit };

		if (!good[co->bounds[i].op])
			return false;
	}
	return true;
}

/* Of the refs in set, one record after the other in their order. */
static inline bool
naive_chain(const struct correlation *co, const struct one *list, size_t n, char key,
	int64_t from_ns, unsigned set)
{
	size_t i = 0;

	for (unsigned r = 0; r < co->n_refs; r++) {
		if ((set >> r & 1) == 0)
			continue;
		while (i < n && (naive_ref(co, &list[i], key) != (int)r ||
					list[i].m.at_ns < from_ns))
			i++;
		if (i++ >= n)
			return false;
	}
	return true;
}

/* Whether it holds at at_ns by list[0..n), of which none is later. */
static inline bool
naive_holds(const struct correlation *co, const struct one *list, size_t n, char key,
	int64_t at_ns)
{
	int64_t from_ns = at_ns - co->timespan_ns;
	bool values[128] = { false };
	double weights = 0, distinct = 0;
	unsigned set = 0;

	for (size_t i = 0; i < n; i++) {
		int r = naive_ref(co, &list[i], key);

		if (r < 0 || list[i].m.at_ns < from_ns)
			continue;
		set |= 1U << r;
		weights += list[i].m.weight;
		distinct += !values[(unsigned char)list[i].value];
		values[(unsigned char)list[i].value] = true;
	}
	if (co->type == CORR_TEMPORAL)
		return naive_expr(co, co->condition, set);
	if (co->type != CORR_TEMPORAL_ORDERED)
		return naive_bounds(
			co, co->type == CORR_EVENT_COUNT ? weights : distinct);
	for (unsigned s = 1; s < 1U << co->n_refs; s++)
		if (naive_expr(co, co->condition, s) &&
			naive_chain(co, list, n, key, from_ns, s))
			return true;
	return false;
}

static inline int
naive_by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The moments at which anything can change. */
static inline size_t
naive_points(const struct correlation *co, const struct one *list, size_t n, int64_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		out[len++] = list[i].m.at_ns;
		out[len++] = list[i].m.at_ns + co->timespan_ns;
		out[len++] = list[i].m.at_ns + co->timespan_ns + 1;
	}
	qsort(out, len, sizeof(*out), naive_by_time);
	return len;
}

/* How many of the list are not later. */
static inline size_t
naive_until(const struct one *list, size_t n, int64_t at_ns)
{
	while (n > 0 && list[n - 1].m.at_ns > at_ns)
		n--;
	return n;
}
