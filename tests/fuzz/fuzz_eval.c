/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a log record against rules of every kind of comparison: one of three
 * answers, and what matches is within its bounds.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "match/eval.h"
#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char yaml[] =
	"title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
	"  re: {message|re: 'order (?P<order_id>[0-9a-f]+)(?::\\s*(?P<reason>.+))?'}\n"
	"  any: {message|contains: [failed, '*a?b*c'], a.b|gte: 2}\n"
	"  status: {status: [500, '50?', null-like]}\n"
	"  gone: {status: null}\n"
	"  words: [refused, 'time*out']\n"
	"  condition: re or any or (status and not gone) or words\n---\n"
	"title: B\nname: b\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: '(x+x+)+y(?P<rest>.*)'}\n"
	"  t: {'message|endswith|cased': Z, 'b|neq': 3, c|exists: true}\n"
	"  condition: 1 of them\n";

static struct ruleset *rules;
static struct eval *eval;
static struct arena *arena;

static void
start(void)
{
	if (rules != NULL)
		return;
	if (rules_load_text("fuzz.yaml", str_z(yaml), stderr, &rules) != 0)
		abort();
	eval = eval_new(rules);
	arena = arena_new("fuzz", (size_t)64 << 20);
	if (eval == NULL || arena == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	for (uint32_t i = 0; i < rules->n_rules; i++) {
		struct record r = { .message = { (const char *)data, size }, .count = 1 };
		struct match m = { 0 };
		FILE *out = fopen("/dev/null", "w");

		arena_reset(arena);
		eval_begin(eval, &r, arena);
		if (eval_rule(eval, i, &m) == EVAL_YES) {
			assert(m.text.len <= MATCH_TEXT_MAX &&
				m.n_captures <= MATCH_CAPTURES);
			for (size_t k = 0; k < m.n_captures; k++)
				assert(m.capture[k].value.len <= MATCH_CAPTURE_MAX);
		}
		if (out != NULL) {
			eval_explain(eval, i, &r, out);
			fclose(out);
		}
		record_reset(&r);
	}
	return 0;
}
