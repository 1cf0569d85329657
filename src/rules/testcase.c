/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of rules: a record, and whether and with what it matches. */
#include "rules/testcase.h"

#include "base/buf.h"
#include "rules/fields.h"
#include "rules/vocabulary.h"

#define OBJECT_MAX ((size_t)4 * 1024 * 1024)

enum key {
	KEY_LOG,
	KEY_EVENT,
	KEY_POD,
	KEY_VOLUME,
	KEY_LABELS,
	KEY_MATCH,
	KEY_CAPTURES,
	KEY_NAMESPACE,
	KEY_SERVICE,
	KEY_CONTAINER,
	KEY_NODE,
	KEY_INSTANCE,
	KEY_COUNT
};

/* clang-format off */
#define TEST_KEYS(X) \
	X("log", "A line (or several) of a log.") \
	X("event", "A Kubernetes event, as a map or as JSON.") \
	X("pod", "A pod object, as a map or as JSON; of a log or an event, the pod's name.") \
	X("volume", "What a container wrote in ten seconds: a map of fields such as {lines: 0, lines_before: 120}.") \
	X("labels", "Labels of the source.") \
	X("match", "`false`: it must not match. Default: it must.") \
	X("captures", "Captures and the values they must have.") \
	X("namespace", "The label, for short.") \
	X("service", "The label, for short.") \
	X("container", "The label, for short.") \
	X("node", "The label, for short.") \
	X("instance", "The label, for short.")
/* clang-format on */

static const struct str keys[] = { TEST_KEYS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_tests, "tests", keys, TEST_KEYS);

/* The record each category wants. */
static const enum key wanted[RECORD_CATEGORIES] = { KEY_LOG, KEY_EVENT, KEY_POD,
	KEY_VOLUME };

struct work {
	struct loader *l;
	struct rule *rule;
	struct rule_test *test;
	unsigned records; /* given so far: one is right */
};

/* What JSON takes as a number. */
static bool
is_json_number(struct str s)
{
	size_t i = s.len > 0 && s.ptr[0] == '-';
	double ignored;

	if (i == s.len || !char_is_digit(s.ptr[i]) || !char_is_digit(s.ptr[s.len - 1]))
		return false;
	if (s.ptr[i] == '0' && i + 1 < s.len && char_is_digit(s.ptr[i + 1]))
		return false;
	for (; i + 1 < s.len; i++)
		if (s.ptr[i] == '.' && !char_is_digit(s.ptr[i + 1]))
			return false;
	return str_to_double(s, &ignored);
}

static void
write_json(struct buf *b, const struct yaml_node *node)
{
	bool yes;

	if (node->kind == YAML_MAP) {
		buf_add_char(b, '{');
		for (size_t i = 0; i < node->n; i++) {
			if (i > 0)
				buf_add_char(b, ',');
			buf_add_json(b, node->pairs[i].key);
			buf_add_char(b, ':');
			write_json(b, node->pairs[i].value);
		}
		buf_add_char(b, '}');
	} else if (node->kind == YAML_LIST) {
		buf_add_char(b, '[');
		for (size_t i = 0; i < node->n; i++) {
			if (i > 0)
				buf_add_char(b, ',');
			write_json(b, node->items[i]);
		}
		buf_add_char(b, ']');
	} else if (yaml_is_null(node)) {
		buf_add(b, STR("null"));
	} else if (yaml_to_bool(node, &yes)) {
		buf_add(b, yes ? STR("true") : STR("false"));
	} else if (node->plain && is_json_number(node->value)) {
		buf_add(b, node->value);
	} else {
		buf_add_json(b, node->value);
	}
}

/* A map becomes JSON; a text is taken to be JSON already. */
static bool
take_object(struct work *w, const struct yaml_node *node)
{
	struct loader *l = w->l;
	struct buf b;

	if (node->kind == YAML_SCALAR)
		return loader_text(l, node, "the object", &w->test->object);
	if (node->kind == YAML_LIST) {
		diag_error(&l->diag, node->where, "an object is a map");
		return false;
	}
	buf_init(&b, OBJECT_MAX);
	write_json(&b, node);
	if (buf_failed(&b))
		diag_error(&l->diag, node->where, "the object is too large");
	else
		w->test->object = arena_copy(l->rs->arena, buf_str(&b));
	buf_fini(&b);
	return w->test->object.len > 0;
}

static void
add_label(struct work *w, struct str name, struct str value)
{
	struct rule_test *t = w->test;

	t->labels = loader_grow(w->l, t->labels, t->n_labels, sizeof(*t->labels));
	t->labels[t->n_labels].name = name;
	t->labels[t->n_labels++].value = value;
}

static bool
take_label(struct work *w, const struct yaml_pair *pair)
{
	struct str value;

	if (!loader_text(w->l, pair->value, "a label", &value))
		return false;
	add_label(w, pair->key, value);
	return true;
}

static bool
take_labels(struct work *w, const struct yaml_node *map)
{
	size_t n;
	const struct str *labels = fields_labels(&n);
	bool good = loader_keys(w->l, map, "the labels", labels, n);

	for (size_t i = 0; good && i < map->n; i++)
		good = take_label(w, &map->pairs[i]);
	return good;
}

static bool
take_captures(struct work *w, const struct yaml_node *map)
{
	struct rule_test *t = w->test;
	bool good = loader_keys(w->l, map, "the captures of this rule", w->rule->captures,
		w->rule->n_captures);

	if (!good)
		return false;
	t->captures = loader_alloc(w->l, map->n, sizeof(*t->captures));
	for (size_t i = 0; i < map->n; i++) {
		struct field *f = &t->captures[t->n_captures];

		if (!loader_text(w->l, map->pairs[i].value, "a capture", &f->value))
			return false;
		f->name = map->pairs[i].key;
		t->n_captures++;
	}
	return true;
}

/* Numbers; the others of its fields follow from them. */
static bool
take_volume(struct work *w, const struct yaml_node *node)
{
	static const struct str fields[] = {
		WORD("lines"),
		WORD("bytes"),
		WORD("silent_for"),
		WORD("lines_before"),
		WORD("bytes_before"),
		WORD("slices_before"),
	};
	struct loader *l = w->l;

	if (!loader_keys(l, node, "the volume", fields, ARRAY_LEN(fields)))
		return false;
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_node *value = node->pairs[i].value;

		if (value->kind == YAML_SCALAR && value->plain &&
			is_json_number(value->value) && value->value.ptr[0] != '-')
			continue;
		diag_error(&l->diag, value->where, "\"%.*s\" is a number, 0 or more",
			STR_ARG(node->pairs[i].key));
		return false;
	}
	return take_object(w, node);
}

/* log, event, pod, volume: the record. */
static bool
take_record(struct work *w, const struct yaml_pair *pair, enum key key)
{
	enum key want = wanted[w->rule->category];

	w->records++;
	if (key != want) {
		diag_error(&w->l->diag, pair->key_where,
			"this rule is for another kind of record: write \"%.*s\"",
			STR_ARG(keys[want]));
		return false;
	}
	if (key == KEY_LOG)
		return loader_text(w->l, pair->value, "\"log\"", &w->test->log);
	if (key == KEY_VOLUME)
		return take_volume(w, pair->value);
	return take_object(w, pair->value);
}

static bool
take_pair(struct work *w, const struct yaml_pair *pair)
{
	enum key key = (enum key)word_find(pair->key, keys, KEY_COUNT);

	switch (key) {
	case KEY_POD:
		if (pair->value->kind == YAML_SCALAR && w->rule->category != RECORD_POD)
			return take_label(w, pair);
		return take_record(w, pair, key);
	case KEY_LOG:
	case KEY_EVENT:
	case KEY_VOLUME:
		return take_record(w, pair, key);
	case KEY_LABELS:
		return take_labels(w, pair->value);
	case KEY_CAPTURES:
		return take_captures(w, pair->value);
	case KEY_MATCH:
		if (yaml_to_bool(pair->value, &w->test->match))
			return true;
		diag_error(&w->l->diag, pair->value->where, "\"match\" is true or false");
		return false;
	case KEY_NAMESPACE:
	case KEY_SERVICE:
	case KEY_CONTAINER:
	case KEY_NODE:
	case KEY_INSTANCE:
		return take_label(w, pair);
	case KEY_COUNT:
		break;
	}
	return false;
}

static bool
parse_one(struct work *w, const struct yaml_node *node)
{
	bool good = loader_keys(w->l, node, "the test", keys, KEY_COUNT);

	w->records = 0;
	w->test->line = diag_row(&w->l->rows, w->l->diag.src, node->where);
	w->test->match = true;
	if (!good)
		return false;
	for (size_t i = 0; i < node->n; i++)
		good = take_pair(w, &node->pairs[i]) && good;
	if (good && w->records != 1) {
		diag_error(&w->l->diag, node->where, "a test has one record: \"%.*s\"",
			STR_ARG(keys[wanted[w->rule->category]]));
		return false;
	}
	if (good && !w->test->match && w->test->n_captures > 0) {
		diag_error(
			&w->l->diag, node->where, "what does not match has no captures");
		return false;
	}
	return good;
}

bool
testcase_parse_all(struct loader *l, const struct yaml_node *list, struct rule *r)
{
	struct work w = { .l = l, .rule = r };
	bool good = true;

	if (list->kind != YAML_LIST) {
		diag_error(&l->diag, list->where, "\"tests\" must be a list");
		return false;
	}
	r->tests = loader_alloc(l, list->n, sizeof(*r->tests));
	for (size_t i = 0; i < list->n; i++) {
		w.test = &r->tests[r->n_tests];
		if (parse_one(&w, list->items[i]))
			r->n_tests++;
		else
			good = false;
	}
	return good;
}
