/* SPDX-License-Identifier: Apache-2.0 */
/* gumshoe.yaml as it ships: all settings, all but the inputs as comments. */
#include <string.h>

#include "base/compiler.h"
#include "conf/describe.h"

#define WIDTH    ((size_t)96)
#define ROWS_MAX 64

static const char head_z[] =
	"# Gumshoe's configuration: every setting, with its default where it has one. Remove the\n"
	"# # in front of a line to change it. `gumshoe check -c FILE` tells every mistake with its\n"
	"# place; the manual is gumshoe.yaml(5). [reload]: systemctl reload is enough; [start]: it\n"
	"# takes a restart. What is not set here comes from the environment (GUMSHOE_STORE_KEEP_FOR\n"
	"# for store.keep_for; some DD_ variables) before the default. Secrets are in files of\n"
	"# their own.\n";

/* Words behind "# ", in lines that fit. */
static void
add_comment(struct buf *out, const char *indent_z, struct str text)
{
	size_t col = WIDTH;

	while (text.len > 0) {
		struct str word = str_cut(&text, ' ');

		if (col + 1 + word.len > WIDTH) {
			if (out->len > 0 && out->data[out->len - 1] != '\n')
				buf_add_char(out, '\n');
			buf_printf(out, "%s#", indent_z);
			col = strlen(indent_z) + 1;
		}
		buf_add_char(out, ' ');
		buf_add(out, word);
		col += 1 + word.len;
	}
	buf_add_char(out, '\n');
}

static void
add_about(struct buf *out, const char *indent_z, const struct setting *s)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add(&text, str_z(s->help_z));
	if (s->type != SETTING_LIST) {
		buf_add_char(&text, ' ');
		describe_briefly(s, &text);
	}
	add_comment(out, indent_z, buf_str(&text));
	buf_fini(&text);
}

static const char *
value_of(const struct setting *s)
{
	return s->default_z != NULL ? s->default_z : s->example_z;
}

static const char *
section_help(const char *name_z, size_t len)
{
	for (size_t i = 0; i < settings_sections_n; i++)
		if (str_eq(str_z(settings_sections[i].name_z),
			    (struct str){ .ptr = name_z, .len = len }))
			return settings_sections[i].help_z;
	return "";
}

/* The inputs: one, with what is required not as a comment. */
static void
add_inputs(struct buf *out)
{
	const struct setting_table *t = &inputs_table;

	for (size_t i = 0; i < t->n; i++) {
		const struct setting *s = &t->rows[i];
		bool first = (s->flags & SETTING_REQUIRED) != 0;

		add_about(out, first ? "  " : "    ", s);
		buf_printf(out, "%s%s: %s\n", first ? "  - " : "    # ", s->name_z,
			value_of(s));
	}
}

static bool
is_shown(const struct setting *s, unsigned bit, bool *done)
{
	if ((s->only != 0 && (s->only & bit) == 0) || (*done && (s->needed & bit) == 0))
		return false;
	*done = true;
	return true;
}

/* One destination of each type; what they share stands with the first. */
static void
add_outputs(struct buf *out)
{
	const struct setting_table *t = &outputs_table;
	const struct setting *kind = setting_kind(t);
	bool done[ROWS_MAX] = { false };

	for (size_t k = 0; k < kind->n_words; k++) {
		struct str section = { 0 };

		buf_printf(out, "\n  # - type: %.*s\n", STR_ARG(kind->words[k]));
		for (size_t i = 0; i < t->n; i++) {
			const struct setting *s = &t->rows[i];
			struct str name = str_z(s->name_z);
			size_t dot = str_find_char(name, '.');
			struct str head = str_sub(name, 0, dot == SIZE_MAX ? 0 : dot);

			if (s == kind || !is_shown(s, 1U << k, &done[i]))
				continue;
			if (head.len > 0 && !str_eq(head, section))
				buf_printf(out, "  #   # %s\n  #   %.*s:\n",
					section_help("outputs.route", 13), STR_ARG(head));
			section = head;
			add_about(out, head.len > 0 ? "  #     " : "  #   ", s);
			buf_printf(out, "  #   %s%.*s: %s\n", head.len > 0 ? "  " : "",
				STR_ARG(str_sub(
					name, head.len > 0 ? dot + 1 : 0, name.len)),
				value_of(s));
		}
	}
}

void
describe_sample(struct buf *out)
{
	const struct setting_table *t = &settings_table;
	struct str section = { 0 };

	buf_add(out, str_z(head_z));
	for (size_t i = 0; i < t->n; i++) {
		const struct setting *s = &t->rows[i];
		struct str rest = str_z(s->name_z);
		struct str head = str_cut(&rest, '.');

		if (!str_eq(head, section)) {
			buf_add_char(out, '\n');
			if (rest.len > 0) {
				add_comment(
					out, "", str_z(section_help(head.ptr, head.len)));
				buf_printf(out, "%.*s:\n", STR_ARG(head));
			}
		}
		section = head;
		add_about(out, rest.len > 0 ? "  " : "", s);
		if (s->type == SETTING_LIST)
			buf_printf(out, "%s:\n", s->name_z);
		else
			buf_printf(out, "%s# %.*s: %s\n", rest.len > 0 ? "  " : "",
				STR_ARG(rest.len > 0 ? rest : head), value_of(s));
		if (s->items == &inputs_table)
			add_inputs(out);
		else if (s->items == &outputs_table)
			add_outputs(out);
	}
}
