/* SPDX-License-Identifier: Apache-2.0 */
/* diag: the exact text, hostile lines, and the limit on what is shown. */
#include "base/diag.h"

#include <stdlib.h>
#include <string.h>

#include "../../tap.h"

static char *said;
static size_t said_len;

static void
start(struct diag *d, struct diag_source *src, struct str text)
{
	*src = (struct diag_source){ .name = "x.yaml", .text = text };
	*d = (struct diag){ .src = src, .out = open_memstream(&said, &said_len) };
}

static bool
stop(struct diag *d, const char *wanted)
{
	bool same;

	fclose(d->out);
	same = strcmp(said, wanted) == 0;
	if (!same)
		printf("# said:\n%s", said);
	free(said);
	return same;
}

static void
plain(void)
{
	struct str text = STR("a: 1\r\n    titel: x\r\nend");
	struct diag_source src;
	struct diag d;
	struct diag_cursor rows = { 0 };
	unsigned row, col;
	bool same = true;

	start(&d, &src, text);
	diag_error(&d, str_sub(text, 10, 5), "unknown key \"%s\"", "titel");
	diag_hint(&d, "did you mean \"title\"?");
	diag_warn(&d, str_sub(text, text.len, 0), "end");
	OK(d.errors == 1 && d.warnings == 1);
	OK(stop(&d, "x.yaml:2:5: error: unknown key \"titel\"\n"
		    "    2 |     titel: x\n"
		    "      |     ^~~~~\n"
		    "      = did you mean \"title\"?\n"
		    "x.yaml:3:4: warning: end\n"
		    "    3 | end\n"
		    "      |    ^\n"));
	OK(diag_row(&rows, &src, str_sub(text, 0, 1)) == 1);
	for (size_t i = 0; i < text.len; i++) {
		diag_locate(&src, str_sub(text, i, 1), &row, &col);
		same = same && diag_row(&rows, &src, str_sub(text, i, 1)) == row;
	}
	OK(same && diag_row(&rows, &src, str_sub(text, 0, 1)) == 1);
	diag_locate(&src, str_sub(text, 10, 5), &row, &col);
	OK(row == 2 && col == 5);
	start(&d, &src, STR(""));
	diag_error(&d, (struct str){ 0 }, "cannot be read");
	diag_error(&d, src.text, "empty");
	OK(stop(&d, "x.yaml: error: cannot be read\n"
		    "x.yaml:1:1: error: empty\n"
		    "    1 | \n"
		    "      | ^\n"));
}

static void
hostile(void)
{
	struct str text = STR("\tk\xc3\xa4: \x1b[31m\xff x\n");
	struct diag_source src;
	struct diag d;
	char *line = malloc(5000);

	start(&d, &src, text);
	diag_error(&d, str_sub(text, 6, 6), "bad \x1b\n");
	OK(stop(&d, "x.yaml:1:7: error: bad \\x1b\\x0a\n"
		    "    1 |  k\xc3\xa4: \\x1b[31m\\xff x\n"
		    "      |      ^~~~~~~~~~~~\n"));
	memset(line, 'a', 5000);
	start(&d, &src, (struct str){ line, 5000 });
	diag_error(&d, str_sub(src.text, 2500, 2500), "long");
	fflush(d.out);
	OK(strstr(said, "x.yaml:1:2501: error: long\n    1 | ...aaa") == said &&
		said_len < 700);
	OK(strstr(said, "a...\n") != NULL && strstr(said, "^~~~") != NULL);
	fclose(d.out);
	free(said);
	free(line);
}

static void
shown(void)
{
	struct str text = STR("abc");
	struct diag_source src;
	struct diag d;

	start(&d, &src, text);
	d.max_shown = 1;
	diag_error(&d, str_sub(text, 0, 1), "one");
	diag_hint(&d, "h");
	diag_error(&d, str_sub(text, 0, 1), "two");
	diag_hint(&d, "h");
	OK(d.errors == 2);
	OK(stop(&d, "x.yaml:1:1: error: one\n    1 | abc\n      | ^\n      = h\n"));
}

int
main(void)
{
	plain();
	hostile();
	shown();
	return tap_done();
}
