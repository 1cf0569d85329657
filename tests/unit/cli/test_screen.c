/* SPDX-License-Identifier: Apache-2.0 */
/* Paragraphs: broken between words, below their own column, never wider than the window.
 */
#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tap.h"

struct row {
	const char *text_z;
	size_t width, indent, lines;
	const char *want_z;
};

static const struct row rows[] = {
	{ "", 40, 2, 3, "" },
	{ "short", 40, 2, 3, "short" },
	{ "exactly twenty chars", 40, 20, 3, "exactly twenty chars" },
	{ "this goes on below its own column", 40, 14, 3,
		"this goes on below its own\n              column" },
	{ "a blank that just fits", 40, 20, 3,
		"a blank that just\n                    fits" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b", 40, 10, 3,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n          aaaaaaaaaaaaaa b" },
	{ "one two three four five six seven eight nine ten eleven", 42, 20, 2,
		"one two three four\n                    five six seven eigh..." },
	{ "an escape \033[31mred", 42, 20, 1, "an escape \\x1b[31mred" },
	/* too narrow a window for its indent: 20 columns are taken */
	{ "window of no room at all", 40, 30, 3,
		"window of no room at\n                              all" },
};

static void
test_row(const struct row *row)
{
	char *text_z = NULL;
	size_t len = 0;
	struct screen s = { .out = open_memstream(&text_z, &len), .width = row->width };

	OK(s.out != NULL);
	screen_paragraph(&s, SHADE_RED, str_z(row->text_z), row->indent, row->lines);
	fclose(s.out);
	OK(strcmp(text_z, row->want_z) == 0);
	if (strcmp(text_z, row->want_z) != 0)
		printf("# %s\n", text_z);
	free(text_z);
}

static void
test_path(const char *path_z, size_t width, const char *want_z)
{
	char *text_z = NULL;
	size_t len = 0;
	struct screen s = { .out = open_memstream(&text_z, &len) };

	OK(s.out != NULL);
	screen_path(&s, SHADE_NONE, str_z(path_z), width);
	fclose(s.out);
	OK(strcmp(text_z, want_z) == 0);
	free(text_z);
}

static void
test_zone(void)
{
	struct screen s = { 0 };
	struct time_zone *zone = time_zone_new(STR("+05:30"));
	struct buf b;

	buf_init(&b, 64);
	screen_zone(&s, &b, STR("2025-10-28T10:04:45.548Z"));
	OK(str_eq(buf_str(&b), STR("UTC")));
	buf_reset(&b);
	s.zone = zone;
	screen_zone(&s, &b, STR("2025-10-28T10:04:45.548Z"));
	OK(str_eq(buf_str(&b), STR("+05:30")));
	buf_reset(&b);
	screen_zone(&s, &b, STR("no time"));
	OK(b.len == 0);
	buf_fini(&b);
	time_zone_free(&zone);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(&rows[i]);
	test_path("/var/log/a.log", 16, "/var/log/a.log  ");
	test_path("/var/log/a.log", 14, "/var/log/a.log");
	test_path("/var/log/a.log", 10, "...g/a.log");
	test_zone();
	return tap_done();
}
