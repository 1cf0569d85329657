/* SPDX-License-Identifier: Apache-2.0 */
#include "correlate/plan.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "correlate/measure.h"

bool
plan_bounds(const struct correlation *co, double v)
{
	for (size_t i = 0; i < co->n_bounds; i++) {
		double limit = co->bounds[i].limit;
		bool good = false;

		switch (co->bounds[i].op) {
		case BOUND_GT:
			good = v > limit;
			break;
		case BOUND_GTE:
			good = v >= limit;
			break;
		case BOUND_LT:
			good = v < limit;
			break;
		case BOUND_LTE:
			good = v <= limit;
			break;
		case BOUND_EQ:
			good = fabs(v - limit) <= 0;
			break;
		case BOUND_NEQ:
			good = fabs(v - limit) > 0;
			break;
		}
		if (!good)
			return false;
	}
	return true;
}

static bool
has_name(const struct str *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* Whether matches of the rule have such a capture; of firings it is not known. */
static bool
may_capture(const struct ruleset *rs, uint32_t number, struct str name)
{
	const struct rule *rule;

	if ((number & CORRELATION_BIT) != 0)
		return true;
	rule = &rs->rules[number];
	return has_name(rule->captures, rule->n_captures, name) ||
	       has_name(rule->wanted, rule->n_wanted, name);
}

static bool
add_use(struct uses *u, const struct ruleset *rs, uint32_t corr, uint32_t ref)
{
	const struct correlation *co = &rs->corrs[corr];
	const struct corr_ref *r = &co->refs[ref];
	struct use *p = realloc(u->list, (u->n + 1) * sizeof(*p));

	if (p == NULL)
		return false;
	u->list = p;
	p += u->n++;
	*p = (struct use){ .corr = corr, .ref = ref, .by_labels = true };
	for (size_t i = 0; i < co->n_group_by && i < CORRELATE_KEY_MAX; i++) {
		p->n_fields++;
		p->label[i] = (uint8_t)label_find(r->fields[i]);
		p->by_labels = p->by_labels && p->label[i] != LABEL_COUNT &&
			       !may_capture(rs, r->rule, r->fields[i]);
	}
	return true;
}

static bool
find_uses(struct plans *p, const struct ruleset *rs)
{
	for (uint32_t i = 0; i < rs->n_corrs; i++)
		for (uint32_t k = 0; k < rs->corrs[i].n_refs; k++) {
			uint32_t number = rs->corrs[i].refs[k].rule;
			struct uses *u = (number & CORRELATION_BIT) != 0
						 ? &p->of[number & ~CORRELATION_BIT].outer
						 : &p->rules[number];

			if (!add_use(u, rs, i, k))
				return false;
		}
	return true;
}

static bool
has_count(const struct correlation *co)
{
	return co->type == CORR_EVENT_COUNT || co->type == CORR_VALUE_COUNT;
}

static bool
is_monotone(const struct correlation *co)
{
	if (!has_count(co))
		return false;
	for (size_t i = 0; i < co->n_bounds; i++)
		if (co->bounds[i].op != BOUND_GT && co->bounds[i].op != BOUND_GTE)
			return false;
	return true;
}

static uint64_t
need(const struct correlation *co)
{
	double most = 0;

	for (size_t i = 0; i < co->n_bounds; i++)
		most = fmax(most, co->bounds[i].limit);
	return most > 1e15 ? UINT64_MAX : (uint64_t)most + 1;
}

/* The key of a firing is known for certain, its captures are those of who came last. */
static bool
has_key(const struct ruleset *rs, const struct corr_ref *ref, struct str name)
{
	const struct correlation *inner;

	if ((ref->rule & CORRELATION_BIT) == 0)
		return true;
	inner = &rs->corrs[ref->rule & ~CORRELATION_BIT];
	return has_name(inner->group_by, inner->n_group_by, name);
}

/* What more matches cannot make untrue. Inner ones are known by then. */
static bool
is_whole(const struct ruleset *rs, const struct plans *p, const struct plan *pl)
{
	const struct correlation *co = pl->corr;
	bool temporal = co->type == CORR_TEMPORAL || co->type == CORR_TEMPORAL_ORDERED;

	if (temporal ? co->has_not : !pl->monotone || pl->at_zero)
		return false;
	for (size_t i = 0; i < co->n_refs; i++) {
		const struct corr_ref *ref = &co->refs[i];

		if ((ref->rule & CORRELATION_BIT) != 0 &&
			!p->of[ref->rule & ~CORRELATION_BIT].whole)
			return false;
		for (size_t g = 0; g < co->n_group_by; g++)
			if (!has_key(rs, ref, ref->fields[g]))
				return false;
		if (co->field.len > 0 && !has_key(rs, ref, co->field))
			return false;
	}
	return true;
}

static bool
is_alike(const struct ruleset *rs, const struct use *a, const struct use *b)
{
	const struct correlation *x = &rs->corrs[a->corr], *y = &rs->corrs[b->corr];
	bool alike = correlation_measures(y->type) && str_eq(x->field, y->field) &&
		     x->n_group_by == y->n_group_by;

	for (size_t i = 0; alike && i < x->n_group_by; i++)
		alike = str_eq(x->refs[a->ref].fields[i], y->refs[b->ref].fields[i]);
	return alike;
}

static bool
are_alike(const struct ruleset *rs, const struct uses *u)
{
	bool alike = u->n > 0;

	for (size_t i = 0; alike && i < u->n; i++)
		alike = is_alike(rs, &u->list[0], &u->list[i]);
	return alike;
}

static bool
keep_no_captures(const struct plans *p, const struct uses *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct plan *pl = &p->of[u->list[i].corr];

		if (pl->asks_all || pl->n_asked > 0)
			return false;
	}
	return true;
}

static unsigned
deepest(const struct ruleset *rs)
{
	unsigned depth = 0;

	for (size_t i = 0; i < rs->n_corrs; i++)
		depth = rs->corrs[i].depth > depth ? rs->corrs[i].depth : depth;
	return depth;
}

static bool
fill(struct plans *p, const struct ruleset *rs, uint32_t i)
{
	struct plan *pl = &p->of[i];
	const struct correlation *co = pl->corr;

	pl->content = content_hash(rs, i);
	pl->name = hash_stable(co->name);
	pl->words = 2;
	pl->field = label_find(co->field);
	pl->phase =
		co->type == CORR_TEMPORAL_ORDERED ? 2 : correlation_measures(co->type);
	for (size_t r = 0; r < co->n_refs; r++)
		if ((co->refs[r].rule & CORRELATION_BIT) != 0)
			pl->words = 4;
	if (has_count(co)) {
		pl->monotone = is_monotone(co);
		pl->need = need(co);
		pl->at_zero = plan_bounds(co, 0);
	} else if (co->type == CORR_TEMPORAL_ORDERED)
		return chain_plan_make(co, &pl->chain);
	else if (co->type != CORR_TEMPORAL)
		measure_plan_make(co, &pl->measure);
	return true;
}

/* A key's own fields come before its captures. */
static bool
ask(struct plan *pl, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str *p;

		if (has_name(pl->corr->group_by, pl->corr->n_group_by, names[i]) ||
			has_name(pl->asked, pl->n_asked, names[i]))
			continue;
		p = realloc(pl->asked, (pl->n_asked + 1) * sizeof(*p));
		if (p == NULL)
			return false;
		pl->asked = p;
		pl->asked[pl->n_asked++] = names[i];
	}
	return true;
}

/* What outer ones key by, count and are asked for themselves. */
static bool
ask_for_outer(struct plans *p, struct plan *pl)
{
	bool good = true;

	for (size_t i = 0; good && i < pl->outer.n; i++) {
		const struct use *u = &pl->outer.list[i];
		const struct plan *outer = &p->of[u->corr];
		const struct correlation *co = outer->corr;

		good = ask(pl, co->refs[u->ref].fields, co->n_group_by) &&
		       ask(pl, &co->field, co->field.len > 0) &&
		       ask(pl, outer->asked, outer->n_asked);
	}
	return good;
}

/* The outermost first. */
static bool
fill_asked(struct plans *p, const struct outcome_asked *asked)
{
	bool good = true;

	for (unsigned depth = p->deepest + 1; depth-- > 0;)
		for (size_t i = 0; good && i < p->n_corrs; i++) {
			struct plan *pl = &p->of[i];

			pl->asks_all = asked == NULL;
			if (asked != NULL && pl->corr->depth == depth)
				good = ask(pl, asked[i].names, asked[i].n) &&
				       ask_for_outer(p, pl);
		}
	return good;
}

struct plans *
plans_new(const struct ruleset *rs, const struct outcome_asked *asked)
{
	struct plans *p = calloc(1, sizeof(*p));
	bool good;

	if (p == NULL)
		return NULL;
	p->n_corrs = rs->n_corrs;
	p->n_rules = rs->n_rules;
	p->of = calloc(rs->n_corrs + 1, sizeof(*p->of));
	p->rules = calloc(rs->n_rules + 1, sizeof(*p->rules));
	good = p->of != NULL && p->rules != NULL;
	for (uint32_t i = 0; good && i < rs->n_corrs; i++)
		p->of[i].corr = &rs->corrs[i];
	good = good && find_uses(p, rs);
	for (uint32_t i = 0; good && i < rs->n_corrs; i++)
		good = fill(p, rs, i);
	for (size_t i = 0; good && i < rs->n_rules; i++)
		p->rules[i].alike = are_alike(rs, &p->rules[i]);
	p->deepest = deepest(rs);
	good = good && fill_asked(p, asked);
	for (size_t i = 0; good && i < rs->n_rules; i++)
		p->rules[i].adds = p->rules[i].alike && p->rules[i].n <= LANE_KEYS &&
				   keep_no_captures(p, &p->rules[i]);
	for (unsigned depth = 0; good && depth <= p->deepest; depth++)
		for (size_t i = 0; i < rs->n_corrs; i++)
			if (rs->corrs[i].depth == depth)
				p->of[i].whole = is_whole(rs, p, &p->of[i]);
	if (!good)
		plans_free(&p);
	return p;
}

void
plans_free(struct plans **pp)
{
	struct plans *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; p->of != NULL && i < p->n_corrs; i++) {
		free(p->of[i].outer.list);
		free(p->of[i].asked);
		chain_plan_fini(&p->of[i].chain);
	}
	for (size_t i = 0; p->rules != NULL && i < p->n_rules; i++)
		free(p->rules[i].list);
	free(p->of);
	free(p->rules);
	free(p);
}

bool
plan_chain_holds(const struct plan *pl, uint32_t state, const struct refset *seen)
{
	struct refset set = pl->chain.states[state].taken;

	for (size_t i = 0; i < 4; i++)
		set.bits[i] |= seen->bits[i];
	return refset_meets(&set, pl->corr);
}

bool
plan_chain_lives(const struct plan *pl, uint32_t state, const struct refset *seen)
{
	struct refset set = pl->chain.states[state].taken;

	for (size_t i = 0; i < 4; i++)
		set.bits[i] |= seen->bits[i];
	for (uint32_t r = pl->chain.states[state].next; r < pl->corr->n_refs; r++)
		if (!pl->corr->refs[r].negated)
			refset_add(&set, r);
	return refset_meets(&set, pl->corr);
}
