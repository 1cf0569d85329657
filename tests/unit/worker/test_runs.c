/* SPDX-License-Identifier: Apache-2.0 */
/* Matches come back in their order, however they came and wherever they were kept. */
#include "worker/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { MATCHES = 3000, RUNS = 3 };

static uint32_t seed = 7;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* How matches come: the distance of their times, of that to where it goes back. */
struct flow {
	unsigned step, jump, one_in;
};

static size_t rows_taken;

static const struct source source = { .index = 3, .id = 77 };

static void
make_matches(struct match *list, const struct flow *f)
{
	int64_t at_ns = 0;
	uint32_t rule = 0;

	memset(list, 0, MATCHES * sizeof(*list));
	for (size_t i = 0; i < MATCHES; i++) {
		struct match *m = &list[i];

		at_ns += below(f->step);
		if (f->one_in > 0 && below(f->one_in) == 0)
			at_ns -= below(f->jump);
		rule = below(10) == 0 ? below(3) : rule;
		*m = (struct match){ .rule = rule,
			.source = source.index,
			.source_id = source.id,
			.id = i,
			.at_ns = at_ns,
			.place = { .offset = i, .ordinal = below(50) == 0 },
			.weight = 1 };
		if (m->place.ordinal == 0 && below(20) > 0) { /* rows */
			m->category = RECORD_LOG;
			m->id = 0;
			m->id_seed = 1 + m->rule;
			m->n_captures = 1;
			m->capture[0] = (struct field){ STR("ms"), STR("1.5") };
		}
	}
}

static int
by_order(const void *a, const void *b)
{
	return match_cmp(a, b);
}

/* Half of the rows that may be taken behind a match; MATCHES: they are others. */
static size_t
take_rows(struct runs_merge *merge, const struct match *want)
{
	struct value_rows *v = runs_merge_rows(merge);
	size_t n = 0;

	for (uint32_t most = v != NULL ? (v->n + 1) / 2 : 0; n < most; n++) {
		struct value_row row = value_rows_peek(v);

		if (row.at_ns >= v->until_ns)
			break;
		if (row.at_ns != want[n].at_ns || row.offset != want[n].place.offset ||
			!str_eq(row.value, want[n].capture[0].value))
			return MATCHES;
		value_rows_take(v, &row);
		rows_taken++;
	}
	return n;
}

static bool
give_back(struct runs *const *runs, const struct match *want)
{
	struct runs_merge *merge;
	const struct match *m;
	bool good = runs_merge_new(runs, RUNS, &merge) == 0;
	size_t n = 0;

	while (good && n < MATCHES && runs_merge_next(merge, &m) == 1) {
		good = m->id == match_id(&want[n++]);
		n += take_rows(merge, want + n);
	}
	good = good && n == MATCHES && runs_merge_next(merge, &m) == 0;
	runs_merge_free(&merge);
	return good;
}

static bool
is_sorted_by(const struct flow *f, size_t memory)
{
	static struct match list[MATCHES];
	struct runs *runs[RUNS];
	uint64_t n = 0;
	bool good = true;

	make_matches(list, f);
	for (size_t i = 0; i < RUNS; i++)
		runs[i] = runs_new(memory, "/tmp");
	for (size_t i = 0; i < MATCHES; i++)
		good = good && runs_add(runs[i * RUNS / MATCHES], &list[i], &source) == 0;
	qsort(list, MATCHES, sizeof(list[0]), by_order);
	/* Merging changes nothing: it may be done again. */
	good = good && give_back(runs, list) && give_back(runs, list);
	for (size_t i = 0; i < RUNS; i++) {
		n += runs_count(runs[i]);
		runs_free(&runs[i]);
	}
	return good && n == MATCHES;
}

int
main(void)
{
	static const struct flow flows[] = { { 100, 1, 0 }, { 100, 100000, 300 },
		{ 100, 100, 2 }, { 1, 1, 0 }, { 3, 4, 5 }, { 2, 100000, 3 } };

	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		OK(is_sorted_by(&flows[i], (size_t)1 << 20)); /* all in memory */
		OK(is_sorted_by(&flows[i], 30000));           /* some of it */
		OK(is_sorted_by(&flows[i], 100));             /* hardly any */
	}
	OK(rows_taken > MATCHES);
	return tap_done();
}
