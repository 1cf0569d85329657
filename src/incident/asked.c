/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/asked.h"

#include <string.h>

#define DEPTH_MAX 32

struct names {
	struct str *at; /* in an arena */
	size_t n, cap;
};

static bool
is_keyed_by(const struct plan *p, const struct plan_link *l, struct str name)
{
	const struct plan_opener *o = &p->openers[plan_index(p, l->opener)];

	for (size_t k = 0; k < o->n_key; k++)
		if (str_eq(l->fields[k], name))
			return true;
	return str_eq(l->value, name);
}

static bool
is_linked_by(const struct plan *p, const struct plan_links *links, struct str name)
{
	for (size_t i = 0; i < links->n; i++)
		if (is_keyed_by(p, &links->at[i], name))
			return true;
	return false;
}

static bool
is_asked(const struct plan *p, uint32_t corr, struct str name)
{
	size_t index = plan_index(p, corr | CORRELATION_BIT);
	const struct plan_opener *o = &p->openers[index];

	return p->rules->corrs[corr].n_marks > 0 || (o->opens && plan_uses(o, name)) ||
	       is_linked_by(p, &p->feeds[index], name) ||
	       is_linked_by(p, &p->ends[index], name);
}

static bool
add_name(struct arena *a, struct names *out, struct str name)
{
	for (size_t i = 0; i < out->n; i++)
		if (str_eq(out->at[i], name))
			return true;
	if (out->n == out->cap) {
		size_t cap = out->cap > 0 ? 2 * out->cap : 4;
		struct str *at = arena_alloc(a, cap * sizeof(*at));

		if (at == NULL)
			return false;
		if (out->n > 0)
			memcpy(at, out->at, out->n * sizeof(*at));
		out->at = at;
		out->cap = cap;
	}
	out->at[out->n++] = name;
	return true;
}

static bool
add(const struct plan *p, struct names *out, uint32_t corr, struct str name)
{
	return !is_asked(p, corr, name) || add_name(p->arena, out, name);
}

/* What the rules below `from` capture and corr is asked for. */
static bool
add_below(const struct plan *p, struct names *out, uint32_t corr, uint32_t from,
	unsigned depth)
{
	const struct correlation *co = &p->rules->corrs[from];
	bool good = true;

	for (size_t i = 0; good && depth <= DEPTH_MAX && i < co->n_refs; i++) {
		uint32_t number = co->refs[i].rule;
		const struct rule *r;

		if ((number & CORRELATION_BIT) != 0) {
			good = add_below(
				p, out, corr, number & ~CORRELATION_BIT, depth + 1);
			continue;
		}
		r = &p->rules->rules[number];
		for (size_t k = 0; good && k < r->n_captures; k++)
			good = add(p, out, corr, r->captures[k]);
		for (size_t k = 0; good && k < r->n_wanted; k++)
			good = add(p, out, corr, r->wanted[k]);
	}
	return good;
}

const struct outcome_asked *
asked_new(const struct plan *p)
{
	size_t n = p->rules->n_corrs;
	struct outcome_asked *asked = arena_alloc(p->arena, (n + 1) * sizeof(*asked));

	for (uint32_t i = 0; asked != NULL && i < n; i++) {
		struct names names = { 0 };

		if (!add_below(p, &names, i, i, 0))
			return NULL;
		asked[i] = (struct outcome_asked){ names.at, names.n };
	}
	return asked;
}

static bool
add_fields(struct arena *a, struct names *out, const struct str *fields, size_t n)
{
	bool good = true;

	for (size_t i = 0; good && i < n; i++)
		good = add_name(a, out, fields[i]);
	return good;
}

static bool
add_links(const struct plan *p, struct arena *a, struct names *out,
	const struct plan_links *links)
{
	bool good = true;

	for (size_t i = 0; good && i < links->n; i++) {
		const struct plan_link *l = &links->at[i];

		good = add_name(a, out, l->value) &&
		       add_fields(a, out, l->fields,
			       p->openers[plan_index(p, l->opener)].n_key);
	}
	return good;
}

static bool
add_correlation(struct arena *a, struct names *out, const struct correlation *c)
{
	bool good = add_name(a, out, c->field);

	for (size_t i = 0; good && i < c->n_refs; i++)
		good = add_fields(a, out, c->refs[i].fields, c->n_group_by);
	return good;
}

bool
asked_names(const struct plan *p, struct arena *a, const struct str **names, size_t *n)
{
	const struct outcome_asked *asked = asked_new(p);
	struct names out = { 0 };
	bool good = asked != NULL;

	for (size_t i = 0; good && i < p->rules->n_corrs; i++)
		good = add_correlation(a, &out, &p->rules->corrs[i]) &&
		       add_fields(a, &out, asked[i].names, asked[i].n);
	for (size_t i = 0; good && i < p->n_openers; i++)
		good = add_links(p, a, &out, &p->feeds[i]) &&
		       add_links(p, a, &out, &p->ends[i]);
	*names = out.at;
	*n = out.n;
	return good;
}
