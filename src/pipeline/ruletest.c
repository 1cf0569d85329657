/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/ruletest.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/time.h"
#include "decode/decoder.h"
#include "engine/volume.h"
#include "match/eval.h"

#define ARENA_BYTES ((size_t)4 << 20)

/* A test's record: 2020-01-01T00:00:00Z, unless the text has a time. */
#define TEST_DATE_NS (INT64_C(1577836800) * TIME_S)

struct bench {
	const struct ruleset *rs;
	struct eval *eval;
	struct arena *arena;
	struct source_table *sources;
};

static bool
bench_open(struct bench *b, const struct ruleset *rs)
{
	*b = (struct bench){ .rs = rs,
		.eval = eval_new(rs),
		.arena = arena_new("ruletest", ARENA_BYTES),
		.sources = source_table_new(100000, SOURCES_STAY) };
	return b->eval != NULL && b->arena != NULL && b->sources != NULL;
}

static void
bench_close(struct bench *b)
{
	if (b->eval != NULL)
		eval_free(&b->eval);
	if (b->sources != NULL)
		source_table_free(&b->sources);
	arena_free(&b->arena);
}

/* The fields an event's or pod's test may set stand in its YAML map as they are. */
static void
object_record(
	struct bench *b, const struct rule *rule, struct str object, struct record *r)
{
	static const char *const fields_z[] = { "reason", "type", "kind", "name",
		"component", "exit_code", "state", "restarts" };
	size_t used;

	r->category = rule->category;
	if (json_read(object, &r->body, &used) != JSON_OK)
		return;
	r->body_tried = true;
	r->message = json_member_text(r->body, "message");
	r->count = (uint32_t)json_i64(json_member(r->body, "count"), 1);
	for (size_t i = 0; i < ARRAY_LEN(fields_z); i++) {
		struct buf text;
		json_t *v = json_member(r->body, fields_z[i]);

		buf_init(&text, 4096);
		if (v != NULL && json_scalar(v, &text))
			r->field[r->n_fields++] = (struct field){ str_z(fields_z[i]),
				arena_copy(b->arena, buf_str(&text)) };
		buf_fini(&text);
	}
	for (size_t i = 0; i < LABEL_COUNT; i++) {
		char name_z[32];

		snprintf(name_z, sizeof(name_z), "%.*s", STR_ARG(label_names[i]));
		if (r->label[i].len == 0)
			r->label[i] = json_member_text(r->body, name_z);
	}
}

/* In tenths; 0: not given. */
static uint64_t
tenths(const json_t *body, const char *name_z)
{
	double v = json_number_value(json_member(body, name_z));

	return v > 0 && v < 1e15 ? (uint64_t)(v * 10 + 0.5) : 0;
}

/* What a test says of a volume; ratios follow from it. */
static void
volume_record(struct bench *b, struct str object, struct record *r)
{
	struct volume_facts f = { 0 };
	json_t *body = NULL;
	size_t used;

	r->category = RECORD_VOLUME;
	if (json_read(object, &body, &used) != JSON_OK)
		return;
	f.lines = tenths(body, "lines") / 10;
	f.bytes = tenths(body, "bytes") / 10;
	f.silent_for = tenths(body, "silent_for") / 10;
	f.lines_before = tenths(body, "lines_before");
	f.bytes_before = tenths(body, "bytes_before");
	f.slices_before = tenths(body, "slices_before") / 10;
	f.known = json_member(body, "lines_before") != NULL ||
		  json_member(body, "bytes_before") != NULL ||
		  json_member(body, "slices_before") != NULL;
	volume_fill(r, &f, b->arena);
	json_decref(body);
}

static void
given_labels(const struct rule_test *t, struct str label[LABEL_COUNT])
{
	for (size_t i = 0; i < t->n_labels; i++) {
		enum label l = label_find(t->labels[i].name);

		if (l < LABEL_COUNT)
			label[l] = t->labels[i].value;
	}
}

static void
feed(struct decoder *d, struct str text)
{
	while (text.len > 0) {
		size_t cap;
		char *room = decoder_space(d, &cap);
		size_t n = text.len < cap ? text.len : cap;

		memcpy(room, text.ptr, n);
		decoder_filled(d, n);
		text = str_sub(text, n, text.len);
		if (decoder_fresh(d).len > 0)
			decoder_hit_all(d);
	}
	decoder_finish(d);
	if (decoder_fresh(d).len > 0)
		decoder_hit_all(d);
}

/* Says on out, unless it is NULL, which do not. */
static bool
captures_fit(const struct rule_test *t, const struct match *m, FILE *out)
{
	bool good = true;

	for (size_t i = 0; i < t->n_captures; i++) {
		struct str got = { 0 };
		bool there = match_field(m, t->captures[i].name, &got);

		if (there && str_eq(got, t->captures[i].value))
			continue;
		good = false;
		if (out == NULL)
			return false;
		fprintf(out, "    %.*s: expected \"%.*s\", got %s%.*s%s\n",
			STR_ARG(t->captures[i].name), STR_ARG(t->captures[i].value),
			there ? "\"" : "nothing", STR_ARG(got), there ? "\"" : "");
	}
	return good;
}

static bool
matches(struct bench *b, uint32_t rule, struct record *r, struct match *m)
{
	eval_begin(b->eval, r, b->arena);
	return eval_is_for(&b->rs->rules[rule], r) &&
	       eval_rule(b->eval, rule, m) == EVAL_YES;
}

static struct decoder *
decode_test(struct bench *b, const struct rule_test *t)
{
	struct decoder_conf conf = { .sources = b->sources,
		.name = STR("test"),
		.format = FORMAT_PLAIN,
		.date_ns = TEST_DATE_NS,
		.date_quality = TIME_FILE_DATE };
	struct decoder *d;

	given_labels(t, conf.label);
	d = decoder_new(&conf);
	if (d != NULL)
		feed(d, t->log);
	return d;
}

/* Whether the rule matches any record of the test's text; *m is the first match. */
static bool
log_matches(struct bench *b, uint32_t rule, const struct rule_test *t, struct match *m)
{
	struct decoder *d = decode_test(b, t);
	struct record *r;
	bool hit = false;

	if (d == NULL)
		return false;
	while (!hit && (r = decoder_next(d)) != NULL)
		hit = matches(b, rule, r, m);
	if (hit)
		match_copy(m, b->arena);
	decoder_free(&d);
	return hit;
}

static void
make_record(struct bench *b, const struct rule *rule, struct str object, struct record *r)
{
	static const struct str none[LABEL_COUNT] = { 0 };

	r->source = source_table_get(b->sources, STR("test"), none);
	if (rule->category == RECORD_VOLUME)
		volume_record(b, object, r);
	else
		object_record(b, rule, object, r);
}

static bool
object_matches(struct bench *b, uint32_t rule, const struct rule_test *t, struct match *m)
{
	struct record r = { .at_ns = TEST_DATE_NS, .count = 1 };
	bool hit;

	given_labels(t, r.label);
	make_record(b, &b->rs->rules[rule], t->object, &r);
	hit = matches(b, rule, &r, m);
	if (hit)
		match_copy(m, b->arena);
	record_reset(&r);
	return hit;
}

/* Which part of the condition held, and what it saw. */
static void
explain_test(struct bench *b, uint32_t rule, const struct rule_test *t, FILE *out)
{
	struct decoder *d = t->object.len > 0 ? NULL : decode_test(b, t);
	struct record object = { .at_ns = TEST_DATE_NS, .count = 1 };
	struct record *r;

	arena_reset(b->arena);
	while (d != NULL && (r = decoder_next(d)) != NULL)
		eval_explain(b->eval, rule, r, out);
	decoder_free(&d);
	if (t->object.len == 0)
		return;
	given_labels(t, object.label);
	make_record(b, &b->rs->rules[rule], t->object, &object);
	eval_explain(b->eval, rule, &object, out);
	record_reset(&object);
}

static bool
run_one(struct bench *b, uint32_t rule, const struct rule_test *t, FILE *out)
{
	const struct rule *ru = &b->rs->rules[rule];
	struct match m = { 0 };
	bool hit;

	arena_reset(b->arena);
	hit = t->object.len > 0 ? object_matches(b, rule, t, &m)
				: log_matches(b, rule, t, &m);
	if (hit == t->match && (!hit || captures_fit(t, &m, NULL)))
		return true;
	fprintf(out, "%.*s:%u: test of %.*s failed: expected %s, got %s\n    %.*s\n",
		STR_ARG(ru->file), t->line, STR_ARG(ru->name),
		t->match ? "a match" : "no match",
		hit != t->match ? (hit ? "a match" : "no match") : "other captures",
		STR_ARG(t->object.len > 0 ? t->object : t->log));
	if (hit == t->match)
		(void)captures_fit(t, &m, out);
	else
		explain_test(b, rule, t, out);
	return false;
}

static void
run_rule(struct bench *b, uint32_t rule, FILE *out, struct ruletest_counts *counts)
{
	for (size_t k = 0; k < b->rs->rules[rule].n_tests; k++) {
		bool good = run_one(b, rule, &b->rs->rules[rule].tests[k], out);

		counts->passed += good;
		counts->failed += !good;
	}
}

void
ruletest_run(const struct ruleset *rs, FILE *out, struct ruletest_counts *counts)
{
	struct bench b;

	*counts = (struct ruletest_counts){ 0 };
	if (bench_open(&b, rs)) {
		for (uint32_t i = 0; i < rs->n_rules; i++)
			run_rule(&b, i, out, counts);
	}
	bench_close(&b);
}

/* The record of a rule that is for no logs. */
static void
explain_object(struct bench *b, uint32_t rule, struct str object, FILE *out)
{
	struct record r = { .at_ns = TEST_DATE_NS, .count = 1 };

	make_record(b, &b->rs->rules[rule], object, &r);
	eval_explain(b->eval, rule, &r, out);
	record_reset(&r);
}

void
ruletest_explain(const struct ruleset *rs, uint32_t rule, struct str line, FILE *out)
{
	struct bench b;
	struct decoder_conf conf = { .name = STR("-"),
		.format = FORMAT_AUTO,
		.date_ns = TEST_DATE_NS,
		.date_quality = TIME_FILE_DATE };
	struct decoder *d = NULL;
	struct record *r;

	if (bench_open(&b, rs)) {
		conf.sources = b.sources;
		if (rule != UINT32_MAX && rs->rules[rule].category != RECORD_LOG)
			explain_object(&b, rule, line, out);
		else
			d = decoder_new(&conf);
	}
	if (d != NULL) {
		feed(d, line);
		while ((r = decoder_next(d)) != NULL)
			for (uint32_t i = 0; i < rs->n_rules; i++)
				if ((rule == UINT32_MAX || rule == i) &&
					rs->rules[i].category == r->category)
					eval_explain(b.eval, i, r, out);
		decoder_free(&d);
	}
	bench_close(&b);
}
