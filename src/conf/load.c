/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's tables over a YAML tree: defaults first, then what the file says, then the
 * environment where it says nothing. Every error is told; the result stands only without.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/file.h"
#include "conf/mask.h"
#include "conf/reader.h"
#include "conf/settings.h"

#define FILE_MAX  ((size_t)1 << 20)
#define NAME_MAX_ 128
#define ROWS_MAX  64

/* A map that is being filled in. */
struct place {
	const struct setting_table *t;
	char *base;    /* its struct */
	unsigned kind; /* bit of its kind; 0: the table has none, or it is unknown */
	bool seen[ROWS_MAX];
};

static void *
value_at(const struct place *p, const struct setting *s)
{
	return p->base + s->offset;
}

static bool
is_for(const struct place *p, const struct setting *s)
{
	return s->only == 0 || p->kind == 0 || (s->only & p->kind) != 0;
}

/* The part of a dotted name behind prefix, or an empty view. */
static struct str
behind(const char *name_z, struct str prefix)
{
	struct str name = str_z(name_z);

	return str_starts(name, prefix) ? str_sub(name, prefix.len, name.len)
					: (struct str){ 0 };
}

static const struct setting *
find(const struct setting_table *t, struct str prefix, struct str key)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(behind(t->rows[i].name_z, prefix), key) &&
			str_find_char(key, '.') == SIZE_MAX)
			return &t->rows[i];
	return NULL;
}

static bool
is_section(const struct setting_table *t, struct str prefix, struct str key)
{
	for (size_t i = 0; i < t->n; i++) {
		struct str rest = behind(t->rows[i].name_z, prefix);
		struct str head = str_cut(&rest, '.');

		if (rest.len > 0 && str_eq(head, key))
			return true;
	}
	return false;
}

/* Another map of this table that has the key: where it belongs. */
static const struct setting *
find_elsewhere(const struct setting_table *t, struct str key)
{
	for (size_t i = 0; i < t->n; i++) {
		struct str name = str_z(t->rows[i].name_z);
		size_t dot = str_rfind_char(name, '.');

		if (dot != SIZE_MAX && (str_eq(str_sub(name, dot + 1, name.len), key) ||
					       str_eq(name, key)))
			return &t->rows[i];
	}
	return NULL;
}

static void
hint_key(struct reader *r, const struct place *p, struct str prefix, struct str key)
{
	struct str words[ROWS_MAX];
	const struct setting *other = find_elsewhere(p->t, key);
	struct str name;
	size_t n = 0;

	for (size_t i = 0; i < p->t->n; i++) {
		struct str rest = behind(p->t->rows[i].name_z, prefix);

		if (rest.len > 0 && is_for(p, &p->t->rows[i]))
			words[n++] = str_cut(&rest, '.');
	}
	if (other == NULL) {
		reader_hint(r, key, words, n);
		return;
	}
	name = str_z(other->name_z);
	diag_hint(&r->diag, "\"%.*s\" belongs into the map \"%.*s\"",
		STR_ARG(str_sub(name, str_rfind_char(name, '.') + 1, name.len)),
		STR_ARG(str_sub(name, 0, str_rfind_char(name, '.'))));
}

static bool
fail_unknown(struct reader *r, struct place *p, struct str prefix,
	const struct yaml_pair *pair)
{
	struct str file_key = mask_file_key(pair->key);
	const struct setting *meant = find(p->t, (struct str){ 0 }, file_key);

	if (file_key.len == 0) {
		struct str map = str_sub(prefix, 0, prefix.len - (prefix.len > 0));

		if (map.len == 0)
			map = str_z(p->t->what_z);
		diag_error(&r->diag, pair->key_where, "unknown key \"%.*s\" in %.*s",
			STR_ARG(pair->key), STR_ARG(map));
		hint_key(r, p, prefix, pair->key);
		return false;
	}
	diag_error(&r->diag, pair->key_where,
		"a secret (\"%.*s\") does not belong into this file", STR_ARG(pair->key));
	diag_hint(&r->diag,
		"write it into a file of its own, and here %.*s: "
		"$CREDENTIALS_DIRECTORY/NAME or an absolute path",
		STR_ARG(file_key));
	if (meant != NULL)
		p->seen[meant - p->t->rows] = true;
	return false;
}

static struct str
kind_name(const struct place *p)
{
	const struct setting *s = setting_kind(p->t);

	for (size_t i = 0; s != NULL && i < s->n_words; i++)
		if (p->kind == 1U << i)
			return s->words[i];
	return (struct str){ 0 };
}

/* Of which kinds of map it is. */
static void
hint_kinds(struct reader *r, const struct place *p, const struct setting *s)
{
	const struct setting *kinds = setting_kind(p->t);
	struct buf all;
	size_t n = 0;

	buf_init(&all, 1024);
	for (size_t i = 0; i < kinds->n_words; i++) {
		if ((s->only & 1U << i) == 0)
			continue;
		if (n++ > 0)
			buf_add(&all, STR(", "));
		buf_add(&all, kinds->words[i]);
	}
	diag_hint(&r->diag, "it is for: %.*s", STR_ARG(buf_str(&all)));
	buf_fini(&all);
}

static bool take_list(struct reader *r, const struct setting *s,
	const struct yaml_node *node, struct place *p);

static bool
take_value(struct reader *r, struct place *p, const struct setting *s,
	const struct yaml_pair *pair)
{
	struct str kind = kind_name(p);

	p->seen[s - p->t->rows] = true;
	if (!is_for(p, s)) {
		diag_error(&r->diag, pair->key_where, "\"%s\" is not for %.*s", s->name_z,
			STR_ARG(kind));
		hint_kinds(r, p, s);
		return false;
	}
	if (yaml_is_null(pair->value) && s->type == SETTING_LIST)
		return true;
	if (yaml_is_null(pair->value)) {
		diag_error(&r->diag, pair->key_where, "\"%s\" has no value", s->name_z);
		diag_hint(&r->diag, "leave the line out for its default");
		return false;
	}
	if (s->type == SETTING_LIST)
		return take_list(r, s, pair->value, p);
	return value_from_node(r, s, pair->value, value_at(p, s));
}

static bool
take_map(
	struct reader *r, struct place *p, const struct yaml_node *map, struct str prefix)
{
	bool good = true;

	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_pair *pair = &map->pairs[i];
		const struct setting *s = find(p->t, prefix, pair->key);
		char name[NAME_MAX_];

		if (s != NULL) {
			good = take_value(r, p, s, pair) && good;
			continue;
		}
		if (!is_section(p->t, prefix, pair->key)) {
			good = fail_unknown(r, p, prefix, pair);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s%.*s.", STR_ARG(prefix),
			STR_ARG(pair->key));
		if (pair->value->kind == YAML_MAP) {
			good = take_map(r, p, pair->value, str_z(name)) && good;
		} else if (!yaml_is_null(pair->value)) {
			diag_error(&r->diag, pair->value->where, "\"%.*s\" must be a map",
				STR_ARG(pair->key));
			good = false;
		}
	}
	return good;
}

static char *
copy(struct reader *r, struct str text)
{
	char *to = reader_alloc(r, text.len + 1, 1);

	if (to != NULL && text.len > 0)
		memcpy(to, text.ptr, text.len);
	if (to != NULL)
		mask_secrets(to, text.len);
	return to;
}

/* A value that stands in no file. */
static bool
take_text(struct reader *r, struct place *p, const struct setting *s, const char *name_z,
	const char *text_z)
{
	const struct diag_source *before = r->diag.src;
	struct diag_source src = { .name = name_z };
	bool good;

	src.text = (struct str){ .ptr = copy(r, str_z(text_z)), .len = strlen(text_z) };
	if (src.text.ptr == NULL)
		return false;
	r->diag.src = &src;
	good = value_from_text(r, s, src.text, value_at(p, s));
	r->diag.src = before;
	return good;
}

static bool
take_defaults(struct reader *r, struct place *p)
{
	bool good = true;

	for (size_t i = 0; i < p->t->n; i++) {
		const struct setting *s = &p->t->rows[i];

		if (s->default_z != NULL && is_for(p, s))
			good = take_text(r, p, s, s->name_z, s->default_z) && good;
	}
	return good;
}

static bool
take_environment(struct reader *r, struct place *p)
{
	bool good = true;

	for (size_t i = 0; i < p->t->n; i++) {
		const struct setting *s = &p->t->rows[i];
		char name[NAME_MAX_] = "$";
		size_t k = 0;

		if (p->seen[i] || !is_for(p, s))
			continue;
		while (setting_env(p->t, s, &k, name + 1, sizeof(name) - 1)) {
			const char *v = getenv(name + 1);

			if (v == NULL || str_trim(str_z(v)).len == 0)
				continue;
			good = take_text(r, p, s, name, v) && good;
			break;
		}
	}
	return good;
}

static bool
check_missing(struct reader *r, const struct place *p, struct str where)
{
	bool good = true;

	for (size_t i = 0; i < p->t->n; i++) {
		const struct setting *s = &p->t->rows[i];

		if (p->seen[i] || ((s->flags & SETTING_REQUIRED) == 0 &&
					  (s->needed & p->kind) == 0))
			continue;
		diag_error(&r->diag, where, "\"%s\" is missing in %s", s->name_z,
			p->t->what_z);
		good = false;
	}
	return good;
}

/* Where messages about a map as a whole point to: its first key. */
static struct str
first_key(const struct yaml_node *map)
{
	return map->n > 0 ? map->pairs[0].key_where : map->where;
}

/* What the kind of map is, before anything else is read. */
static bool
take_kind(struct reader *r, struct place *p, const struct yaml_node *map)
{
	const struct setting *s = setting_kind(p->t);
	const struct yaml_node *node = s == NULL ? NULL : yaml_get(map, str_z(s->name_z));
	int word;

	if (node == NULL)
		return true;
	p->seen[s - p->t->rows] = true;
	if (!value_from_node(r, s, node, value_at(p, s)))
		return false;
	memcpy(&word, value_at(p, s), sizeof(word));
	p->kind = 1U << (unsigned)word;
	return true;
}

static bool
take_item(struct reader *r, const struct setting_table *t, const struct yaml_node *node,
	char *base)
{
	struct place p = { .t = t, .base = base };
	bool good = true;

	assert(t != NULL && t->n <= ROWS_MAX);
	if (node->kind != YAML_MAP) {
		diag_error(&r->diag, node->where, "%s must be a map", t->what_z);
		return false;
	}
	if (!take_kind(r, &p, node))
		return false;
	good = take_defaults(r, &p) && good;
	good = take_map(r, &p, node, (struct str){ 0 }) && good;
	good = take_environment(r, &p) && good;
	good = check_missing(r, &p, first_key(node)) && good;
	if (t == &outputs_table && good)
		good = output_check(r, (const struct output_settings *)(const void *)base,
			first_key(node));
	return good;
}

static bool
take_list(struct reader *r, const struct setting *s, const struct yaml_node *node,
	struct place *p)
{
	char *items;
	bool good = true;

	if (node->kind != YAML_LIST) {
		diag_error(&r->diag, node->where, "\"%s\" must be a list", s->name_z);
		diag_hint(&r->diag, "begin each of its maps with \"- \"");
		return false;
	}
	items = reader_alloc(r, node->n + 1, s->items->size);
	if (items == NULL)
		return false;
	for (size_t i = 0; i < node->n; i++)
		good = take_item(
			       r, s->items, node->items[i], items + i * s->items->size) &&
		       good;
	memcpy(p->base + s->offset, &items, sizeof(items));
	memcpy(p->base + s->n_offset, &node->n, sizeof(node->n));
	if (good && s->items == &outputs_table)
		good = output_check_names(
			r, (struct output_settings *)(void *)items, node);
	return good;
}

static bool
take_documents(struct reader *r, struct settings *out)
{
	struct place p = { .t = &settings_table, .base = (char *)out };
	struct yaml_node **roots;
	size_t n;
	bool good;

	if (yaml_parse(&r->diag, r->a, &roots, &n) != 0)
		return false;
	if (n > 1) {
		diag_error(&r->diag, roots[1]->where, "only one document may stand here");
		return false;
	}
	if (n == 1 && roots[0]->kind != YAML_MAP) {
		diag_error(&r->diag, roots[0]->where, "the configuration must be a map");
		return false;
	}
	good = take_defaults(r, &p);
	if (n == 1)
		good = take_map(r, &p, roots[0], (struct str){ 0 }) && good;
	good = take_environment(r, &p) && good;
	return good && (n == 0 || output_check_heartbeats(r, out, roots[0]));
}

const struct settings *
settings_load_text(struct arena *a, const char *name_z, struct str text, FILE *out)
{
	struct diag_source src = { .name = name_z };
	struct reader r = { .diag = { .src = &src, .out = out }, .a = a };
	struct settings *s = reader_alloc(&r, 1, sizeof(*s));

	src.text = (struct str){ .ptr = copy(&r, text), .len = text.len };
	if (s == NULL || src.text.ptr == NULL)
		return NULL;
	return take_documents(&r, s) && r.diag.errors == 0 ? s : NULL;
}

const struct settings *
settings_load(struct arena *a, const char *path_z, FILE *out)
{
	struct diag_source src = { .name = path_z };
	struct diag diag = { .src = &src, .out = out };
	struct stat st;
	struct str text;
	int err;

	if (stat(path_z, &st) == 0 && S_ISREG(st.st_mode) &&
		(st.st_mode & S_IWOTH) != 0) {
		diag_error(&diag, (struct str){ 0 }, "anybody may write it (mode %04o)",
			(unsigned)st.st_mode & 07777);
		diag_hint(&diag, "chmod o-w %s", path_z);
		return NULL;
	}
	err = strcmp(path_z, "-") == 0 ? file_read_fd(a, STDIN_FILENO, FILE_MAX, &text)
				       : file_read_regular(a, path_z, FILE_MAX, &text);
	if (err == 0)
		return settings_load_text(a, path_z, text, out);
	diag_error(&diag, (struct str){ 0 }, "cannot be read: %s",
		err == -ENXIO ? "a pipe or a device, not a file" : strerror(-err));
	return NULL;
}

bool
setting_secret_path(struct str file, struct buf *path)
{
	struct str prefix = STR("$CREDENTIALS_DIRECTORY/");
	const char *folder_z = getenv("CREDENTIALS_DIRECTORY");

	if (!str_starts(file, prefix)) {
		buf_add(path, file);
		return !buf_failed(path);
	}
	if (folder_z == NULL || folder_z[0] == '\0')
		return false;
	buf_printf(path, "%s/", folder_z);
	buf_add(path, str_sub(file, prefix.len, file.len));
	return !buf_failed(path);
}
