/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a correlator's state: refused, or it goes on as if nothing were wrong. The
 * first byte picks a true state that the rest patches (place, value, place, value ...),
 * 255: the rest is a state as it is.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/correlator.h"
#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE       (1700000000 * TIME_S)
#define STATES_MAX 64

static const char rules_z[] =
	"title: A\nname: a\nlogsource: {service: x}\ndetection:\n  s:\n"
	"    message|re: 'x (?P<id>[0-9]+) (?P<v>[0-9]+)'\n  condition: s\n---\n"
	"title: B\nname: b\nlogsource: {service: x}\ndetection:\n  s:\n"
	"    message|re: 'y (?P<id>[0-9]+) (?P<v>[0-9]+)'\n  condition: s\n"
#define CORR(n, map) \
	"---\ntitle: " n "\nname: " n "\ncorrelation: {group-by: [id], " map "}\n"
	CORR("c1", "type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}") CORR(
		"c2",
		"type: event_count, rules: [a], timespan: 10s, condition: {lt: 1}") CORR("c3",
		"type: value_count, rules: [a], timespan: 10s, condition: {field: v, gte: 2}") CORR("c4",
		"type: value_percentile, rules: [a], timespan: 10s, condition: {field: v, percentile: 50, eq: 2}")
		CORR("c5", "type: value_avg, rules: [a], timespan: 10s, condition: {field: v, gte: 2}") CORR(
			"c6",
			"type: temporal, rules: [c5, b], timespan: 10s, condition: c5 and not b")
			CORR("c7",
				"type: temporal_ordered, rules: [a, b], timespan: 10s, condition: a and not b")
				CORR("c8",
					"type: temporal_ordered, rules: [b, c1, a], timespan: 10s, condition: b and (c1 or a)");

static struct ruleset *rules;
static struct {
	char *bytes;
	size_t len;
} states[STATES_MAX];
static size_t n_states;

static void
feed(struct correlator *c, int64_t from_s)
{
	for (int64_t i = 0; i < 12; i++) {
		struct match m = { .rule = i % 4 == 1,
			.at_ns = BASE + (from_s + i / 2) * TIME_S,
			.id = (uint64_t)i,
			.weight = 1,
			.place = { (uint64_t)i, 0 },
			.n_captures = 2 };

		m.capture[0] =
			(struct field){ STR("id"), i % 3 == 0 ? STR("7") : STR("8") };
		m.capture[1] = (struct field){ STR("v"), { &"123"[i % 3], 1 } };
		correlator_match(c, &m);
	}
}

static void
setup(void)
{
	struct correlate_conf conf = { .max_keys = 100, .max_entries = 1000 };
	struct correlator *c;
	struct correlate_state s;

	if (rules_load_text("fuzz.yaml", str_z(rules_z), stderr, &rules) != 0)
		abort();
	c = correlator_new(rules, &conf);
	correlator_gap(c, BASE, BASE + 1);
	feed(c, 0);
	while (n_states < STATES_MAX && correlator_changed(c, &s)) {
		states[n_states].bytes = malloc(s.bytes.len + 1);
		memcpy(states[n_states].bytes, s.bytes.ptr, s.bytes.len);
		states[n_states++].len = s.bytes.len;
	}
	correlator_free(&c);
	assert(n_states > 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct correlate_conf conf = { .max_keys = 100, .max_entries = 1000 };
	struct correlator *c;
	struct correlate_state s;
	struct outcome o;
	size_t len, at;
	char *bytes;

	if (rules == NULL)
		setup();
	if (size == 0)
		return 0;
	at = data[0] % n_states;
	len = data[0] == 255 ? size - 1 : states[at].len;
	bytes = malloc(len + 1);
	memcpy(bytes, data[0] == 255 ? (const char *)data + 1 : states[at].bytes, len);
	for (size_t i = 1; data[0] != 255 && i + 1 < size; i += 2)
		bytes[data[i] % len] = (char)data[i + 1];
	c = correlator_new(rules, &conf);
	(void)correlator_restore(c, (struct str){ bytes, len });
	feed(c, 6);
	(void)correlator_end(c, BASE + TIME_MIN);
	while (correlator_next(c, &o))
		assert(o.n_key == 1 && o.corr < rules->n_corrs);
	while (correlator_changed(c, &s))
		;
	correlator_free(&c);
	free(bytes);
	return 0;
}
