/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that cost too much: off where they do, off everywhere after some sources. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time.h"
#include "kit.h"
#include "match/quarantine.h"
#include "tap.h"

#define RULES                                                               \
	"title: Bad\nname: bad\nlogsource: {category: log}\ndetection:\n"   \
	"  s:\n    message|re: '^(a+b?)*[!?]'\n  condition: s\n---\n"       \
	"title: Good\nname: good\nlogsource: {category: log}\ndetection:\n" \
	"  s:\n    message|contains: aaa\n  condition: s\n"

static struct kit kit;
static struct quarantine *q;
static struct source source[8];

static void
set_up(bool batch)
{
	kit_open(&kit, RULES);
	q = quarantine_new(kit.rules, batch);
	eval_set_quarantine(kit.eval, q);
	for (uint32_t i = 0; i < ARRAY_LEN(source); i++)
		source[i] =
			(struct source){ .index = i, .id = 100 + i, .name = STR("f") };
}

static void
tear_down(void)
{
	kit_close(&kit);
	quarantine_free(&q);
}

static struct record
record(size_t from, int64_t at_ns)
{
	return (struct record){ .message = STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -!"),
		.count = 1,
		.source = &source[from],
		.place = { .offset = 1 }, /* no sample */
		.at_ns = at_ns };
}

/* How many records of a source the bad rule sees before it is off; 0: never. */
static size_t
records_until_off(size_t from, int64_t step_ns)
{
	for (size_t n = 1; n <= 200; n++) {
		struct record r = record(from, TIME_S + (int64_t)n * step_ns);

		if (kit_record(&kit, 0, &r) != EVAL_ERROR)
			return 0;
		if (quarantine_is_off(q, 0, &r))
			return n;
	}
	return 0;
}

static void
test_source(void)
{
	struct record here, there;
	struct quarantine_case c;
	size_t n;

	set_up(false);
	n = records_until_off(0, 1);
	here = record(0, TIME_S);
	there = record(1, TIME_S);
	OK(n > 2 && n < 50);
	OK(kit_record(&kit, 0, &here) == EVAL_NO);
	OK(kit_record(&kit, 1, &here) == EVAL_YES);
	OK(kit_record(&kit, 0, &there) == EVAL_ERROR);
	OK(!quarantine_is_out(q, 0) && quarantine_rules(q) == 1);
	OK(quarantine_at(q, 0, &c) && c.rule == 0 && str_eq(c.source, source[0].name) &&
		c.at_ns == TIME_S + (int64_t)n);
	OK(!quarantine_at(q, 1, &c));
	tear_down();
}

/* The same count in each source, whatever the order. */
static void
test_everywhere(void)
{
	struct record r;
	size_t n[QUARANTINE_SOURCES];
	bool same = true;

	set_up(false);
	for (size_t i = 0; i < QUARANTINE_SOURCES; i++) {
		OK(!quarantine_is_out(q, 0));
		n[i] = records_until_off(i, 1);
		same = same && n[i] == n[0];
	}
	r = record(7, TIME_S);
	OK(same && n[0] > 0 && quarantine_is_out(q, 0));
	OK(kit_record(&kit, 0, &r) == EVAL_NO);
	OK(kit_record(&kit, 1, &r) == EVAL_YES);
	tear_down();
}

/* A line that costs too much once in a while is none of it. */
static void
test_now_and_then(void)
{
	set_up(false);
	OK(records_until_off(0, 11 * TIME_MIN) == 0);
	OK(quarantine_rules(q) == 0);
	tear_down();
}

/* Events and pods count as one source. */
static void
test_events(void)
{
	struct record a = record(0, TIME_S), b = record(1, TIME_S);

	set_up(false);
	a.category = b.category = RECORD_EVENT;
	for (int i = 0; i < 100; i++)
		quarantine_charge(q, 0, &a, 10000);
	OK(quarantine_is_off(q, 0, &b));
	b.category = RECORD_LOG;
	OK(!quarantine_is_off(q, 0, &b));
	tear_down();
}

/* Values of a list cost as well, many of them in a long text. */
static void
test_values(size_t n, size_t len, bool off)
{
	struct buf rule;
	struct record r = record(0, TIME_S);
	char *text = malloc(len);

	memset(text, 'x', len);
	r.message = (struct str){ text, len };
	buf_init(&rule, (size_t)4 << 20);
	buf_add(&rule, STR("title: L\nname: l\nlogsource: {category: log}\ndetection:\n"
			   "  s:\n    message|contains: [none"));
	for (size_t i = 1; i < n; i++)
		buf_printf(&rule, ", none%zu", i);
	buf_printf(&rule, "]\n  condition: s\n%c", 0);
	kit_open(&kit, buf_str(&rule).ptr);
	q = quarantine_new(kit.rules, false);
	eval_set_quarantine(kit.eval, q);
	OK(kit_record(&kit, 0, &r) == EVAL_NO);
	OK(quarantine_is_off(q, 0, &r) == off);
	tear_down();
	buf_fini(&rule);
	free(text);
}

/* Of a batch: who spends first is the same, and so is what comes of it. */
static void
test_order(void)
{
	const uint64_t at[] = { 0, 20, 40, 60, 61, 62, 20, 41, 80 }; /* MiB */
	struct match m = { .rule = 0, .source_id = 101, .category = RECORD_LOG };
	struct quarantine_case c;
	unsigned char off[2];

	for (size_t turn = 0; turn < 2; turn++) {
		set_up(true);
		for (size_t i = 0; i < ARRAY_LEN(at); i++) {
			size_t k = turn == 0 ? i : ARRAY_LEN(at) - 1 - i;
			struct record r = record(1, TIME_S + (int64_t)k);

			r.place.offset = at[k] << 20;
			quarantine_charge(q, 0, &r, at[k] < 60 ? 50000 : 60000);
		}
		OK(quarantine_rules(q) == 1 && !quarantine_is_on(q, 0) &&
			!quarantine_is_out(q, 0));
		OK(quarantine_at(q, 0, &c) && c.at_ns == TIME_NONE);
		m.place.offset = (UINT64_C(48) << 20) - 1;
		OK(!quarantine_drops(q, &m));
		OK(!quarantine_list(q, &source[1], m.place.offset, off));
		m.place.offset++;
		OK(quarantine_drops(q, &m));
		OK(quarantine_list(q, &source[1], m.place.offset, off) && off[0] &&
			!off[1]);
		m.source_id = 102;
		OK(!quarantine_drops(q, &m));
		m.source_id = 101;
		tear_down();
	}
}

int
main(void)
{
	test_source();
	test_everywhere();
	test_now_and_then();
	test_events();
	test_values(1000, (size_t)64 << 10, false);
	test_values(10000, (size_t)4 << 10, false);
	test_values(10000, (size_t)64 << 10, true);
	test_order();
	return tap_done();
}
