/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML nodes to values, with an error for everything that is something else. */
#include "rules/loader.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/time.h"

void *
loader_alloc(struct loader *l, size_t n, size_t size)
{
	void *p = n > SIZE_MAX / size ? NULL : arena_alloc(l->rs->arena, n * size);

	if (p == NULL) {
		log_error("rules", "out of memory");
		exit(EX_OSERR);
	}
	return p;
}

void *
loader_grow(struct loader *l, void *array, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return array;
	more = loader_alloc(l, n == 0 ? 1 : 2 * n, size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

struct str
loader_at(struct str where, struct str value, size_t pos, size_t len)
{
	size_t start = value.len == 0 ? SIZE_MAX : str_find(where, value);

	if (start == SIZE_MAX)
		return where;
	if (pos >= value.len)
		pos = value.len - 1;
	return str_sub(where, start + pos, len < value.len - pos ? len : value.len - pos);
}

bool
loader_hint(struct loader *l, struct str word, const struct str *words, size_t n)
{
	struct str near = str_nearest(word, words, n);

	if (near.len == 0)
		return false;
	diag_hint(&l->diag, "did you mean \"%.*s\"?", STR_ARG(near));
	return true;
}

bool
loader_text(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct str *out)
{
	if (node->kind != YAML_SCALAR || yaml_is_null(node)) {
		diag_error(&l->diag, node->where, "%s must be a text", what_z);
		return false;
	}
	*out = node->value;
	return true;
}

bool
loader_list(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct yaml_node ***items, size_t *n)
{
	bool good = true;
	struct str ignored;

	if (node->kind == YAML_LIST) {
		for (size_t i = 0; i < node->n; i++)
			good = loader_text(l, node->items[i], what_z, &ignored) && good;
		*items = node->items;
		*n = node->n;
		return good;
	}
	if (node->kind != YAML_SCALAR || yaml_is_null(node)) {
		diag_error(&l->diag, node->where, "%s must be a list of names", what_z);
		return false;
	}
	*items = loader_alloc(l, 1, sizeof(**items));
	(*items)[0] = loader_alloc(l, 1, sizeof(***items));
	*(*items)[0] = *node;
	*n = 1;
	return true;
}

bool
loader_texts(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct str **out, size_t *n)
{
	struct yaml_node **items;

	if (!loader_list(l, node, what_z, &items, n)) {
		*n = 0;
		return false;
	}
	*out = loader_alloc(l, *n, sizeof(**out));
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = items[i]->value;
	return true;
}

bool
loader_duration(struct loader *l, const struct yaml_node *node, const char *what_z,
	bool zero_ok, int64_t *out)
{
	struct str text;
	int64_t span;

	if (!loader_text(l, node, what_z, &text))
		return false;
	if (!time_parse_duration(text, &span) || span < 0 || (span == 0 && !zero_ok)) {
		diag_error(&l->diag, node->where, "%s must be a duration, not \"%.*s\"",
			what_z, STR_ARG(text));
		diag_hint(&l->diag, "for example 90s, 5m, 1h");
		return false;
	}
	if (span > 366 * TIME_DAY) {
		diag_error(&l->diag, node->where, "%s may be at most 366d", what_z);
		return false;
	}
	*out = span;
	return true;
}

bool
loader_keys(struct loader *l, const struct yaml_node *node, const char *what_z,
	const struct str *words, size_t n)
{
	bool good = true;

	if (node->kind != YAML_MAP) {
		diag_error(&l->diag, node->where, "%s must be a map", what_z);
		return false;
	}
	for (size_t i = 0; i < node->n; i++) {
		struct str key = node->pairs[i].key;

		if (word_find(key, words, n) < n)
			continue;
		diag_error(&l->diag, node->pairs[i].key_where,
			"unknown key \"%.*s\" in %s", STR_ARG(key), what_z);
		loader_hint(l, key, words, n);
		good = false;
	}
	return good;
}

uint32_t
loader_ref(struct loader *l, struct str name, struct str where)
{
	void **slot = map_get(l->by_name, name);

	if (slot != NULL)
		return ((struct document *)*slot)->number;
	if (l->incomplete) /* the name may stand in what could not be read */
		return NUMBER_NONE;
	diag_error(&l->diag, where, "no rule is called \"%.*s\"", STR_ARG(name));
	loader_hint(l, name, l->names, l->n_names);
	return NUMBER_NONE;
}

uint32_t
loader_rule_ref(struct loader *l, struct str name, struct str where, const char *what_z)
{
	uint32_t number = loader_ref(l, name, where);

	if (number == NUMBER_NONE || (number & CORRELATION_BIT) == 0)
		return number;
	diag_error(&l->diag, where, "\"%.*s\" is a correlation; %s takes rules",
		STR_ARG(name), what_z);
	return NUMBER_NONE;
}

struct rule *
loader_rule(const struct loader *l, uint32_t number)
{
	return &l->rs->rules[number];
}

struct correlation *
loader_correlation(const struct loader *l, uint32_t number)
{
	return &l->rs->corrs[number & ~CORRELATION_BIT];
}

size_t
word_find(struct str word, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(word, words[i]))
			return i;
	return n;
}
