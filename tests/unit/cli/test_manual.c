/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the tables is in --help and in the manual. */
#include "cli/manual.h"

#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/roff.h"
#include "rules/vocabulary.h"
#include "tap.h"

typedef void printer(const struct command *c, FILE *out);

static void
overview(const struct command *c, FILE *out)
{
	(void)c;
	manual_overview(out);
}

static void
help_all(const struct command *c, FILE *out)
{
	(void)c;
	help_overview(out);
}

/* What print writes, malloced, with every run of blanks and line ends as one blank. */
static char *
printed(printer *print, const struct command *c)
{
	char *text = NULL, *to;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort();
	print(c, out);
	if (fclose(out) != 0)
		abort();
	to = text;
	for (const char *from = text; *from != '\0'; from++) {
		bool blank = *from == ' ' || *from == '\n';

		if (!blank || (to > text && to[-1] != ' '))
			*to++ = blank ? ' ' : *from;
	}
	*to = '\0';
	return text;
}

/* How text stands in a page: escaped, and filled as prose. */
static char *
escaped(const char *text_z, bool prose)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort();
	if (prose)
		roff_text(out, text_z);
	else
		roff_escaped(out, str_z(text_z));
	if (fclose(out) != 0)
		abort();
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = i + 1 == len ? '\0' : ' ';
	return text;
}

static bool
page_has(const char *page_z, const char *text_z, bool prose)
{
	char *want = escaped(text_z, prose);
	bool found = strstr(page_z, want) != NULL;

	if (!found)
		printf("# not in the page: %s\n", want);
	free(want);
	return found;
}

static bool
option_is_told(const struct option_row *row, const char *help_z, const char *page_z)
{
	char left[64], want[128];
	bool good = strstr(help_z, help_option(row, left, sizeof(left))) != NULL ||
		    row->letter == 0;

	good = good && strstr(help_z, row->help_z) != NULL;
	snprintf(want, sizeof(want),
		row->letter ? "\\fB\\-%c\\fR, \\fB\\-\\-" : "\\fB\\-\\-", row->letter);
	good = good && strstr(page_z, want) != NULL &&
	       page_has(page_z, row->name_z, false);
	good = good &&
	       (row->value_z == NULL || (strstr(help_z, row->value_z) != NULL &&
						page_has(page_z, row->value_z, false)));
	good = good && page_has(page_z, row->help_z + 1, true);
	return good && (row->more_z == NULL || page_has(page_z, row->more_z, true));
}

static bool
topics_are_told(const struct topic *t, const char *page_z)
{
	for (; t != NULL && t->name_z != NULL; t++)
		if (!page_has(page_z, t->name_z, false) ||
			!page_has(page_z, t->text_z, true))
			return false;
	return true;
}

static bool
see_is_known(const char *see_z)
{
	struct str rest = str_z(see_z);

	while (rest.len > 0) {
		struct str name = str_cut(&rest, ' ');
		bool known = false;

		for (size_t i = 0; command_table[i] != NULL; i++)
			known = known || str_eq(str_z(command_table[i]->name_z), name);
		if (!known)
			return false;
	}
	return true;
}

static void
test_command(const struct command *c)
{
	char *help_z = printed(help_command, c);
	char *page_z = printed(manual_command, c);
	bool options = true, examples = true;

	printf("# %s\n", c->name_z);
	for (size_t i = 0; c->options[i] != NULL; i++)
		options = option_is_told(c->options[i], help_z, page_z) && options;
	OK(options);
	for (const struct example *e = c->examples; e->line_z != NULL; e++)
		examples = examples && strstr(help_z, e->line_z) != NULL &&
			   strstr(help_z, e->what_z) != NULL &&
			   page_has(page_z, e->line_z, false) &&
			   page_has(page_z, e->what_z, true);
	OK(examples && c->examples[0].line_z != NULL);
	OK(topics_are_told(c->exits, page_z) && c->exits[0].name_z != NULL);
	OK(topics_are_told(c->files, page_z));
	OK(topics_are_told(c->environment, page_z));
	OK(page_has(page_z, c->brief_z, false) && strstr(help_z, c->brief_z) != NULL);
	OK(page_has(page_z, c->text_z, true) && strstr(help_z, c->text_z) != NULL);
	OK(c->more_z == NULL || strstr(c->more_z, "\n\n") != NULL ||
		page_has(page_z, c->more_z, true));
	OK(see_is_known(c->see_z));
	free(help_z);
	free(page_z);
}

static void
test_overview(void)
{
	char *help_z = printed(help_all, NULL);
	char *page_z = printed(overview, NULL);
	bool all = true;

	for (size_t i = 0; command_table[i] != NULL; i++)
		all = all && strstr(help_z, command_table[i]->name_z) != NULL &&
		      strstr(help_z, command_table[i]->brief_z) != NULL &&
		      page_has(page_z, command_table[i]->brief_z, true);
	OK(all);
	free(help_z);
	free(page_z);
}

static void
test_words(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort();
	OK(manual_fill(STR(".SH A\n@words no-such-list\n"), out) == -1);
	for (size_t i = 0; rule_vocabularies[i] != NULL; i++) {
		const struct vocabulary *v = rule_vocabularies[i];
		bool all = true;
		char line[64];

		rewind(out);
		snprintf(line, sizeof(line), "before\n@words %s\nafter\n", v->name_z);
		OK(manual_fill(str_z(line), out) == 0);
		fflush(out);
		for (size_t k = 0; k < v->n; k++)
			all = all && v->help_z[k][0] != '\0' &&
			      page_has(text, v->words[k].ptr, false);
		OK(all && strncmp(text, "before\n", 7) == 0 && strstr(text, "\nafter\n"));
	}
	fclose(out);
	free(text);
}

static void
test_roff(void)
{
	char *text = escaped(".a 'b' -c \\d", false);

	OK(strcmp(text, "\\&.a \\(aqb\\(aq \\-c \\ed") == 0);
	free(text);
	text = escaped(".gz front-end --all `a-b`.", true);
	OK(strcmp(text, "\\&.gz front-end \\-\\-all \\fBa\\-b\\fR.") == 0);
	free(text);
}

int
main(void)
{
	for (size_t i = 0; command_table[i] != NULL; i++)
		test_command(command_table[i]);
	test_overview();
	test_words();
	test_roff();
	return tap_done();
}
