/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the manual pages into a folder. Used by the build only, never installed.
 * usage: manual PROSE-FOLDER FOLDER
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/manual.h"
#include "cli/roff.h"

#define PROSE_MAX ((size_t)1 << 20)

/* Those whose prose is in PROSE-FOLDER, with the words of the loaders in it. */
static const struct {
	const char *name_z;
	const char *brief_z;
} pages[] = { { "gumshoe-rules", "rule files: which records matter and what they mean" },
	{ "gumshoe.yaml", "configuration of gumshoe: inputs, store, limits, outputs" } };

static FILE *
open_page(const char *folder_z, const char *name_z, int section)
{
	struct buf path;
	FILE *f;

	buf_init(&path, PATH_MAX);
	buf_printf(&path, "%s/%s.%d.in", folder_z, name_z, section);
	f = buf_z(&path) == NULL ? NULL : fopen(buf_z(&path), "w");
	if (f == NULL) {
		fprintf(stderr, "manual: cannot write into %s\n", folder_z);
		exit(1);
	}
	buf_fini(&path);
	return f;
}

static void
close_page(FILE *f)
{
	bool bad = ferror(f) != 0;

	if (fclose(f) != 0 || bad) {
		fputs("manual: a page could not be written\n", stderr);
		exit(1);
	}
}

static void
fill(const char *prose_z, const char *folder_z, const char *name_z, const char *brief_z)
{
	struct arena *a = arena_new("manual", 2 * PROSE_MAX);
	struct str prose = { 0 };
	struct buf path;
	FILE *f = open_page(folder_z, name_z, 5);

	buf_init(&path, PATH_MAX);
	buf_printf(&path, "%s/%s.5.prose", prose_z, name_z);
	roff_head(f, name_z, 5, brief_z);
	if (a == NULL || buf_z(&path) == NULL ||
		file_read(a, buf_z(&path), PROSE_MAX, &prose) != 0 ||
		manual_fill(prose, f) != 0) {
		fprintf(stderr, "manual: %s: not readable, or names no such words\n",
			name_z);
		exit(1);
	}
	close_page(f);
	buf_fini(&path);
	arena_free(&a);
}

static void
write_command(const char *folder_z, const struct command *c)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "gumshoe-%s", c->name_z);
	f = open_page(folder_z, name, 1);
	manual_command(c, f);
	close_page(f);
}

int
main(int argc, char **argv)
{
	FILE *f;

	if (argc != 3) {
		fputs("usage: manual PROSE-FOLDER FOLDER\n", stderr);
		return 2;
	}
	f = open_page(argv[2], "gumshoe", 1);
	manual_overview(f);
	close_page(f);
	for (size_t i = 0; command_table[i] != NULL; i++)
		write_command(argv[2], command_table[i]);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		fill(argv[1], argv[2], pages[i].name_z, pages[i].brief_z);
	return 0;
}
