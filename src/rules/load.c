/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passes over all documents of all files: read, say what each is, learn the names,
 * parse the rules, then what refers to them, then what only the whole shows.
 */
#include "rules/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "rules/correlation.h"
#include "rules/document.h"
#include "rules/incident.h"
#include "rules/paths.h"
#include "rules/supply.h"
#include "rules/words.h"

#define FILE_MAX      ((size_t)1024 * 1024)
#define WORDS_ALL_MAX 50000 /* all lines are searched for them at once */
#define ARENA_LIMIT   ((size_t)512 * 1024 * 1024)
#define ARENA_ENOUGH  ((size_t)128 * 1024 * 1024)

/* False, after an error, when what is read so far leaves too little room. */
static bool
has_room(struct loader *l)
{
	if (arena_used(l->rs->arena) < ARENA_ENOUGH)
		return true;
	if (!l->incomplete)
		fprintf(l->diag.out, "%s: error: the rule files are too large together\n",
			l->diag.src->name);
	l->diag.errors++;
	l->incomplete = true;
	return false;
}

static void
add_document(struct loader *l, struct yaml_node *root)
{
	struct document *doc;

	if (root->kind != YAML_MAP) {
		diag_error(&l->diag, root->where, "a rule must be a map");
		l->incomplete = true;
		return;
	}
	l->docs = loader_grow(l, l->docs, l->n_docs, sizeof(*l->docs));
	doc = &l->docs[l->n_docs++];
	*doc = (struct document){
		.src = l->diag.src, .root = root, .number = NUMBER_NONE
	};
}

/* name and text must live in the ruleset's arena. */
static void
add_text(struct loader *l, const char *name_z, struct str text)
{
	struct diag_source *src = loader_alloc(l, 1, sizeof(*src));
	struct yaml_node **roots;
	size_t n;

	src->name = name_z;
	src->text = text;
	l->diag.src = src;
	l->rs->content = hash_mix(l->rs->content, hash_stable(text));
	if (!has_room(l))
		return;
	if (yaml_parse(&l->diag, l->rs->arena, &roots, &n) != 0) {
		l->incomplete = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_document(l, roots[i]);
}

/* A copy in the ruleset with a NUL behind it. */
static const char *
keep(struct loader *l, struct str text)
{
	char *copy = loader_alloc(l, text.len + 1, 1);

	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

/* Numbers by kind, in the order of the files. */
static void
classify(struct loader *l)
{
	for (size_t i = 0; i < l->n_docs; i++) {
		struct document *doc = &l->docs[i];
		bool is_correlation;

		l->diag.src = doc->src;
		if (!document_classify(l, doc, &is_correlation))
			continue;
		doc->number = is_correlation
				      ? (uint32_t)l->rs->n_corrs++ | CORRELATION_BIT
				      : (uint32_t)l->rs->n_rules++;
	}
	l->rs->rules = loader_alloc(l, l->rs->n_rules + 1, sizeof(*l->rs->rules));
	l->rs->corrs = loader_alloc(l, l->rs->n_corrs + 1, sizeof(*l->rs->corrs));
}

static void
learn(struct loader *l, struct document *doc, const struct yaml_node *node,
	const char *what_z)
{
	bool fresh;
	void **slot;
	const struct document *first;
	unsigned row, col;

	if (node->kind != YAML_SCALAR || node->value.len == 0)
		return;
	slot = map_put(l->by_name, node->value, &fresh);
	if (slot == NULL || fresh) {
		if (slot != NULL)
			*slot = doc;
		return;
	}
	first = *slot;
	if (first == doc)
		return;
	diag_locate(first->src, first->root->where, &row, &col);
	diag_error(&l->diag, node->where, "another rule has this %s already", what_z);
	diag_hint(&l->diag, "it starts at %s:%u", first->src->name, row);
}

static void
learn_names(struct loader *l)
{
	l->names = loader_alloc(l, l->n_docs, sizeof(*l->names));
	for (size_t i = 0; i < l->n_docs; i++) {
		struct document *doc = &l->docs[i];
		const struct yaml_node *name = yaml_get(doc->root, STR("name"));
		const struct yaml_node *id = yaml_get(doc->root, STR("id"));

		l->diag.src = doc->src;
		if (name == NULL)
			name = yaml_get(doc->root, STR("title"));
		if (name != NULL) {
			learn(l, doc, name, "name");
			l->names[l->n_names++] = name->value;
		}
		if (id != NULL)
			learn(l, doc, id, "id");
	}
}

/* Runs one step over all documents of a known kind. */
static void
parse_all(struct loader *l)
{
	for (size_t i = 0; i < l->n_docs && has_room(l); i++) {
		l->diag.src = l->docs[i].src;
		if (l->docs[i].number != NUMBER_NONE && !document_parse(l, &l->docs[i]))
			l->diag.errors += l->diag.errors == 0;
	}
	for (size_t i = 0; i < l->n_docs; i++) {
		struct document *doc = &l->docs[i];
		bool good = true;

		if (doc->number == NUMBER_NONE)
			continue;
		l->diag.src = doc->src;
		if (doc->number & CORRELATION_BIT)
			good = document_parse_correlation(l, doc);
		good = incident_parse(l, doc) && good;
		if (!marks_parse(l, doc) || !good)
			l->diag.errors += l->diag.errors == 0;
	}
}

/* Of all rules. Without memory they have none, and are asked of every line. */
static void
find_words(struct loader *l)
{
	struct arena *work = arena_new("required words", WORDS_WORK);
	size_t n = 0;

	for (size_t i = 0; i < l->n_docs && work != NULL && n <= WORDS_ALL_MAX; i++) {
		struct document *doc = &l->docs[i];
		struct rule *r;

		if (doc->number & CORRELATION_BIT)
			continue;
		r = loader_rule(l, doc->number);
		words_find(l->rs->arena, work, r);
		n += r->n_words;
		if (n <= WORDS_ALL_MAX)
			continue;
		l->diag.src = doc->src;
		diag_error(&l->diag, doc->root->where,
			"the rules up to this one have over %d texts to look for",
			WORDS_ALL_MAX);
		diag_hint(&l->diag, "a rule has as many as its lists have values, or its "
				    "regexes alternatives");
	}
	if (work != NULL)
		arena_free(&work);
}

/* What is left when every file is read. */
static void
finish(struct loader *l)
{
	classify(l);
	learn_names(l);
	parse_all(l);
	correlation_link_all(l);
	if (l->diag.errors > 0)
		return;
	mutes_link_all(l);
	supply_check_all(l);
	find_words(l);
}

static bool
start(struct loader *l, FILE *out)
{
	*l = (struct loader){ .diag = { .out = out } };
	l->rs = calloc(1, sizeof(*l->rs));
	l->by_name = map_new((size_t)1 << 20);
	if (l->rs != NULL)
		l->rs->arena = arena_new("rules", ARENA_LIMIT);
	if (l->rs != NULL && l->rs->arena != NULL && l->by_name != NULL)
		return true;
	fprintf(out, "error: out of memory\n");
	map_free(&l->by_name);
	ruleset_free(&l->rs);
	return false;
}

static int
end(struct loader *l, struct ruleset **rs)
{
	map_free(&l->by_name);
	if (l->diag.errors > 0) {
		ruleset_free(&l->rs);
		return -1;
	}
	*rs = l->rs;
	return 0;
}

int
rules_load(const char *const *paths_z, size_t n, FILE *out, struct ruleset **rs)
{
	struct loader l;
	struct paths paths = { 0 };

	if (!start(&l, out))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!paths_add(&l, &paths, paths_z[i]))
			l.incomplete = true;
	for (size_t i = 0; i < paths.n; i++) {
		struct str text;

		if (paths_read(&l, paths.name_z[i], FILE_MAX, &text))
			add_text(&l, paths.name_z[i], text);
		else
			l.incomplete = true;
	}
	finish(&l);
	return end(&l, rs);
}

int
rules_load_text(const char *name, struct str text, FILE *out, struct ruleset **rs)
{
	struct loader l;
	struct str copy;

	if (!start(&l, out))
		return -1;
	if (text.len > ARENA_ENOUGH)
		text.len = ARENA_ENOUGH; /* refused as too large all the same */
	copy = (struct str){ keep(&l, text), text.len };
	add_text(&l, keep(&l, str_z(name)), copy);
	finish(&l);
	return end(&l, rs);
}
