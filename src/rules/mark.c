/* SPDX-License-Identifier: Apache-2.0 */
/* The `marks` map: {entity: state, ..., by: [fields]}. */
#include "rules/incident.h"
#include "rules/vocabulary.h"

/* clang-format off */
#define USUAL_MARKS(X) \
	X("order", "The order with the capture `order_id` is in this state.") \
	X("pod", "The pod of the record is in this state.") \
	X("by", "Fields that stand for an id where the record has none: the order failed before it had one.")
/* clang-format on */

static const struct str usual[] = { USUAL_MARKS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_marks, "marks", usual, USUAL_MARKS);

/* Lower case letters, digits, _ and -, a letter first. */
static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') &&
			(i == 0 || (!char_is_digit(c) && c != '_' && c != '-')))
			return false;
	}
	return s.len > 0 && s.len <= 32;
}

static bool
parse_mark(struct loader *l, const struct yaml_pair *pair, struct mark *mark)
{
	struct str near = str_nearest(pair->key, usual, ARRAY_LEN(usual));

	if (near.len > 0 && !str_eq(near, pair->key)) {
		diag_error(&l->diag, pair->key_where, "unknown entity \"%.*s\"",
			STR_ARG(pair->key));
		diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(near));
		return false;
	}
	if (!is_name(pair->key)) {
		diag_error(&l->diag, pair->key_where,
			"an entity's name is of lower case letters, digits, _ and -");
		return false;
	}
	if (!loader_text(l, pair->value, "a state", &mark->state))
		return false;
	if (!is_name(mark->state)) {
		diag_error(&l->diag, pair->value->where,
			"a state's name is of lower case letters, digits, _ and -");
		return false;
	}
	mark->entity = pair->key;
	return true;
}

static bool
parse_map(struct loader *l, const struct yaml_node *map, struct mark **out, size_t *n)
{
	const struct yaml_node *by = yaml_get(map, STR("by"));
	struct str *fields = NULL;
	size_t n_by = 0;
	bool good = true;

	if (by != NULL)
		good = loader_texts(l, by, "\"by\"", &fields, &n_by);
	*out = loader_alloc(l, map->n, sizeof(**out));
	for (size_t i = 0; i < map->n; i++) {
		struct mark *mark = &(*out)[*n];

		if (str_eq(map->pairs[i].key, STR("by")))
			continue;
		if (!parse_mark(l, &map->pairs[i], mark)) {
			good = false;
			continue;
		}
		mark->by = fields;
		mark->n_by = n_by;
		++*n;
	}
	if (good && *n == 0) {
		diag_error(&l->diag, map->where, "\"marks\" names no entity");
		diag_hint(&l->diag, "for example marks: {order: failed}");
		return false;
	}
	return good;
}

bool
marks_parse(struct loader *l, const struct document *doc)
{
	const struct yaml_node *map = yaml_get(doc->root, STR("marks"));
	struct mark **out;
	size_t *n;

	if (map == NULL)
		return true;
	if (map->kind != YAML_MAP) {
		diag_error(&l->diag, map->where, "\"marks\" must be a map");
		return false;
	}
	if (doc->number & CORRELATION_BIT) {
		out = &loader_correlation(l, doc->number)->marks;
		n = &loader_correlation(l, doc->number)->n_marks;
	} else {
		out = &loader_rule(l, doc->number)->marks;
		n = &loader_rule(l, doc->number)->n_marks;
	}
	return parse_map(l, map, out, n);
}
