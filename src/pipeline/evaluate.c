/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/evaluate.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/time.h"

#define ARENA_BYTES ((size_t)16 << 20)

/* The rules of one log source. */
struct choice {
	uint32_t *rules; /* owned */
	size_t n;
	bool made;
};

struct evaluate {
	const struct ruleset *rs;
	struct eval *eval;
	struct arena *arena;
	struct choice *choices; /* by source index */
	size_t n_choices;
	struct match *matches; /* one per rule at most */
	uint64_t *counts;
	int64_t since_ns, until_ns;
};

struct evaluate *
evaluate_new(const struct ruleset *rs)
{
	struct evaluate *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->rs = rs;
	e->since_ns = TIME_NONE;
	e->until_ns = TIME_NONE;
	e->eval = eval_new(rs);
	e->arena = arena_new("evaluate", ARENA_BYTES);
	e->matches = calloc(rs->n_rules + 1, sizeof(*e->matches));
	e->counts = calloc(rs->n_rules + 1, sizeof(*e->counts));
	if (e->eval == NULL || e->arena == NULL || e->matches == NULL ||
		e->counts == NULL)
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
	for (size_t i = 0; i < e->n_choices; i++)
		free(e->choices[i].rules);
	free(e->choices);
	free(e->matches);
	free(e->counts);
	if (e->eval != NULL)
		eval_free(&e->eval);
	arena_free(&e->arena);
	free(e);
}

void
evaluate_set_range(struct evaluate *e, int64_t since_ns, int64_t until_ns)
{
	e->since_ns = since_ns;
	e->until_ns = until_ns;
}

void
evaluate_set_quarantine(struct evaluate *e, struct quarantine *q)
{
	eval_set_quarantine(e->eval, q);
}

static bool
grow_choices(struct evaluate *e, size_t index)
{
	size_t n = e->n_choices ? e->n_choices : 16;
	struct choice *p;

	if (index < e->n_choices)
		return true;
	while (n <= index)
		n *= 2;
	p = realloc(e->choices, n * sizeof(*p));
	if (p == NULL)
		return false;
	for (size_t i = e->n_choices; i < n; i++)
		p[i] = (struct choice){ 0 };
	e->choices = p;
	e->n_choices = n;
	return true;
}

/* NULL when memory is out: then every rule is asked. */
static const struct choice *
choice_of(struct evaluate *e, const struct record *r)
{
	struct choice *c;

	if (r->category != RECORD_LOG || !grow_choices(e, r->source->index))
		return NULL;
	c = &e->choices[r->source->index];
	if (c->made)
		return c;
	c->rules = calloc(e->rs->n_rules + 1, sizeof(*c->rules));
	if (c->rules == NULL)
		return NULL;
	for (size_t i = 0; i < e->rs->n_rules; i++)
		if (eval_is_for(&e->rs->rules[i], r))
			c->rules[c->n++] = (uint32_t)i;
	c->made = true;
	return c;
}

static bool
in_range(const struct evaluate *e, const struct record *r)
{
	return (e->since_ns == TIME_NONE || r->at_ns >= e->since_ns) &&
	       (e->until_ns == TIME_NONE || r->at_ns <= e->until_ns);
}

static void
try_rule(struct evaluate *e, uint32_t rule, struct record *r, size_t *n)
{
	if (eval_rule(e->eval, rule, r, e->arena, &e->matches[*n]) == EVAL_YES) {
		e->counts[rule]++;
		++*n;
	}
}

size_t
evaluate_record(struct evaluate *e, struct record *r, const struct match **out)
{
	const struct choice *c;
	size_t n = 0;

	arena_reset(e->arena);
	*out = e->matches;
	if (!in_range(e, r))
		return 0;
	c = choice_of(e, r);
	if (c != NULL) {
		for (size_t i = 0; i < c->n; i++)
			try_rule(e, c->rules[i], r, &n);
		return n;
	}
	for (uint32_t i = 0; i < e->rs->n_rules; i++)
		if (eval_is_for(&e->rs->rules[i], r))
			try_rule(e, i, r, &n);
	return n;
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
