/* SPDX-License-Identifier: Apache-2.0 */
/* Follows each name that is asked for to the rules that could give it. */
#include "rules/supply.h"

#include "record/match.h"
#include "rules/fields.h"
#include "rules/incident.h"

/* MAYBE: from a JSON body or an API object, which only the records know. */
enum answer { ANSWER_NO, ANSWER_MAYBE, ANSWER_YES };

static bool
is_label(struct str name)
{
	size_t n;
	const struct str *labels = fields_labels(&n);

	return word_find(name, labels, n) < n;
}

static bool
is_capture(const struct rule *r, struct str name)
{
	return word_find(name, r->captures, r->n_captures) < r->n_captures;
}

/* Whether the condition looks into a JSON body at all. */
static bool
uses_body(const struct rule *r, const struct node *node)
{
	if (node->kind == NODE_ITEM)
		return field_is_body(r->category, node->item->field);
	for (size_t i = 0; i < node->n; i++)
		if (uses_body(r, node->child[i]))
			return true;
	return false;
}

static enum answer
ask_rule(const struct rule *r, struct str name)
{
	if (is_capture(r, name) || is_label(name) || field_is_known(r->category, name))
		return ANSWER_YES;
	if (r->category == RECORD_VOLUME)
		return ANSWER_NO;
	if (str_find_char(name, '.') != SIZE_MAX)
		return ANSWER_MAYBE;
	return r->category == RECORD_LOG && uses_body(r, r->condition) ? ANSWER_MAYBE
								       : ANSWER_NO;
}

static enum answer
ask(const struct loader *l, uint32_t number, struct str name)
{
	const struct correlation *c;
	enum answer best = ANSWER_NO;

	if ((number & CORRELATION_BIT) == 0)
		return ask_rule(loader_rule(l, number), name);
	c = loader_correlation(l, number);
	if (word_find(name, c->group_by, c->n_group_by) < c->n_group_by)
		return ANSWER_YES;
	for (size_t i = 0; i < c->n_refs && best != ANSWER_YES; i++) {
		enum answer answer = ask(l, c->refs[i].rule, name);

		best = answer > best ? answer : best;
	}
	return best;
}

/* The field joins the rule's matches. */
static void
want(struct loader *l, uint32_t number, struct str name)
{
	struct rule *r;

	if (number & CORRELATION_BIT) {
		const struct correlation *c = loader_correlation(l, number);

		if (word_find(name, c->group_by, c->n_group_by) < c->n_group_by)
			return;
		for (size_t i = 0; i < c->n_refs; i++)
			want(l, c->refs[i].rule, name);
		return;
	}
	r = loader_rule(l, number);
	if (is_capture(r, name) || is_label(name) ||
		word_find(name, r->wanted, r->n_wanted) < r->n_wanted)
		return;
	r->wanted = loader_grow(l, r->wanted, r->n_wanted, sizeof(*r->wanted));
	r->wanted[r->n_wanted++] = name;
}

/* The captures nearest to a name nobody gives. */
static void
hint_capture(struct loader *l, const uint32_t *rules, size_t n, struct str name)
{
	struct str best = { 0 };
	size_t n_labels;
	const struct str *labels = fields_labels(&n_labels);

	for (size_t i = 0; i < n && best.len == 0; i++) {
		const struct rule *r;

		if (rules[i] & CORRELATION_BIT)
			continue;
		r = loader_rule(l, rules[i]);
		best = str_nearest(name, r->captures, r->n_captures);
	}
	if (best.len == 0)
		best = str_nearest(name, labels, n_labels);
	if (best.len > 0)
		diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(best));
	else
		diag_hint(&l->diag, "a regex gives it with (?P<%.*s>...)", STR_ARG(name));
}

/* name is asked of all of these rules; a warning when none can give it. */
static void
ask_any(struct loader *l, const uint32_t *rules, size_t n, struct str name,
	struct str where)
{
	bool given = false;

	for (size_t i = 0; i < n; i++) {
		given = given || ask(l, rules[i], name) != ANSWER_NO;
		want(l, rules[i], name);
	}
	if (given)
		return;
	diag_warn(&l->diag, where, "no rule here gives \"%.*s\"", STR_ARG(name));
	hint_capture(l, rules, n, name);
}

/* Names in the title: keys, captures, labels, and {count} and the like. */
static void
check_title(struct loader *l, const struct document *doc, const uint32_t *rules, size_t n)
{
	const struct yaml_node *map = yaml_get(doc->root, STR("incident"));
	const struct yaml_node *node = map == NULL ? NULL : yaml_get(map, STR("title"));
	const struct correlation *c =
		doc->number & CORRELATION_BIT ? loader_correlation(l, doc->number) : NULL;
	struct str rest, name;

	if (node == NULL)
		return;
	rest = node->value;
	while (template_next(&rest, &name)) {
		if (template_is_own(name) ||
			(c != NULL && word_find(name, c->group_by, c->n_group_by) <
					      c->n_group_by))
			continue;
		ask_any(l, rules, n, name,
			loader_at(node->where, node->value,
				(size_t)(name.ptr - node->value.ptr), name.len));
	}
}

static void
check_marks(
	struct loader *l, const struct document *doc, const struct mark *marks, size_t n)
{
	const struct yaml_node *node = yaml_get(doc->root, STR("marks"));

	for (size_t i = 0; i < n; i++) {
		if (str_eq(marks[i].entity, STR("order")) && marks[i].n_by == 0)
			ask_any(l, &doc->number, 1, STR("order_id"), node->where);
		else if (str_eq(marks[i].entity, STR("order")))
			want(l, doc->number, STR("order_id"));
		for (size_t k = 0; k < marks[i].n_by && i == 0; k++)
			ask_any(l, &doc->number, 1, marks[i].by[k],
				yaml_get(node, STR("by"))->where);
	}
}

static void
check_key(struct loader *l, const struct document *doc, const struct incident_conf *conf)
{
	for (size_t i = 0; i < conf->n_key; i++)
		ask_any(l, &doc->number, 1, conf->key[i],
			yaml_get(yaml_get(doc->root, STR("incident")), STR("key"))
				->where);
}

/* Each rule has to give each key, or its matches take no part. */
static void
check_group_by(struct loader *l, const struct document *doc, const struct correlation *c)
{
	const struct yaml_node *node =
		yaml_get(yaml_get(doc->root, STR("correlation")), STR("group-by"));

	for (size_t g = 0; g < c->n_group_by; g++) {
		struct str where =
			node->kind == YAML_LIST ? node->items[g]->where : node->where;

		for (size_t i = 0; i < c->n_refs; i++) {
			struct str name = c->refs[i].fields[g];
			struct str rule = ruleset_name(l->rs, c->refs[i].rule);

			want(l, c->refs[i].rule, name);
			if (ask(l, c->refs[i].rule, name) != ANSWER_NO)
				continue;
			diag_warn(&l->diag, where,
				"\"%.*s\" gives no \"%.*s\", so it takes no part",
				STR_ARG(rule), STR_ARG(name));
			hint_capture(l, &c->refs[i].rule, 1, name);
		}
	}
}

/* What joins a timeline does so by the key. */
static void
want_keys(struct loader *l, const uint32_t *rules, size_t n, const struct correlation *c)
{
	for (size_t i = 0; i < n; i++)
		for (size_t g = 0; g < c->n_group_by; g++)
			if (ask(l, rules[i], c->group_by[g]) != ANSWER_NO)
				want(l, rules[i], c->group_by[g]);
}

static void
want_causes(
	struct loader *l, const struct incident_conf *conf, const struct correlation *c)
{
	for (size_t i = 0; i < conf->n_causes; i++) {
		const struct cause *cause = &conf->causes[i];

		if (c != NULL)
			want_keys(l, &cause->rule, 1, c);
		for (size_t k = 0; k < cause->n_where; k++)
			want(l, cause->rule, cause->where[k].name);
	}
}

static void
check_correlation(struct loader *l, const struct document *doc)
{
	const struct correlation *c = loader_correlation(l, doc->number);
	const struct incident_conf *conf = &c->incident;
	uint32_t *rules = loader_alloc(l, c->n_refs + conf->n_timeline, sizeof(*rules));
	size_t n = 0;

	for (size_t i = 0; i < c->n_refs; i++)
		rules[n++] = c->refs[i].rule;
	check_group_by(l, doc, c);
	if (c->field.len > 0)
		ask_any(l, rules, n, c->field,
			yaml_get(yaml_get(yaml_get(doc->root, STR("correlation")),
					 STR("condition")),
				STR("field"))
				->where);
	for (size_t i = 0; i < conf->n_timeline; i++)
		rules[n++] = conf->timeline[i];
	check_title(l, doc, rules, n);
	want_keys(l, conf->timeline, conf->n_timeline, c);
	want_keys(l, conf->resolve_on, conf->n_resolve_on, c);
	want_keys(l, conf->deaths, conf->n_deaths, c);
	want_causes(l, conf, c);
	check_marks(l, doc, c->marks, c->n_marks);
}

static void
check_rule(struct loader *l, const struct document *doc)
{
	const struct rule *r = loader_rule(l, doc->number);

	check_key(l, doc, &r->incident);
	check_title(l, doc, &doc->number, 1);
	want_causes(l, &r->incident, NULL);
	check_marks(l, doc, r->marks, r->n_marks);
}

static void
check_room(struct loader *l, const struct document *doc)
{
	const struct rule *r = loader_rule(l, doc->number);

	if (r->n_captures + r->n_wanted > MATCH_CAPTURES)
		diag_error(&l->diag, doc->root->where,
			"%zu captures and fields are asked of this rule, over %d",
			r->n_captures + r->n_wanted, MATCH_CAPTURES);
}

/* What a correlation names opens no incident unless it is told to. */
static void
settle_incident(struct loader *l, const struct document *doc)
{
	bool is_corr = (doc->number & CORRELATION_BIT) != 0;
	bool named = is_corr ? loader_correlation(l, doc->number)->named
			     : loader_rule(l, doc->number)->named;
	bool generate = is_corr ? loader_correlation(l, doc->number)->generate
				: loader_rule(l, doc->number)->generate;
	struct incident_conf *conf =
		is_corr ? &loader_correlation(l, doc->number)->incident
			: &loader_rule(l, doc->number)->incident;
	const struct yaml_node *node = yaml_get(doc->root, STR("incident"));

	if (!conf->present || !named || generate)
		return;
	conf->present = false;
	if (node == NULL)
		return;
	diag_warn(&l->diag, node->where,
		"a correlation names this, so it opens no incident");
	diag_hint(&l->diag, "say \"generate: true\" if it should");
}

void
supply_check_all(struct loader *l)
{
	for (size_t i = 0; i < l->n_docs; i++) {
		const struct document *doc = &l->docs[i];

		l->diag.src = doc->src;
		settle_incident(l, doc);
		if (doc->number & CORRELATION_BIT)
			check_correlation(l, doc);
		else
			check_rule(l, doc);
	}
	for (size_t i = 0; i < l->n_docs; i++) {
		l->diag.src = l->docs[i].src;
		if ((l->docs[i].number & CORRELATION_BIT) == 0)
			check_room(l, &l->docs[i]);
	}
}
