/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

#include "base/str.h"
#include "cli/commands.h"

#define WIDTH ((size_t)80)
#define LEFT  30 /* where the help of an option starts */

/* Words up to WIDTH, the following lines from indent on; *col is where it stands. */
static void
print_words(FILE *out, const char *text_z, size_t indent, size_t col)
{
	struct str rest = str_z(text_z);
	bool first = true;

	while (rest.len > 0) {
		struct str word = str_cut(&rest, ' ');

		if (!first && col + 1 + word.len >= WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			col = indent;
		} else if (!first) {
			fputc(' ', out);
			col++;
		}
		fprintf(out, "%.*s", STR_ARG(word));
		col += word.len;
		first = false;
	}
	fputc('\n', out);
}

const char *
help_option(const struct option_row *row, char *buf, size_t size)
{
	char letter[5] = "    ";

	if (row->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(buf, size, "%s--%s%s%s", letter, row->name_z, row->value_z ? " " : "",
		row->value_z ? row->value_z : "");
	return buf;
}

static void
print_options(const struct command *c, FILE *out)
{
	fputs("\noptions:\n", out);
	for (size_t i = 0; c->options[i] != NULL; i++) {
		char left[64];

		help_option(c->options[i], left, sizeof(left));
		if (strlen(left) < LEFT - 2)
			fprintf(out, "  %-*s", LEFT - 2, left);
		else
			fprintf(out, "  %s\n%*s", left, LEFT, "");
		print_words(out, c->options[i]->help_z, LEFT, LEFT);
	}
}

static void
print_exits(const struct command *c, FILE *out)
{
	static const char title_z[] = "exit status: ";
	size_t width = 0;

	for (const struct topic *t = c->exits; t->name_z != NULL; t++)
		if (strlen(t->name_z) > width)
			width = strlen(t->name_z);
	for (const struct topic *t = c->exits; t->name_z != NULL; t++) {
		size_t left = strlen(title_z) + width + 1;

		fprintf(out, "%s%-*s%-*s ", t == c->exits ? "\n" : "",
			(int)strlen(title_z), t == c->exits ? title_z : "", (int)width,
			t->name_z);
		print_words(out, t->text_z, left, left);
	}
}

void
help_command(const struct command *c, FILE *out)
{
	fprintf(out, "gumshoe %s: %s\n\nusage: gumshoe %s [OPTIONS]%s%s\n\n", c->name_z,
		c->brief_z, c->name_z, c->args_z[0] != '\0' ? " " : "", c->args_z);
	print_words(out, c->text_z, 0, 0);
	fputs("\nexamples:\n", out);
	for (const struct example *e = c->examples; e->line_z != NULL; e++)
		fprintf(out, "  # %s\n  %s\n", e->what_z, e->line_z);
	print_options(c, out);
	print_exits(c, out);
	fprintf(out, "\nman gumshoe-%s tells more\n", c->name_z);
}

void
help_overview(FILE *out)
{
	fputs("gumshoe " PROGRAM_BRIEF "\n\n"
	      "usage: gumshoe COMMAND [OPTIONS] [ARGUMENTS]\n\n"
	      "  kubectl logs deploy/orders --prefix --timestamps | gumshoe scan\n\n",
		out);
	for (size_t i = 0; command_table[i] != NULL; i++)
		fprintf(out, "  %-10s %s\n", command_table[i]->name_z,
			command_table[i]->brief_z);
	fputs("\ngumshoe COMMAND --help tells more\n", out);
}
