/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of subcommands. Nothing else lives here.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/str.h"
#include "cli/commands.h"

static const struct command *const commands[] = { &command_scan, &command_incidents,
	&command_show, &command_reconcile, &command_check, &command_test,
	&command_explain, &command_version };

static void
help(FILE *out)
{
	fputs("gumshoe follows every order and every pod: logs and events in, incidents out\n\n"
	      "usage: gumshoe COMMAND [OPTIONS] [ARGUMENTS]\n\n"
	      "  kubectl logs deploy/orders --prefix --timestamps | gumshoe scan\n\n",
		out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name_z, commands[i]->brief_z);
	fputs("\ngumshoe COMMAND --help tells more\n", out);
}

static const struct command *
find(const char *name_z)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i]->name_z, name_z) == 0)
			return commands[i];
	return NULL;
}

static int
unknown(const char *name_z)
{
	struct str names[sizeof(commands) / sizeof(commands[0])];
	struct str near;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		names[i] = str_z(commands[i]->name_z);
	near = str_nearest(str_z(name_z), names, sizeof(names) / sizeof(names[0]));
	fprintf(stderr, "gumshoe: no command is called %s\n", name_z);
	if (near.len > 0)
		fprintf(stderr, "did you mean %.*s?\n", STR_ARG(near));
	return EXIT_USAGE_ERROR;
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
	if (strcmp(name_z, "--version") == 0)
		c = &command_version;
	if (c == NULL && (strcmp(name_z, "help") == 0 || strcmp(name_z, "--help") == 0 ||
				 strcmp(name_z, "-h") == 0)) {
		help(argc > 1 ? stdout : stderr);
		return argc > 1 ? 0 : EXIT_USAGE_ERROR;
	}
	if (c == NULL)
		return unknown(name_z);
	status = options_parse(c, argc - 1, argv + 1, &o);
	if (status == 0 && o.help)
		command_help(c, stdout);
	else if (status == 0)
		status = c->run(&o);
	options_fini(&o);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= EXIT_FOUND) {
		fputs("gumshoe: the output could not be written\n", stderr);
		status = EXIT_IO;
	}
	return status;
}
