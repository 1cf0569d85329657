/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations: type, rules, group-by with aliases, timespan, condition. */
#include "rules/correlation.h"

#include "base/time.h"
#include "rules/bound.h"
#include "rules/chain_plan.h"
#include "rules/condition.h"
#include "rules/vocabulary.h"

#define PORTABLE_UNITS "smhd"

/* clang-format off */
#define CORRELATION_KEYS(X) \
	X("type", "See below. Required.") \
	X("rules", "Names (or ids) of the rules and correlations it is over, 1 to 256. A temporal with a condition of names may leave it out.") \
	X("group-by", "Fields that must be equal: the key. At most 8. A record without one of them does not take part.") \
	X("timespan", "How long the window is: 30s, 5m, 2h, 1d. Both ends belong to it.") \
	X("condition", "What must hold: see below; for temporal ones also names with and, or, not.") \
	X("aliases", "Where the same thing has different names: {alias: {rule: field}}. The alias then stands in group-by.") \
	X("generate", "As the top-level key.")
/* clang-format on */

const struct str correlation_keys[] = { CORRELATION_KEYS(VOCABULARY_WORD) };
const size_t correlation_keys_n = ARRAY_LEN(correlation_keys);

VOCABULARY(vocabulary_correlation, "correlation", correlation_keys, CORRELATION_KEYS);

/* in the order of enum correlation_type */
/* clang-format off */
#define TYPES(X) \
	X("event_count", "How many matches there are (a Kubernetes event counts as often as it occurred).") \
	X("value_count", "How many different values of `field` there are.") \
	X("value_percentile", "The `percentile` of the numbers in `field`, by nearest rank.") \
	X("value_sum", "Their sum.") \
	X("value_avg", "Their average.") \
	X("temporal", "All (or as the condition says) of the rules matched within the timespan, in any order. `not` looks back: that rule did not match in the timespan before.") \
	X("temporal_ordered", "The same in the order in which `rules` names them. `not` looks ahead: that rule does not match in the timespan after. This is how absence is told.")
/* clang-format on */

static const struct str types[] = { TYPES(VOCABULARY_WORD) };

VOCABULARY(vocabulary_types, "types", types, TYPES);

struct work {
	struct loader *l;
	const struct yaml_node *map;
	struct document *doc;
	struct correlation *c;
	struct str *ref_names;     /* as written in `rules` */
	struct yaml_node *aliases; /* or NULL */
};

static bool
is_temporal(const struct correlation *c)
{
	return c->type == CORR_TEMPORAL || c->type == CORR_TEMPORAL_ORDERED;
}

static bool
missing(struct work *w, const char *key_z)
{
	diag_error(&w->l->diag, w->map->where, "\"%s\" is missing in the correlation",
		key_z);
	return false;
}

static bool
parse_type(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("type"));
	size_t i;

	if (node == NULL)
		return missing(w, "type");
	i = word_find(node->value, types, ARRAY_LEN(types));
	if (node->kind != YAML_SCALAR || i == ARRAY_LEN(types)) {
		diag_error(&w->l->diag, node->where, "unknown type of correlation");
		if (str_eq(node->value, STR("value_median")))
			diag_hint(&w->l->diag,
				"write value_percentile with percentile: 50");
		else if (!loader_hint(w->l, node->value, types, ARRAY_LEN(types)))
			diag_hint(&w->l->diag,
				"event_count, value_count, value_percentile, value_sum, "
				"value_avg, temporal, temporal_ordered");
		return false;
	}
	w->c->type = (enum correlation_type)i;
	return true;
}

static bool
add_ref(struct work *w, const struct yaml_node *item)
{
	struct correlation *c = w->c;
	uint32_t number = loader_ref(w->l, item->value, item->where);

	if (number == NUMBER_NONE)
		return false;
	for (size_t i = 0; i < c->n_refs; i++)
		if (c->refs[i].rule == number) {
			diag_error(&w->l->diag, item->where, "\"%.*s\" is named twice",
				STR_ARG(item->value));
			return false;
		}
	w->doc->ref_where[c->n_refs] = item->where;
	w->ref_names[c->n_refs] = item->value;
	c->refs[c->n_refs++].rule = number;
	return true;
}

static bool
parse_rules(struct work *w)
{
	struct yaml_node *node = yaml_get(w->map, STR("rules"));
	struct yaml_node *condition = yaml_get(w->map, STR("condition"));
	struct yaml_node **items;
	size_t n;
	bool good = true;

	if (node == NULL && is_temporal(w->c) && condition != NULL &&
		condition->kind == YAML_SCALAR)
		condition_words(w->l, condition, &items, &n);
	else if (node == NULL)
		return missing(w, "rules");
	else if (!loader_list(w->l, node, "\"rules\"", &items, &n))
		return false;
	if (n == 0 || n > CORRELATION_REFS_MAX) {
		diag_error(&w->l->diag, node != NULL ? node->where : condition->where,
			"a correlation names 1 to %d rules", CORRELATION_REFS_MAX);
		return false;
	}
	w->c->refs = loader_alloc(w->l, n, sizeof(*w->c->refs));
	w->ref_names = loader_alloc(w->l, n, sizeof(*w->ref_names));
	w->doc->ref_where = loader_alloc(w->l, n, sizeof(*w->doc->ref_where));
	for (size_t i = 0; i < n; i++)
		good = add_ref(w, items[i]) && good;
	return good;
}

static bool
parse_timespan(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("timespan"));
	size_t digits = 0;

	if (node == NULL)
		return missing(w, "timespan");
	if (!loader_duration(w->l, node, "the timespan", false, &w->c->timespan_ns))
		return false;
	while (digits < node->value.len && char_is_digit(node->value.ptr[digits]))
		digits++;
	if (digits + 1 != node->value.len ||
		str_find_char(STR(PORTABLE_UNITS), node->value.ptr[digits]) == SIZE_MAX)
		diag_warn(&w->l->diag, node->where,
			"other Sigma tools know timespans in whole s, m, h or d only");
	return true;
}

/* The aliases map: alias -> rule -> field. */
static bool
parse_aliases(struct work *w)
{
	bool good = true;

	w->aliases = yaml_get(w->map, STR("aliases"));
	if (w->aliases == NULL)
		return true;
	if (w->aliases->kind != YAML_MAP) {
		diag_error(&w->l->diag, w->aliases->where, "\"aliases\" must be a map");
		w->aliases = NULL;
		return false;
	}
	for (size_t i = 0; i < w->aliases->n; i++) {
		const struct yaml_node *alias = w->aliases->pairs[i].value;
		struct str field;

		if (!loader_keys(w->l, alias, "the alias", w->ref_names, w->c->n_refs)) {
			good = false;
			continue;
		}
		for (size_t k = 0; k < alias->n; k++)
			good = loader_text(
				       w->l, alias->pairs[k].value, "a field", &field) &&
			       good;
	}
	return good;
}

/* The field that ref has to take where name is asked for. */
static struct str
aliased(const struct work *w, struct str name, size_t ref)
{
	const struct yaml_node *alias =
		w->aliases == NULL ? NULL : yaml_get(w->aliases, name);
	const struct yaml_node *field = alias == NULL || alias->kind != YAML_MAP
						? NULL
						: yaml_get(alias, w->ref_names[ref]);

	return field == NULL ? name : field->value;
}

static bool
parse_group_by(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("group-by"));
	struct correlation *c = w->c;

	if (node != NULL &&
		!loader_texts(w->l, node, "\"group-by\"", &c->group_by, &c->n_group_by))
		return false;
	for (size_t i = 0; i < c->n_group_by; i++)
		if (word_find(c->group_by[i], c->group_by, i) < i) {
			diag_error(&w->l->diag, node->where,
				"\"%.*s\" stands twice in group-by",
				STR_ARG(c->group_by[i]));
			return false;
		}
	if (c->n_group_by > 8) {
		diag_error(&w->l->diag, node->where, "group-by takes at most 8 fields");
		return false;
	}
	for (size_t r = 0; r < c->n_refs; r++) {
		c->refs[r].fields = loader_alloc(w->l, c->n_group_by, sizeof(struct str));
		for (size_t g = 0; g < c->n_group_by; g++)
			c->refs[r].fields[g] = aliased(w, c->group_by[g], r);
	}
	for (size_t i = 0; w->aliases != NULL && i < w->aliases->n; i++) {
		const struct yaml_pair *pair = &w->aliases->pairs[i];

		if (word_find(pair->key, c->group_by, c->n_group_by) == c->n_group_by &&
			!str_eq(pair->key, c->field))
			diag_warn(&w->l->diag, pair->key_where,
				"nothing uses the alias \"%.*s\"", STR_ARG(pair->key));
	}
	return true;
}

/* condition.field may be an alias as long as it is one field. */
static bool
resolve_field(struct work *w)
{
	struct correlation *c = w->c;
	struct str field;

	if (c->field.len == 0 || w->aliases == NULL ||
		yaml_get(w->aliases, c->field) == NULL)
		return true;
	field = aliased(w, c->field, 0);
	for (size_t i = 1; i < c->n_refs; i++)
		if (!str_eq(aliased(w, c->field, i), field)) {
			diag_error(&w->l->diag, yaml_get(w->map, STR("condition"))->where,
				"the condition's field must be the same in all rules");
			return false;
		}
	c->field = field;
	return true;
}

/* Whether each ref stands under a `not` (an odd number of them). */
static bool
find_negated(struct work *w, const struct node *node, bool negated, bool *seen)
{
	bool good = true;

	if (node->kind == NODE_NAME) {
		struct corr_ref *ref = &w->c->refs[node->ref];

		if (seen[node->ref] && ref->negated != negated) {
			diag_error(&w->l->diag, yaml_get(w->map, STR("condition"))->where,
				"\"%.*s\" stands with and without a \"not\"",
				STR_ARG(node->name));
			return false;
		}
		seen[node->ref] = true;
		ref->negated = negated;
		w->c->has_not = w->c->has_not || negated;
		return true;
	}
	for (size_t i = 0; i < node->n; i++)
		good = good && find_negated(w, node->child[i],
				       negated != (node->kind == NODE_NOT), seen);
	return good;
}

static bool
check_positive(struct work *w, const struct yaml_node *node)
{
	bool *seen = loader_alloc(w->l, w->c->n_refs, sizeof(*seen));

	if (!find_negated(w, w->c->condition, false, seen))
		return false;
	for (size_t i = 0; i < w->c->n_refs; i++)
		if (!w->c->refs[i].negated)
			return true;
	diag_error(&w->l->diag, node->where,
		"nothing here has to happen: every rule is negated");
	diag_hint(
		&w->l->diag, "absence is told after something: started and not finished");
	return false;
}

static struct node **
ref_nodes(struct work *w)
{
	struct node **nodes = loader_alloc(w->l, w->c->n_refs, sizeof(struct node *));

	for (size_t i = 0; i < w->c->n_refs; i++) {
		nodes[i] = node_new(w->l, NODE_NAME);
		nodes[i]->ref = (uint32_t)i;
		nodes[i]->name = w->ref_names[i];
	}
	return nodes;
}

static bool
parse_expression(struct work *w, const struct yaml_node *node)
{
	struct correlation *c = w->c;
	bool *used = loader_alloc(w->l, c->n_refs, sizeof(*used));
	struct condition_names names = { .name = w->ref_names,
		.node = ref_nodes(w),
		.used = used,
		.n = c->n_refs,
		.what_z = "rule of this correlation" };
	bool good = true;

	c->condition = condition_parse(w->l, node, &names);
	if (c->condition == NULL)
		return false;
	for (size_t i = 0; i < c->n_refs; i++) {
		if (used[i])
			continue;
		diag_error(&w->l->diag, w->doc->ref_where[i],
			"the condition does not use \"%.*s\"", STR_ARG(w->ref_names[i]));
		good = false;
	}
	return good && check_positive(w, node);
}

/* At least k of the refs, as OR of ANDs. */
static struct node *
choose(struct work *w, size_t k)
{
	struct node **nodes = ref_nodes(w);
	struct node *any = node_new(w->l, NODE_OR);
	size_t n = w->c->n_refs;

	for (unsigned set = 1; set < 1U << n; set++) {
		struct node *all = node_new(w->l, NODE_AND);

		for (size_t i = 0; i < n; i++)
			if (set & (1U << i))
				node_add(w->l, all, nodes[i]);
		if (all->n == k)
			node_add(w->l, any, node_simple(all));
	}
	return node_simple(any);
}

/* "condition: {gte: 2}" of a temporal: at least that many of its rules. */
static bool
parse_quorum(struct work *w, const struct yaml_node *node)
{
	struct correlation *c = w->c;
	size_t n = c->n_refs;
	double least;

	if (!bound_parse(w->l, node, c))
		return false;
	least = c->bounds[0].limit + (c->bounds[0].op == BOUND_GT);
	if (c->n_bounds != 1 ||
		(c->bounds[0].op != BOUND_GTE && c->bounds[0].op != BOUND_GT) ||
		!(least >= 1 && least <= (double)n) || least != (double)(size_t)least) {
		diag_error(&w->l->diag, node->where,
			"here the condition is gte with a number of rules, or names with and, or, not");
		return false;
	}
	c->n_bounds = 0;
	if ((size_t)least == n)
		return true;
	if (c->type == CORR_TEMPORAL_ORDERED || n > 8) {
		diag_error(&w->l->diag, node->where,
			c->type == CORR_TEMPORAL_ORDERED
				? "a sequence needs all its rules"
				: "some of over 8 rules is not supported");
		return false;
	}
	c->condition = choose(w, (size_t)least);
	return true;
}

/* Every way in which a sequence can be met is a state of its windows. */
static bool
check_ways(struct work *w, const struct yaml_node *node)
{
	struct chain_plan plan = { 0 };
	bool made = w->c->type != CORR_TEMPORAL_ORDERED || chain_plan_make(w->c, &plan);

	if (!made)
		diag_error(&w->l->diag, node->where, "out of memory");
	else if (plan.cut) {
		diag_error(&w->l->diag, node->where,
			"a sequence with over %d states: it can be met in too many ways",
			CHAIN_STATES_MAX);
		diag_hint(&w->l->diag, "make it several correlations, one for each `or`");
	}
	chain_plan_fini(&plan);
	return made && !plan.cut;
}

static bool
parse_condition(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("condition"));

	if (node == NULL)
		return is_temporal(w->c) ? true : missing(w, "condition");
	if (is_temporal(w->c) && node->kind == YAML_MAP)
		return parse_quorum(w, node);
	if (is_temporal(w->c)) {
		struct str ignored;

		return loader_text(w->l, node, "the condition", &ignored) &&
		       parse_expression(w, node) && check_ways(w, node);
	}
	if (node->kind != YAML_MAP) {
		diag_error(&w->l->diag, node->where, "this type needs a map: {gte: 3}");
		return false;
	}
	return bound_parse(w->l, node, w->c);
}

static bool
parse_generate(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("generate"));

	if (node == NULL || yaml_to_bool(node, &w->c->generate))
		return true;
	diag_error(&w->l->diag, node->where, "\"generate\" is true or false");
	return false;
}

bool
correlation_parse(struct loader *l, const struct yaml_node *map, struct document *doc,
	struct correlation *c)
{
	struct work w = { .l = l, .map = map, .doc = doc, .c = c };
	bool good = loader_keys(
		l, map, "the correlation", correlation_keys, correlation_keys_n);
	bool refs;

	if (map->kind != YAML_MAP)
		return false;
	good = parse_timespan(&w) && good;
	good = parse_generate(&w) && good;
	if (!parse_type(&w))
		return false;
	c->min_samples = c->type == CORR_VALUE_PERCENTILE ? 20 : 1;
	refs = parse_rules(&w);
	if (!refs) { /* without all names the rest would only complain twice */
		c->n_refs = 0;
		return false;
	}
	good = parse_aliases(&w) && good;
	good = parse_condition(&w) && good;
	good = parse_group_by(&w) && good;
	return resolve_field(&w) && good;
}
