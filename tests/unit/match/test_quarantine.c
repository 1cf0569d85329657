/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that cost too much: off where they do, off everywhere after some sources. */
#include "base/time.h"
#include "kit.h"
#include "match/quarantine.h"
#include "tap.h"

#define RULES                                                               \
	"title: Bad\nname: bad\nlogsource: {category: log}\ndetection:\n"   \
	"  s:\n    message|re: '^(a+b?)+[!?]'\n  condition: s\n---\n"       \
	"title: Good\nname: good\nlogsource: {category: log}\ndetection:\n" \
	"  s:\n    message|contains: aaa\n  condition: s\n"

static struct kit kit;
static struct quarantine *q;
static struct source source[8];

static void
set_up(void)
{
	kit_open(&kit, RULES);
	q = quarantine_new(kit.rules);
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
	return (struct record){ .message = STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
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

	set_up();
	n = records_until_off(0, 1);
	here = record(0, TIME_S);
	there = record(1, TIME_S);
	OK(n > 2 && n < 50);
	OK(kit_record(&kit, 0, &here) == EVAL_NO);
	OK(kit_record(&kit, 1, &here) == EVAL_YES);
	OK(kit_record(&kit, 0, &there) == EVAL_ERROR);
	OK(!quarantine_is_out(q, 0) && quarantine_rules(q) == 1);
	OK(quarantine_at(q, 0, &c) && c.rule == 0 && c.source == &source[0] &&
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

	set_up();
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
	set_up();
	OK(records_until_off(0, 11 * TIME_MIN) == 0);
	OK(quarantine_rules(q) == 0);
	tear_down();
}

/* Events and pods count as one source. */
static void
test_events(void)
{
	struct record a = record(0, TIME_S), b = record(1, TIME_S);

	set_up();
	a.category = b.category = RECORD_EVENT;
	for (int i = 0; i < 100; i++)
		quarantine_charge(q, 0, &a, 10000);
	OK(quarantine_is_off(q, 0, &b));
	b.category = RECORD_LOG;
	OK(!quarantine_is_off(q, 0, &b));
	tear_down();
}

int
main(void)
{
	test_source();
	test_everywhere();
	test_now_and_then();
	test_events();
	return tap_done();
}
