/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and meanings are the vocabularies'; a table here adds what may stand behind each
 * name. Shapes are JSON with ' for ", to be read as such.
 */
#include "rules/describe.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "rules/ruleset.h"
#include "rules/vocabulary.h"

#define SHAPE_BYTES ((size_t)64 << 10)
#define REF(name)   "{'$ref':'#/$defs/" name "'}"
#define LIST(of)    "{'type':'array','minItems':1,'items':" of "}"
#define NAME        "^[a-z][a-z0-9_-]{0,31}$"

/* What the shapes are made of. A plain scalar of YAML may be a text that looks otherwise.
 */
static const struct {
	const char *name_z, *shape_z;
} parts[] = {
	{ "text", "{'type':['string','number','boolean']}" },
	{ "value", "{'type':['string','number','boolean','null']}" },
	{ "texts", "{'anyOf':[" REF("text") "," LIST(REF("text")) "]}" },
	{ "values", "{'anyOf':[" REF("value") "," LIST(REF("value")) "]}" },
	{ "span", "{'type':['string','integer'],'pattern':"
		  "'^([0-9]+([.][0-9]+)?(ms|s|m|h|d|w))+$|^0$'}" },
	{ "fields", "{'type':'object','additionalProperties':" REF("text") "}" },
	{ "state", "{'type':'string','pattern':'" NAME "'}" },
	{ "object", "{'type':['object','string']}" },
	{ "selection", "{'anyOf':[" REF("items") "," REF("text") "," LIST(
			       "{'anyOf':[" REF("items") "," REF("text") "]}") "]}" },
	{ "cause",
		"{'anyOf':[" REF(
			"text") ",{'type':'object','required':['rule'],"
				"'additionalProperties':false,'properties':{'rule':" REF(
					"text") ",'where':" REF("fields") "}}]}" },
	{ "mute",
		"{'anyOf':[" REF(
			"text") ",{'type':'object','required':['rule'],"
				"'additionalProperties':false,'properties':{'rule':" REF(
					"text") ",'when':" REF("fields") ",'where':" REF("fields") "}}]}" },
};

/* What may stand behind a word; a text where nothing is said here. */
static const struct shape {
	const struct vocabulary *of;
	const char *word_z, *shape_z;
} shapes[] = {
	{ &vocabulary_keys, "logsource", REF("logsource") },
	{ &vocabulary_keys, "level", REF("level") },
	{ &vocabulary_keys, "detection", REF("detection") },
	{ &vocabulary_keys, "correlation", REF("correlation") },
	{ &vocabulary_keys, "generate", "{'type':'boolean'}" },
	{ &vocabulary_keys, "marks", REF("marks") },
	{ &vocabulary_keys, "incident", REF("incident") },
	{ &vocabulary_keys, "tests", "{'type':'array','items':" REF("test") "}" },
	{ &vocabulary_keys, "related", "{}" },
	{ &vocabulary_keys, "references", "{}" },
	{ &vocabulary_keys, "fields", "{}" },
	{ &vocabulary_keys, "falsepositives", "{}" },
	{ &vocabulary_keys, "scope", "{}" },
	{ &vocabulary_keys, "tags", "{}" },
	{ &vocabulary_logsource, "category", REF("category") },
	{ &vocabulary_correlation, "type", REF("type") },
	{ &vocabulary_correlation, "rules", REF("texts") },
	{ &vocabulary_correlation, "group-by", REF("texts") },
	{ &vocabulary_correlation, "timespan", REF("span") },
	{ &vocabulary_correlation, "condition",
		"{'anyOf':[{'type':'string'}," REF("bounds") "]}" },
	{ &vocabulary_correlation, "aliases",
		"{'type':'object','additionalProperties':" REF("fields") "}" },
	{ &vocabulary_correlation, "generate", "{'type':'boolean'}" },
	{ &vocabulary_bounds, "gt", "{'type':'number'}" },
	{ &vocabulary_bounds, "gte", "{'type':'number'}" },
	{ &vocabulary_bounds, "lt", "{'type':'number'}" },
	{ &vocabulary_bounds, "lte", "{'type':'number'}" },
	{ &vocabulary_bounds, "eq", "{'type':'number'}" },
	{ &vocabulary_bounds, "neq", "{'type':'number'}" },
	{ &vocabulary_bounds, "percentile",
		"{'type':'number','exclusiveMinimum':0,'maximum':100}" },
	{ &vocabulary_incident, "timeline", REF("texts") },
	{ &vocabulary_incident, "causes", "{'type':'array','items':" REF("cause") "}" },
	{ &vocabulary_incident, "lookback", REF("span") },
	{ &vocabulary_incident, "hold", REF("span") },
	{ &vocabulary_incident, "resolve-after", REF("span") },
	{ &vocabulary_incident, "resolve-on", REF("texts") },
	{ &vocabulary_incident, "supersedes", REF("texts") },
	{ &vocabulary_incident, "mutes", "{'type':'array','items':" REF("mute") "}" },
	{ &vocabulary_incident, "deaths", REF("texts") },
	{ &vocabulary_incident, "key", REF("texts") },
	{ &vocabulary_incident, "min-samples",
		"{'type':'integer','minimum':1,'maximum':1000000}" },
	{ &vocabulary_marks, "order", REF("state") },
	{ &vocabulary_marks, "pod", REF("state") },
	{ &vocabulary_marks, "by", REF("texts") },
	{ &vocabulary_tests, "event", REF("object") },
	{ &vocabulary_tests, "pod", "{'type':['object','string','number']}" },
	{ &vocabulary_tests, "volume", REF("object") },
	{ &vocabulary_tests, "labels", REF("fields") },
	{ &vocabulary_tests, "match", "{'type':'boolean'}" },
	{ &vocabulary_tests, "captures", REF("fields") },
};

/* Maps whose keys are a vocabulary, and what else holds of them. */
static const struct {
	const char *name_z;
	const struct vocabulary *keys;
	const char *more_z;
} maps[] = {
	{ "logsource", &vocabulary_logsource, "{'additionalProperties':false}" },
	{ "correlation", &vocabulary_correlation,
		"{'additionalProperties':false,'required':['type','timespan']}" },
	{ "bounds", &vocabulary_bounds,
		"{'additionalProperties':false,'minProperties':1}" },
	{ "incident", &vocabulary_incident, "{'additionalProperties':false}" },
	{ "marks", &vocabulary_marks,
		"{'additionalProperties':" REF(
			"state") ",'minProperties':1,'propertyNames':{'pattern':'" NAME
				 "'}}" },
	{ "test", &vocabulary_tests, "{'additionalProperties':false}" },
};

static json_t *
read_shape(const char *shape_z)
{
	char text[4096];
	size_t n = strlen(shape_z);

	assert(n < sizeof(text));
	for (size_t i = 0; i <= n; i++)
		text[i] = shape_z[i] == '\'' ? '"' : shape_z[i];
	return json_loads(text, 0, NULL);
}

static void
put(json_t *to, const char *key_z, json_t *value)
{
	(void)json_object_set_new(to, key_z, value);
}

static json_t *
shape_of(const struct vocabulary *v, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (shapes[i].of == v && str_eq(word, str_z(shapes[i].word_z)))
			return read_shape(shapes[i].shape_z);
	return read_shape(REF("text"));
}

/* An object with the vocabulary's words as its keys. */
static json_t *
map_json(const struct vocabulary *v, const char *more_z)
{
	json_t *map = read_shape(more_z);
	json_t *properties = json_object();

	for (size_t i = 0; i < v->n; i++) {
		json_t *shape = shape_of(v, v->words[i]);

		put(shape, "description", json_string(v->help_z[i]));
		(void)json_object_setn_new(
			properties, v->words[i].ptr, v->words[i].len, shape);
	}
	put(map, "type", json_string("object"));
	put(map, "properties", properties);
	return map;
}

static json_t *
words_json(const struct str *words, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			list, json_stringn(words[i].ptr, words[i].len));
	return json_pack("{s:o}", "enum", list);
}

/* A field and its modifiers: message|contains|all. */
static json_t *
items_json(void)
{
	const struct vocabulary *v = &vocabulary_modifiers;
	struct buf b;
	json_t *items;

	buf_init(&b, SHAPE_BYTES);
	buf_add(&b, STR("{'type':'object','minProperties':1,'additionalProperties':" REF(
			    "values") ",'propertyNames':{'pattern':'^[^|]*([|]("));
	for (size_t i = 0; i < v->n; i++) {
		buf_add(&b, i > 0 ? STR("|") : STR(""));
		buf_add(&b, v->words[i]);
	}
	buf_add(&b, STR("))*$'}}"));
	items = read_shape(buf_z(&b));
	buf_fini(&b);
	return items;
}

static json_t *
detection_json(void)
{
	return read_shape(
		"{'type':'object','required':['condition'],'minProperties':2,"
		"'properties':{'condition':" REF(
			"texts") "},"
				 "'propertyNames':{'pattern':'^[A-Za-z0-9_-]+$',"
				 "'not':{'const':'timeframe'}},"
				 "'additionalProperties':" REF("selection") "}");
}

static json_t *
defs_json(void)
{
	json_t *defs = json_object();

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		put(defs, parts[i].name_z, read_shape(parts[i].shape_z));
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		put(defs, maps[i].name_z, map_json(maps[i].keys, maps[i].more_z));
	put(defs, "category",
		words_json(vocabulary_categories.words, vocabulary_categories.n));
	put(defs, "type", words_json(vocabulary_types.words, vocabulary_types.n));
	put(defs, "level", words_json(&level_names[1], LEVEL_CRITICAL));
	put(defs, "items", items_json());
	put(defs, "detection", detection_json());
	return defs;
}

json_t *
rules_describe_json(void)
{
	json_t *all = map_json(&vocabulary_keys,
		"{'$schema':'https://json-schema.org/draft/2020-12/schema',"
		"'title':'a rule or a correlation of gumshoe','additionalProperties':false,"
		"'required':['title'],'oneOf':[{'required':['detection','logsource']},"
		"{'required':['correlation']}]}");

	put(all, "$defs", defs_json());
	return all;
}
