/* SPDX-License-Identifier: Apache-2.0 */
/* Selections become trees of items; values become patterns, numbers or regexes. */
#include "rules/detection.h"

#include <stdio.h>

#include "record/match.h"
#include "rules/condition.h"
#include "rules/fields.h"
#include "rules/modifier.h"
#include "rules/regex.h"
#include "rules/risk.h"
#include "rules/wildcard.h"

struct work {
	struct loader *l;
	struct rule *rule;
	struct condition_names names;
	struct str *where; /* of each name */
};

/* What item a value is for. */
struct target {
	struct item *item;
	const struct modifiers *mods;
};

static bool
add_regex(struct loader *l, const struct modifiers *mods, const struct yaml_node *node,
	struct value *v)
{
	char error[256];
	size_t pos, len;
	struct regex_link *link;

	v->regex = regex_new(node->value, mods->regex_flags, error, sizeof(error), &pos);
	if (v->regex == NULL) {
		diag_error(&l->diag, loader_at(node->where, node->value, pos, 1),
			"in the regex: %s", error);
		return false;
	}
	if (regex_is_risky(v->regex) &&
		risk_find(node->value, mods->regex_flags & REGEX_CASELESS, &pos, &len)) {
		diag_warn(&l->diag, loader_at(node->where, node->value, pos, len),
			"this can repeat in many ways: on some lines that costs without "
			"bound");
		diag_hint(&l->diag,
			"it is not tried on texts over 4 KiB, and a rule that costs too "
			"much is switched off; let something stand between the repeats");
	}
	link = loader_alloc(l, 1, sizeof(*link));
	link->regex = v->regex;
	link->next = l->rs->regexes;
	l->rs->regexes = link;
	return true;
}

static bool
add_number(struct loader *l, const struct yaml_node *node, struct value *v)
{
	v->is_number = yaml_to_double(node, &v->number);
	if (v->is_number)
		return true;
	diag_error(&l->diag, node->where, "not a number: \"%.*s\"", STR_ARG(node->value));
	if (!node->plain && str_to_double(node->value, &v->number))
		diag_hint(&l->diag, "write it without quotes");
	return false;
}

static bool
add_plain(struct loader *l, const struct target *t, const struct yaml_node *node,
	struct value *v)
{
	const struct modifiers *mods = t->mods;

	v->is_number = t->item->field.len > 0 && yaml_to_double(node, &v->number);
	if (v->is_number && (mods->before || mods->after)) {
		diag_error(&l->diag, node->where,
			"a part of a text must be a text, not a number");
		diag_hint(&l->diag, "put it in quotes: '%.*s'", STR_ARG(node->value));
		return false;
	}
	wildcard_parse(l, node->value, v);
	if (t->item->field.len == 0) /* keywords stand anywhere */
		wildcard_open(l, v, true, true);
	else if (mods->before || mods->after)
		wildcard_open(l, v, mods->before, mods->after);
	return true;
}

static bool
add_value(struct loader *l, const struct target *t, const struct yaml_node *node,
	struct value *v)
{
	v->where = node->where;
	if (node->kind != YAML_SCALAR) {
		diag_error(&l->diag, node->where, "a value must be a text or a number");
		return false;
	}
	v->text = node->value;
	if (yaml_is_null(node)) {
		diag_error(&l->diag, node->where, "null does not go here");
		diag_hint(&l->diag, "\"field: null\" alone asks for a missing value");
		return false;
	}
	if (t->item->op == ITEM_REGEX)
		return add_regex(l, t->mods, node, v);
	if (t->item->op != ITEM_EQUALS)
		return add_number(l, node, v);
	return add_plain(l, t, node, v);
}

/* A comparison with the whole line that no line with a time in it can satisfy. */
static void
warn_whole_message(struct loader *l, const struct item *item)
{
	if (item->op != ITEM_EQUALS || item->negated ||
		!str_eq(item->field, STR("message")))
		return;
	for (size_t i = 0; i < item->n_values; i++) {
		const struct value *v = &item->values[i];

		if (v->n_parts != 1 || v->parts[0].kind != PART_TEXT || v->is_number)
			continue;
		diag_warn(&l->diag, v->where, "this is compared with the whole message");
		diag_hint(&l->diag, "for a part of it write \"message|contains\"");
		return;
	}
}

/* What the program writes is a number: no other text equals it. */
static void
warn_number(struct loader *l, const struct item *item)
{
	double number;

	if (item->op != ITEM_EQUALS || !field_is_volume(item->field))
		return;
	for (size_t i = 0; i < item->n_values; i++) {
		const struct value *v = &item->values[i];

		if (v->n_parts != 1 || v->parts[0].kind != PART_TEXT ||
			str_to_double(v->text, &number))
			continue;
		diag_warn(&l->diag, v->where, "\"%.*s\" is always a number",
			STR_ARG(item->field));
		diag_hint(&l->diag, "to compare it write \"%.*s|gt: 5\", or lt, gte, lte",
			STR_ARG(item->field));
		return;
	}
}

static void
warn_field(struct loader *l, const struct item *item, enum record_category category)
{
	size_t n;
	const struct str *known = fields_of(category, &n);
	struct str field = item->field;

	if (category == RECORD_VOLUME && field.len > 0 &&
		!field_is_known(category, field)) {
		diag_warn(&l->diag, item->where, "a volume record has no \"%.*s\"",
			STR_ARG(field));
		(void)loader_hint(l, field, known, n);
		return;
	}
	if (field.len < 4 || field_is_known(category, field))
		return;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq_fold(field, known[i]) &&
			(known[i].len < 5 || str_distance(field, known[i], 1) > 1))
			continue;
		diag_warn(&l->diag, item->where,
			"\"%.*s\" is no field of a record's own, but a "
			"key of its JSON",
			STR_ARG(field));
		diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(known[i]));
		return;
	}
}

/* An item whose value is a list. */
static bool
add_values(struct loader *l, const struct target *t, struct yaml_node *const *nodes,
	size_t n)
{
	struct item *item = t->item;
	bool good = true;

	item->values = loader_alloc(l, n, sizeof(*item->values));
	for (size_t i = 0; i < n; i++)
		good = add_value(l, t, nodes[i], &item->values[i]) && good;
	item->n_values = n;
	return good;
}

static bool
fill_item(struct loader *l, const struct target *t, struct yaml_node *node)
{
	struct item *item = t->item;

	if (node->kind == YAML_MAP) {
		diag_error(&l->diag, node->where, "a map does not go here");
		diag_hint(&l->diag, "fields inside of others are written with dots: a.b");
		return false;
	}
	if (item->op == ITEM_EXISTS) {
		if (yaml_to_bool(node, &item->exists))
			return true;
		diag_error(&l->diag, node->where, "\"exists\" takes true or false");
		return false;
	}
	if (node->kind == YAML_LIST && node->n == 0) {
		diag_error(&l->diag, node->where, "an empty list means nothing");
		return false;
	}
	if (node->kind == YAML_LIST)
		return add_values(l, t, node->items, node->n);
	if (item->op == ITEM_EQUALS && item->field.len > 0 && yaml_is_null(node) &&
		!t->mods->before && !t->mods->after) {
		item->op = ITEM_NULL;
		return true;
	}
	return add_values(l, t, &node, 1);
}

static struct node *
item_node(struct loader *l, const struct modifiers *mods, struct str where)
{
	struct node *node = node_new(l, NODE_ITEM);
	struct item *item = loader_alloc(l, 1, sizeof(*item));

	item->field = mods->field;
	item->op = mods->op;
	item->all = mods->all;
	item->cased = mods->cased;
	item->negated = mods->negated;
	item->where = where;
	node->item = item;
	return node;
}

static struct node *
parse_item(struct work *w, const struct yaml_pair *pair)
{
	struct loader *l = w->l;
	struct modifiers mods;
	struct node *node;

	if (!modifiers_parse(l, pair->key, pair->key_where, &mods))
		return NULL;
	node = item_node(l, &mods, pair->key_where);
	if (!fill_item(l, &(struct target){ node->item, &mods }, pair->value))
		return NULL;
	if (mods.all && node->item->n_values == 1)
		diag_warn(
			&l->diag, pair->key_where, "\"all\" with one value does nothing");
	warn_whole_message(l, node->item);
	warn_field(l, node->item, w->rule->category);
	if (w->rule->category == RECORD_VOLUME)
		warn_number(l, node->item);
	return node;
}

static struct node *
parse_map(struct work *w, const struct yaml_node *map)
{
	struct node *all = node_new(w->l, NODE_AND);
	bool good = map->n > 0;

	if (!good)
		diag_error(&w->l->diag, map->where, "an empty selection means nothing");
	for (size_t i = 0; i < map->n; i++) {
		struct node *item = parse_item(w, &map->pairs[i]);

		if (item == NULL)
			good = false;
		else
			node_add(w->l, all, item);
	}
	return good ? node_simple(all) : NULL;
}

/* The scalars of a list (or one alone): any of them, anywhere in the record. */
static struct node *
parse_keywords(struct work *w, struct yaml_node *const *nodes, size_t n, struct str where)
{
	struct modifiers mods = { .op = ITEM_EQUALS };
	struct node *node = item_node(w->l, &mods, where);
	struct yaml_node **scalars = loader_alloc(w->l, n, sizeof(struct yaml_node *));
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (nodes[i]->kind != YAML_MAP)
			scalars[k++] = nodes[i];
	if (!add_values(w->l, &(struct target){ node->item, &mods }, scalars, k))
		return NULL;
	return node;
}

static struct node *
parse_list(struct work *w, const struct yaml_node *list)
{
	struct node *any = node_new(w->l, NODE_OR);
	size_t maps = 0;
	bool good = list->n > 0;
	struct node *next;

	if (!good)
		diag_error(&w->l->diag, list->where, "an empty selection means nothing");
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i]->kind != YAML_MAP)
			continue;
		maps++;
		next = parse_map(w, list->items[i]);
		if (next == NULL)
			good = false;
		else
			node_add(w->l, any, next);
	}
	if (list->n > maps) {
		next = parse_keywords(w, list->items, list->n, list->where);
		if (next == NULL)
			good = false;
		else
			node_add(w->l, any, next);
	}
	return good ? node_simple(any) : NULL;
}

static bool
is_selection_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.ptr[i]) && name.ptr[i] != '_' &&
			name.ptr[i] != '-')
			return false;
	return name.len > 0;
}

static bool
parse_selection(struct work *w, const struct yaml_pair *pair)
{
	struct loader *l = w->l;
	struct yaml_node *value = pair->value;
	struct node *node, *named;

	if (!is_selection_name(pair->key)) {
		diag_error(&l->diag, pair->key_where,
			"a selection's name is of letters, digits, _ and -");
		return false;
	}
	if (value->kind == YAML_MAP)
		node = parse_map(w, value);
	else if (value->kind == YAML_LIST)
		node = parse_list(w, value);
	else
		node = parse_keywords(w, &value, 1, value->where);
	if (node == NULL)
		return false;
	if (value->kind == YAML_SCALAR) {
		diag_warn(&l->diag, value->where, "a keyword alone is not portable");
		diag_hint(&l->diag, "write a list of one: [...]");
	}
	named = loader_alloc(l, 1, sizeof(*named));
	*named = *node;
	named->name = pair->key;
	w->names.node[w->names.n] = named;
	return true;
}

/* All selections, broken ones too so that the condition's names can be judged. */
static bool
parse_selections(struct work *w, const struct yaml_node *map)
{
	struct str *names = loader_alloc(w->l, map->n, sizeof(*names));
	bool good = true;

	w->names.name = names;
	w->names.node = loader_alloc(w->l, map->n, sizeof(*w->names.node));
	w->names.used = loader_alloc(w->l, map->n, sizeof(*w->names.used));
	w->where = loader_alloc(w->l, map->n, sizeof(*w->where));
	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_pair *pair = &map->pairs[i];

		if (str_eq(pair->key, STR("condition")))
			continue;
		if (str_eq(pair->key, STR("timeframe"))) {
			diag_error(&w->l->diag, pair->key_where,
				"\"timeframe\" is of old Sigma and not supported");
			diag_hint(&w->l->diag, "write a correlation with a timespan");
			good = false;
			continue;
		}
		w->names.node[w->names.n] = node_new(w->l, NODE_TRUE);
		good = parse_selection(w, pair) && good;
		names[w->names.n] = pair->key;
		w->where[w->names.n] = pair->key_where;
		w->names.n++;
	}
	return good;
}

/* One condition, or a list of them: any. */
static struct node *
parse_condition(struct work *w, const struct yaml_node *map)
{
	struct yaml_node *node = yaml_get(map, STR("condition"));
	struct node *any = node_new(w->l, NODE_OR);
	struct yaml_node **items;
	size_t n;

	if (node == NULL) {
		diag_error(&w->l->diag, map->where,
			"\"condition\" is missing in the detection");
		return NULL;
	}
	if (!loader_list(w->l, node, "the condition", &items, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct node *next = condition_parse(w->l, items[i], &w->names);

		if (next != NULL)
			node_add(w->l, any, next);
	}
	if (n == 0)
		diag_error(&w->l->diag, node->where, "an empty condition means nothing");
	return any->n == n && n > 0 ? node_simple(any) : NULL;
}

/* Adds the names an item's regexes bind. */
static void
add_captures(struct loader *l, struct rule *r, const struct item *item)
{
	for (size_t i = 0; i < item->n_values; i++) {
		const struct value *v = &item->values[i];
		size_t n = v->regex == NULL ? 0 : regex_capture_count(v->regex);

		for (size_t k = 0; k < n; k++) {
			struct str name = regex_capture_name(v->regex, k);

			if (word_find(name, r->captures, r->n_captures) < r->n_captures)
				continue;
			r->captures =
				loader_grow(l, r->captures, r->n_captures, sizeof(name));
			r->captures[r->n_captures++] = name;
			if (field_is_known(RECORD_LOG, name)) {
				diag_warn(&l->diag, v->where,
					"the capture \"%.*s\" hides the "
					"record's own field of that name",
					STR_ARG(name));
			}
			if (r->n_captures == MATCH_CAPTURES + 1)
				diag_error(&l->diag, v->where,
					"over %d captures in one rule", MATCH_CAPTURES);
		}
	}
}

/* Only what is true on a path without `not` binds. */
static void
find_captures(struct loader *l, struct rule *r, const struct node *node)
{
	if (node->kind == NODE_ITEM && !node->item->negated)
		add_captures(l, r, node->item);
	if (node->kind != NODE_AND && node->kind != NODE_OR)
		return;
	for (size_t i = 0; i < node->n; i++)
		find_captures(l, r, node->child[i]);
}

bool
detection_parse(struct loader *l, const struct yaml_node *map, struct rule *r)
{
	struct work w = { .l = l, .rule = r };
	bool good;

	if (map->kind != YAML_MAP) {
		diag_error(&l->diag, map->where, "\"detection\" must be a map");
		return false;
	}
	w.names.quantifiers = true;
	w.names.what_z = "selection";
	good = parse_selections(&w, map);
	r->condition = parse_condition(&w, map);
	if (r->condition == NULL)
		return false;
	for (size_t i = 0; i < w.names.n; i++)
		if (!w.names.used[i])
			diag_warn(&l->diag, w.where[i],
				"the condition does not use \"%.*s\"",
				STR_ARG(w.names.name[i]));
	find_captures(l, r, r->condition);
	return good;
}
