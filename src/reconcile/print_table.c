/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table for a window: columns as wide as they must be; where the window is too
 * narrow, the least needed columns go first and the reason is cut last.
 */
#include "reconcile/print.h"

#define CELL_MAX   ((size_t)4096)
#define REASON_MIN ((size_t)16)
#define GAP        ((size_t)2)

/* From left to right; drop: who goes first when it is too wide (0: never). */
static const struct {
	enum print_column column;
	const char *title_z;
	int drop;
} shown[] = {
	{ PRINT_ORDER, "ORDER", 0 },
	{ PRINT_VERDICT, "VERDICT", 0 },
	{ PRINT_ACTION, "ACTION", 0 },
	{ PRINT_AMOUNT, "AMOUNT", 9 },
	{ PRINT_FIRST_FAILED, "FIRST FAILED", 8 },
	{ PRINT_ATTEMPTS, "TRIES", 1 },
	{ PRINT_CUSTOMER, "CUSTOMER", 5 },
	{ PRINT_LEDGER, "LEDGER", 4 },
	{ PRINT_SHOP, "SHOP", 6 },
	{ PRINT_CHARGE_STATE, "CHARGE", 7 },
	{ PRINT_CHARGE, "CHARGE ID", 3 },
	{ PRINT_INCIDENT, "INCIDENT", 2 },
	{ PRINT_REASON, "REASON", 0 },
};
#define SHOWN ARRAY_LEN(shown)

struct table {
	const struct order_list *list;
	const struct time_zone *zone;
	size_t width[SHOWN]; /* 0: not shown */
	struct buf raw, cell, row;
};

/* Characters, near enough to columns for ids, numbers and Latin text. */
static size_t
columns_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

static struct str
cell(struct table *t, const struct order_line *l, size_t k)
{
	buf_reset(&t->raw);
	buf_reset(&t->cell);
	print_value(&t->raw, l, shown[k].column, t->zone, 0);
	if (shown[k].column == PRINT_ORDER && l->order_id.len == 0 &&
		l->trace_id.len > 0) {
		buf_add(&t->raw, STR("trace "));
		buf_add(&t->raw, l->trace_id);
	}
	if (shown[k].column == PRINT_REASON && l->retried_as.len > 0) {
		buf_add(&t->raw,
			t->raw.len > 0 ? STR("; paid later as ") : STR("paid later as "));
		buf_add(&t->raw, l->retried_as);
	}
	buf_add_visible(&t->cell, buf_str(&t->raw));
	return buf_str(&t->cell);
}

static void
measure(struct table *t)
{
	for (size_t k = 0; k < SHOWN; k++) {
		size_t title = columns_of(str_z(shown[k].title_z)), most = 0;

		for (size_t i = 0; i < t->list->n; i++) {
			size_t n = columns_of(cell(t, &t->list->lines[i], k));

			most = n > most ? n : most;
		}
		t->width[k] = most == 0 ? 0 : most > title ? most : title;
	}
}

static size_t
total_width(const struct table *t)
{
	size_t sum = 0;

	for (size_t k = 0; k < SHOWN; k++)
		if (t->width[k] > 0)
			sum += t->width[k] + GAP;
	return sum > GAP ? sum - GAP : 0;
}

/* The shown column with the least drop above 0, or SHOWN. */
static size_t
least_needed(const struct table *t)
{
	size_t found = SHOWN;

	for (size_t k = 0; k < SHOWN; k++)
		if (t->width[k] > 0 && shown[k].drop > 0 &&
			(found == SHOWN || shown[k].drop < shown[found].drop))
			found = k;
	return found;
}

/* How many columns have gone. */
static size_t
fit(struct table *t, size_t width)
{
	size_t *reason = &t->width[SHOWN - 1];
	size_t whole = *reason, gone = 0;

	if (width == 0)
		return 0;
	*reason = whole < REASON_MIN ? whole : REASON_MIN;
	while (total_width(t) > width) {
		size_t k = least_needed(t);

		if (k == SHOWN)
			break;
		t->width[k] = 0;
		gone++;
	}
	if (whole > *reason && total_width(t) < width) {
		size_t room = *reason + width - total_width(t);

		*reason = room < whole ? room : whole;
	}
	return gone;
}

/* The first n characters, the last of them a dot-dot-dot when there were more. */
static void
add_cut(struct buf *b, struct str s, size_t n)
{
	size_t i = 0, seen = 0;

	if (columns_of(s) <= n) {
		buf_add(b, s);
		return;
	}
	while (i < s.len) {
		bool starts = ((unsigned char)s.ptr[i] & 0xc0) != 0x80;

		if (starts && seen + 1 >= n)
			break;
		seen += starts;
		i++;
	}
	buf_add(b, str_sub(s, 0, i));
	buf_add(b, STR("\xe2\x80\xa6"));
}

static void
add_cell(struct table *t, struct str s, size_t k)
{
	size_t n = columns_of(s);
	size_t pad = n < t->width[k] ? t->width[k] - n : 0;
	bool right = shown[k].column == PRINT_AMOUNT || shown[k].column == PRINT_ATTEMPTS;

	buf_printf(&t->row, "%*s", right ? (int)pad : 0, "");
	add_cut(&t->row, s, t->width[k]);
	buf_printf(&t->row, "%*s", (int)(GAP + (right ? 0 : pad)), "");
}

/* l: NULL for the titles. */
static void
put_row(struct table *t, const struct order_line *l, FILE *out)
{
	struct str row;

	buf_reset(&t->row);
	for (size_t k = 0; k < SHOWN; k++)
		if (t->width[k] > 0)
			add_cell(t, l != NULL ? cell(t, l, k) : str_z(shown[k].title_z),
				k);
	row = buf_str(&t->row);
	while (row.len > 0 && row.ptr[row.len - 1] == ' ')
		row.len--;
	fwrite(row.ptr, 1, row.len, out);
	fputc('\n', out);
}

void
print_table(
	const struct order_list *list, const struct list_form *form, FILE *out, FILE *err)
{
	struct table t = { .list = list, .zone = form->zone };
	size_t gone;

	if (list->n == 0) {
		fputs("no order needs a human\n", out);
		return;
	}
	buf_init(&t.raw, CELL_MAX);
	buf_init(&t.cell, CELL_MAX * 8);
	buf_init(&t.row, CELL_MAX * 16);
	measure(&t);
	gone = fit(&t, form->width);
	put_row(&t, NULL, out);
	for (size_t i = 0; i < list->n; i++)
		put_row(&t, &list->lines[i], out);
	buf_fini(&t.raw);
	buf_fini(&t.cell);
	buf_fini(&t.row);
	if (gone == 0)
		return;
	fflush(out);
	fprintf(err,
		"%zu columns have no room here: a wider window, or -o csv, has them\n",
		gone);
}
