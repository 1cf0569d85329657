/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash of what a correlation means: its own words and those of all it names, down to
 * the values of their conditions. Titles and incidents do not count.
 */
#include <string.h>

#include "base/hash.h"
#include "correlate/plan.h"

static uint64_t
mix_text(uint64_t h, struct str s)
{
	return hash_mix(h, hash_stable(s));
}

static uint64_t
mix_double(uint64_t h, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return hash_mix(h, bits);
}

static uint64_t
mix_item(uint64_t h, const struct item *item)
{
	h = mix_text(h, item->field);
	h = hash_mix(h, (uint64_t)item->op << 4 | (uint64_t)item->all << 3 |
				(uint64_t)item->cased << 2 |
				(uint64_t)item->negated << 1 | item->exists);
	for (size_t i = 0; i < item->n_values; i++) {
		const struct value *v = &item->values[i];

		h = mix_text(h, v->text);
		for (size_t k = 0; k < v->n_parts; k++)
			h = mix_text(hash_mix(h, v->parts[k].kind), v->parts[k].text);
	}
	return h;
}

static uint64_t
mix_node(uint64_t h, const struct node *n)
{
	h = hash_mix(h, (uint64_t)n->kind << 32 | n->n);
	if (n->kind == NODE_NAME)
		h = hash_mix(h, n->ref);
	if (n->kind == NODE_ITEM)
		h = mix_item(h, n->item);
	for (size_t i = 0; i < n->n; i++)
		h = mix_node(h, n->child[i]);
	return h;
}

static uint64_t
mix_rule(uint64_t h, const struct rule *r)
{
	h = mix_text(h, r->name);
	h = mix_text(h, r->logsource.product);
	h = mix_text(h, r->logsource.category);
	h = mix_text(h, r->logsource.service);
	h = hash_mix(h, r->category);
	for (size_t i = 0; i < r->n_captures; i++)
		h = mix_text(h, r->captures[i]);
	return r->condition != NULL ? mix_node(h, r->condition) : h;
}

uint64_t
content_hash(const struct ruleset *rs, uint32_t corr)
{
	const struct correlation *co = &rs->corrs[corr];
	uint64_t h = mix_text(1, co->name);

	h = hash_mix(h, co->type);
	h = hash_mix(h, (uint64_t)co->timespan_ns);
	h = hash_mix(h, co->min_samples);
	h = mix_double(mix_text(h, co->field), co->percentile);
	for (size_t i = 0; i < co->n_bounds; i++)
		h = mix_double(hash_mix(h, co->bounds[i].op), co->bounds[i].limit);
	for (size_t i = 0; i < co->n_group_by; i++)
		h = mix_text(h, co->group_by[i]);
	if (co->condition != NULL)
		h = mix_node(h, co->condition);
	for (size_t i = 0; i < co->n_refs; i++) {
		const struct corr_ref *ref = &co->refs[i];

		for (size_t g = 0; g < co->n_group_by; g++)
			h = mix_text(h, ref->fields[g]);
		h = (ref->rule & CORRELATION_BIT) != 0
			    ? hash_mix(h, content_hash(rs, ref->rule & ~CORRELATION_BIT))
			    : mix_rule(h, &rs->rules[ref->rule]);
	}
	return h;
}
