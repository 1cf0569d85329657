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
	e->search = search_new();
	e->walk.search = e->search;
	e->arena = arena_new("explain", EXPLAIN_BYTES);
	e->trials = calloc(rs->n_rules + 1, sizeof(*e->trials));
	if (e->search == NULL || e->arena == NULL || e->trials == NULL) {
		eval_free(&e);
		return NULL;
	}
	for (size_t i = 0; i < rs->n_rules; i++)
		e->trials[i] = (struct trial){ .condition = rs->rules[i].condition,
			.lone = walk_lone(rs->rules[i].condition),
			.need = NEED_ALL,
			.groups = SEARCH_ALL,
			.name_hash = hash_stable(rs->rules[i].name) };
	return e;
}

void
eval_free(struct eval **pe)
{
	struct eval *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->search != NULL)
		search_free(&e->search);
	if (e->arena != NULL)
		arena_free(&e->arena);
	buf_fini(&e->text);
	buf_fini(&e->plain);
	buf_fini(&e->known[0]);
	buf_fini(&e->known[1]);
	free(e->trials);
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

static bool
is_asked(const struct match_needs *needs, struct str name)
{
	for (size_t i = 0; needs != NULL && i < needs->n_names; i++)
		if (str_eq(needs->names[i], name))
			return true;
	return needs == NULL;
}

NEVER_INLINE static void
look_at_name(struct eval *e, struct told *t, struct str name)
{
	*t = (struct told){ name, telling_of(name), is_asked(e->needs, name) };
}

static inline const struct told *
told_by(struct eval *e, struct str name)
{
	struct told *t = &e->told[(uintptr_t)name.ptr / sizeof(void *) % TOLD];

	if (t->name.ptr != name.ptr || t->name.len != name.len)
		look_at_name(e, t, name);
	return t;
}

/* Its value says something to a window, or of the line's secrets. */
static bool
is_kept(const struct told *t)
{
	return t->asked || t->telling != TELLING_NOTHING;
}

/* Unless all are needed drops those that nobody asks for. */
static void
look_at_captures(struct eval *e, bool all)
{
	size_t n = 0;

	e->tells = false;
	for (size_t i = 0; i < e->walk.n_captures; i++) {
		const struct field *f = &e->walk.capture[i];
		const struct told *t = told_by(e, f->name);

		if (!all && !is_kept(t))
			continue;
		if (t->telling != TELLING_NOTHING &&
			redact_is_telling(t->telling, f->value))
			e->tells = true;
		e->telling[n] = t->telling;
		if (n != i)
			e->walk.capture[n] = *f;
		n++;
	}
	e->walk.n_captures = n;
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
keep(const struct eval *e, struct str s, struct str whole)
{
	if (buf_failed(&e->text) || buf_failed(&e->plain))
		return (struct str){ 0 };
	return s.ptr >= whole.ptr && s.ptr < whole.ptr + whole.len
		       ? s
		       : arena_copy(e->walk.arena, s);
}

static struct str
keep_text(struct eval *e, struct str message)
{
	struct str line =
		window(line_around(message, e->walk.hit), SLACK * MATCH_TEXT_MAX);
	struct str s = hide_telling(e, strip_colours(&e->plain, line));

	s = redact_text(e->key, &e->text, s);
	return keep(e, cut(s, MATCH_TEXT_MAX), line);
}

/* Apart: most values are seen to be harmless. */
NEVER_INLINE static struct str
keep_value(struct eval *e, struct str value, enum telling telling)
{
	struct str s;

	value = window(value, SLACK * MATCH_CAPTURE_MAX);
	s = redact_value(e->key, &e->text, telling, hide_telling(e, value));
	return keep(e, cut(s, MATCH_CAPTURE_MAX), value);
}

static void
add_capture(struct eval *e, struct match *m, const struct field *f, enum telling telling)
{
	struct field *to = &m->capture[m->n_captures];

	if (m->n_captures == MATCH_CAPTURES)
		return;
	m->n_captures++;
	*to = *f;
	if (telling != TELLING_NOTHING || e->tells || !redact_is_harmless(f->value))
		to->value = keep_value(e, f->value, telling);
}

/* Fields of the record that somebody asks of this rule's matches. */
NEVER_INLINE static void
add_wanted(struct eval *e, struct match *m)
{
	const struct rule *rule = &e->rules->rules[m->rule];

	for (size_t i = 0; i < rule->n_wanted; i++) {
		struct field f = { .name = rule->wanted[i] };

		if (record_values(e->walk.record, f.name, e->walk.arena, &f.value, 1) > 0)
			add_capture(e, m, &f, told_by(e, f.name)->telling);
	}
}

/* What costs: looked at, hashed, redacted. Apart: windows need it rarely. */
NEVER_INLINE static void
fill_all(struct eval *e, struct match *m, bool all)
{
	look_at_captures(e, all);
	if (all) {
		m->id = match_id(m);
		m->text = keep_text(e, e->walk.record->message);
	}
	for (size_t i = 0; i < e->walk.n_captures; i++)
		add_capture(e, m, &e->walk.capture[i], e->telling[i]);
}

/* The captures that windows ask for. False: one of them has something to hide. */
static bool
add_asked(struct eval *e, struct match *m)
{
	for (size_t i = 0; i < e->walk.n_captures; i++) {
		const struct field *f = &e->walk.capture[i];
		const struct told *t = told_by(e, f->name);

		if (!is_kept(t))
			continue;
		if (t->telling != TELLING_NOTHING || !redact_is_harmless(f->value))
			return false;
		m->capture[m->n_captures++] = *f;
	}
	return true;
}

static void
fill_fields(struct eval *e, struct match *m, bool all)
{
	m->id_seed = m->source_id ^ e->trials[m->rule].name_hash;
	e->tells = false;
	if (all || !add_asked(e, m)) {
		m->n_captures = 0;
		fill_all(e, m, all);
	}
	if (e->rules->rules[m->rule].n_wanted > 0)
		add_wanted(e, m);
}

/* What a source cannot know the rule says. */
static void
set_labels(struct match *m, const struct rule *rule, const struct record *r)
{
	memcpy(m->label, r->label, sizeof(m->label));
	if (m->label[LABEL_SERVICE].len == 0)
		m->label[LABEL_SERVICE] = rule->logsource.service;
}

/* Apart: most rules say no to most records. */
NEVER_INLINE static void
fill(struct eval *e, uint32_t number, struct match *m)
{
	const struct record *r = e->walk.record;
	enum match_need need = e->trials[number].need;

	m->rule = number;
	m->source = r->source != NULL ? r->source->index : 0;
	m->source_id = r->source != NULL ? r->source->id : 0;
	m->id = m->id_seed = 0;
	m->at_ns = r->at_ns;
	m->quality = r->quality;
	m->category = r->category;
	m->place = r->place;
	m->weight = r->count > 0 ? r->count : 1;
	set_labels(m, &e->rules->rules[number], r);
	m->text = (struct str){ 0 };
	m->n_captures = 0;
	if (need != NEED_COUNT)
		fill_fields(e, m, need == NEED_ALL);
}

void
eval_set_key(struct eval *e, struct hash_key key)
{
	e->key = key;
}

/* Which captures look_at_captures() would not drop. */
static uint64_t
groups_needed(struct eval *e, const struct trial *rule)
{
	uint64_t which = 0;
	size_t n;

	if (rule->need == NEED_COUNT)
		return 0;
	if (rule->lone == NULL || rule->need == NEED_ALL)
		return SEARCH_ALL;
	n = regex_capture_count(rule->lone);
	if (n > MATCH_CAPTURES) /* the first that are set count, whoever asks */
		return SEARCH_ALL;
	for (size_t i = 0; i < n; i++)
		if (is_kept(told_by(e, regex_capture_name(rule->lone, i))))
			which |= UINT64_C(1) << i;
	return which;
}

void
eval_set_needs(struct eval *e, const struct match_needs *needs)
{
	e->needs = needs;
	memset(e->told, 0, sizeof(e->told));
	for (size_t i = 0; i < e->rules->n_rules; i++) {
		struct trial *rule = &e->trials[i];

		rule->need = needs != NULL ? needs->of[i] : NEED_ALL;
		rule->groups = groups_needed(e, rule);
	}
}

void
eval_set_quarantine(struct eval *e, struct quarantine *q)
{
	e->quarantine = q;
}

/* By its place, so the same ones in every run: early in a source more of them. */
static bool
is_sample(const struct record *r)
{
	uint64_t at = r->place.offset + r->place.ordinal;
	unsigned bits = at < 64 * 1024 ? 4 : at < 1024 * 1024 ? 6 : 8;

	return at * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits) == 0;
}

bool
eval_begin(struct eval *e, struct record *r, struct arena *a)
{
	struct quarantine *q = e->quarantine;

	e->walk.record = r;
	e->walk.arena = a;
	e->some_off = q != NULL && quarantine_changes(q) > 0;
	search_begin(e->search, q != NULL && is_sample(r));
	return e->some_off;
}

static void
charge(struct eval *e, uint32_t number, uint64_t slow)
{
	e->trials[number].cost.slow_steps += slow;
	if (e->quarantine != NULL)
		quarantine_charge(e->quarantine, number, e->walk.record, slow);
}

/* The condition, on the rule's account. */
static enum eval_answer
judge(struct eval *e, uint32_t number)
{
	struct trial *rule = &e->trials[number];
	enum eval_answer answer;
	uint64_t slow;

	walk_start(&e->walk);
	if (rule->lone != NULL && e->walk.record->n_fields == 0) {
		answer = walk_regex(&e->walk, rule->lone, e->walk.record->message,
			rule->groups, rule->need == NEED_ALL);
		slow = search_slow(e->search);
	} else {
		answer = walk_node(&e->walk, rule->condition, rule->need == NEED_COUNT);
		slow = search_slow(e->search) + walk_slow(&e->walk);
	}
	rule->cost.records++;
	if (slow > 0)
		charge(e, number, slow);
	return answer;
}

/* Most rules with the words of a record are of other records. */
static inline bool
is_out(const struct trial *rule, const struct record *r)
{
	return rule->lone != NULL && r->n_fields == 0 &&
	       search_is_out(rule->lone, r->message);
}

enum eval_answer
eval_rule(struct eval *e, uint32_t number, struct match *m)
{
	struct trial *rule = &e->trials[number];
	enum eval_answer answer;

	if (rule->condition == NULL ||
		(e->some_off && quarantine_is_off(e->quarantine, number, e->walk.record)))
		return EVAL_NO;
	if (is_out(rule, e->walk.record)) {
		rule->cost.records++;
		return EVAL_NO;
	}
	answer = judge(e, number);
	if (answer == EVAL_ERROR)
		rule->errors++;
	if (answer == EVAL_YES)
		fill(e, number, m);
	return answer;
}

uint64_t
eval_errors(const struct eval *e, uint32_t number)
{
	return e->trials[number].errors;
}

struct eval_cost
eval_cost(const struct eval *e, uint32_t number)
{
	return e->trials[number].cost;
}
