/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/vec.h"
#include "cli/draw.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "incident/report.h"

static bool
wanted(const struct incident_row *row, const struct options *o)
{
	if (str_eq(row->state, STR("superseded")))
		return false;
	if (o->since_ns != TIME_NONE && row->last_ns < o->since_ns)
		return false;
	return o->until_ns == TIME_NONE || row->opened_ns <= o->until_ns;
}

/* Reports of all wanted incidents: *out is owned by the caller, each with a reference. */
static int
gather(struct store *s, const struct options *o, json_t ***out, size_t *n)
{
	struct store_query *q = store_incidents(s, (struct str){ 0 });
	struct incident_row row;
	int status = q == NULL ? EXIT_IO : 0;

	*out = NULL;
	*n = 0;
	while (status == 0 && store_next_incident(q, &row)) {
		json_t *report;

		if (!wanted(&row, o))
			continue;
		report = report_incident(s, row.id);
		if (report == NULL || !vec_push_ptr((void ***)out, n, report))
			status = EXIT_IO;
	}
	if (q != NULL && store_query_failed(q))
		status = EXIT_IO;
	if (status != 0)
		fprintf(stderr, "gumshoe: store: %s\n", store_error_z(s));
	if (q != NULL)
		store_query_free(&q);
	return status;
}

static void
print_json(json_t *const *all, size_t n, bool array)
{
	if (array)
		fputs("[", stdout);
	for (size_t i = 0; i < n; i++) {
		json_dumpf(all[i], stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
		fputs(array ? (i + 1 < n ? ",\n " : "") : "\n", stdout);
	}
	if (array)
		fputs("]\n", stdout);
}

static void
add_csv(struct buf *b, struct str s)
{
	bool formula = s.len > 0 && str_find_char(STR("=+-@\t\r"), s.ptr[0]) != SIZE_MAX;

	buf_add_char(b, '"');
	if (formula)
		buf_add_char(b, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			buf_add_char(b, '"');
		buf_add_char(b, s.ptr[i]);
	}
	buf_add_char(b, '"');
}

/* What would end the cell or begin a tag is escaped. */
static void
add_markdown(struct buf *b, struct str s)
{
	while (s.len > 0) {
		size_t n = 0;

		while (n < s.len && str_find_char(STR("|<"), s.ptr[n]) == SIZE_MAX)
			n++;
		buf_add_visible(b, str_sub(s, 0, n));
		if (n < s.len) {
			buf_add_char(b, '\\');
			buf_add_char(b, s.ptr[n++]);
		}
		s = str_sub(s, n, s.len);
	}
}

void
listing_add_row(struct buf *b, const struct str *cells, size_t n, bool csv)
{
	for (size_t i = 0; i < n; i++) {
		if (csv) {
			buf_add(b, i > 0 ? STR(",") : STR(""));
			add_csv(b, cells[i]);
		} else {
			buf_add(b, i > 0 ? STR(" | ") : STR("| "));
			add_markdown(b, cells[i]);
		}
	}
	buf_add(b, csv ? STR("\r\n") : STR(" |\n"));
}

void
listing_add_rule(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add(b, STR("|---"));
	buf_add(b, STR("|\n"));
}

static void
print_rows(json_t *const *all, size_t n, bool csv)
{
	static const char *const columns_z[] = { "id", "rule", "level", "state",
		"first_at", "last_at", "resolved_at", "title" };
	struct str cells[ARRAY_LEN(columns_z)];
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (size_t k = 0; k < ARRAY_LEN(columns_z); k++)
		cells[k] = str_z(columns_z[k]);
	listing_add_row(&b, cells, ARRAY_LEN(columns_z), csv);
	if (!csv)
		listing_add_rule(&b, ARRAY_LEN(columns_z));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ARRAY_LEN(columns_z); k++)
			cells[k] = json_member_text(all[i], columns_z[k]);
		listing_add_row(&b, cells, ARRAY_LEN(columns_z), csv);
		fwrite(b.data, 1, b.len, stdout);
		buf_reset(&b);
	}
	fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
}

static void
print_text(struct store *s, const struct options *o, json_t *const *all, size_t n)
{
	struct screen screen;
	json_t *complete = report_complete(s);

	screen_init(&screen, o, stdout);
	if (n == 0)
		fputs("no incidents\n", stdout);
	else
		draw_table(&screen, all, n);
	if (complete != NULL)
		draw_complete(&screen, complete);
	json_decref(complete);
}

int
listing_print(struct store *s, const struct options *o, size_t *n)
{
	json_t **all;
	int status = gather(s, o, &all, n);

	if (status == 0)
		switch (o->output) {
		case OUTPUT_TEXT:
			print_text(s, o, all, *n);
			break;
		case OUTPUT_JSON:
			print_json(all, *n, true);
			break;
		case OUTPUT_NDJSON:
			print_json(all, *n, false);
			break;
		case OUTPUT_CSV:
		case OUTPUT_MARKDOWN:
			print_rows(all, *n, o->output == OUTPUT_CSV);
			break;
		}
	for (size_t i = 0; i < *n; i++)
		json_decref(all[i]);
	free(all);
	return status;
}
