/* SPDX-License-Identifier: Apache-2.0 */
/* One or two comparisons that must both hold, and what is compared. */
#include "rules/bound.h"
#include "rules/vocabulary.h"

/* first the operators, in the order of enum bound_op */
/* clang-format off */
#define BOUND_KEYS(X) \
	X("gt", "Greater than the number.") \
	X("gte", "Greater or equal.") \
	X("lt", "Less.") \
	X("lte", "Less or equal.") \
	X("eq", "Equal.") \
	X("neq", "Not equal.") \
	X("field", "The field whose values are counted or compared: needed by the value types.") \
	X("percentile", "Which percentile, for value_percentile: over 0 and at most 100.")
/* clang-format on */

static const struct str keys[] = { BOUND_KEYS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_bounds, "bounds", keys, BOUND_KEYS);

#define OPERATORS 6

static bool
add(struct loader *l, const struct yaml_pair *pair, struct correlation *c)
{
	struct bound *b = &c->bounds[c->n_bounds];

	if (!yaml_to_double(pair->value, &b->limit)) {
		diag_error(&l->diag, pair->value->where,
			"\"%.*s\" takes a number without quotes", STR_ARG(pair->key));
		return false;
	}
	if (c->n_bounds == 2) {
		diag_error(&l->diag, pair->key_where,
			"at most two comparisons, both must hold");
		return false;
	}
	b->op = (enum bound_op)word_find(pair->key, keys, OPERATORS);
	c->n_bounds++;
	return true;
}

static bool
has_field(const struct correlation *c)
{
	return c->type == CORR_VALUE_COUNT || correlation_measures(c->type);
}

static bool
parse_field(struct loader *l, const struct yaml_node *map, struct correlation *c)
{
	const struct yaml_node *node = yaml_get(map, STR("field"));

	if (has_field(c) && node == NULL) {
		diag_error(&l->diag, map->where, "\"field\" is missing in the condition");
		return false;
	}
	if (node == NULL)
		return true;
	if (!has_field(c)) {
		diag_error(&l->diag, node->where, "this type compares no field");
		diag_hint(&l->diag, "value_count counts different values of a field");
		return false;
	}
	if (node->kind == YAML_LIST) {
		diag_error(&l->diag, node->where, "only one field is supported");
		return false;
	}
	return loader_text(l, node, "the field", &c->field);
}

static bool
parse_percentile(struct loader *l, const struct yaml_node *map, struct correlation *c)
{
	const struct yaml_node *node = yaml_get(map, STR("percentile"));

	if (node == NULL && c->type != CORR_VALUE_PERCENTILE)
		return true;
	if (node == NULL) {
		diag_error(&l->diag, map->where,
			"\"percentile\" is missing in the condition");
		diag_hint(&l->diag, "for example {field: f, percentile: 95, gte: 2000}");
		return false;
	}
	if (c->type != CORR_VALUE_PERCENTILE) {
		diag_error(
			&l->diag, node->where, "\"percentile\" is for value_percentile");
		return false;
	}
	if (!yaml_to_double(node, &c->percentile) ||
		!(c->percentile > 0 && c->percentile <= 100)) {
		diag_error(
			&l->diag, node->where, "a percentile is over 0 and at most 100");
		return false;
	}
	if (c->percentile < 1) {
		diag_warn(&l->diag, node->where,
			"a percentile below 1 is about the smallest of all numbers");
		diag_hint(&l->diag, "a percentile goes from 0 to 100: 95, not 0.95");
	}
	return true;
}

/* Two bounds that no number satisfies. */
static bool
is_empty(const struct correlation *c)
{
	const struct bound *a = &c->bounds[0];
	const struct bound *b = &c->bounds[1];

	if (c->n_bounds != 2)
		return false;
	if (a->op == BOUND_LT || a->op == BOUND_LTE) {
		a = &c->bounds[1];
		b = &c->bounds[0];
	}
	if ((a->op != BOUND_GT && a->op != BOUND_GTE) ||
		(b->op != BOUND_LT && b->op != BOUND_LTE))
		return false;
	return a->limit > b->limit ||
	       (a->limit >= b->limit && (a->op == BOUND_GT || b->op == BOUND_LT));
}

bool
bound_parse(struct loader *l, const struct yaml_node *map, struct correlation *c)
{
	bool good = loader_keys(l, map, "the condition", keys, ARRAY_LEN(keys));

	c->bounds = loader_alloc(l, 3, sizeof(*c->bounds));
	for (size_t i = 0; i < map->n; i++)
		if (word_find(map->pairs[i].key, keys, OPERATORS) < OPERATORS)
			good = add(l, &map->pairs[i], c) && good;
	good = parse_field(l, map, c) && good;
	good = parse_percentile(l, map, c) && good;
	if (good && c->n_bounds == 0) {
		diag_error(&l->diag, map->where, "the condition compares nothing");
		diag_hint(&l->diag, "gt, gte, lt, lte, eq or neq with a number");
		return false;
	}
	if (good && is_empty(c)) {
		diag_error(&l->diag, map->where, "no number satisfies both comparisons");
		return false;
	}
	return good;
}
