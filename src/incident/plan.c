/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "incident/template.h"

#define PLAN_BYTES       ((size_t)64 << 20)
#define DEPTH_MAX        32
#define RESOLVE_AFTER_NS (10 * TIME_MIN)

/* Room for one more of the elements of size bytes in *at. */
static bool
grow(struct plan *p, void **at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 4;
	void *fresh;

	if (n < *cap)
		return true;
	fresh = arena_alloc(p->arena, more * size);
	if (fresh == NULL)
		return false;
	if (n > 0)
		memcpy(fresh, *at, n * size);
	*at = fresh;
	*cap = more;
	return true;
}

static bool
add_link(struct plan *p, struct plan_links *l, const struct plan_link *link)
{
	void *at = l->at;

	if (!grow(p, &at, l->n, &l->cap, sizeof(*l->at)))
		return false;
	l->at = at;
	l->at[l->n++] = *link;
	return true;
}

static bool
add_number(struct plan *p, struct plan_numbers *l, uint32_t number)
{
	void *at = l->at;

	for (size_t i = 0; i < l->n; i++)
		if (l->at[i] == number)
			return true;
	if (!grow(p, &at, l->n, &l->cap, sizeof(*l->at)))
		return false;
	l->at = at;
	l->at[l->n++] = number;
	return true;
}

/* A name of what corr fires is, in the matches of ref, that field. */
static struct str
translate(const struct correlation *corr, const struct corr_ref *ref, struct str name)
{
	for (size_t i = 0; i < corr->n_group_by; i++)
		if (ref->fields != NULL && str_eq(corr->group_by[i], name))
			return ref->fields[i];
	return name;
}

/* The same way into the rule twice: the one that extends more stands. */
static struct plan_link *
same(struct plan_links *l, const struct plan_link *link, size_t n_fields)
{
	for (size_t i = 0; i < l->n; i++) {
		struct plan_link *old = &l->at[i];
		bool equal = old->rule == link->rule;

		for (size_t k = 0; equal && k < n_fields; k++)
			equal = str_eq(old->fields[k], link->fields[k]);
		if (equal)
			return old;
	}
	return NULL;
}

static bool
add_leaf(struct plan *p, struct plan_opener *o, const struct plan_link *link)
{
	struct plan_link *old = same(&o->leaves, link, o->n_key);

	if (old == NULL)
		return add_link(p, &o->leaves, link);
	old->sample = old->sample && link->sample;
	old->chained = old->chained && link->chained;
	old->negated = old->negated && link->negated;
	if (old->value.len == 0)
		old->value = link->value;
	return true;
}

static bool walk(struct plan *p, struct plan_opener *o, const struct correlation *corr,
	const struct plan_link *down, unsigned depth);

/*
 * Below a temporal one match says little: a paid order is no lost order. What it fires is
 * the match there.
 */
static bool
walk_into(struct plan *p, struct plan_opener *o, struct plan_link *link, unsigned depth)
{
	const struct correlation *sub = &p->rules->corrs[link->rule & ~CORRELATION_BIT];

	if (sub->type == CORR_TEMPORAL || sub->type == CORR_TEMPORAL_ORDERED) {
		if (!link->chained && !add_link(p, &o->steps, link))
			return false;
		link->chained = true;
	}
	return walk(p, o, sub, link, depth + 1);
}

/* down: the fields as corr's firings know them. */
static bool
walk(struct plan *p, struct plan_opener *o, const struct correlation *corr,
	const struct plan_link *down, unsigned depth)
{
	for (size_t i = 0; depth <= DEPTH_MAX && i < corr->n_refs; i++) {
		const struct corr_ref *ref = &corr->refs[i];
		struct plan_link link = *down;
		bool good;

		link.rule = ref->rule;
		link.negated = down->negated || ref->negated;
		link.sample = down->sample || correlation_measures(corr->type);
		link.fields =
			arena_alloc(p->arena, (o->n_key + 1) * sizeof(*link.fields));
		if (link.fields == NULL)
			return false;
		for (size_t k = 0; k < o->n_key; k++)
			link.fields[k] = translate(corr, ref, down->fields[k]);
		if (down->value.len > 0)
			link.value = translate(corr, ref, down->value);
		if (ref->rule & CORRELATION_BIT)
			good = walk_into(p, o, &link, depth);
		else
			good = add_leaf(p, o, &link);
		if (!good)
			return false;
	}
	return true;
}

static int64_t
span_of(const struct ruleset *rs, const struct correlation *corr, unsigned depth)
{
	int64_t longest = 0;

	for (size_t i = 0; depth <= DEPTH_MAX && i < corr->n_refs; i++) {
		uint32_t rule = corr->refs[i].rule;
		int64_t span = 0;

		if (rule & CORRELATION_BIT)
			span = span_of(
				rs, &rs->corrs[rule & ~CORRELATION_BIT], depth + 1);
		if (span > longest)
			longest = span;
	}
	return corr->timespan_ns + longest;
}

static bool
init_rule(struct plan *p, struct plan_opener *o, uint32_t number)
{
	const struct rule *r = &p->rules->rules[number];
	struct plan_link leaf = { .opener = number, .rule = number };

	o->number = number;
	o->conf = &r->incident;
	o->name = r->name;
	o->title = r->title;
	o->level = r->level;
	o->opens = r->incident.present && (!r->named || r->generate);
	o->key = r->incident.key;
	o->n_key = r->incident.n_key < CORRELATE_KEY_MAX ? r->incident.n_key
							 : CORRELATE_KEY_MAX;
	o->span_ns = r->incident.hold_ns;
	leaf.fields = arena_alloc(p->arena, (o->n_key + 1) * sizeof(*leaf.fields));
	if (leaf.fields == NULL)
		return false;
	for (size_t k = 0; k < o->n_key; k++)
		leaf.fields[k] = o->key[k];
	return add_link(p, &o->leaves, &leaf);
}

static bool
init_corr(struct plan *p, struct plan_opener *o, uint32_t index)
{
	const struct correlation *c = &p->rules->corrs[index];
	struct plan_link top = { .opener = index | CORRELATION_BIT };

	o->number = index | CORRELATION_BIT;
	o->conf = &c->incident;
	o->name = c->name;
	o->title = c->title;
	o->level = c->level;
	o->opens = !c->named || c->generate;
	o->key = c->group_by;
	o->n_key = c->n_group_by < CORRELATE_KEY_MAX ? c->n_group_by : CORRELATE_KEY_MAX;
	o->by_value = c->type == CORR_VALUE_COUNT;
	o->follows = correlation_measures(c->type);
	o->span_ns = span_of(p->rules, c, 0) + c->incident.hold_ns;
	top.fields = c->group_by;
	if (o->by_value)
		top.value = c->field;
	return walk(p, o, c, &top, 0);
}

/* Without a word about it, an incident ends like most do: after ten quiet minutes. */
/* What `show order:ID` reads serves incidents keyed by order_id as well. */
static bool
name_entity(struct plan *p, struct str key, struct str *out)
{
	static const struct str order_id = STR_INIT("order_id");
	char *text;

	if (str_eq(key, order_id)) {
		*out = STR("order");
		return true;
	}
	text = arena_alloc(p->arena, key.len + 1);
	if (text == NULL)
		return false;
	text[0] = '=';
	memcpy(text + 1, key.ptr, key.len);
	*out = (struct str){ text, key.len + 1 };
	return true;
}

static bool
add_touch(struct plan *p, struct str entity, struct str field)
{
	struct plan_touches *t = &p->touches;
	void *at = t->at;

	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->at[i].entity, entity) && str_eq(t->at[i].field, field))
			return true;
	if (!grow(p, &at, t->n, &t->cap, sizeof(*t->at)))
		return false;
	t->at = at;
	t->at[t->n++] = (struct plan_touch){ entity, field };
	return true;
}

/*
 * Labels have few values, each with many entries: reading them by rule and time is as
 * good. The value of a capture has few entries among many.
 */
static bool
set_by(struct plan *p, struct plan_opener *o)
{
	o->by = 0;
	while (o->by < o->n_key && label_find(o->key[o->by]) != LABEL_COUNT)
		o->by++;
	if (o->by == o->n_key)
		return true;
	if (!name_entity(p, o->key[o->by], &o->by_entity) ||
		!add_touch(p, o->by_entity, o->key[o->by]))
		return false;
	for (size_t i = 0; i < o->leaves.n; i++)
		if (!add_touch(p, o->by_entity, o->leaves.at[i].fields[o->by]))
			return false;
	return true;
}

static void
set_resolve(struct plan_opener *o)
{
	o->resolve_after_ns = o->conf->resolve_after_ns;
	if (o->resolve_after_ns == 0 && o->conf->n_resolve_on == 0)
		o->resolve_after_ns = RESOLVE_AFTER_NS;
}

/* Says so of a rule, or of all leaves of a correlation but its samples. */
static void
want(struct plan *p, uint32_t number, bool *wanted)
{
	const struct plan_opener *o = &p->openers[plan_index(p, number)];

	for (size_t i = 0; i < o->leaves.n; i++)
		if (!o->leaves.at[i].sample)
			wanted[o->leaves.at[i].rule] = true;
}

static void
want_all(struct plan *p, const struct plan_opener *o)
{
	const struct incident_conf *c = o->conf;

	want(p, o->number, p->wanted);
	for (size_t i = 0; i < c->n_timeline; i++)
		want(p, c->timeline[i], p->wanted);
	for (size_t i = 0; i < c->n_causes; i++) {
		want(p, c->causes[i].rule, p->wanted);
		want(p, c->causes[i].rule, p->suspected);
	}
	for (size_t i = 0; i < c->n_resolve_on; i++)
		want(p, c->resolve_on[i], p->wanted);
	for (size_t i = 0; i < c->n_deaths; i++) {
		want(p, c->deaths[i], p->wanted);
		want(p, c->deaths[i], p->suspected);
	}
}

struct str
plan_title(const struct plan_opener *o)
{
	if (o->conf->title.len > 0)
		return o->conf->title;
	return o->title.len > 0 ? o->title : o->name;
}

bool
plan_uses(const struct plan_opener *o, struct str name)
{
	if (template_uses(plan_title(o), name))
		return true;
	for (size_t c = 0; c < o->conf->n_causes; c++)
		for (size_t w = 0; w < o->conf->causes[c].n_where; w++)
			if (template_uses(o->conf->causes[c].where[w].value, name))
				return true;
	return false;
}

const struct str *
plan_fields(const struct plan_opener *o, uint32_t rule)
{
	for (size_t i = 0; i < o->leaves.n; i++)
		if (o->leaves.at[i].rule == rule)
			return o->leaves.at[i].fields;
	return o->key;
}

static bool
add_ends(struct plan *p, const struct plan_opener *o)
{
	for (size_t i = 0; i < o->conf->n_resolve_on; i++) {
		uint32_t rule = o->conf->resolve_on[i];
		const struct str *fields = plan_fields(o, rule);
		struct plan_link link = { .opener = o->number, .rule = rule };

		link.fields = arena_alloc(p->arena, (o->n_key + 1) * sizeof(*fields));
		if (link.fields == NULL)
			return false;
		for (size_t k = 0; k < o->n_key; k++)
			link.fields[k] = fields[k];
		if (!add_link(p, &p->ends[plan_index(p, rule)], &link))
			return false;
	}
	return true;
}

static bool
add_feeds(struct plan *p, const struct plan_links *links)
{
	for (size_t i = 0; i < links->n; i++) {
		const struct plan_link *l = &links->at[i];
		bool chained = l->chained && (l->rule & CORRELATION_BIT) == 0;

		if (!l->negated && !chained &&
			!add_link(p, &p->feeds[plan_index(p, l->rule)], l))
			return false;
	}
	return true;
}

/* Who supersedes B is superseded by whoever supersedes it. */
static bool
close_over(struct plan *p, struct plan_opener *top, uint32_t number, unsigned depth)
{
	const struct plan_opener *o = &p->openers[plan_index(p, number)];

	for (size_t i = 0; depth <= DEPTH_MAX && i < o->conf->n_supersedes; i++) {
		uint32_t low = o->conf->supersedes[i];
		size_t before = top->supersedes.n;

		if (low == top->number)
			continue;
		if (!add_number(p, &top->supersedes, low) ||
			!add_number(p, &p->openers[plan_index(p, low)].superseded_by,
				top->number))
			return false;
		if (top->supersedes.n > before && !close_over(p, top, low, depth + 1))
			return false;
	}
	return true;
}

static bool
add_mute(struct plan *p, struct plan_mutes *l, uint32_t opener, const struct mute *mute)
{
	void *at = l->at;

	if (!grow(p, &at, l->n, &l->cap, sizeof(*l->at)))
		return false;
	l->at = at;
	l->at[l->n++] = (struct plan_mute){ opener, mute };
	return true;
}

static bool
add_mutes(struct plan *p, struct plan_opener *o)
{
	for (size_t i = 0; i < o->conf->n_mutes; i++) {
		const struct mute *m = &o->conf->mutes[i];
		struct plan_opener *its = &p->openers[plan_index(p, m->number)];

		if (!add_mute(p, &o->mutes, m->number, m) ||
			!add_mute(p, &its->muted_by, o->number, m))
			return false;
	}
	return true;
}

static void
set_keep(struct plan *p, const struct plan_opener *o)
{
	int64_t ns = o->span_ns;

	if (o->conf->n_deaths > 0 && o->conf->lookback_ns > ns)
		ns = o->conf->lookback_ns;
	if (o->conf->n_deaths + o->supersedes.n + o->superseded_by.n == 0)
		return;
	if (ns > p->keep_ns)
		p->keep_ns = ns;
}

static bool
fill(struct plan *p)
{
	const struct ruleset *rs = p->rules;

	for (size_t i = 0; i < p->n_openers; i++) {
		struct plan_opener *o = &p->openers[i];
		bool good = i < rs->n_rules
				    ? init_rule(p, o, (uint32_t)i)
				    : init_corr(p, o, (uint32_t)(i - rs->n_rules));

		if (!good)
			return false;
		set_resolve(o);
	}
	for (size_t i = 0; i < p->n_openers; i++) {
		struct plan_opener *o = &p->openers[i];

		if (i < rs->n_rules && rs->rules[i].n_marks > 0)
			p->wanted[i] = true;
		if (!o->opens)
			continue;
		want_all(p, o);
		if (!set_by(p, o) || !add_feeds(p, &o->leaves) ||
			!add_feeds(p, &o->steps) || !add_ends(p, o) ||
			!close_over(p, o, o->number, 0) || !add_mutes(p, o))
			return false;
	}
	for (size_t i = 0; i < p->n_openers; i++)
		set_keep(p, &p->openers[i]);
	return true;
}

/*
 * What has to be the same for an incident to go on after a restart: texts may change, and
 * so may the conditions of its rules.
 */
static uint64_t
content_of(const struct plan *p, const struct plan_opener *o)
{
	uint64_t h = hash_mix(hash_stable(o->name), o->n_key);

	for (size_t k = 0; k < o->n_key; k++)
		h = hash_mix(h, hash_stable(o->key[k]));
	for (size_t i = 0; i < o->leaves.n; i++)
		h = hash_mix(h, hash_stable(p->rules->rules[o->leaves.at[i].rule].name));
	h = hash_mix(h, (uint64_t)o->conf->hold_ns);
	h = hash_mix(h, (uint64_t)o->resolve_after_ns);
	h = hash_mix(h, (uint64_t)o->span_ns);
	return hash_mix(h, o->by_value);
}

struct plan *
plan_new(const struct ruleset *rs)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->rules = rs;
	p->n_openers = rs->n_rules + rs->n_corrs;
	p->arena = arena_new("incident plan", PLAN_BYTES);
	if (p->arena == NULL)
		goto fail;
	p->openers = arena_alloc(p->arena, (p->n_openers + 1) * sizeof(*p->openers));
	p->feeds = arena_alloc(p->arena, (p->n_openers + 1) * sizeof(*p->feeds));
	p->ends = arena_alloc(p->arena, (p->n_openers + 1) * sizeof(*p->ends));
	p->wanted = arena_alloc(p->arena, rs->n_rules + 1);
	p->suspected = arena_alloc(p->arena, rs->n_rules + 1);
	if (p->suspected == NULL || p->openers == NULL || p->feeds == NULL ||
		p->ends == NULL || p->wanted == NULL)
		goto fail;
	if (!fill(p))
		goto fail;
	for (size_t i = 0; i < p->n_openers; i++)
		p->openers[i].content = content_of(p, &p->openers[i]);
	return p;
fail:
	plan_free(&p);
	return NULL;
}

void
plan_free(struct plan **pp)
{
	struct plan *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	if (p->arena != NULL)
		arena_free(&p->arena);
	free(p);
}
