/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept is bounded, in a known way, and counted; the order of equal times. */
#include <math.h>

#include "kit.h"

#define ABSENCE \
	"type: temporal_ordered, rules: [a, b], timespan: 10s, condition: a and not b"

static struct match
match_of(const struct ruleset *rs, char rule, int64_t at_ns, struct str id, struct str v)
{
	struct match m = { .rule = ruleset_find(rs, (struct str){ &rule, 1 }),
		.at_ns = at_ns,
		.id = (uint64_t)at_ns,
		.weight = 1,
		.n_captures = 2 };

	m.capture[0] = (struct field){ STR("id"), id };
	m.capture[1] = (struct field){ STR("v"), v };
	return m;
}

/* Kinds of the outcomes of absences from starts at the seconds of script_z. */
static bool
absences(struct correlator *c, struct ruleset *rs, const int64_t *starts, size_t n,
	const char *kinds_z)
{
	struct outcome o;
	char said[64];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		struct match m = match_of(
			rs, 'a', KIT_BASE + starts[i] * TIME_S, STR("k"), STR("1"));

		correlator_match(c, &m);
	}
	correlator_end(c, KIT_BASE + 100000 * TIME_S);
	while (correlator_next(c, &o) && len + 1 < sizeof(said))
		said[len++] = "FCU"[o.kind];
	said[len] = '\0';
	if (strcmp(said, kinds_z) != 0)
		printf("# said %s\n", said);
	return strcmp(said, kinds_z) == 0;
}

static void
test_gaps(void)
{
	static const int64_t starts[] = { 0, 1000, 2000, 2500, 3000 };
	struct kit k = kit_open(kit_one(ABSENCE), 10, 100);

	/* Thousands that touch are one. */
	for (int64_t i = 1999; i >= 1000; i--)
		correlator_gap(k.c, KIT_BASE + i, KIT_BASE + i);
	for (int64_t i = 0; i < 1000; i++)
		correlator_gap(
			k.c, KIT_BASE + i * TIME_S, KIT_BASE + (i + 1) * TIME_S - 1);
	OK(correlator_counts(k.c)->gaps_widened == 0);
	OK(absences(k.c, k.rs, starts, 4, "UFFF"));
	kit_close(&k);

	/* One too many: the two with the least between them. */
	k = kit_open(kit_one(ABSENCE), 10, 100);
	for (int64_t i = 0; i < 63; i++)
		correlator_gap(k.c, KIT_BASE + (4000 + 20 * i) * TIME_S,
			KIT_BASE + (4001 + 20 * i) * TIME_S);
	correlator_gap(k.c, KIT_BASE + 2995 * TIME_S, KIT_BASE + 2997 * TIME_S);
	OK(correlator_counts(k.c)->gaps_widened == 0);
	correlator_gap(k.c, KIT_BASE + 3014 * TIME_S, KIT_BASE + 3015 * TIME_S);
	OK(correlator_counts(k.c)->gaps_widened == 1);
	OK(absences(k.c, k.rs, starts, 5, "FFFFU"));
	kit_close(&k);

	/* What no wait can reach any more makes room. */
	k = kit_open(kit_one(ABSENCE), 10, 100);
	for (int64_t i = 0; i < 500; i++) {
		correlator_gap(k.c, KIT_BASE + i * TIME_S, KIT_BASE + i * TIME_S + 1);
		correlator_advance(k.c, KIT_BASE + i * TIME_S);
	}
	OK(correlator_counts(k.c)->gaps_widened == 0);
	kit_close(&k);
	k = kit_open(kit_one(ABSENCE), 10, 100);
	correlator_gap(k.c, INT64_MIN, KIT_BASE + 5 * TIME_S);
	correlator_gap(k.c, KIT_BASE + 1020 * TIME_S, INT64_MAX);
	OK(absences(k.c, k.rs, starts, 3, "UFU"));
	kit_close(&k);
}

/* Feeds n different values, a millisecond apart. */
static struct outcome
many_values(struct kit *k, unsigned n)
{
	struct outcome o = { 0 }, last = { 0 };
	char v[16];

	for (unsigned i = 0; i < n; i++) {
		struct match m;

		snprintf(v, sizeof(v), "%u", i);
		m = match_of(k->rs, 'a', KIT_BASE + i * TIME_MS, STR("k"), str_z(v));
		correlator_match(k->c, &m);
		while (last.n_values == 0 && correlator_next(k->c, &o))
			if (o.kind == OUTCOME_FIRED) {
				last = o;
				last.deciding = i;
				break;
			}
	}
	return last;
}

static void
test_values(void)
{
	struct kit k = kit_open(kit_one("type: value_count, rules: [a], timespan: 1h, "
					"condition: {field: v, gte: 5000}"),
		10, 100000);
	struct correlate_state s;
	struct outcome o = many_values(&k, 6000);

	/* Over what is shown, the count is still a count. */
	OK(o.count == 5000 && o.deciding == 4999 && o.n_values == 4096);
	kit_close(&k);

	/* Of a window of thousands what the bound needs is kept. */
	k = kit_open(kit_one("type: value_count, rules: [a], timespan: 1h, "
			     "condition: {field: v, gte: 3}"),
		10, 100000);
	o = many_values(&k, 6000);
	OK(o.count == 3 && o.n_values == 3);
	OK(correlator_changed(k.c, &s) && s.bytes.len < 400);
	kit_close(&k);
}

/* At equal times what is inside is judged first. */
static void
test_order(void)
{
	struct kit k = kit_open(
		kit_rules(
			"title: O\nname: o\ncorrelation: {group-by: [id], "
			"type: temporal_ordered, rules: [b, i], timespan: 10s, "
			"condition: b and not i}\n---\n"
			"title: I\nname: i\ngenerate: true\ncorrelation: {group-by: [id], "
			"type: temporal_ordered, rules: [a, d], timespan: 10s, "
			"condition: a and not d}\n"),
		100, 1000);

	/* Its end at 10 is inside the outer one's window, whoever stands first. */
	kit_run(&k, "b0 a0 $99");
	OK(kit_says(&k, ".F10#1"));
	kit_close(&k);

	/* Keys of one correlation: in the order of their birth, not of their timers. */
	k = kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
			     "condition: {gte: 2}"),
		10, 100);
	kit_run(&k, "a0/y a0/x a1/x a1/y a2/x a2/x a2/y a2/y $99");
	OK(kit_says(&k, "F1/x#2 F1/y#2 C12+/y C12+/x"));
	kit_close(&k);

	/* Of a condition with an `or` the latest set that is enough counts. */
	k = kit_open(
		kit_rules(
			"title: I\nname: i\ngenerate: true\ncorrelation: {group-by: [id], "
			"type: temporal, rules: [a, b], timespan: 10s, "
			"condition: a or b}\n---\n"
			"title: O\nname: o\ncorrelation: {group-by: [id], "
			"type: temporal, rules: [i, d], timespan: 10s}\n"),
		100, 1000);
	kit_run(&k, "a0 b9 d15 $99");
	OK(kit_says(&k, "F0#1 .F15#2 C19+ .C19+"));
	kit_close(&k);
}

static void
test_not_judged(void)
{
	struct kit k = kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
					"condition: {lt: 3}"),
		3, 100);

	kit_run(&k, "a0/x a4/y a11/z $12");
	OK(kit_says(&k, "F10/x#1 U14/y U21/z") && k.not_judged == 2);
	kit_close(&k);

	/* Who waits for the first whole window is not put out. */
	k = kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
			     "condition: {lt: 3}"),
		2, 100);
	kit_run(&k, "a0/x a1/y a2/z $20");
	OK(kit_says(&k, "F10/x#1 F11/y#1") && correlator_counts(k.c)->full == 1);
	/* Who is through and has nothing left may go. */
	k.len = 0;
	kit_run(&k, "a40/z a41/w $60");
	OK(kit_says(&k, "F50/z#1 F51/w#1") && correlator_counts(k.c)->keys == 2);
	kit_close(&k);
}

/* Bytes of each of `many` keys, with ids and a reason as people have them. */
static uint64_t
bytes_per_key(unsigned many, const char *map_z, const char *rules_z)
{
	static const struct str v[] = { { "v", 1 } };
	static const struct outcome_asked asked[] = { { v, 1 } };
	struct correlate_conf conf = { .max_keys = (size_t)2 * many,
		.max_entries = (size_t)20 * many,
		.asked = asked };
	struct ruleset *rs = kit_rules(map_z);
	struct correlator *c = correlator_new(rs, &conf);
	uint64_t bytes;
	char id[32];

	for (const char *r = rules_z; *r != '\0'; r++)
		for (unsigned i = 0; i < many; i++) {
			struct match m;

			snprintf(id, sizeof(id), "%024x", i);
			m = match_of(rs, *r,
				KIT_BASE + (r - rules_z) * TIME_S + i * TIME_US,
				str_z(id), STR("417.25"));
			correlator_match(c, &m);
		}
	OK(correlator_counts(c)->keys == many);
	bytes = correlator_counts(c)->bytes / many;
	printf("# %" PRIu64 " bytes a key: %s: %s\n", bytes, strstr(map_z, "type:"),
		rules_z);
	correlator_free(&c);
	ruleset_free(&rs);
	return bytes;
}

#define CORR(map) \
	"title: C\nname: c\ncorrelation: {group-by: [id], timespan: 60s, " map "}\n"
#define COUNT  CORR("type: event_count, rules: [a], condition: {gte: 3}")
#define VALUES CORR("type: value_count, rules: [a], condition: {field: v, gte: 3}")
#define CHAIN  CORR("type: temporal_ordered, rules: [a, b, d]")
#define SILENCE                                           \
	CORR("type: temporal_ordered, rules: [a, b, d], " \
	     "condition: a and not (b or d)")

/* The design's bounds: 400 bytes, and 4 KiB for measures. */
static void
test_memory(void)
{
	enum { KEYS = TRIALS(100000) };

	OK(bytes_per_key(KEYS, COUNT, "aa") <= 400);
	OK(bytes_per_key(KEYS, VALUES, "a") <= 400);
	OK(bytes_per_key(KEYS, CORR("type: temporal, rules: [a, b, d]"), "ab") <= 400);
	OK(bytes_per_key(KEYS, CHAIN, "a") <= 400);
	OK(bytes_per_key(KEYS, CHAIN, "ab") <= 400);
	OK(bytes_per_key(KEYS, CHAIN, "abab") <= 400);
	OK(bytes_per_key(KEYS, SILENCE, "a") <= 400);
	OK(bytes_per_key(1000,
		   CORR("type: value_avg, rules: [a], condition: {field: v, gt: 1}"),
		   "aa") <= 4096);
	OK(bytes_per_key(1000,
		   CORR("type: value_percentile, rules: [a], "
			"condition: {field: v, percentile: 95, gt: 1}"),
		   "aa") <= 4096);
	OK(bytes_per_key(1000,
		   CORR("type: value_percentile, rules: [a], "
			"condition: {field: v, percentile: 95, neq: 1, gt: 0}"),
		   "aa") <= 4096);
}

/* Busy windows: far more different values than the histogram has cells. */
static void
test_histogram(void)
{
	enum { PER_SLICE = 60, SPAN = 60, LAST = 150 };
	struct kit k = kit_open(
		kit_rules(
			"title: C\nname: c\ncorrelation: {group-by: [id], timespan: 60s, "
			"type: value_percentile, rules: [a], condition: {field: v, "
			"percentile: 95, gte: 500}}\n"),
		10, 100);
	uint64_t x = 88172645463325252u;
	uint64_t bytes = 0;
	double worst = 0;
	unsigned fired = 0;

	/* Values grow from 1 to 1000 and fall again, spread over two decades. */
	for (int s = 0; s < LAST; s++)
		for (int i = 0; i < PER_SLICE; i++) {
			struct outcome o;
			struct match m;
			char v[32];
			double top = 20 + 980 * fabs(sin(s / 25.0));

			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			snprintf(v, sizeof(v), "%.3f",
				top * pow(10, -2 * (double)(x % 10000) / 10000));
			m = match_of(k.rs, 'a', KIT_BASE + s * TIME_S + i * TIME_MS,
				STR("k"), str_z(v));
			correlator_match(k.c, &m);
			if (bytes == 0)
				bytes = correlator_counts(k.c)->bytes;
			while (correlator_next(k.c, &o))
				if (o.kind == OUTCOME_FIRED) {
					fired++;
					worst = fmax(worst, fabs(o.value - 500) / 500);
				}
		}
	/* It became true just now: the percentile has just passed the bound. */
	printf("# fired %u, furthest %.3f\n", fired, worst);
	OK(fired == 2 && worst < 0.05);
	OK(correlator_counts(k.c)->bytes <= bytes + 16); /* longer captures */
	kit_close(&k);
}

int
main(void)
{
	test_gaps();
	test_values();
	test_order();
	test_not_judged();
	test_memory();
	test_histogram();
	return tap_done();
}
