/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/compiler.h"
#include "base/log.h"
#include "base/time.h"
#include "worker/choice.h"

#define ARENA_BYTES ((size_t)16 << 20)
#define CUES_KEPT   8

/* Rules that are switched off, as last asked for. */
struct offs {
	uint32_t source; /* its index */
	const struct choice *choice;
	uint64_t changes;   /* of the quarantine; 0: none is off anywhere */
	uint64_t offset;    /* of the source: these and maybe more are off behind it */
	unsigned char *off; /* by rule */
	uint32_t *wordless; /* of the choice, those that are not */
	size_t n_wordless;
};

/* The rules of the record at hand; of the next one, too, if it has the same cues. */
struct asked {
	uint32_t *rules; /* ascending */
	size_t n;
	uint32_t cues[CUES_KEPT];
	size_t n_cues;     /* SIZE_MAX: not kept */
	uint64_t *time_of; /* by rule: when it was put in last */
	uint64_t time;
};

struct evaluate {
	const struct ruleset *rs;          /* borrowed */
	const struct prefilter *prefilter; /* borrowed, or NULL */
	struct prefilter_scratch *scratch;
	struct choices *choices;
	uint32_t source; /* index of the last one asked for, and its choice */
	const struct choice *choice;
	struct eval *eval;
	struct quarantine *quarantine; /* borrowed, may be NULL */
	struct offs offs;
	struct arena *arena;
	struct match *matches; /* one per rule at most */
	uint64_t *counts;
	struct asked asked;
	int64_t since_ns, until_ns;
};

static bool
alloc(struct evaluate *e, size_t n_rules)
{
	e->eval = eval_new(e->rs);
	e->arena = arena_new("evaluate", ARENA_BYTES);
	e->choices = choices_new(e->rs, e->prefilter);
	e->matches = calloc(n_rules + 1, sizeof(*e->matches));
	e->counts = calloc(n_rules + 1, sizeof(*e->counts));
	e->asked.rules = calloc(n_rules + 1, sizeof(*e->asked.rules));
	e->asked.time_of = calloc(n_rules + 1, sizeof(*e->asked.time_of));
	e->asked.n_cues = SIZE_MAX;
	e->offs.off = calloc(n_rules + 1, 1);
	e->offs.wordless = calloc(n_rules + 1, sizeof(*e->offs.wordless));
	if (e->prefilter != NULL)
		e->scratch = prefilter_scratch_new(e->prefilter);
	return e->eval != NULL && e->arena != NULL && e->choices != NULL &&
	       e->matches != NULL && e->counts != NULL && e->asked.rules != NULL &&
	       e->asked.time_of != NULL && e->offs.off != NULL &&
	       e->offs.wordless != NULL && (e->prefilter == NULL || e->scratch != NULL);
}

struct evaluate *
evaluate_new(const struct ruleset *rs, const struct prefilter *p)
{
	struct evaluate *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->rs = rs;
	e->prefilter = p;
	e->since_ns = TIME_NONE;
	e->until_ns = TIME_NONE;
	if (!alloc(e, rs->n_rules))
		evaluate_free(&e);
	return e;
}

void
evaluate_free(struct evaluate **pe)
{
	struct evaluate *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->eval != NULL)
		eval_free(&e->eval);
	if (e->choices != NULL)
		choices_free(&e->choices);
	prefilter_scratch_free(&e->scratch);
	arena_free(&e->arena);
	free(e->matches);
	free(e->counts);
	free(e->asked.rules);
	free(e->asked.time_of);
	free(e->offs.off);
	free(e->offs.wordless);
	free(e);
}

void
evaluate_set_range(struct evaluate *e, int64_t since_ns, int64_t until_ns)
{
	e->since_ns = since_ns;
	e->until_ns = until_ns;
}

void
evaluate_set_key(struct evaluate *e, struct hash_key key)
{
	eval_set_key(e->eval, key);
}

void
evaluate_set_needs(struct evaluate *e, const struct match_needs *needs)
{
	eval_set_needs(e->eval, needs);
}

void
evaluate_set_quarantine(struct evaluate *e, struct quarantine *q)
{
	e->quarantine = q;
	eval_set_quarantine(e->eval, q);
}

static uint32_t
index_of(const struct source *s)
{
	return s != NULL ? s->index : UINT32_MAX;
}

/* Ends the program without memory: lines would be lost. */
NEVER_INLINE static void
choose(struct evaluate *e, const struct source *s)
{
	e->choice = choices_get(e->choices, s);
	e->source = index_of(s);
	if (e->choice == NULL) {
		log_error("scan", "out of memory");
		abort();
	}
}

/* Most records are of the source of those before them. */
static const struct choice *
choice_of(struct evaluate *e, const struct source *s)
{
	if (e->choice == NULL || e->source != index_of(s))
		choose(e, s);
	return e->choice;
}

NEVER_INLINE static void
list_offs(struct evaluate *e, const struct choice *c, const struct source *s,
	uint64_t offset, uint64_t changes)
{
	struct offs *o = &e->offs;

	if (changes > 0)
		(void)quarantine_list(e->quarantine, s, offset, o->off);
	o->n_wordless = 0;
	for (size_t i = 0; i < c->n_wordless; i++)
		if (!o->off[c->wordless[i]])
			o->wordless[o->n_wordless++] = c->wordless[i];
	o->choice = c;
	o->source = index_of(s);
	o->changes = changes;
	o->offset = offset;
	e->asked.n_cues = SIZE_MAX;
}

/* What is left of the choice for records of its source s from offset on. */
static const struct offs *
offs_of(struct evaluate *e, const struct choice *c, const struct source *s,
	uint64_t offset)
{
	const struct offs *o = &e->offs;
	uint64_t changes = e->quarantine != NULL ? quarantine_changes(e->quarantine) : 0;

	if (o->choice != c || o->changes != changes ||
		(changes > 0 && (o->source != index_of(s) || o->offset > offset)))
		list_offs(e, c, s, offset, changes);
	return o;
}

void
evaluate_nominate(struct evaluate *e, struct decoder *d)
{
	struct scan_text t = { .text = decoder_fresh(d) };
	const struct source *source = decoder_source(d);
	const struct choice *c = choice_of(e, source);
	struct found found = { .pieces = true };
	bool has = true;

	if (t.text.len == 0)
		return;
	t.wanted = source != NULL ? c->wanted : NULL;
	t.docker = decoder_is_docker(d);
	if (c->n_wanted > 0)
		prefilter_scan(e->prefilter, e->scratch, &t, &found);
	else
		found.lines = bytes_count(t.text.ptr, t.text.len, '\n', '\n', &has);
	e->offs.offset = UINT64_MAX; /* more may be off by now */
	decoder_hits(
		d, &found, offs_of(e, c, source, decoder_fresh_place(d))->n_wordless > 0);
}

static bool
in_range(const struct evaluate *e, const struct record *r)
{
	return (e->since_ns == TIME_NONE || r->at_ns >= e->since_ns) &&
	       (e->until_ns == TIME_NONE || r->at_ns <= e->until_ns);
}

static void
ask(struct asked *a, uint32_t rule)
{
	size_t i = a->n;

	if (a->time_of[rule] == a->time)
		return;
	a->time_of[rule] = a->time;
	for (; i > 0 && a->rules[i - 1] > rule; i--)
		a->rules[i] = a->rules[i - 1];
	a->rules[i] = rule;
	a->n++;
}

/* The rules of the source that the record's cues name. */
static void
ask_by_cues(struct evaluate *e, const struct choice *c, const struct offs *o,
	const uint32_t *cues, size_t n)
{
	struct asked *a = &e->asked;

	a->time++;
	a->n = 0;
	for (size_t i = 0; i < o->n_wordless; i++)
		ask(a, o->wordless[i]);
	for (size_t i = 0; i < n; i++) {
		size_t n_rules;
		const uint32_t *rules = prefilter_rules(e->prefilter, cues[i], &n_rules);

		for (size_t k = 0; k < n_rules; k++)
			if (c->takes[rules[k]] && !o->off[rules[k]])
				ask(a, rules[k]);
	}
	a->n_cues = n <= CUES_KEPT ? n : SIZE_MAX;
	for (size_t i = 0; i < n && n <= CUES_KEPT; i++)
		a->cues[i] = cues[i];
}

/* Lines that look alike come one after the other. */
static bool
were_asked(const struct asked *a, const uint32_t *cues, size_t n)
{
	size_t i = 0;

	while (i < n && n == a->n_cues && a->cues[i] == cues[i])
		i++;
	return i == n && n == a->n_cues;
}

static size_t
try_rules(struct evaluate *e, const uint32_t *rules, size_t n_rules)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rules; i++)
		if (eval_rule(e->eval, rules[i], &e->matches[n]) == EVAL_YES) {
			e->counts[rules[i]]++;
			n++;
		}
	return n;
}

/* Of an event, a pod, or how much was written: each may be of another service. */
static size_t
try_all(struct evaluate *e, const struct record *r)
{
	size_t n = 0;

	for (uint32_t i = 0; i < e->rs->n_rules; i++)
		if (eval_is_for(&e->rs->rules[i], r) &&
			eval_rule(e->eval, i, &e->matches[n]) == EVAL_YES) {
			e->counts[i]++;
			n++;
		}
	return n;
}

size_t
evaluate_record(struct evaluate *e, struct record *r, const uint32_t *cues, size_t n_cues,
	const struct match **out)
{
	const struct choice *c;
	const struct offs *o = &e->offs;
	bool some_off;

	*out = e->matches;
	if (!in_range(e, r))
		return 0;
	arena_reset(e->arena);
	some_off = eval_begin(e->eval, r, e->arena);
	if (r->category != RECORD_LOG)
		return try_all(e, r);
	c = choice_of(e, r->source);
	if (cues == NULL)
		return try_rules(e, c->rules, c->n);
	if (some_off || o->changes > 0 || o->choice != c)
		o = offs_of(e, c, r->source, r->place.offset);
	if (!were_asked(&e->asked, cues, n_cues))
		ask_by_cues(e, c, o, cues, n_cues);
	return try_rules(e, e->asked.rules, e->asked.n);
}

uint64_t
evaluate_matches(const struct evaluate *e, uint32_t rule)
{
	return e->counts[rule];
}

uint64_t
evaluate_errors(const struct evaluate *e, uint32_t rule)
{
	return eval_errors(e->eval, rule);
}

struct eval_cost
evaluate_cost(const struct evaluate *e, uint32_t rule)
{
	return eval_cost(e->eval, rule);
}

struct str
evaluate_name(const struct evaluate *e, uint32_t rule)
{
	return ruleset_name(e->rs, rule);
}
