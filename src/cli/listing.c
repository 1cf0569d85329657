/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/draw.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "incident/report.h"

#define PRINT_BYTES ((size_t)64 << 10) /* at once */
#define ID_SHOWN    8                  /* of an id that is to be typed */

static bool
wanted(const struct incident_row *row, const struct options *o)
{
	if (str_eq(row->state, STR("superseded")))
		return false;
	if (o->since_ns != TIME_NONE && row->last_ns < o->since_ns)
		return false;
	return o->until_ns == TIME_NONE || row->opened_ns <= o->until_ns;
}

/* The incidents of a store one after the other, in the order of the list. */
struct list {
	struct store *store;
	const struct options *options;
	struct store_query *query;
	size_t n;
	int status; /* 0 or an exit code */
};

/* The next one that is wanted. */
static bool
next(struct list *l, struct incident_row *row)
{
	while (l->status == 0 && store_next_incident(l->query, row))
		if (wanted(row, l->options)) {
			l->n++;
			return true;
		}
	if (store_query_failed(l->query))
		l->status = EXIT_IO;
	return false;
}

static void
print_json(struct list *l, bool array)
{
	static char room[PRINT_BYTES]; /* of stdout, until the end */
	struct reporter *r = reporter_new(l->store, true);
	struct incident_row row;
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	l->status = r == NULL ? EXIT_SOFTWARE : 0;
	(void)setvbuf(stdout, room, _IOFBF, sizeof(room));
	fputs(array ? "[" : "", stdout);
	while (next(l, &row)) {
		buf_reset(&b);
		buf_add(&b, array && l->n > 1 ? STR(",\n ") : STR(""));
		if (reporter_write(r, &row, NULL, &b) != 0) {
			l->status = EXIT_IO;
			break;
		}
		buf_add(&b, array ? STR("") : STR("\n"));
		fwrite(b.data, 1, b.len, stdout);
	}
	fputs(array && l->status == 0 ? "]\n" : "", stdout);
	buf_fini(&b);
	reporter_free(&r);
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
print_rows(struct list *l, bool csv)
{
	static const char *const columns_z[] = { "id", "rule", "level", "state",
		"first_at", "last_at", "resolved_at", "title" };
	struct str cells[ARRAY_LEN(columns_z)];
	struct incident_row row;
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (size_t k = 0; k < ARRAY_LEN(columns_z); k++)
		cells[k] = str_z(columns_z[k]);
	listing_add_row(&b, cells, ARRAY_LEN(columns_z), csv);
	if (!csv)
		listing_add_rule(&b, ARRAY_LEN(columns_z));
	while (next(l, &row)) {
		json_t *head = report_head(&row);

		for (size_t k = 0; k < ARRAY_LEN(columns_z); k++)
			cells[k] = json_member_text(head, columns_z[k]);
		listing_add_row(&b, cells, ARRAY_LEN(columns_z), csv);
		json_decref(head);
		fwrite(b.data, 1, b.len, stdout);
		buf_reset(&b);
	}
	fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
}

static bool
lacks_namespace(const struct incident_row *row)
{
	for (size_t k = 0; k < row->n_key; k++)
		if (str_eq(row->key[k].name, STR("namespace")))
			return str_eq(row->key[k].value, STR("unknown"));
	return false;
}

/* Whoever sees the list is told how to see more. */
static void
print_next(const struct list *l, const char *id_z)
{
	const char *store_z = l->options->store_z;

	if (l->options->quiet || !isatty(STDOUT_FILENO))
		return;
	fprintf(stderr, "next: gumshoe show %s%s%s\n", id_z,
		store_z != NULL ? " --store " : "", store_z != NULL ? store_z : "");
}

static void
print_text(struct list *l)
{
	struct screen screen;
	struct incident_row row;
	char id_z[ID_SHOWN + 1] = "";
	bool nowhere = false;
	json_t *complete;

	screen_init(&screen, l->options, stdout);
	while (next(l, &row)) {
		if (l->n == 1) {
			draw_table_head(&screen);
			(void)snprintf(id_z, sizeof(id_z), "%.*s", STR_ARG(row.id));
		}
		draw_table_row(&screen, &row);
		nowhere = nowhere || lacks_namespace(&row);
	}
	if (l->status != 0)
		return;
	if (l->n == 0)
		fputs("no incidents\n", stdout);
	complete = report_complete(l->store);
	if (complete != NULL)
		draw_complete(&screen, complete);
	json_decref(complete);
	fflush(stdout);
	if (nowhere && !l->options->quiet)
		fputs("no input says the namespace; scan -l namespace=NAME does\n",
			stderr);
	if (l->n > 0)
		print_next(l, id_z);
}

/* All of it is of one moment; and no query takes a lock of its own. */
int
listing_print(struct store *s, const struct options *o, size_t *n)
{
	bool begun = store_begin(s) == 0;
	struct list l = {
		.store = s, .options = o, .query = store_incidents(s, (struct str){ 0 })
	};

	if (l.query == NULL)
		l.status = EXIT_IO;
	else if (o->output == OUTPUT_TEXT)
		print_text(&l);
	else if (o->output == OUTPUT_JSON || o->output == OUTPUT_NDJSON)
		print_json(&l, o->output == OUTPUT_JSON);
	else
		print_rows(&l, o->output == OUTPUT_CSV);
	if (l.status != 0)
		fprintf(stderr, "gumshoe: store: %s\n", store_error_z(s));
	store_query_free(&l.query);
	if (begun)
		store_rollback(s);
	*n = l.n;
	return l.status;
}
