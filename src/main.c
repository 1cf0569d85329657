/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the subcommand and runs it. Nothing else lives here.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/help.h"

#define COMMANDS_MAX 64

static const struct command *
find(const char *name_z)
{
	for (size_t i = 0; command_table[i] != NULL; i++)
		if (strcmp(command_table[i]->name_z, name_z) == 0)
			return command_table[i];
	return NULL;
}

static int
unknown(const char *name_z)
{
	struct str names[COMMANDS_MAX];
	struct str near;
	size_t n = 0;

	for (; n < COMMANDS_MAX && command_table[n] != NULL; n++)
		names[n] = str_z(command_table[n]->name_z);
	near = str_nearest(str_z(name_z), names, n);
	fprintf(stderr, "gumshoe: no command is called %s\n", name_z);
	if (near.len > 0)
		fprintf(stderr, "did you mean %.*s?\n", STR_ARG(near));
	return EXIT_USAGE_ERROR;
}

static bool
is_help(const char *arg_z)
{
	return strcmp(arg_z, "help") == 0 || strcmp(arg_z, "--help") == 0 ||
	       strcmp(arg_z, "-h") == 0;
}

/* "help COMMAND" is "COMMAND --help". */
static int
help(int argc, char **argv)
{
	const struct command *c = argc > 2 ? find(argv[2]) : NULL;

	if (argc > 2 && c == NULL)
		return unknown(argv[2]);
	if (c != NULL)
		help_command(c, stdout);
	else
		help_overview(argc > 1 ? stdout : stderr);
	return argc > 1 ? 0 : EXIT_USAGE_ERROR;
}

int
main(int argc, char **argv)
{
	const char *name_z = argc > 1 ? argv[1] : "help";
	const struct command *c = find(name_z);
	struct options o;
	int status;

	/* Memory may hold what must not be seen: no core is written. */
	prctl(PR_SET_DUMPABLE, 0);
	json_init();
	if (strcmp(name_z, "--version") == 0)
		c = &command_version;
	if (c == NULL && is_help(name_z))
		return help(argc, argv);
	if (c == NULL)
		return unknown(name_z);
	status = options_parse(c, argc - 1, argv + 1, &o);
	if (status == 0 && o.help)
		help_command(c, stdout);
	else if (status == 0)
		status = c->run(&o);
	options_fini(&o);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= EXIT_FOUND) {
		fputs("gumshoe: the output could not be written\n", stderr);
		status = EXIT_IO;
	}
	return status;
}
