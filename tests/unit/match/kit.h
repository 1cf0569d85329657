/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of match/: rules from a text, one record, and what comes of them. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "match/eval.h"
#include "record/match.h"
#include "rules/load.h"
#include "rules/ruleset.h"

struct kit {
	struct ruleset *rules;
	struct eval *eval;
	struct arena *arena;
	struct match match;
};

static inline void
kit_open(struct kit *k, const char *yaml_z)
{
	*k = (struct kit){ .arena = arena_new("test", (size_t)4 << 20) };
	if (rules_load_text("test.yaml", str_z(yaml_z), stdout, &k->rules) != 0)
		exit(99);
	k->eval = eval_new(k->rules);
}

static inline void
kit_close(struct kit *k)
{
	eval_free(&k->eval);
	ruleset_free(&k->rules);
	arena_free(&k->arena);
}

static inline enum eval_answer
kit_record(struct kit *k, uint32_t rule, struct record *r)
{
	enum eval_answer answer;

	arena_reset(k->arena);
	k->match = (struct match){ 0 };
	eval_begin(k->eval, r, k->arena);
	answer = eval_rule(k->eval, rule, &k->match);
	if (answer == EVAL_YES)
		match_copy(&k->match, k->arena);
	return answer;
}

/* A log record of that text against the first rule. */
static inline enum eval_answer
kit_log(struct kit *k, const char *text_z)
{
	struct record r = { .message = str_z(text_z), .count = 1 };
	enum eval_answer answer = kit_record(k, 0, &r);

	record_reset(&r);
	return answer;
}

/* A whole rule around one selection's lines, which are indented by four. */
static inline void
kit_open_detection(struct kit *k, const char *selection_z)
{
	char yaml[4096];

	snprintf(yaml, sizeof(yaml),
		"title: T\nname: t\nlogsource: {category: log}\ndetection:\n  s:\n%s\n"
		"  condition: s\n",
		selection_z);
	kit_open(k, yaml);
}

static inline bool
kit_capture(const struct kit *k, const char *name_z, const char *value_z)
{
	struct str got;

	return match_field(&k->match, str_z(name_z), &got) && str_eq(got, str_z(value_z));
}
