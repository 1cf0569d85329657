/* SPDX-License-Identifier: Apache-2.0 */
/* The table and what is made of it: every row is loaded, told, compared. */
#include "conf/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "conf/describe.h"
#include "conf/settings.h"
#include "tap.h"

static const struct settings *
load(struct arena *a, const struct buf *text)
{
	return settings_load_text(a, "test.yaml", buf_str(text), stdout);
}

/* "a.b" and a value as nested maps, indented. */
static void
add_value(
	struct buf *b, const char *indent_z, const struct setting *s, const char *value_z)
{
	struct str name = str_z(s->name_z);
	size_t dot = str_find_char(name, '.');

	if (dot == SIZE_MAX)
		buf_printf(b, "%s%s: %s\n", indent_z, s->name_z, value_z);
	else
		buf_printf(b, "%s%.*s:\n%s  %s: %s\n", indent_z, (int)dot, s->name_z,
			indent_z, s->name_z + dot + 1, value_z);
}

/* What a kind of output cannot do without. */
static void
add_needed(struct buf *b, const struct setting *but, unsigned bit)
{
	const struct setting_table *t = &outputs_table;

	for (size_t i = 0; i < t->n; i++)
		if ((t->rows[i].needed & bit) != 0 && &t->rows[i] != but)
			add_value(b, "    ", &t->rows[i], t->rows[i].example_z);
	if (bit == 1U << DEST_WEBHOOK && strncmp(but->name_z, "url", 3) != 0)
		buf_printf(b, "    url: http://h\n");
	if (strcmp(but->name_z, "username") == 0)
		buf_printf(b, "    password_file: /p\n");
	if (strcmp(but->name_z, "password_file") == 0)
		buf_printf(b, "    username: u\n");
}

/* A file with this one setting, in each kind of map it is for. */
static bool
try_setting(struct arena *a, const struct setting_table *t, const struct setting *s)
{
	const char *value_z = s->default_z != NULL ? s->default_z : s->example_z;
	const struct setting *kind = setting_kind(t);
	bool good = value_z != NULL;
	struct buf b;

	buf_init(&b, 1 << 16);
	for (unsigned k = 0; good && k < (kind != NULL ? kind->n_words : 1); k++) {
		if (s == kind || (s->only != 0 && (s->only & 1U << k) == 0))
			continue;
		buf_reset(&b);
		if (t == &settings_table)
			add_value(&b, "", s, value_z);
		else if (t == &inputs_table)
			buf_printf(&b, "inputs:\n  - paths: [/x]\n");
		else
			buf_printf(&b, "outputs:\n  - type: %.*s\n",
				STR_ARG(kind->words[k]));
		if (t != &settings_table && (s->flags & SETTING_REQUIRED) == 0)
			add_value(&b, "    ", s, value_z);
		if (t == &outputs_table)
			add_needed(&b, s, 1U << k);
		arena_reset(a);
		good = load(a, &b) != NULL;
	}
	buf_fini(&b);
	return good;
}

static void
test_rows(struct arena *a)
{
	static const struct setting_table *const tables[] = { &settings_table,
		&inputs_table, &outputs_table };

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (size_t k = 0; k < tables[i]->n; k++) {
			const struct setting *s = &tables[i]->rows[k];

			if (s->type != SETTING_LIST)
				tap_ok(try_setting(a, tables[i], s), s->name_z, __FILE__,
					__LINE__);
		}
}

/* Everything of the sample that is not a comment, and each block of outputs by itself. */
static void
test_sample(struct arena *a)
{
	const struct settings *s;
	struct buf b;

	buf_init(&b, 1 << 20);
	describe_sample(&b);
	arena_reset(a);
	s = load(a, &b);
	OK(s != NULL && s->n_inputs == 1 && s->n_outputs == 0);
	for (size_t i = 0; i < outputs_table.n; i++) {
		struct str name = str_z(outputs_table.rows[i].name_z);
		size_t dot = str_find_char(name, '.');
		char line[128];

		snprintf(line, sizeof(line),
			" %s:", name.ptr + (dot == SIZE_MAX ? 0 : dot + 1));
		tap_ok(str_find(buf_str(&b), str_z(line)) != SIZE_MAX, name.ptr, __FILE__,
			__LINE__);
	}
	buf_fini(&b);
}

static void
test_json(void)
{
	json_t *schema = describe_json();
	const json_t *top = json_member(schema, "properties");
	const json_t *kinds =
		json_member(json_member(json_member(top, "outputs"), "items"), "oneOf");
	const json_t *store = json_member(json_member(top, "store"), "properties");

	OK(schema != NULL && json_array_size(kinds) == DEST_TYPES);
	OK(json_is_object(json_member(store, "keep_for")));
	OK(json_is_false(json_member(schema, "additionalProperties")));
	OK(json_array_size(json_member(json_array_get(kinds, DEST_SLACK), "required")) ==
		2);
	json_decref(schema);
}

static const struct settings *
load_z(struct arena *a, const char *text_z)
{
	return settings_load_text(a, "test.yaml", str_z(text_z), stdout);
}

static void
test_changes(struct arena *a)
{
	struct setting_change got[SETTING_CHANGES_MAX];
	const struct settings *x, *y;

	arena_reset(a);
	x = load_z(a, "inputs: [{paths: [/a], labels: {pod: p, node: n}}]\n"
		      "outputs: [{type: file, path: /f}]\njobs: 1\n");
	y = load_z(a,
		"inputs: [{paths: [/a], labels: {node: n, pod: p}}]\n"
		"outputs: [{type: file, path: /f}]\njobs: 1\nstore: {keep_for: 30d}\n");
	OK(x != NULL && y != NULL && settings_changes(x, y, got) == 0);
	y = load_z(a, "inputs: [{paths: [/a], labels: {pod: p, node: m}}]\n"
		      "outputs: [{type: file, path: /g}]\njobs: 2\nlog: {level: warn}\n"
		      "time: {zone: Asia/Kolkata}\n");
	OK(settings_changes(x, y, got) == 5);
	OK(strcmp(got[0].name_z, "inputs") == 0 && got[0].can_reload);
	OK(strcmp(got[1].name_z, "time.zone") == 0 && got[1].can_reload);
	OK(strcmp(got[2].name_z, "jobs") == 0 && !got[2].can_reload);
	OK(strcmp(got[3].name_z, "outputs") == 0 && got[3].can_reload);
	OK(strcmp(got[4].name_z, "log.level") == 0 && got[4].can_reload);
	y = load_z(a, "inputs: [{paths: [/a, /b], labels: {pod: p, node: n}}]\n"
		      "outputs: []\njobs: 1\nrules: {paths: [/r]}\n");
	OK(settings_changes(x, y, got) == 3);
	OK(strcmp(got[1].name_z, "rules.paths") == 0);
}

int
main(void)
{
	struct arena *a = arena_new("test", SETTINGS_BYTES);

	unsetenv("GUMSHOE_RULES");
	if (a == NULL)
		abort();
	test_rows(a);
	test_sample(a);
	test_json();
	test_changes(a);
	arena_free(&a);
	return tap_done();
}
