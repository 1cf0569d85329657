/* SPDX-License-Identifier: Apache-2.0 */
/* Sigma's top-level keys, and our three. */
#include "rules/document.h"

#include "rules/correlation.h"
#include "rules/detection.h"
#include "rules/incident.h"
#include "rules/testcase.h"
#include "rules/vocabulary.h"

#define TITLE_MAX 256

/* Those whose misspelling changes what a rule does come first. */
/* clang-format off */
#define RULE_KEYS(X) \
	X("title", "What it is about, for people. Required.") \
	X("name", "The name by which correlations and `--rule` call it: unique. Without one the title serves.") \
	X("id", "A UUID, as an alternative name.") \
	X("level", "informational, low, medium (the default), high or critical.") \
	X("logsource", "Which records the rule is for: see LOGSOURCE. Required in a rule, not in a correlation.") \
	X("detection", "Selections and the condition over them: see DETECTION. This makes the document a rule.") \
	X("correlation", "What is counted or joined over other rules: see CORRELATION. This makes the document a correlation.") \
	X("generate", "A rule or correlation that another one names opens no incident of its own unless this is true.") \
	X("marks", "Ours: the state that a match writes into the ledger of an entity: see MARKS.") \
	X("incident", "Ours: what is opened, and how it is told: see INCIDENT.") \
	X("tests", "Ours: records the rule must and must not match: see TESTS.") \
	X("related", "Other rules, for people.") \
	X("status", "stable, test, experimental and so on, for people.") \
	X("description", "More about it, for people.") \
	X("taxonomy", "For other Sigma tools.") \
	X("license", "For people.") \
	X("author", "For people.") \
	X("references", "A list of addresses; the first one is the runbook if the incident names none.") \
	X("fields", "For other Sigma tools.") \
	X("falsepositives", "For people.") \
	X("scope", "For people.") \
	X("date", "For people.") \
	X("modified", "For people.") \
	X("tags", "For other Sigma tools.")
/* clang-format on */

static const struct str keys[] = { RULE_KEYS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_keys, "keys", keys, RULE_KEYS);

#define KEYS_OURS 11

static const struct str kinds[] = { WORD("detection"), WORD("correlation") };

/* clang-format off */
#define LOGSOURCE_KEYS(X) \
	X("category", "What kind of record: see below. Without one it is log.") \
	X("product", "Free text, such as kubernetes.") \
	X("service", "The workload that the record must be from (the Deployment's name, never the pod's). A source that cannot know its service fits every one.") \
	X("definition", "For people.")
/* clang-format on */

static const struct str logsource_keys[] = { LOGSOURCE_KEYS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_logsource, "logsource", logsource_keys, LOGSOURCE_KEYS);

/* clang-format off */
#define CATEGORIES(X) \
	X("log", "A record of a container's log.") \
	X("event", "An occurrence of a Kubernetes event.") \
	X("kubernetes-event", "The same.") \
	X("pod", "A change of a container's status, from pod objects.") \
	X("volume", "How much a container wrote in ten seconds: see VOLUME.")
/* clang-format on */

static const struct str categories[] = { CATEGORIES(VOCABULARY_WORD) };

VOCABULARY(vocabulary_categories, "categories", categories, CATEGORIES);

/* The fields that rules and correlations share. */
struct head {
	struct str *name, *title, *id, *description, *file;
	unsigned *line;
	enum level *level;
	bool *generate;
};

static struct str
key_where(const struct document *doc, struct str key)
{
	for (size_t i = 0; i < doc->root->n; i++)
		if (str_eq(doc->root->pairs[i].key, key))
			return doc->root->pairs[i].key_where;
	return doc->root->where;
}

static void
fail_no_kind(struct loader *l, const struct yaml_node *root)
{
	for (size_t i = 0; i < root->n; i++) {
		const struct yaml_pair *pair = &root->pairs[i];

		if (str_nearest(pair->key, kinds, ARRAY_LEN(kinds)).len == 0)
			continue;
		diag_error(&l->diag, pair->key_where, "unknown key \"%.*s\"",
			STR_ARG(pair->key));
		loader_hint(l, pair->key, kinds, ARRAY_LEN(kinds));
		return;
	}
	diag_error(&l->diag, root->where,
		"neither \"detection\" nor \"correlation\" is here");
}

bool
document_classify(struct loader *l, const struct document *doc, bool *is_correlation)
{
	const struct yaml_node *root = doc->root;
	bool detection = yaml_get(root, STR("detection")) != NULL;

	*is_correlation = yaml_get(root, STR("correlation")) != NULL;
	if (yaml_get(root, STR("filter")) != NULL) {
		diag_error(&l->diag, key_where(doc, STR("filter")),
			"filters are not supported");
		diag_hint(&l->diag, "add \"and not ...\" to the rule's condition");
		return false;
	}
	if (yaml_get(root, STR("action")) != NULL) {
		diag_error(&l->diag, key_where(doc, STR("action")),
			"\"action\" is of old Sigma and not supported");
		diag_hint(&l->diag, "write each rule as a document of its own");
		return false;
	}
	if (detection && *is_correlation) {
		diag_error(&l->diag, key_where(doc, STR("correlation")),
			"a document has a detection or a correlation, not both");
		diag_hint(&l->diag, "divide them with a line of ---");
		return false;
	}
	if (detection || *is_correlation)
		return true;
	fail_no_kind(l, root);
	return false;
}

/* A key that is none of Sigma's: legal there, but most often a slip. */
static bool
check_key(struct loader *l, const struct yaml_pair *pair)
{
	struct str near = str_nearest(pair->key, keys, ARRAY_LEN(keys));
	size_t at = word_find(near, keys, ARRAY_LEN(keys));
	bool in_correlation = word_find(pair->key, correlation_keys, correlation_keys_n) <
			      correlation_keys_n;

	if (in_correlation ||
		word_find(pair->key, incident_keys, incident_keys_n) < incident_keys_n) {
		diag_error(&l->diag, pair->key_where, "\"%.*s\" belongs into \"%s\"",
			STR_ARG(pair->key), in_correlation ? "correlation" : "incident");
		return false;
	}
	if (near.len > 0 && at < KEYS_OURS) {
		diag_error(&l->diag, pair->key_where, "unknown key \"%.*s\"",
			STR_ARG(pair->key));
		diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(near));
		return false;
	}
	diag_warn(&l->diag, pair->key_where, "unknown key \"%.*s\" is ignored",
		STR_ARG(pair->key));
	if (near.len > 0)
		diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(near));
	return true;
}

static bool
check_keys(struct loader *l, const struct document *doc)
{
	bool good = true;

	for (size_t i = 0; i < doc->root->n; i++)
		if (word_find(doc->root->pairs[i].key, keys, ARRAY_LEN(keys)) ==
			ARRAY_LEN(keys))
			good = check_key(l, &doc->root->pairs[i]) && good;
	return good;
}

static bool
parse_level(struct loader *l, const struct document *doc, enum level *out)
{
	const struct yaml_node *node = yaml_get(doc->root, STR("level"));
	size_t at;

	*out = LEVEL_MEDIUM;
	if (node == NULL)
		return true;
	at = node->kind != YAML_SCALAR ? 5 : word_find(node->value, &level_names[1], 5);
	if (at < 5) {
		*out = (enum level)(at + 1);
		return true;
	}
	diag_error(&l->diag, node->where, "unknown level \"%.*s\"", STR_ARG(node->value));
	if (!loader_hint(l, node->value, &level_names[1], 5))
		diag_hint(&l->diag, "informational, low, medium, high, critical");
	return false;
}

static bool
parse_title(struct loader *l, const struct document *doc, struct str *out)
{
	const struct yaml_node *node = yaml_get(doc->root, STR("title"));

	if (node == NULL) {
		diag_error(&l->diag, doc->root->where, "\"title\" is missing");
		return false;
	}
	if (!loader_text(l, node, "the title", out))
		return false;
	if (out->len > 0 && out->len <= TITLE_MAX)
		return true;
	diag_error(&l->diag, node->where, "a title has 1 to %d bytes", TITLE_MAX);
	return false;
}

static bool
parse_head(struct loader *l, const struct document *doc, const struct head *h)
{
	const struct yaml_node *root = doc->root;
	const struct yaml_node *node;
	bool good = check_keys(l, doc);

	*h->file = str_z(doc->src->name);
	*h->line = diag_row(&l->rows, doc->src, root->where);
	good = parse_title(l, doc, h->title) && good;
	good = parse_level(l, doc, h->level) && good;
	node = yaml_get(root, STR("name"));
	if (node != NULL)
		good = loader_text(l, node, "the name", h->name) && good;
	if (h->name->len == 0)
		*h->name = *h->title;
	node = yaml_get(root, STR("id"));
	if (node != NULL)
		good = loader_text(l, node, "the id", h->id) && good;
	node = yaml_get(root, STR("description"));
	if (node != NULL)
		good = loader_text(l, node, "the description", h->description) && good;
	node = yaml_get(root, STR("generate"));
	if (node == NULL || yaml_to_bool(node, h->generate))
		return good;
	diag_error(&l->diag, node->where, "\"generate\" is true or false");
	return false;
}

static bool
parse_source_text(
	struct loader *l, const struct yaml_node *map, struct str key, struct str *out)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node == NULL || yaml_is_null(node) ||
	       loader_text(l, node, "a part of the logsource", out);
}

static bool
parse_logsource(struct loader *l, const struct document *doc, struct rule *r)
{
	const struct yaml_node *map = yaml_get(doc->root, STR("logsource"));
	struct str category;
	bool good;

	if (map == NULL) {
		diag_error(&l->diag, doc->root->where, "\"logsource\" is missing");
		diag_hint(&l->diag,
			"for example logsource: {product: kubernetes, service: orders}");
		return false;
	}
	if (!loader_keys(
		    l, map, "the logsource", logsource_keys, ARRAY_LEN(logsource_keys)))
		return false;
	good = parse_source_text(l, map, STR("product"), &r->logsource.product);
	good = parse_source_text(l, map, STR("category"), &r->logsource.category) && good;
	good = parse_source_text(l, map, STR("service"), &r->logsource.service) && good;
	category = r->logsource.category;
	if (good &&
		r->logsource.product.len + category.len + r->logsource.service.len == 0) {
		diag_error(&l->diag, map->where,
			"a logsource has a product, category or service");
		return false;
	}
	if (str_eq(category, STR("event")) || str_eq(category, STR("kubernetes-event")))
		r->category = RECORD_EVENT;
	else if (str_eq(category, STR("pod")))
		r->category = RECORD_POD;
	else if (str_eq(category, STR("volume")))
		r->category = RECORD_VOLUME;
	else
		r->category = RECORD_LOG;
	if (category.len == 0 || word_find(category, categories, ARRAY_LEN(categories)) <
					 ARRAY_LEN(categories))
		return good;
	diag_warn(&l->diag, yaml_get(map, STR("category"))->where,
		"no input feeds the category \"%.*s\"", STR_ARG(category));
	if (!loader_hint(l, category, categories, ARRAY_LEN(categories)))
		diag_hint(&l->diag, "log, event, pod and volume are fed");
	return good;
}

static bool
parse_rule(struct loader *l, const struct document *doc)
{
	struct rule *r = loader_rule(l, doc->number);
	const struct yaml_node *tests = yaml_get(doc->root, STR("tests"));
	struct head h = { &r->name, &r->title, &r->id, &r->description, &r->file,
		&r->line, &r->level, &r->generate };
	bool good = parse_head(l, doc, &h);

	good = parse_logsource(l, doc, r) && good;
	if (!detection_parse(l, yaml_get(doc->root, STR("detection")), r))
		return false;
	return (tests == NULL || testcase_parse_all(l, tests, r)) && good;
}

static bool
parse_correlation_head(struct loader *l, const struct document *doc)
{
	static const struct str foreign[] = { WORD("logsource"), WORD("tests") };
	struct correlation *c = loader_correlation(l, doc->number);
	struct head h = { &c->name, &c->title, &c->id, &c->description, &c->file,
		&c->line, &c->level, &c->generate };
	bool good = parse_head(l, doc, &h);

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		if (yaml_get(doc->root, foreign[i]) == NULL)
			continue;
		diag_error(&l->diag, key_where(doc, foreign[i]),
			"\"%.*s\" belongs to rules, not to a correlation",
			STR_ARG(foreign[i]));
		good = false;
	}
	return good;
}

bool
document_parse(struct loader *l, struct document *doc)
{
	return doc->number & CORRELATION_BIT ? parse_correlation_head(l, doc)
					     : parse_rule(l, doc);
}

bool
document_parse_correlation(struct loader *l, struct document *doc)
{
	return correlation_parse(l, yaml_get(doc->root, STR("correlation")), doc,
		loader_correlation(l, doc->number));
}
