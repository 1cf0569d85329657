/* SPDX-License-Identifier: Apache-2.0 */
/* State kept and put back anywhere changes no outcome. */
#include <errno.h>

#include "base/buf.h"
#include "kit.h"

enum { LIST = 150, STORED = 4096 };

static uint64_t seed;

static unsigned
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
static int
add_corr(char *to, size_t room, const char *name_z, const char *by_z, const char *map_z)
{
	return snprintf(to, room,
		"---\ntitle: %s\nname: %s\ngenerate: true\ncorrelation: {group-by: [%s], "
		"%s}\n%s",
		name_z, name_z, by_z, map_z,
		strstr(map_z, "percentile") != NULL ? "incident: {min-samples: 2}\n"
						    : "");
}

static struct ruleset *
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

static void
make_list(struct one *list, const struct ruleset *rs)
{
	int64_t at = KIT_BASE;

	for (size_t i = 0; i < LIST; i++) {
		struct one *o = &list[i];

		at += below(3) == 0 ? 0 : below(4) * TIME_S + (below(4) == 0);
		*o = (struct one){ .key = (char)('p' + below(5)),
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

static void
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

static void
listen(struct correlator *c, struct buf *b)
{
	struct outcome o;

	while (correlator_next(c, &o))
		write_outcome(b, &o);
}

/* What the keeper keeps: bytes by id. */
struct stored {
	uint64_t id;
	char *bytes;
	size_t len;
};
static struct stored stored[STORED];
static size_t n_stored;

static void
keep(struct correlator *c)
{
	struct correlate_state s;

	while (correlator_changed(c, &s)) {
		size_t i = 0;

		while (i < n_stored && stored[i].id != s.id)
			i++;
		if (i == n_stored)
			stored[n_stored++] = (struct stored){ .id = s.id };
		free(stored[i].bytes);
		stored[i].bytes = malloc(s.bytes.len + 1);
		memcpy(stored[i].bytes, s.bytes.len > 0 ? s.bytes.ptr : "", s.bytes.len);
		stored[i].len = s.bytes.len;
	}
}

static void
forget(void)
{
	while (n_stored > 0)
		free(stored[--n_stored].bytes);
}

/* In any order. */
static bool
put_back(struct correlator *c)
{
	bool good = true;

	for (size_t i = n_stored; i > 1; i--) {
		size_t k = below((unsigned)i);
		struct stored t = stored[k];

		stored[k] = stored[i - 1];
		stored[i - 1] = t;
	}
	for (size_t i = 0; i < n_stored; i++)
		if (stored[i].len > 0)
			good = good &&
			       correlator_restore(c, (struct str){ stored[i].bytes,
							     stored[i].len }) == 0;
	return good;
}

/* every: matches between two looks; cut: where it stops and goes on elsewhere. */
static bool
run(struct ruleset *rs, const struct correlate_conf *conf, const struct one *list,
	struct buf *out, size_t cut, size_t every)
{
	struct correlator *c = correlator_new(rs, conf);
	bool good = true;

	for (size_t i = 0; i < LIST; i++) {
		if (every > 0 && (i % every == 0 || i == cut))
			keep(c);
		if (i == cut) {
			correlator_free(&c);
			c = correlator_new(rs, conf);
			good = put_back(c);
		}
		if (list[i].gap_ns != TIME_NONE)
			correlator_gap(c, list[i].gap_ns - TIME_S, list[i].gap_ns);
		correlator_match(c, &list[i].m);
		listen(c, out);
	}
	buf_printf(out, "%zu\n", correlator_end(c, list[LIST - 1].m.at_ns + 3 * TIME_S));
	listen(c, out);
	buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		correlator_counts(c)->matches, correlator_counts(c)->keys,
		correlator_counts(c)->full, correlator_counts(c)->no_key);
	correlator_free(&c);
	forget();
	return good;
}

static void
test_random(unsigned rounds)
{
	static struct one list[LIST];
	unsigned wrong = 0;
	size_t said = 0;
	struct buf want, got;

	buf_init(&want, (size_t)1 << 20);
	buf_init(&got, (size_t)1 << 20);
	for (unsigned r = 0; r < rounds; r++) {
		uint64_t from = seed;
		struct ruleset *rs = make_rules();
		struct correlate_conf conf = { r % 3 == 0 ? 4 : 100,
			r % 5 == 0 ? 12 : 1000 };

		make_list(list, rs);
		buf_reset(&want);
		buf_reset(&got);
		run(rs, &conf, list, &want, LIST, 0);
		if (!run(rs, &conf, list, &got, below(LIST), 1 + below(9)) ||
			!str_eq(buf_str(&want), buf_str(&got))) {
			printf("# SEED=%" PRIu64 "\n", from);
			wrong++;
		}
		said += want.len;
		ruleset_free(&rs);
	}
	OK(wrong == 0 && said > (size_t)rounds * 500);
	buf_fini(&want);
	buf_fini(&got);
}

#define RULES(n)                                                                           \
	"title: C\nname: c\ncorrelation: {group-by: [id], type: event_count, rules: [a], " \
	"timespan: 10s, condition: {gte: " n "}}\n---\n"                                   \
	"title: E\nname: e\ncorrelation: {group-by: [id], type: temporal, "                \
	"rules: [a, b], timespan: 10s}\n"

/* What changed its meaning is left out, the rest goes on. */
static void
test_other_rules(void)
{
	struct kit k = kit_open(kit_rules(RULES("3")), 10, 100);
	struct ruleset *rs = kit_rules(RULES("2"));
	unsigned fits = 0, other = 0;

	kit_run(&k, "a0 a1");
	keep(k.c);
	kit_close(&k);
	k = kit_open(rs, 10, 100);
	for (size_t i = 0; i < n_stored; i++) {
		int r = correlator_restore(
			k.c, (struct str){ stored[i].bytes, stored[i].len });

		fits += r == 0;
		other += r == 1;
	}
	OK(fits == 2 && other == 1 && correlator_counts(k.c)->keys == 1);
	kit_run(&k, "a2 b3 $5");
	OK(kit_says(&k, ".F3#2"));
	kit_close(&k);
	forget();
}

/* Only what changed is told, and that a key went. */
static void
test_changed(void)
{
	struct kit k = kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
					"condition: {gte: 2}"),
		10, 100);
	struct correlate_state s;
	uint64_t x = 0, y;
	unsigned gone = 0, told = 0;

	OK(!correlator_changed(k.c, &s));
	kit_run(&k, "a0/x a1/y a2/z");
	for (int i = 0; i < 3; i++) {
		OK(correlator_changed(k.c, &s) && s.id != 0 && s.bytes.len > 0);
		x = x == 0 || s.id < x ? s.id : x;
	}
	OK(correlator_changed(k.c, &s) && s.id == 0 && s.bytes.len > 0);
	OK(!correlator_changed(k.c, &s));
	kit_run(&k, "a3/y");
	OK(correlator_changed(k.c, &s) && s.id != 0 && s.id != x);
	y = s.id;
	OK(y > x && correlator_changed(k.c, &s) && s.id == 0 &&
		!correlator_changed(k.c, &s));
	kit_run(&k, ">10+ >11");
	OK(correlator_changed(k.c, &s) && s.id == x && s.bytes.len == 0);
	OK(correlator_changed(k.c, &s) && s.id == 0 && !correlator_changed(k.c, &s));
	/* Nobody was told of w: nobody is told that it went. */
	kit_run(&k, "a50/w >70");
	while (correlator_changed(k.c, &s)) {
		gone += s.id != 0 && s.bytes.len == 0;
		told += s.id != 0 && s.bytes.len > 0;
	}
	OK(gone == 2 && told == 0 && correlator_counts(k.c)->keys == 0);
	kit_close(&k);
}

static void
test_refused(void)
{
	struct kit k = kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
					"condition: {gte: 2}"),
		10, 100);
	struct kit other =
		kit_open(kit_one("type: event_count, rules: [a], timespan: 10s, "
				 "condition: {gte: 2}"),
			10, 100);
	struct correlate_state s;

	kit_run(&k, "a0/x");
	OK(correlator_changed(k.c, &s));
	for (size_t i = 0; i < s.bytes.len; i++)
		if (correlator_restore(other.c, str_sub(s.bytes, 0, i)) != -EINVAL)
			OK(!"a part of a state was taken");
	OK(correlator_restore(other.c, s.bytes) == 0);
	OK(correlator_restore(other.c, s.bytes) == -EINVAL); /* it is there */
	OK(correlator_restore(other.c, STR("\1Q")) == -EINVAL);
	OK(correlator_restore(other.c, STR("\2K")) == -EINVAL);
	OK(correlator_counts(other.c)->keys == 1);
	kit_close(&k);
	kit_close(&other);
}

int
main(void)
{
	const char *given = getenv("SEED");

	seed = given != NULL ? strtoull(given, NULL, 10) : 20251028;
	printf("# SEED=%" PRIu64 "\n", seed);
	test_random(400);
	test_other_rules();
	test_changed();
	test_refused();
	return tap_done();
}
