/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random stories for tests of two correlators that have to agree: three correlations of
 * any types, one of which names another, and matches for them. All that an outcome tells
 * is written as a line of text.
 */
#pragma once

#include "base/buf.h"
#include "kit.h"

enum { LIST = 150 };

static uint64_t seed;

static inline unsigned
below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Each a correlation named %c; those that name i are outer. */
static const char *const maps[] = {
	"type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}",
	"type: event_count, rules: [a, b], timespan: 20s, condition: {gt: 2, lt: 6}",
	"type: event_count, rules: [b], timespan: 7s, condition: {lt: 1}",
	"type: value_count, rules: [a, d], timespan: 20s, condition: {field: v, gte: 3}",
	"type: value_count, rules: [d], timespan: 9s, condition: {field: v, lt: 2}",
	"type: value_sum, rules: [a], timespan: 60s, condition: {field: v, gte: 9}",
	"type: value_avg, rules: [b, d], timespan: 30s, condition: {field: v, lt: 3, gte: 1}",
	"type: value_percentile, rules: [a, b], timespan: 30s, condition: {field: v, percentile: 75, gte: 3}",
	"type: value_percentile, rules: [a, b], timespan: 10s, condition: {field: v, percentile: 50, neq: 2}",
	"type: temporal, rules: [a, b], timespan: 5s",
	"type: temporal, rules: [a, b, d], timespan: 12s, condition: (a or b) and not d",
	"type: temporal_ordered, rules: [a, b, d], timespan: 15s",
	"type: temporal_ordered, rules: [a, b, d], timespan: 15s, condition: a and (b or d)",
	"type: temporal_ordered, rules: [a, b], timespan: 7s, condition: a and not b",
	"type: temporal_ordered, rules: [a, b, d], timespan: 9s, condition: a and not (b and d)",
};
static const char *const outer[] = {
	"type: event_count, rules: [i], timespan: 40s, condition: {gte: 2}",
	"type: temporal, rules: [i, d], timespan: 20s, condition: i and not d",
	"type: temporal_ordered, rules: [b, i], timespan: 20s",
	"type: temporal_ordered, rules: [i, d], timespan: 20s, condition: i and not d",
	"type: value_count, rules: [i], timespan: 30s, condition: {field: v, gte: 2}",
};

/* Percentiles of few values; said to be wanted, so that nothing is warned of. */
static inline int
add_corr(char *to, size_t room, const char *name_z, const char *by_z, const char *map_z)
{
	return snprintf(to, room,
		"---\ntitle: %s\nname: %s\ngenerate: true\ncorrelation: {group-by: [%s], "
		"%s}\n%s",
		name_z, name_z, by_z, map_z,
		strstr(map_z, "percentile") != NULL ? "incident: {min-samples: 2}\n"
						    : "");
}

static inline struct ruleset *
make_rules(void)
{
	static char text[4096];
	const char *by = below(4) == 0 ? "" : "id";
	int n = 0;

	n += add_corr(text, sizeof(text), "i", by, maps[below(ARRAY_LEN(maps))]);
	n += add_corr(text + n, sizeof(text) - (size_t)n, "o", by,
		outer[below(ARRAY_LEN(outer))]);
	(void)add_corr(text + n, sizeof(text) - (size_t)n, "p", "id",
		maps[below(ARRAY_LEN(maps))]);
	return kit_rules(text);
}

struct one {
	struct match m;
	char key, value;
	int64_t gap_ns; /* a gap told before it, or TIME_NONE */
};

static inline void
make_list(struct one *list, const struct ruleset *rs, unsigned keys)
{
	int64_t at = KIT_BASE;

	for (size_t i = 0; i < LIST; i++) {
		struct one *o = &list[i];

		at += below(3) == 0 ? 0 : below(4) * TIME_S + (below(4) == 0);
		*o = (struct one){ .key = (char)('p' + below(keys)),
			.value = (char)('0' + below(6)),
			.gap_ns = below(30) == 0 ? at : TIME_NONE };
		o->m = (struct match){ .rule = ruleset_find(
					       rs, (struct str){ &"abd"[below(3)], 1 }),
			.at_ns = at,
			.id = i + 1,
			.source_id = 1 + below(2),
			.weight = 1 + (below(5) == 0),
			.quality = below(9) == 0 ? TIME_ARRIVAL : TIME_WRITTEN,
			.place = { i + 1, 0 },
			.n_captures = 2 };
		o->m.capture[0] = (struct field){ STR("id"), { &o->key, 1 } };
		o->m.capture[1] = (struct field){ STR("v"), { &o->value, 1 } };
	}
}

static inline void
write_outcome(struct buf *b, const struct outcome *o)
{
	buf_printf(b,
		"%d %u %" PRId64 " %" PRId64 " %" PRId64 " %" PRIx64 " %" PRIu64
		" %.17g %d",
		(int)o->kind, o->corr, o->at_ns - KIT_BASE, o->first_ns - KIT_BASE,
		o->last_ns - KIT_BASE, o->deciding, o->count, o->value, (int)o->quality);
	for (size_t i = 0; i < o->n_key; i++)
		buf_printf(b, " k%.*s", STR_ARG(o->key[i]));
	for (size_t i = 0; i < o->n_values; i++)
		buf_printf(b, " v%.*s", STR_ARG(o->values[i]));
	for (size_t i = 0; i < o->n_captures; i++)
		buf_printf(b, " %.*s=%.*s", STR_ARG(o->capture[i].name),
			STR_ARG(o->capture[i].value));
	buf_add_char(b, '\n');
}

static inline void
listen(struct correlator *c, struct buf *b)
{
	struct outcome o;

	while (correlator_next(c, &o))
		write_outcome(b, &o);
}
