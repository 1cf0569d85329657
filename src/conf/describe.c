/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/describe.h"

#include <stdlib.h>

#include "base/compiler.h"

#define SPAN_PATTERN  "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d|w))+$"
#define BYTES_PATTERN "^[0-9]+ ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$"

static void
add_words(struct buf *out, const struct setting *s)
{
	for (size_t i = 0; i < s->n_words; i++) {
		buf_add(out, i == 0                ? STR("")
			     : i + 1 == s->n_words ? STR(" or ")
						   : STR(", "));
		buf_add(out, s->words[i]);
	}
}

static void
add_type(struct buf *out, const struct setting *s)
{
	switch (s->type) {
	case SETTING_NUMBER:
	case SETTING_BYTES:
	case SETTING_SPAN:
		setting_bounds(s, out);
		return;
	case SETTING_BOOL:
		buf_add(out, STR("true or false"));
		return;
	case SETTING_WORD:
		add_words(out, s);
		return;
	case SETTING_WORDS:
		buf_add(out, STR("A list of "));
		add_words(out, s);
		return;
	case SETTING_TEXTS:
		buf_add(out, STR("A list of texts"));
		return;
	case SETTING_PATHS:
		buf_add(out, STR("A list of absolute paths"));
		return;
	case SETTING_URLS:
		buf_add(out, STR("A list of http or https addresses"));
		return;
	case SETTING_PAIRS:
		buf_add(out, STR("A map"));
		if (s->n_words > 0)
			buf_add(out, STR(" with the names "));
		add_words(out, s);
		return;
	case SETTING_LIST:
		buf_add(out, STR("A list of maps"));
		return;
	case SETTING_URL:
		buf_add(out, STR("An http or https address without user and password"));
		return;
	case SETTING_FILE:
	case SETTING_PATH:
		buf_add(out, STR("An absolute path"));
		return;
	case SETTING_SECRET_FILE:
		buf_add(out, STR("An absolute path, or $CREDENTIALS_DIRECTORY/NAME"));
		return;
	case SETTING_ZONE:
		buf_add(out, STR("UTC, an offset or a name of the zone database"));
		return;
	case SETTING_LISTEN:
		buf_add(out, STR("HOST:PORT or unix:/PATH"));
		return;
	case SETTING_NAME:
		buf_add(out, STR("Letters, digits, _ and -"));
		return;
	default:
		buf_add(out, STR("A text"));
	}
}

void
describe_setting(const struct setting_table *t, const struct setting *s, struct buf *out)
{
	const char *before_z = " Not set: ";
	char name[128];
	size_t i = 0;

	add_type(out, s);
	buf_add(out, (s->flags & SETTING_REQUIRED) != 0 ? STR(", required.") : STR("."));
	while (setting_env(t, s, &i, name, sizeof(name))) {
		buf_printf(out, "%s$%s", before_z, name);
		before_z = ", else ";
	}
	if (s->default_z != NULL)
		buf_printf(out, "%s%s", before_z, s->default_z);
	if (s->default_z != NULL || i > 1)
		buf_add_char(out, '.');
	if (s->type != SETTING_LIST)
		buf_printf(out, " Takes effect on %s.",
			(s->flags & SETTING_RELOAD) != 0 ? "reload" : "start");
}

void
describe_briefly(const struct setting *s, struct buf *out)
{
	buf_add_char(out, '[');
	add_type(out, s);
	if ((s->flags & SETTING_REQUIRED) != 0)
		buf_add(out, STR("; required"));
	else if (s->default_z == NULL)
		buf_add(out, STR("; not set by default"));
	buf_add(out,
		(s->flags & SETTING_RELOAD) != 0 ? STR("; reload]") : STR("; start]"));
}

void
describe_kinds(const struct setting_table *t, const struct setting *s, struct buf *out)
{
	const struct setting *kind = setting_kind(t);
	const char *between_z = "";

	for (size_t i = 0; s->only != 0 && kind != NULL && i < kind->n_words; i++)
		if ((s->only & 1U << i) != 0) {
			buf_printf(out, "%s%.*s", between_z, STR_ARG(kind->words[i]));
			between_z = ", ";
		}
}

static void
put(json_t *to, const char *key_z, json_t *value)
{
	(void)json_object_set_new(to, key_z, value);
}

static json_t *
words_json(const struct setting *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n_words; i++)
		json_array_append_new(
			all, json_stringn(s->words[i].ptr, s->words[i].len));
	return all;
}

static json_t *
text_json(enum setting_type type)
{
	json_t *out = json_pack("{s:s}", "type", "string");

	if (type == SETTING_PATH || type == SETTING_PATHS)
		put(out, "pattern", json_string("^(/|-$)"));
	else if (type == SETTING_FILE)
		put(out, "pattern", json_string("^/"));
	else if (type == SETTING_URL || type == SETTING_URLS)
		put(out, "pattern", json_string("^https?://[^/@]+(/|$)"));
	else if (type == SETTING_SECRET_FILE)
		put(out, "pattern", json_string("^(/|\\$CREDENTIALS_DIRECTORY/[^/]+$)"));
	else if (type == SETTING_NAME)
		put(out, "pattern", json_string("^[A-Za-z0-9_-]+$"));
	else
		put(out, "minLength", json_integer(1));
	return out;
}

static json_t *table_json(const struct setting_table *t);

static json_t *
pairs_json(const struct setting *s)
{
	json_t *out = json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
		text_json(SETTING_TEXT));

	if (s->n_words > 0)
		put(out, "propertyNames", json_pack("{s:o}", "enum", words_json(s)));
	return out;
}

static json_t *
list_json(json_t *items)
{
	json_t *list = json_pack(
		"{s:s, s:O, s:i}", "type", "array", "items", items, "minItems", 1);

	return json_pack("{s:[o, o]}", "anyOf", items, list);
}

static json_t *
type_json(const struct setting *s)
{
	switch (s->type) {
	case SETTING_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case SETTING_NUMBER:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
			(json_int_t)s->min, "maximum", (json_int_t)s->max);
	case SETTING_BYTES:
		return json_pack(
			"{s:s, s:s}", "type", "string", "pattern", BYTES_PATTERN);
	case SETTING_SPAN:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", SPAN_PATTERN);
	case SETTING_WORD:
		return json_pack("{s:o}", "enum", words_json(s));
	case SETTING_WORDS:
		return json_pack("{s:s, s:{s:o}, s:i}", "type", "array", "items", "enum",
			words_json(s), "minItems", 1);
	case SETTING_TEXTS:
	case SETTING_PATHS:
	case SETTING_URLS:
		return list_json(text_json(s->type));
	case SETTING_PAIRS:
		return pairs_json(s);
	case SETTING_LIST:
		return json_pack("{s:[s, s], s:o}", "type", "array", "null", "items",
			table_json(s->items));
	default:
		return text_json(s->type);
	}
}

static json_t *
default_json(const struct setting *s)
{
	if (s->type == SETTING_NUMBER)
		return json_integer(strtoll(s->default_z, NULL, 10));
	if (s->type == SETTING_BOOL)
		return json_boolean(s->default_z[0] == 't');
	if (s->type == SETTING_WORDS)
		return words_json(s);
	return json_string(s->default_z);
}

static json_t *
setting_json(const struct setting_table *t, const struct setting *s)
{
	json_t *out = type_json(s);
	struct buf facts;

	buf_init(&facts, 4096);
	buf_printf(&facts, "%s ", s->help_z);
	describe_setting(t, s, &facts);
	put(out, "description", json_stringn(facts.data, facts.len));
	if (s->default_z != NULL)
		put(out, "default", default_json(s));
	buf_fini(&facts);
	return out;
}

static json_t *
object_json(void)
{
	return json_pack("{s:s, s:{}, s:b}", "type", "object", "properties",
		"additionalProperties", 0);
}

/* The properties of the map that a dotted name is in, made on the way; *name: its last
 * part. */
static json_t *
properties_of(json_t *object, struct str *name)
{
	json_t *properties = json_object_get(object, "properties");
	size_t dot;

	while ((dot = str_find_char(*name, '.')) != SIZE_MAX) {
		json_t *inner = json_object_getn(properties, name->ptr, dot);

		if (inner == NULL) {
			inner = object_json();
			put(inner, "type", json_pack("[s, s]", "object", "null"));
			json_object_setn_new(properties, name->ptr, dot, inner);
		}
		properties = json_object_get(inner, "properties");
		*name = str_sub(*name, dot + 1, name->len);
	}
	return properties;
}

/* The map of one kind, or of a table without kinds (0). */
static json_t *
kind_json(const struct setting_table *t, unsigned bit)
{
	const struct setting *kind = setting_kind(t);
	json_t *out = object_json();
	json_t *required = json_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct setting *s = &t->rows[i];
		struct str name = str_z(s->name_z);
		json_t *to = properties_of(out, &name);
		json_t *one = NULL;

		if (s->only != 0 && (s->only & bit) == 0)
			continue;
		one = setting_json(t, s);
		for (size_t k = 0; s == kind && k < s->n_words; k++)
			if (bit == 1U << k) {
				json_object_del(one, "enum");
				put(one, "const",
					json_stringn(s->words[k].ptr, s->words[k].len));
			}
		json_object_setn_new(to, name.ptr, name.len, one);
		if ((s->flags & SETTING_REQUIRED) != 0 || (s->needed & bit) != 0)
			json_array_append_new(required, json_string(s->name_z));
	}
	if (json_array_size(required) > 0)
		put(out, "required", json_incref(required));
	json_decref(required);
	return out;
}

static json_t *
table_json(const struct setting_table *t)
{
	const struct setting *kind = setting_kind(t);
	json_t *all;

	if (kind == NULL)
		return kind_json(t, 0);
	all = json_array();
	for (size_t i = 0; i < kind->n_words; i++)
		json_array_append_new(all, kind_json(t, 1U << i));
	return json_pack("{s:o}", "oneOf", all);
}

json_t *
describe_json(void)
{
	json_t *out = json_pack("{s:s, s:s}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", "gumshoe.yaml");
	json_t *table = table_json(&settings_table);

	if (out != NULL && table != NULL)
		(void)json_object_update(out, table);
	json_decref(table);
	return out;
}
