/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/group.h"

#include <stdlib.h>

#include "base/time.h"

#define RETRY_WITHIN_NS (30 * TIME_MIN)

struct member {
	struct order_line *line;
	int64_t at_ns; /* began; or the first failure of its group */
};

static int
sign(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
by_customer(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	int c = str_cmp(a->line->customer_id, b->line->customer_id);

	if (c == 0)
		c = sign(a->line->amount_cents, b->line->amount_cents);
	if (c == 0)
		c = sign(a->at_ns, b->at_ns);
	return c != 0 ? c : str_cmp(a->line->order_id, b->line->order_id);
}

static bool
is_retry(const struct member *before, const struct member *m)
{
	return str_eq(before->line->customer_id, m->line->customer_id) &&
	       before->line->amount_cents == m->line->amount_cents &&
	       m->at_ns - before->at_ns <= RETRY_WITHIN_NS;
}

static bool
is_fulfilled(const struct order_line *l)
{
	return l->verdict == VERDICT_OK || l->verdict == VERDICT_RECOVERED;
}

/* members[0..n) are one group. */
static void
join(struct member *members, size_t n, size_t group)
{
	struct str done = { 0 };

	for (size_t i = n; i-- > 0;) {
		struct order_line *l = members[i].line;

		l->group = group;
		if (is_fulfilled(l))
			done = l->order_id;
		else
			l->retried_as = done;
	}
}

int
group_find(struct order_line *lines, const int64_t *begun_ns, size_t n, struct arena *a)
{
	struct member *m = arena_alloc(a, (n + 1) * sizeof(*m));
	size_t count = 0, groups = 0;

	if (m == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (begun_ns[i] != TIME_NONE && lines[i].customer_id.len > 0 &&
			lines[i].has_amount)
			m[count++] = (struct member){ &lines[i], begun_ns[i] };
	if (count == 0)
		return 0;
	qsort(m, count, sizeof(*m), by_customer);
	for (size_t from = 0, i = 1; i <= count; i++) {
		if (i < count && is_retry(&m[i - 1], &m[i]))
			continue;
		if (i - from > 1)
			join(&m[from], i - from, ++groups);
		from = i;
	}
	return 0;
}

static int64_t
failed_at(const struct order_line *l)
{
	return l->first_failed_ns == TIME_NONE ? INT64_MAX : l->first_failed_ns;
}

static int
by_failure(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	int c = sign(a->at_ns, b->at_ns);

	if (c == 0)
		c = (a->line->group > b->line->group) - (a->line->group < b->line->group);
	if (c == 0)
		c = sign(failed_at(a->line), failed_at(b->line));
	if (c == 0)
		c = str_cmp(a->line->order_id, b->line->order_id);
	if (c == 0)
		c = str_cmp(a->line->trace_id, b->line->trace_id);
	return c != 0 ? c : str_cmp(a->line->charge_id, b->line->charge_id);
}

int
group_sort(struct order_line *lines, size_t n, struct arena *a)
{
	struct member *m = arena_alloc(a, (n + 1) * sizeof(*m));
	struct order_line *sorted = arena_alloc(a, (n + 1) * sizeof(*sorted));
	int64_t *first_ns;
	size_t groups = 0;

	for (size_t i = 0; i < n; i++)
		if (lines[i].group > groups)
			groups = lines[i].group;
	first_ns = arena_alloc(a, (groups + 1) * sizeof(*first_ns));
	if (m == NULL || sorted == NULL || first_ns == NULL)
		return -1;
	for (size_t g = 0; g <= groups; g++)
		first_ns[g] = INT64_MAX;
	for (size_t i = 0; i < n; i++)
		if (failed_at(&lines[i]) < first_ns[lines[i].group])
			first_ns[lines[i].group] = failed_at(&lines[i]);
	for (size_t i = 0; i < n; i++)
		m[i] = (struct member){ &lines[i], lines[i].group > 0
							   ? first_ns[lines[i].group]
							   : failed_at(&lines[i]) };
	if (n > 0)
		qsort(m, n, sizeof(*m), by_failure);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *m[i].line;
	for (size_t i = 0; i < n; i++)
		lines[i] = sorted[i];
	return 0;
}
