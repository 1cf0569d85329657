/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutes` of an incident: whose findings are not told while it is open. Every field of
 * its key is compared with the other's field of that name, unless `where` says with what,
 * or `when` says what it must be: so nothing is muted by what happened to somebody else.
 */
#include "record/outcome.h"
#include "rules/incident.h"

static const struct str mute_keys[] = { WORD("rule"), WORD("when"), WORD("where") };

struct key {
	const struct str *fields;
	size_t n;
};

struct work {
	struct loader *l;
	uint32_t number; /* whose mutes they are */
	struct incident_conf *conf;
	struct key key;
};

static struct incident_conf *
conf_of(const struct loader *l, uint32_t number)
{
	return number & CORRELATION_BIT ? &loader_correlation(l, number)->incident
					: &loader_rule(l, number)->incident;
}

static struct key
key_of(const struct loader *l, uint32_t number)
{
	const struct incident_conf *conf = conf_of(l, number);
	struct key k = { conf->key, conf->n_key };

	if (number & CORRELATION_BIT) {
		k.fields = loader_correlation(l, number)->group_by;
		k.n = loader_correlation(l, number)->n_group_by;
	}
	if (k.n > CORRELATE_KEY_MAX)
		k.n = CORRELATE_KEY_MAX;
	return k;
}

static enum level
level_of(const struct loader *l, uint32_t number)
{
	return number & CORRELATION_BIT ? loader_correlation(l, number)->level
					: loader_rule(l, number)->level;
}

static bool
opens(const struct loader *l, uint32_t number)
{
	const struct correlation *c;
	const struct rule *r;

	if (number & CORRELATION_BIT) {
		c = loader_correlation(l, number);
		return !c->named || c->generate;
	}
	r = loader_rule(l, number);
	return r->incident.present && (!r->named || r->generate);
}

static void
add_pair(struct mute *m, size_t own, size_t its, struct str text)
{
	m->pairs[m->n_pairs++] = (struct mute_pair){ own, its, text };
}

/* The place of a field in a key, or an error. */
static bool
find_field(struct work *w, const struct key *k, struct str name, struct str where,
	uint32_t number, size_t *out)
{
	*out = word_find(name, k->fields, k->n);
	if (*out < k->n)
		return true;
	diag_error(&w->l->diag, where, "\"%.*s\" is no field of the key of \"%.*s\"",
		STR_ARG(name), STR_ARG(ruleset_name(w->l->rs, number)));
	(void)loader_hint(w->l, name, k->fields, k->n);
	return false;
}

/* {field}: the own key's; else the text as it is. */
static bool
parse_value(struct work *w, const struct yaml_node *node, struct mute_pair *pair)
{
	struct str rest, name;

	if (!loader_text(w->l, node, "the value", &pair->text))
		return false;
	rest = pair->text;
	if (!template_next(&rest, &name))
		return true;
	if (rest.len > 0 || name.len + 2 != pair->text.len) {
		diag_error(&w->l->diag, node->where,
			"a value is a text, or one {field} of the own key");
		return false;
	}
	return find_field(w, &w->key, name,
		loader_at(node->where, node->value, 1, name.len), w->number, &pair->own);
}

/* when: {field of the own key: text}; where: {field of the other's: text or {field}} */
static bool
parse_fields(struct work *w, const struct yaml_node *map, bool when, struct mute *m)
{
	const struct key its = key_of(w->l, m->number);
	bool good = true;

	if (map->kind != YAML_MAP) {
		diag_error(&w->l->diag, map->where,
			"\"%s\" must be a map of fields and values",
			when ? "when" : "where");
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_pair *p = &map->pairs[i];
		struct mute_pair pair = { .own = SIZE_MAX, .its = SIZE_MAX };

		if (when)
			good = find_field(w, &w->key, p->key, p->key_where, w->number,
				       &pair.own) &&
			       loader_text(w->l, p->value, "the value", &pair.text) &&
			       good;
		else
			good = find_field(w, &its, p->key, p->key_where, m->number,
				       &pair.its) &&
			       parse_value(w, p->value, &pair) && good;
		if (good)
			m->pairs[m->n_pairs++] = pair;
	}
	return good;
}

static bool
is_paired(const struct mute *m, size_t own, size_t its)
{
	for (size_t i = 0; i < m->n_pairs; i++)
		if ((own != SIZE_MAX && m->pairs[i].own == own) ||
			(its != SIZE_MAX && m->pairs[i].its == its))
			return true;
	return false;
}

/* What nothing was said of is compared with the field of the same name. */
static bool
pair_names(struct work *w, struct mute *m)
{
	const struct key its = key_of(w->l, m->number);
	bool good = true;

	for (size_t i = 0; i < w->key.n; i++) {
		size_t k = word_find(w->key.fields[i], its.fields, its.n);

		if (k < its.n && !is_paired(m, SIZE_MAX, k)) {
			add_pair(m, i, k, STR(""));
		} else if (!is_paired(m, i, SIZE_MAX)) {
			diag_error(&w->l->diag, m->where,
				"\"%.*s\" has no field \"%.*s\" in its key",
				STR_ARG(ruleset_name(w->l->rs, m->number)),
				STR_ARG(w->key.fields[i]));
			diag_hint(&w->l->diag,
				"say for which it counts: \"when: {%.*s: ...}\", or what "
				"has to equal it: \"where: {...: '{%.*s}'}\"",
				STR_ARG(w->key.fields[i]), STR_ARG(w->key.fields[i]));
			good = false;
		}
	}
	return good;
}

static bool
is_superseded(const struct incident_conf *conf, uint32_t number)
{
	for (size_t i = 0; i < conf->n_supersedes; i++)
		if (conf->supersedes[i] == number)
			return true;
	return false;
}

static bool
may_mute(struct work *w, const struct mute *m)
{
	enum level own = level_of(w->l, w->number), its = level_of(w->l, m->number);
	struct diag *d = &w->l->diag;
	struct str name = ruleset_name(w->l->rs, m->number);

	if (!opens(w->l, m->number)) {
		diag_error(d, m->where, "\"%.*s\" opens no incident", STR_ARG(name));
		return false;
	}
	if (is_superseded(w->conf, m->number)) {
		diag_error(d, m->where, "\"%.*s\" is folded by \"supersedes\" already",
			STR_ARG(name));
		return false;
	}
	if (its <= own)
		return true;
	diag_error(d, m->where,
		"\"%.*s\" is %.*s: an incident of a lower level (%.*s) "
		"does not mute it",
		STR_ARG(name), STR_ARG(level_names[its]),
		STR_ARG(own > LEVEL_NONE ? level_names[own] : STR("none")));
	return false;
}

static bool
parse_mute(struct work *w, const struct yaml_node *node, struct mute *m)
{
	bool is_map = node->kind == YAML_MAP;
	const struct yaml_node *name = is_map ? yaml_get(node, STR("rule")) : node;
	const struct yaml_node *when = is_map ? yaml_get(node, STR("when")) : NULL;
	const struct yaml_node *where = is_map ? yaml_get(node, STR("where")) : NULL;
	struct str text;

	if (is_map && !loader_keys(w->l, node, "the entry of mutes", mute_keys,
			      ARRAY_LEN(mute_keys)))
		return false;
	if (name == NULL) {
		diag_error(&w->l->diag, node->where, "\"rule\" is missing in mutes");
		return false;
	}
	if (!loader_text(w->l, name, "an entry of mutes", &text))
		return false;
	m->where = name->where;
	m->number = loader_ref(w->l, text, name->where);
	if (m->number == NUMBER_NONE || !may_mute(w, m))
		return false;
	m->pairs = loader_alloc(w->l,
		w->key.n + (when != NULL ? when->n : 0) + (where != NULL ? where->n : 0),
		sizeof(*m->pairs));
	return (when == NULL || parse_fields(w, when, true, m)) &&
	       (where == NULL || parse_fields(w, where, false, m)) && pair_names(w, m);
}

static void
parse_mutes(struct work *w, const struct yaml_node *node)
{
	const struct yaml_node *items = node;
	size_t n = 1;

	if (node->kind == YAML_LIST)
		n = node->n;
	w->conf->mutes = loader_alloc(w->l, n, sizeof(*w->conf->mutes));
	for (size_t i = 0; i < n; i++) {
		struct mute *m = &w->conf->mutes[w->conf->n_mutes];

		if (node->kind == YAML_LIST)
			items = node->items[i];
		*m = (struct mute){ 0 };
		if (parse_mute(w, items, m))
			w->conf->n_mutes++;
	}
}

/* The place of a number in an array of all rules, then all correlations. */
static size_t
index_of(const struct loader *l, uint32_t number)
{
	return number & CORRELATION_BIT ? l->rs->n_rules + (number & ~CORRELATION_BIT)
					: number;
}

/* Whether from explains to, by muting or folding what explains it. */
static bool
leads_to(const struct loader *l, uint32_t from, uint32_t to, bool *seen)
{
	const struct incident_conf *conf = conf_of(l, from);

	if (from == to)
		return true;
	if (seen[index_of(l, from)])
		return false;
	seen[index_of(l, from)] = true;
	for (size_t i = 0; i < conf->n_mutes; i++)
		if (leads_to(l, conf->mutes[i].number, to, seen))
			return true;
	for (size_t i = 0; i < conf->n_supersedes; i++)
		if (leads_to(l, conf->supersedes[i], to, seen))
			return true;
	return false;
}

/* Of a circle one edge is told, and is no more. */
static void
check_circles(struct work *w)
{
	struct loader *l = w->l;
	size_t all = l->rs->n_rules + l->rs->n_corrs, n = 0;

	for (size_t i = 0; i < w->conf->n_mutes; i++) {
		struct mute m = w->conf->mutes[i];
		bool *seen = loader_alloc(l, all, sizeof(*seen));

		if (!leads_to(l, m.number, w->number, seen)) {
			w->conf->mutes[n++] = m;
			continue;
		}
		diag_error(&l->diag, m.where,
			m.number == w->number ? "\"%.*s\" would mute itself"
					      : "\"%.*s\" leads back to this incident: "
						"each would explain the other",
			STR_ARG(ruleset_name(l->rs, m.number)));
		w->conf->mutes[i].number = w->number;
	}
	w->conf->n_mutes = n;
}

static bool
next_work(struct loader *l, size_t i, struct work *w)
{
	const struct document *doc = &l->docs[i];

	if (doc->number == NUMBER_NONE)
		return false;
	l->diag.src = doc->src;
	*w = (struct work){ .l = l,
		.number = doc->number,
		.conf = conf_of(l, doc->number),
		.key = key_of(l, doc->number) };
	return true;
}

void
mutes_link_all(struct loader *l)
{
	struct work w;

	for (size_t i = 0; i < l->n_docs; i++) {
		const struct yaml_node *map = yaml_get(l->docs[i].root, STR("incident"));
		const struct yaml_node *node =
			map != NULL ? yaml_get(map, STR("mutes")) : NULL;

		if (node != NULL && next_work(l, i, &w))
			parse_mutes(&w, node);
	}
	for (size_t i = 0; i < l->n_docs; i++)
		if (next_work(l, i, &w) && w.conf->n_mutes > 0)
			check_circles(&w);
}
