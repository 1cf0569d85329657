/* SPDX-License-Identifier: Apache-2.0 */
/* The `incident` map. */
#include "rules/incident.h"

#include "base/time.h"
#include "rules/vocabulary.h"

#define DEFAULT_SPAN (10 * TIME_MIN)

/* clang-format off */
#define INCIDENT_KEYS(X) \
	X("title", "A template of the title; without one the title of the document.") \
	X("timeline", "Rules whose matches with the same key tell the story.") \
	X("causes", "What may be behind it: names of rules, or {rule: NAME, where: {field: value}}. Searched from `lookback` before the first match; a value may be a {capture}.") \
	X("lookback", "How far back causes and the timeline are searched (default 10m).") \
	X("hold", "Opens only if it is still true that long after.") \
	X("resolve-after", "Resolves when nothing has extended it for that long (default 10m).") \
	X("resolve-on", "Rules whose match with the same key resolves it.") \
	X("supersedes", "Incidents that this one explains: they are folded into it.") \
	X("mutes", "Incidents that this one explains and that stay in the list, but are not told while it is open: names, or {rule: NAME, when: {field: value}, where: {field: value}}. See MUTING.") \
	X("deaths", "Rules that each see a death of a container: one death seen in three ways counts once.") \
	X("remediation", "What to do, for people.") \
	X("runbook", "An address where that stands.") \
	X("key", "Of a rule: the fields that make two matches the same incident.") \
	X("min-samples", "Of value_percentile, value_sum and value_avg: how many numbers there must be (default 20).")
/* clang-format on */

const struct str incident_keys[] = { INCIDENT_KEYS(VOCABULARY_WORD) };
const size_t incident_keys_n = ARRAY_LEN(incident_keys);

VOCABULARY(vocabulary_incident, "incident", incident_keys, INCIDENT_KEYS);

/* clang-format off */
#define OWN_NAMES(X) \
	X("count", "How many: distinct values for value_count, else matches.") \
	X("first", "When the first match was.") \
	X("last", "When the last one was.") \
	X("duration", "From the first to the last.")
/* clang-format on */

static const struct str own_names[] = { OWN_NAMES(VOCABULARY_WORD) };

VOCABULARY(vocabulary_template, "template", own_names, OWN_NAMES);

static const struct str cause_keys[] = { WORD("rule"), WORD("where") };

struct work {
	struct loader *l;
	const struct document *doc;
	const struct yaml_node *map; /* the incident map, or NULL */
	struct incident_conf *conf;
	struct correlation *corr; /* or NULL */
};

bool
template_next(struct str *rest, struct str *name)
{
	size_t open = str_find_char(*rest, '{');
	size_t close;

	if (open == SIZE_MAX)
		return false;
	*rest = str_sub(*rest, open + 1, rest->len);
	close = str_find_char(*rest, '}');
	*name = str_sub(*rest, 0, close == SIZE_MAX ? 0 : close);
	*rest = str_sub(*rest, close == SIZE_MAX ? 0 : close + 1, rest->len);
	return true;
}

bool
template_is_own(struct str name)
{
	return word_find(name, own_names, ARRAY_LEN(own_names)) < ARRAY_LEN(own_names) ||
	       str_starts(name, STR("count:"));
}

static bool
check_template(struct loader *l, const struct yaml_node *node)
{
	struct str rest = node->value, name;
	bool good = true;

	while (template_next(&rest, &name)) {
		size_t pos = (size_t)(name.ptr - node->value.ptr);
		struct str where = loader_at(node->where, node->value, pos, name.len);

		if (name.len == 0 || str_find_char(name, '{') != SIZE_MAX) {
			diag_error(&l->diag,
				loader_at(node->where, node->value, pos - 1, 1),
				"\"{\" must be followed by a name and \"}\"");
			return false;
		}
		if (str_starts(name, STR("count:")))
			good = loader_ref(l, str_sub(name, 6, name.len), where) !=
				       NUMBER_NONE &&
			       good;
	}
	return good;
}

static bool
parse_text(struct work *w, const char *key_z, bool is_template, struct str *out)
{
	const struct yaml_node *node = yaml_get(w->map, str_z(key_z));

	if (node == NULL)
		return true;
	return loader_text(w->l, node, key_z, out) &&
	       (!is_template || check_template(w->l, node));
}

static bool
parse_span(struct work *w, const char *key_z, bool zero_ok, int64_t *out)
{
	const struct yaml_node *node = yaml_get(w->map, str_z(key_z));

	return node == NULL || loader_duration(w->l, node, key_z, zero_ok, out);
}

/* A list of names of rules (or correlations too). */
static bool
parse_refs(struct work *w, const char *key_z, bool rules_only, uint32_t **out, size_t *n)
{
	const struct yaml_node *node = yaml_get(w->map, str_z(key_z));
	struct yaml_node **items;
	size_t count;
	bool good = true;

	if (node == NULL)
		return true;
	if (!loader_list(w->l, node, key_z, &items, &count))
		return false;
	*out = loader_alloc(w->l, count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		uint32_t number =
			rules_only ? loader_rule_ref(w->l, items[i]->value,
					     items[i]->where, key_z)
				   : loader_ref(w->l, items[i]->value, items[i]->where);

		if (number == NUMBER_NONE)
			good = false;
		else
			(*out)[(*n)++] = number;
	}
	return good;
}

/* where: {field: value} */
static bool
parse_where(struct loader *l, const struct yaml_node *map, struct cause *cause)
{
	bool good = true;

	if (map->kind != YAML_MAP) {
		diag_error(&l->diag, map->where,
			"\"where\" must be a map of fields and values");
		return false;
	}
	cause->where = loader_alloc(l, map->n, sizeof(*cause->where));
	for (size_t i = 0; i < map->n; i++) {
		struct field *f = &cause->where[cause->n_where];

		if (!loader_text(l, map->pairs[i].value, "the value", &f->value) ||
			!check_template(l, map->pairs[i].value)) {
			good = false;
			continue;
		}
		f->name = map->pairs[i].key;
		cause->n_where++;
	}
	return good;
}

static bool
parse_cause(struct loader *l, const struct yaml_node *node, struct cause *cause)
{
	const struct yaml_node *name = node;
	const struct yaml_node *where = NULL;
	struct str text;
	bool good = true;

	if (node->kind == YAML_MAP) {
		good = loader_keys(
			l, node, "the cause", cause_keys, ARRAY_LEN(cause_keys));
		name = yaml_get(node, STR("rule"));
		where = yaml_get(node, STR("where"));
		if (name == NULL) {
			diag_error(&l->diag, node->where,
				"\"rule\" is missing in the cause");
			return false;
		}
	}
	if (!loader_text(l, name, "a cause", &text))
		return false;
	cause->rule = loader_rule_ref(l, text, name->where, "causes");
	if (where != NULL)
		good = parse_where(l, where, cause) && good;
	return good && cause->rule != NUMBER_NONE;
}

static bool
parse_causes(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("causes"));
	bool good = true;

	if (node == NULL)
		return true;
	if (node->kind != YAML_LIST) {
		diag_error(&w->l->diag, node->where, "\"causes\" must be a list");
		return false;
	}
	w->conf->causes = loader_alloc(w->l, node->n, sizeof(*w->conf->causes));
	for (size_t i = 0; i < node->n; i++)
		if (parse_cause(
			    w->l, node->items[i], &w->conf->causes[w->conf->n_causes]))
			w->conf->n_causes++;
		else
			good = false;
	return good;
}

static bool
parse_key(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("key"));

	if (node == NULL)
		return true;
	if (w->corr != NULL) {
		diag_error(&w->l->diag, node->where,
			"\"key\" is for rules: a correlation's key is "
			"its group-by");
		return false;
	}
	return loader_texts(w->l, node, "\"key\"", &w->conf->key, &w->conf->n_key);
}

static bool
parse_min_samples(struct work *w)
{
	const struct yaml_node *node = yaml_get(w->map, STR("min-samples"));
	int64_t n;

	if (node == NULL)
		return true;
	if (w->corr == NULL || !correlation_measures(w->corr->type)) {
		diag_error(&w->l->diag, node->where,
			"\"min-samples\" is for value_percentile, value_sum and value_avg");
		return false;
	}
	if (!node->plain || !str_to_i64(node->value, 1, 1000000, &n)) {
		diag_error(&w->l->diag, node->where,
			"\"min-samples\" is a number from 1 to 1000000");
		return false;
	}
	w->corr->min_samples = (uint32_t)n;
	return true;
}

static void
set_defaults(struct work *w, struct str title)
{
	const struct yaml_node *references = yaml_get(w->doc->root, STR("references"));

	w->conf->title = title;
	w->conf->lookback_ns = DEFAULT_SPAN;
	w->conf->resolve_after_ns = DEFAULT_SPAN;
	if (references != NULL && references->kind == YAML_LIST && references->n > 0)
		w->conf->runbook = references->items[0]->value;
}

static bool
parse_map(struct work *w)
{
	struct incident_conf *conf = w->conf;
	bool good =
		loader_keys(w->l, w->map, "the incident", incident_keys, incident_keys_n);

	if (w->map->kind != YAML_MAP)
		return false;
	good = parse_text(w, "title", true, &conf->title) && good;
	good = parse_text(w, "remediation", false, &conf->remediation) && good;
	good = parse_text(w, "runbook", false, &conf->runbook) && good;
	good = parse_span(w, "lookback", true, &conf->lookback_ns) && good;
	good = parse_span(w, "hold", true, &conf->hold_ns) && good;
	good = parse_span(w, "resolve-after", false, &conf->resolve_after_ns) && good;
	good = parse_refs(w, "timeline", true, &conf->timeline, &conf->n_timeline) &&
	       good;
	good = parse_refs(
		       w, "resolve-on", true, &conf->resolve_on, &conf->n_resolve_on) &&
	       good;
	good = parse_refs(w, "deaths", true, &conf->deaths, &conf->n_deaths) && good;
	good = parse_refs(
		       w, "supersedes", false, &conf->supersedes, &conf->n_supersedes) &&
	       good;
	good = parse_causes(w) && good;
	good = parse_key(w) && good;
	return parse_min_samples(w) && good;
}

bool
incident_parse(struct loader *l, const struct document *doc)
{
	struct work w = { .l = l, .doc = doc };

	w.map = yaml_get(doc->root, STR("incident"));
	if (doc->number & CORRELATION_BIT) {
		w.corr = loader_correlation(l, doc->number);
		w.conf = &w.corr->incident;
		set_defaults(&w, w.corr->title);
	} else {
		w.conf = &loader_rule(l, doc->number)->incident;
		set_defaults(&w, loader_rule(l, doc->number)->title);
	}
	w.conf->present = w.map != NULL || w.corr != NULL;
	return w.map == NULL || parse_map(&w);
}
