/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons, conditions, captures, and the match that comes of them. */
#include "kit.h"
#include "tap.h"

static bool
selects(const char *selection_z, const char *text_z)
{
	struct kit k;
	enum eval_answer answer;

	kit_open_detection(&k, selection_z);
	answer = kit_log(&k, text_z);
	kit_close(&k);
	return answer == EVAL_YES;
}

static void
test_text(void)
{
	OK(selects("    message|contains: payment FAILED", "x Payment failed y"));
	OK(!selects("    message|contains|cased: payment FAILED", "x Payment failed y"));
	OK(selects("    message|contains|cased: Payment failed", "x Payment failed y"));
	OK(selects("    message: 'a*z'", "a\nb\nz"));
	OK(!selects("    message: 'a*z'", "a\nb\nz\n"));
	OK(!selects("    message: 'a'", "ab"));
	OK(selects("    message: 'a?c'", "aBc"));
	OK(selects("    message: 'a?c'", "a\xc3\xa4"
					 "c"));
	OK(!selects("    message: 'a?c'", "ac"));
	OK(!selects("    message: '*??b'", "\xe2\x82\xac"
					   "b"));
	OK(selects("    message: '*??b'", "a\xe2\x82\xac"
					  "b"));
	OK(selects("    message: 'a\\*c'", "a*c"));
	OK(!selects("    message: 'a\\*c'", "abc"));
	OK(selects("    message|startswith: ab", "abc"));
	OK(!selects("    message|startswith: bc", "abc"));
	OK(selects("    message|endswith: bc", "abcbc"));
	OK(!selects("    message|endswith: ab", "abc"));
	OK(selects("    message: '*a*b*c'", "xaxbxbcxc"));
	OK(!selects("    message: '*a*b*c'", "xbxaxc"));
	OK(selects("    message|contains|all: [one, two]", "two one"));
	OK(!selects("    message|contains|all: [one, two]", "two"));
	OK(selects("    message|contains: [one, two]", "two"));
	OK(selects("    message|contains: 'Zo\xc3\xab'", "zo\xc3\xab"));
	OK(!selects("    message|contains: 'Zo\xc3\xab'", "zo\xc3\x8b"));
}

static void
test_numbers(void)
{
	OK(selects("    status: 500", "{\"status\":500}"));
	OK(selects("    status: 500", "{\"status\":\"500\"}"));
	OK(selects("    status: 500", "{\"status\":500.0}"));
	OK(selects("    status: '500'", "{\"status\":500}"));
	OK(!selects("    status: 500", "{\"status\":\"5000\"}"));
	OK(selects("    took: '0.1'", "{\"took\":0.1}"));
	OK(selects("    took|endswith: '.3'", "{\"took\":0.3}"));
	OK(selects("    took: '1000'", "{\"took\":1e3}"));
	OK(selects("    took|gte: 2.5", "{\"took\":2.5}"));
	OK(selects("    took|gt: 2.5", "{\"took\":\"3\"}"));
	OK(!selects("    took|lt: 2.5", "{\"took\":\"fast\"}"));
	OK(!selects("    took|lt: 2.5", "{}"));
	OK(selects("    took|lte: 2", "{\"took\":2}"));
}

static void
test_missing(void)
{
	OK(!selects("    status: 500", "{\"x\":1}"));
	OK(!selects("    status: '*'", "{\"x\":1}"));
	OK(selects("    status|exists: false", "{\"x\":1}"));
	OK(selects("    status|exists: true", "{\"status\":1}"));
	OK(selects("    status|exists: true", "{\"status\":null}"));
	OK(!selects("    a.b|exists: false", "{\"a\":[{\"b\":[]}]}"));
	OK(!selects("    a.c|exists: true", "{\"a\":[{\"b\":null}]}"));
	OK(selects("    message|exists: true", "plain"));
	OK(selects("    status: null", "{\"status\":null}"));
	OK(selects("    status: null", "plain"));
	OK(!selects("    status: null", "{\"status\":0}"));
	OK(selects("    status|neq: 500", "{\"status\":501}"));
	OK(!selects("    status|neq: 500", "{\"status\":500}"));
}

static void
test_body(void)
{
	OK(selects("    a.b: x", "{\"a\":{\"b\":\"X\"}}"));
	OK(selects("    a.b: x", "{\"a\":[{\"b\":\"y\"},{\"b\":\"x\"}]}"));
	OK(selects("    a: 3", "{\"a\":[1,2,3]}"));
	OK(!selects("    a: 4", "{\"a\":[1,2,3]}"));
	OK(selects("    body.message: hello", "{\"message\":\"hello\"}"));
	OK(!selects("    message: hello", "{\"message\":\"hello\"}"));
}

static void
test_keywords(void)
{
	OK(selects("    - refused", "Connection REFUSED"));
	OK(!selects("    - refused", "Connection reset"));
	OK(selects("    - refused", "{\"msg\":\"connection refused\"}"));
	OK(!selects("    - refused", "{\"refused\":\"no\"}"));
	OK(selects("    - refused\n    - reset", "Connection reset"));
	OK(selects("    '|all': [connection, reset]", "Connection reset"));
	OK(!selects("    '|all': [connection, reset]", "Connection refused"));
}

static void
test_conditions(void)
{
	static const char yaml[] =
		"title: T\nname: t\nlogsource: {category: log}\ndetection:\n"
		"  one:\n    message|re: 'order (?P<order_id>[0-9a-f]+)'\n"
		"  two:\n    message|re: 'reason (?P<reason>\\w+)'\n"
		"  veto:\n    message|re: 'skip (?P<skipped>\\w+)'\n"
		"  condition: (one or two) and not veto\n";
	struct kit k;

	kit_open(&k, yaml);
	OK(kit_log(&k, "order 42") == EVAL_YES);
	OK(kit_capture(&k, "order_id", "42"));
	OK(k.match.n_captures == 1);
	OK(kit_log(&k, "reason broke") == EVAL_YES && kit_capture(&k, "reason", "broke"));
	OK(kit_log(&k, "order 42 skip it") == EVAL_NO);
	OK(kit_log(&k, "nothing") == EVAL_NO);
	kit_close(&k);
}

/* What an untrue or negated path bound is gone. */
/* The same name in two regexes, or by way of one that is asked twice. */
static void
test_captures_of_one_name(void)
{
	struct kit k;

	kit_open(&k, "title: x\nname: x\nlogsource: {category: log}\n"
		     "detection:\n"
		     "  a: {message|re: 'order (?P<id>[0-9]+)'}\n"
		     "  b: {message|re: 'cart (?P<id>[0-9]+)'}\n"
		     "  condition: a and b and 1 of them\n");
	OK(kit_log(&k, "order 1 of cart 2") == EVAL_YES && k.match.n_captures == 1);
	OK(kit_capture(&k, "id", "1"));
	kit_close(&k);
}

static void
test_captures_of_true_paths(void)
{
	static const char yaml[] =
		"title: T\nname: t\nlogsource: {category: log}\ndetection:\n"
		"  half:\n    message|re: 'order (?P<id>[0-9]+)'\n    message|contains: absent\n"
		"  other:\n    message|re: 'item (?P<item>[0-9]+)'\n"
		"  gone:\n    message|re: 'item (?P<id>[0-9]+) gone'\n"
		"  condition: (half or other) and not gone\n";
	struct kit k;

	kit_open(&k, yaml);
	OK(kit_log(&k, "order 1 item 2") == EVAL_YES);
	OK(k.match.n_captures == 1 && kit_capture(&k, "item", "2"));
	kit_close(&k);
}

static void
test_three_answers(void)
{
	static const char slow[] = "    message|re: '(a+)+$'";
	char text[3000];
	struct kit k;

	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "b", 2);
	kit_open_detection(&k, slow);
	OK(kit_log(&k, text) == EVAL_ERROR);
	OK(eval_errors(k.eval, 0) == 1);
	OK(kit_log(&k, "aaa") == EVAL_YES);
	OK(eval_errors(k.eval, 0) == 1);
	kit_close(&k);
	kit_open_detection(&k, "    message|re: '(a+)+$'\n    message|contains: xyz");
	OK(kit_log(&k, text) == EVAL_NO);
	kit_close(&k);
	kit_open_detection(&k, "    message|re: ['(a+)+$', '^a']");
	OK(kit_log(&k, text) == EVAL_YES);
	kit_close(&k);
}

static void
test_match(void)
{
	static const char yaml[] =
		"title: T\nname: failed\nlogsource: {category: log, service: orders}\ndetection:\n"
		"  s:\n    message|re: 'failed (?P<order_id>\\w+) for (?P<password>\\w+)'\n"
		"  condition: s\n";
	static const struct source source = {
		.index = 7, .id = 1234, .label = { [LABEL_POD] = STR_INIT("orders-1") }
	};
	struct record r = { .source = &source,
		.at_ns = 99,
		.count = 3,
		.place = { 5, 2 },
		.message = STR("first\n\x1b[31mfailed 42 for hunter2\x1b[0m\r\nlast") };
	struct kit k;
	uint64_t id;

	r.label[LABEL_POD] = source.label[LABEL_POD];
	r.label[LABEL_NAMESPACE] = STR("shop");
	kit_open(&k, yaml);
	OK(kit_record(&k, 0, &r) == EVAL_YES);
	OK(k.match.source == 7 && k.match.source_id == 1234 && k.match.at_ns == 99);
	OK(k.match.weight == 3 && k.match.place.offset == 5);
	OK(str_starts(k.match.text, STR("failed 42 for <password:")) &&
		str_find(k.match.text, STR("hunter2")) == SIZE_MAX);
	OK(kit_capture(&k, "order_id", "42"));
	OK(!kit_capture(&k, "password", "hunter2"));
	OK(kit_capture(&k, "service", "orders") && kit_capture(&k, "namespace", "shop"));
	id = k.match.id;
	r.place.ordinal = 3;
	OK(kit_record(&k, 0, &r) == EVAL_YES && k.match.id != id);
	r.place.ordinal = 2;
	OK(kit_record(&k, 0, &r) == EVAL_YES && k.match.id == id);
	kit_close(&k);
}

/* A secret at the cut is not seen by half; characters are not cut either. */
static void
test_cut(void)
{
	char text[9000];
	struct kit k;
	bool good = true;

	kit_open_detection(&k, "    message|re: 'find (?P<it>.*)'");
	for (size_t before = 900; before < 1200 && good; before++) {
		memset(text, 'x', before);
		snprintf(text + before, sizeof(text) - before,
			" find alice@example.com 4111111111111111 %s",
			"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
		good = kit_log(&k, text) == EVAL_YES &&
		       k.match.text.len <= MATCH_TEXT_MAX &&
		       str_find(k.match.text, STR("4111")) == SIZE_MAX &&
		       str_find(k.match.text, STR("alice")) == SIZE_MAX;
		good = good && (k.match.text.len < 1 ||
				       k.match.text.ptr[k.match.text.len - 1] != '\xc3');
	}
	OK(good);
	memset(text, 'z', 3000);
	memcpy(text, "find ", 5);
	text[3000] = '\0';
	OK(kit_log(&k, text) == EVAL_YES && k.match.n_captures == 1);
	OK(k.match.capture[0].value.len <= MATCH_CAPTURE_MAX &&
		k.match.capture[0].value.len > 0);
	OK(k.match.text.len == MATCH_TEXT_MAX);
	kit_close(&k);
}

/* Of fields what windows ask for, and what must not be seen of the others. */
static void
test_needs(void)
{
	enum match_need of = NEED_FIELDS;
	struct str name = STR("ms");
	struct match_needs needs = { &of, &name, 1 };
	struct kit k;

	kit_open_detection(
		&k, "    message|re: '(?P<user>\\w+) (?P<password>\\w+) (?P<ms>\\d+) '");
	eval_set_needs(k.eval, &needs);
	OK(kit_log(&k, "joe hunter2 17 ms") == EVAL_YES);
	OK(k.match.n_captures == 2 && k.match.text.len == 0);
	OK(kit_capture(&k, "ms", "17") && !kit_capture(&k, "password", "hunter2"));
	OK(kit_log(&k, "joe 17 17 ms") == EVAL_YES);
	OK(!kit_capture(&k, "ms", "17")); /* nor may another capture tell it */
	of = NEED_COUNT;
	eval_set_needs(k.eval, &needs);
	OK(kit_log(&k, "joe hunter2 17 ms") == EVAL_YES && k.match.n_captures == 0);
	eval_set_needs(k.eval, NULL);
	OK(kit_log(&k, "joe hunter2 17 ms") == EVAL_YES && k.match.n_captures == 3);
	kit_close(&k);
}

static void
test_is_for(void)
{
	static const char yaml[] =
		"title: T\nname: t\nlogsource: {category: log, service: orders}\ndetection:\n"
		"  s: {message|contains: x}\n  condition: s\n";
	struct record r = { .category = RECORD_LOG };
	struct kit k;

	kit_open(&k, yaml);
	OK(eval_is_for(&k.rules->rules[0], &r));
	r.label[LABEL_SERVICE] = STR("orders");
	OK(eval_is_for(&k.rules->rules[0], &r));
	r.label[LABEL_SERVICE] = STR("carts");
	OK(!eval_is_for(&k.rules->rules[0], &r));
	r.label[LABEL_SERVICE] = (struct str){ 0 };
	r.category = RECORD_EVENT;
	OK(!eval_is_for(&k.rules->rules[0], &r));
	kit_close(&k);
}

int
main(void)
{
	test_text();
	test_numbers();
	test_missing();
	test_body();
	test_keywords();
	test_conditions();
	test_captures_of_one_name();
	test_captures_of_true_paths();
	test_three_answers();
	test_match();
	test_cut();
	test_needs();
	test_is_for();
	return tap_done();
}
