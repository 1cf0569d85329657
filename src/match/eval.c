/* SPDX-License-Identifier: Apache-2.0 */
/* From the answer of a condition to a match: captures and text, redacted and cut. */
#include "match/eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "match/redact.h"
#include "match/state.h"

#define EXPLAIN_BYTES ((size_t)4 << 20)
#define REDACT_BYTES  ((size_t)64 << 10)

/* More than is kept is redacted, so that no half of a secret is at the cut. */
#define SLACK 4

struct eval *
eval_new(const struct ruleset *rs)
{
	struct eval *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->rules = rs;
	buf_init(&e->text, REDACT_BYTES);
	buf_init(&e->plain, REDACT_BYTES);
	buf_init(&e->known[0], REDACT_BYTES);
	buf_init(&e->known[1], REDACT_BYTES);
	e->scratch = regex_scratch_new();
	e->arena = arena_new("explain", EXPLAIN_BYTES);
	e->errors = calloc(rs->n_rules + 1, sizeof(*e->errors));
	e->costs = calloc(rs->n_rules + 1, sizeof(*e->costs));
	e->name_hash = calloc(rs->n_rules + 1, sizeof(*e->name_hash));
	e->lone = calloc(rs->n_rules + 1, sizeof(struct value *));
	if (e->scratch == NULL || e->arena == NULL || e->errors == NULL ||
		e->costs == NULL || e->name_hash == NULL || e->lone == NULL) {
		eval_free(&e);
		return NULL;
	}
	for (size_t i = 0; i < rs->n_rules; i++) {
		e->name_hash[i] = hash_stable(rs->rules[i].name);
		e->lone[i] = walk_lone(rs->rules[i].condition);
	}
	return e;
}

void
eval_free(struct eval **pe)
{
	struct eval *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->scratch != NULL)
		regex_scratch_free(&e->scratch);
	if (e->arena != NULL)
		arena_free(&e->arena);
	buf_fini(&e->text);
	buf_fini(&e->plain);
	buf_fini(&e->known[0]);
	buf_fini(&e->known[1]);
	free(e->errors);
	free(e->costs);
	free(e->name_hash);
	free(e->lone);
	free(e);
}

/* All inputs are of product kubernetes or of none that is known. */
bool
eval_is_for(const struct rule *rule, const struct record *r)
{
	struct str have = r->label[LABEL_SERVICE], want = rule->logsource.service;

	if (rule->category != r->category)
		return false;
	return want.len == 0 || have.len == 0 || str_eq_fold(have, want);
}

/* At most max bytes, cut between characters. */
static struct str
cut(struct str s, size_t max)
{
	size_t n = max;

	if (s.len <= max)
		return s;
	while (n > 0 && max - n < 4 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	if (((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n = max;
	return str_sub(s, 0, n);
}

/* Of a text that goes on, what may be half of something at its end is dropped. */
static struct str
window(struct str s, size_t max)
{
	struct str w = cut(s, max);
	size_t n = w.len;

	if (w.len == s.len)
		return s;
	while (n > 0 && w.len - n < max / 4 && w.ptr[n - 1] != ' ' &&
		w.ptr[n - 1] != '\t')
		n--;
	return str_sub(w, 0, n);
}

/* The line of the message around at, or the first that is not blank. */
static struct str
line_around(struct str message, size_t at)
{
	size_t from = at < message.len ? at : 0, len, lf;
	struct str line;

	while (at >= message.len && from < message.len &&
		(message.ptr[from] == '\n' || message.ptr[from] == '\r' ||
			message.ptr[from] == ' '))
		from++;
	lf = str_rfind_char(str_sub(message, 0, from), '\n');
	line = str_sub(message, lf == SIZE_MAX ? 0 : lf + 1, message.len);
	len = str_find_char(line, '\n');
	return str_trim(str_sub(line, 0, len));
}

/* Colours say nothing in a timeline. Returns s where it has none. */
static struct str
strip_colours(struct buf *b, struct str s)
{
	size_t from = 0, at = str_find_char(s, '\x1b');

	if (at == SIZE_MAX)
		return s;
	buf_reset(b);
	while (at < s.len) {
		size_t end = at + 2;

		if (s.ptr[at] != '\x1b' || at + 1 == s.len || s.ptr[at + 1] != '[') {
			at++;
			continue;
		}
		while (end < s.len && end - at < 16 &&
			(char_is_digit(s.ptr[end]) || s.ptr[end] == ';'))
			end++;
		if (end < s.len && s.ptr[end] == 'm') {
			buf_add(b, str_sub(s, from, at - from));
			from = end + 1;
		}
		at = end;
	}
	buf_add(b, str_sub(s, from, s.len - from));
	return buf_str(b);
}

static enum telling
telling_by(struct eval *e, struct str name)
{
	struct told *t = &e->told[(uintptr_t)name.ptr / sizeof(void *) % TOLD];

	if (t->name.ptr != name.ptr || t->name.len != name.len)
		*t = (struct told){ name, telling_of(name) };
	return t->telling;
}

static void
look_at_captures(struct eval *e)
{
	e->tells = false;
	for (size_t i = 0; i < e->walk.n_captures; i++) {
		struct field f = e->walk.capture[i];

		e->telling[i] = telling_by(e, f.name);
		e->tells = e->tells || redact_is_telling(e->telling[i], f.value);
	}
}

/* What a capture's name told of the line, the line itself may not say. */
static struct str
hide_telling(struct eval *e, struct str line)
{
	struct buf *to = &e->known[0];

	for (size_t i = 0; i < e->walk.n_captures && e->tells; i++) {
		struct field f = e->walk.capture[i];
		struct str s;

		if (!redact_is_telling(e->telling[i], f.value))
			continue;
		s = redact_known(e->key, to, e->telling[i], f.value, line);
		if (buf_failed(to))
			return (struct str){ 0 };
		if (s.ptr == line.ptr)
			continue;
		line = s;
		to = to == &e->known[0] ? &e->known[1] : &e->known[0];
	}
	return line;
}

/* A part of what the record holds stays where it is; what was made is copied. */
static struct str
keep(const struct eval *e, struct arena *a, struct str s, struct str whole)
{
	if (buf_failed(&e->text) || buf_failed(&e->plain))
		return (struct str){ 0 };
	return s.ptr >= whole.ptr && s.ptr < whole.ptr + whole.len ? s : arena_copy(a, s);
}

static struct str
keep_text(struct eval *e, struct arena *a, struct str message)
{
	struct str line =
		window(line_around(message, e->walk.hit), SLACK * MATCH_TEXT_MAX);
	struct str s = hide_telling(e, strip_colours(&e->plain, line));

	s = redact_text(e->key, &e->text, s);
	return keep(e, a, cut(s, MATCH_TEXT_MAX), line);
}

static struct str
keep_value(struct eval *e, struct arena *a, struct str value, enum telling telling)
{
	struct str s;

	if (telling == TELLING_NOTHING && !e->tells && redact_is_harmless(value))
		return value;
	value = window(value, SLACK * MATCH_CAPTURE_MAX);
	s = redact_value(e->key, &e->text, telling, hide_telling(e, value));

	return keep(e, a, cut(s, MATCH_CAPTURE_MAX), value);
}

static void
add_capture(struct eval *e, struct arena *a, struct match *m, struct field f,
	enum telling telling)
{
	if (m->n_captures == MATCH_CAPTURES)
		return;
	m->capture[m->n_captures].name = f.name;
	m->capture[m->n_captures++].value = keep_value(e, a, f.value, telling);
}

/* Fields of the record that somebody asks of this rule's matches. */
static void
add_wanted(struct eval *e, struct arena *a, struct match *m, const struct rule *rule,
	struct record *r)
{
	for (size_t i = 0; i < rule->n_wanted; i++) {
		struct field f = { .name = rule->wanted[i] };

		if (record_values(r, f.name, a, &f.value, 1) > 0)
			add_capture(e, a, m, f, telling_by(e, f.name));
	}
}

/* What a source cannot know the rule says. */
static void
set_labels(struct match *m, const struct rule *rule, const struct record *r)
{
	memcpy(m->label, r->label, sizeof(m->label));
	if (m->label[LABEL_SERVICE].len == 0)
		m->label[LABEL_SERVICE] = rule->logsource.service;
}

static enum match_need
need_of(const struct eval *e, uint32_t number)
{
	return e->needs != NULL ? e->needs[number] : NEED_ALL;
}

/* What costs: looked at, hashed, redacted. */
static void
fill_fields(struct eval *e, struct record *r, struct arena *a, struct match *m,
	bool with_text)
{
	const struct rule *rule = &e->rules->rules[m->rule];
	const uint64_t id[] = { m->source_id, r->place.offset, r->place.ordinal,
		e->name_hash[m->rule] };

	m->id = hash_numbers(id, ARRAY_LEN(id));
	look_at_captures(e);
	if (with_text)
		m->text = keep_text(e, a, r->message);
	for (size_t i = 0; i < e->walk.n_captures; i++)
		add_capture(e, a, m, e->walk.capture[i], e->telling[i]);
	add_wanted(e, a, m, rule, r);
}

static void
fill(struct eval *e, uint32_t number, struct record *r, struct arena *a, struct match *m)
{
	enum match_need need = need_of(e, number);

	m->rule = number;
	m->source = r->source != NULL ? r->source->index : 0;
	m->source_id = r->source != NULL ? r->source->id : 0;
	m->id = 0;
	m->at_ns = r->at_ns;
	m->quality = r->quality;
	m->category = r->category;
	m->place = r->place;
	m->weight = r->count > 0 ? r->count : 1;
	set_labels(m, &e->rules->rules[number], r);
	m->text = (struct str){ 0 };
	m->n_captures = 0;
	if (need != NEED_COUNT)
		fill_fields(e, r, a, m, need == NEED_ALL);
}

void
eval_set_key(struct eval *e, struct hash_key key)
{
	e->key = key;
}

void
eval_set_needs(struct eval *e, const enum match_need *needs)
{
	e->needs = needs;
}

void
eval_set_quarantine(struct eval *e, struct quarantine *q)
{
	e->quarantine = q;
}

void
eval_begin(struct eval *e)
{
	regex_scratch_forget(e->scratch);
}

/* By its place, so the same ones in every run: early in a source more of them. */
static bool
is_sample(const struct record *r)
{
	uint64_t at = r->place.offset + r->place.ordinal;
	unsigned bits = at < 64 * 1024 ? 4 : at < 1024 * 1024 ? 6 : 8;

	return at * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits) == 0;
}

/* The condition, on the rule's account. */
static enum eval_answer
judge(struct eval *e, uint32_t number, struct record *r, struct arena *a)
{
	const struct value *lone = e->lone[number];
	bool counts = need_of(e, number) == NEED_COUNT;
	struct quarantine *q = e->quarantine;
	enum eval_answer answer;
	uint64_t slow;

	if (q != NULL && quarantine_is_off(q, number, r))
		return EVAL_NO;
	walk_init(&e->walk, r, a, e->scratch);
	regex_scratch_sample(e->scratch, q != NULL && is_sample(r));
	answer = lone != NULL && r->n_fields == 0
			 ? walk_message(&e->walk, lone, counts)
			 : walk_node(&e->walk, e->rules->rules[number].condition, counts);
	slow = regex_scratch_slow(e->scratch) + walk_slow(&e->walk);
	e->costs[number].records++;
	e->costs[number].slow_steps += slow;
	if (slow > 0 && q != NULL)
		quarantine_charge(q, number, r, slow);
	return answer;
}

enum eval_answer
eval_rule(struct eval *e, uint32_t number, struct record *r, struct arena *a,
	struct match *m)
{
	const struct rule *rule = &e->rules->rules[number];
	enum eval_answer answer;

	answer = rule->condition == NULL ? EVAL_NO : judge(e, number, r, a);
	if (answer == EVAL_ERROR)
		e->errors[number]++;
	if (answer == EVAL_YES)
		fill(e, number, r, a, m);
	return answer;
}

uint64_t
eval_errors(const struct eval *e, uint32_t number)
{
	return e->errors[number];
}

struct eval_cost
eval_cost(const struct eval *e, uint32_t number)
{
	return e->costs[number];
}
