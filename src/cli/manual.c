/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual.h"

#include <string.h>

#include "base/buf.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/roff.h"
#include "cli/topics.h"
#include "conf/describe.h"
#include "rules/vocabulary.h"

static const struct topic all_exits[] = { { "0", "nothing was found, or all is well" },
	{ "1", "something was found: incidents, matches, orders that need a human; or a "
	       "test failed" },
	EXIT_ROW_USAGE, EXIT_ROW_UNAVAILABLE, { "70", "out of memory" }, EXIT_ROW_IO,
	EXIT_ROW_TEMPORARY, EXIT_ROW_PERMISSION, EXIT_ROW_CONFIG,
	{ "130, 143", "ended by a signal" }, { 0 } };

static const struct example first_steps[] = {
	{ "What do the logs of a running cluster say?",
		"kubectl logs -l app --all-containers --prefix --timestamps --tail=-1 | "
		"gumshoe scan" },
	{ "The timeline of one of the incidents listed", "gumshoe show 5f0c" },
	{ "The orders that need a human", "gumshoe reconcile" }, { 0 }
};

static void
add_topics(FILE *out, const char *section_z, const struct topic *t)
{
	if (t == NULL || t->name_z == NULL)
		return;
	roff_section(out, section_z);
	for (; t->name_z != NULL; t++)
		roff_tagged(out, t->name_z, t->text_z);
}

static void
add_examples(FILE *out, const struct example *e)
{
	roff_section(out, "EXAMPLES");
	for (; e->line_z != NULL; e++) {
		if (e->what_z != NULL)
			roff_text(out, e->what_z);
		roff_code(out, e->line_z);
		if (e[1].line_z != NULL)
			fputs(".PP\n", out);
	}
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The line of --help as a sentence, and what more there is to say. */
static void
add_option(FILE *out, const struct option_row *row)
{
	struct buf b;

	fputs(".TP\n", out);
	if (row->letter != 0)
		fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", out);
	roff_escaped(out, str_z(row->name_z));
	fputs("\\fR", out);
	if (row->value_z != NULL) {
		fputs(" \\fI", out);
		roff_escaped(out, str_z(row->value_z));
		fputs("\\fR", out);
	}
	fputc('\n', out);
	buf_init(&b, 1 << 16);
	buf_add_char(&b, upper(row->help_z[0]));
	buf_printf(&b, "%s.", row->help_z + 1);
	if (row->more_z != NULL)
		buf_printf(&b, " %s", row->more_z);
	roff_text(out, buf_z(&b));
	buf_fini(&b);
}

static void
add_see(FILE *out, const char *names_z, const char *others_z)
{
	struct str rest = str_z(names_z);

	roff_section(out, "SEE ALSO");
	while (rest.len > 0) {
		struct str name = str_cut(&rest, ' ');

		fprintf(out, ".BR gumshoe\\-%.*s (1),\n", STR_ARG(name));
	}
	fputs(others_z, out);
}

void
manual_command(const struct command *c, FILE *out)
{
	char name[64];

	snprintf(name, sizeof(name), "gumshoe-%s", c->name_z);
	roff_head(out, name, 1, c->brief_z);
	roff_section(out, "SYNOPSIS");
	fprintf(out, "\\fBgumshoe %s\\fR [\\fIOPTIONS\\fR]", c->name_z);
	if (c->args_z[0] != '\0') {
		fputs(" \\fI", out);
		roff_escaped(out, str_z(c->args_z));
		fputs("\\fR", out);
	}
	fputc('\n', out);
	roff_section(out, "DESCRIPTION");
	roff_text(out, c->text_z);
	if (c->more_z != NULL) {
		fputs(".PP\n", out);
		roff_text(out, c->more_z);
	}
	roff_section(out, "OPTIONS");
	for (size_t i = 0; c->options[i] != NULL; i++)
		add_option(out, c->options[i]);
	add_topics(out, "EXIT STATUS", c->exits);
	add_topics(out, "FILES", c->files);
	add_topics(out, "ENVIRONMENT", c->environment);
	add_examples(out, c->examples);
	add_see(out, c->see_z,
		".BR gumshoe (1),\n.BR gumshoe.yaml (5),\n.BR gumshoe\\-rules (5)\n");
}

void
manual_overview(FILE *out)
{
	roff_head(out, "gumshoe", 1, PROGRAM_BRIEF);
	roff_section(out, "SYNOPSIS");
	fputs("\\fBgumshoe\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n",
		out);
	roff_section(out, "DESCRIPTION");
	roff_text(out,
		"Reads container logs and Kubernetes events, finds the lines that rule files "
		"describe, ties them together per order and per pod into incident timelines, "
		"pushes the findings to Datadog, and lists the orders that need a human: who was "
		"charged and got nothing.\n\n"
		"Data goes to standard output; messages and progress go to standard error. What "
		"was logged is shown with its control bytes escaped. The same input gives the "
		"same answer, whatever the order of its files.");
	roff_section(out, "COMMANDS");
	for (size_t i = 0; command_table[i] != NULL; i++)
		roff_tagged(out, command_table[i]->name_z, command_table[i]->brief_z);
	fputs(".PP\nEach has a page of its own, such as\n.BR gumshoe\\-scan (1),\n"
	      "and tells its options with\n.BR \\-\\-help .\n",
		out);
	add_topics(out, "EXIT STATUS", all_exits);
	add_topics(out, "FILES",
		(const struct topic[]){
			FILE_ROW_CONF, FILE_ROW_RULES, FILE_ROW_STORE, { 0 } });
	add_topics(out, "ENVIRONMENT",
		(const struct topic[]){ ENV_ROW_RULES, ENV_ROW_STATE, ENV_ROW_COLOR,
			ENV_ROW_COLUMNS, { 0 } });
	add_examples(out, first_steps);
	roff_section(out, "SEE ALSO");
	for (size_t i = 0; command_table[i] != NULL; i++)
		fprintf(out, ".BR gumshoe\\-%s (1),\n", command_table[i]->name_z);
	fputs(".BR gumshoe.yaml (5),\n.BR gumshoe\\-rules (5),\n.BR kubectl (1)\n", out);
}

static int
add_words(FILE *out, struct str name)
{
	const struct vocabulary *v = NULL;

	for (size_t i = 0; rule_vocabularies[i] != NULL; i++)
		if (str_eq(str_z(rule_vocabularies[i]->name_z), name))
			v = rule_vocabularies[i];
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < v->n; i++) {
		fputs(".TP\n\\fB", out);
		roff_escaped(out, v->words[i]);
		fputs("\\fR\n", out);
		roff_text(out, v->help_z[i]);
	}
	return 0;
}

static void
add_setting(FILE *out, const struct setting_table *t, const struct setting *s)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	describe_kinds(t, s, &b);
	if (b.len > 0)
		buf_add(&b, STR(": "));
	buf_printf(&b, "%s ", s->help_z);
	describe_setting(t, s, &b);
	roff_tagged(out, s->name_z, buf_z(&b));
	buf_fini(&b);
}

static int
add_settings(FILE *out, struct str name)
{
	const struct setting_table *t = str_eq(name, STR("top"))       ? &settings_table
					: str_eq(name, STR("inputs"))  ? &inputs_table
					: str_eq(name, STR("outputs")) ? &outputs_table
								       : NULL;

	for (size_t i = 0; t != NULL && i < t->n; i++)
		add_setting(out, t, &t->rows[i]);
	return t == NULL ? -1 : 0;
}

int
manual_fill(struct str prose, FILE *out)
{
	while (prose.len > 0) {
		struct str line = str_cut(&prose, '\n');
		struct str words = STR("@words "), settings = STR("@settings ");
		int err = 0;

		if (str_starts(line, words))
			err = add_words(out, str_sub(line, words.len, line.len));
		else if (str_starts(line, settings))
			err = add_settings(out, str_sub(line, settings.len, line.len));
		else
			fprintf(out, "%.*s\n", STR_ARG(line));
		if (err != 0)
			return err;
	}
	return 0;
}
