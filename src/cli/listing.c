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
#define HELD_BYTES  ((size_t)4 << 20)  /* of what is not to be seen yet */
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
	bool kept;   /* for `gumshoe show` */
	bool finish; /* the store is finished aside: it is not known yet whether it is */
	bool begun;  /* a transaction: all of it is of one moment */
	bool lost;   /* the store could not be finished, which was said */
	size_t n;
	int status; /* 0 or an exit code */
};

/* No query takes a lock of its own. */
static void
begin(struct list *l)
{
	if (!l->begun && !store_is_aside(l->store))
		l->begun = store_begin(l->store) == 0;
}

/* False: what was read is nothing. */
static bool
await(struct list *l)
{
	int err = l->finish ? store_await(l->store) : 0;

	l->finish = false;
	if (err != 0) {
		l->status = place_fail("store", err);
		l->lost = true;
	}
	return !l->lost;
}

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

/* What is read from here on is in memory, or waits. */
static struct reporter *
prepare(struct list *l)
{
	struct reporter *r = reporter_new(l->store, true);

	if (r == NULL)
		l->status = EXIT_SOFTWARE;
	else if (l->finish && reporter_prepare(r) != 0)
		l->status = EXIT_IO;
	if (l->finish)
		store_finish_aside(l->store);
	return r;
}

static void
put_out(struct list *l, struct buf *b)
{
	if (await(l))
		fwrite(b->data, 1, b->len, stdout);
	buf_reset(b);
}

static void
print_json(struct list *l, bool array)
{
	struct reporter *r = prepare(l);
	struct incident_row row;
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	buf_add(&b, array ? STR("[") : STR(""));
	while (next(l, &row)) {
		size_t before = b.len;

		begin(l);
		buf_add(&b, array && l->n > 1 ? STR(",\n ") : STR(""));
		if (reporter_write(r, &row, NULL, &b) != 0) {
			l->status = EXIT_IO;
			b.len = before;
			break;
		}
		buf_add(&b, array ? STR("") : STR("\n"));
		if (b.len >= (l->finish ? HELD_BYTES : PRINT_BYTES))
			put_out(l, &b);
	}
	buf_add(&b, array && l->status == 0 ? STR("]\n") : STR(""));
	put_out(l, &b);
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
	json_t *complete = report_complete(l->store);
	int64_t now_ns = draw_at(complete, "to");

	screen_init(&screen, l->options, stdout);
	while (next(l, &row)) {
		if (l->n == 1) {
			draw_table_head(&screen);
			(void)snprintf(id_z, sizeof(id_z), "%.*s", STR_ARG(row.id));
		}
		draw_table_row(&screen, &row, now_ns);
		nowhere = nowhere || lacks_namespace(&row);
	}
	if (l->status == 0 && l->n == 0)
		fputs("no incidents\n", stdout);
	if (l->status == 0 && complete != NULL)
		draw_complete(&screen, complete);
	json_decref(complete);
	if (l->status != 0)
		return;
	fflush(stdout);
	if (nowhere && !l->options->quiet)
		fputs("no input says the namespace; scan -l namespace=NAME does\n",
			stderr);
	if (l->n > 0 && l->kept)
		print_next(l, id_z);
}

static int
print(struct list *l, size_t *n)
{
	enum output as = l->options->output;

	l->query = store_incidents(l->store, (struct str){ 0 });
	if (l->query == NULL)
		l->status = EXIT_IO;
	else if (as == OUTPUT_TEXT)
		print_text(l);
	else if (as == OUTPUT_JSON || as == OUTPUT_NDJSON)
		print_json(l, as == OUTPUT_JSON);
	else
		print_rows(l, as == OUTPUT_CSV);
	if (l->status != 0 && !l->lost)
		fprintf(stderr, "gumshoe: store: %s\n", store_error_z(l->store));
	store_query_free(&l->query);
	if (l->begun)
		store_rollback(l->store);
	*n = l->n;
	return l->status;
}

int
listing_print(struct store *s, const struct options *o, bool kept, size_t *n)
{
	struct list l = { .store = s, .options = o, .kept = kept };

	begin(&l);
	return print(&l, n);
}

/* Rows alone are printed in no time. */
int
listing_finish(struct store *s, const struct options *o, size_t *n)
{
	struct list l = { .store = s, .options = o, .kept = true, .finish = true };

	*n = 0;
	if (o->output != OUTPUT_JSON && o->output != OUTPUT_NDJSON) {
		store_finish_aside(s);
		if (!await(&l))
			return l.status;
		begin(&l);
	}
	return print(&l, n);
}
