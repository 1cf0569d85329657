/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV follows RFC 4180 and is safe against formulas: a spreadsheet evaluates a cell that
 * begins with "=" even when it is quoted, so text gets an apostrophe in front. Amounts
 * and counts are ours and stay numbers.
 */
#include "reconcile/print.h"

#include "base/money.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

const struct str print_names[PRINT_COLUMNS] = {
	[PRINT_ORDER] = { "order_id", 8 },
	[PRINT_VERDICT] = { "verdict", 7 },
	[PRINT_ACTION] = { "action", 6 },
	[PRINT_REASON] = { "reason", 6 },
	[PRINT_AMOUNT] = { "amount", 6 },
	[PRINT_CURRENCY] = { "currency", 8 },
	[PRINT_CUSTOMER] = { "customer_id", 11 },
	[PRINT_CHARGE] = { "charge_id", 9 },
	[PRINT_FIRST_FAILED] = { "first_failed_at", 15 },
	[PRINT_LAST] = { "last_at", 7 },
	[PRINT_ATTEMPTS] = { "attempts", 8 },
	[PRINT_LEDGER] = { "ledger_state", 12 },
	[PRINT_SHOP] = { "shop_state", 10 },
	[PRINT_CHARGE_STATE] = { "charge_state", 12 },
	[PRINT_INCIDENT] = { "incident_id", 11 },
};

static void
add_time(struct buf *b, int64_t at_ns, const struct time_zone *zone, int digits)
{
	if (at_ns != TIME_NONE)
		time_format(b, at_ns, zone, digits);
}

void
print_value(struct buf *b, const struct order_line *l, enum print_column c,
	const struct time_zone *zone, int digits)
{
	const struct str *const text[PRINT_COLUMNS] = {
		[PRINT_ORDER] = &l->order_id,
		[PRINT_VERDICT] = &verdict_names[l->verdict],
		[PRINT_ACTION] = &action_names[l->action],
		[PRINT_REASON] = &l->reason,
		[PRINT_CURRENCY] = &l->currency,
		[PRINT_CUSTOMER] = &l->customer_id,
		[PRINT_CHARGE] = &l->charge_id,
		[PRINT_LEDGER] = &l->ledger_state,
		[PRINT_SHOP] = &l->shop_state,
		[PRINT_CHARGE_STATE] = &l->charge_state,
		[PRINT_INCIDENT] = &l->incident_id,
	};

	if (text[c] != NULL)
		buf_add(b, *text[c]);
	else if (c == PRINT_AMOUNT && l->has_amount)
		money_format(b, l->amount_cents);
	else if (c == PRINT_FIRST_FAILED)
		add_time(b, l->first_failed_ns, zone, digits);
	else if (c == PRINT_LAST)
		add_time(b, l->last_ns, zone, digits);
	else if (c == PRINT_ATTEMPTS)
		buf_add_i64(b, l->attempts);
}

static bool
is_formula(struct str s)
{
	static const struct str wide[] = { { "\xef\xbc\x9d", 3 }, { "\xef\xbc\x8b", 3 },
		{ "\xef\xbc\x8d", 3 }, { "\xef\xbc\xa0", 3 } }; /* full-width = + - @ */

	if (s.len == 0)
		return false;
	if (s.ptr[0] == '\0' || str_find_char(STR("=+-@\t\r"), s.ptr[0]) != SIZE_MAX)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (str_starts(s, wide[i]))
			return true;
	return false;
}

static void
add_csv(struct buf *b, struct str s, bool number)
{
	bool formula = !number && is_formula(s);
	bool quoted = formula;

	for (size_t i = 0; i < s.len && !quoted; i++)
		quoted = str_find_char(STR("\",\r\n; "), s.ptr[i]) != SIZE_MAX;
	if (!quoted) {
		buf_add(b, s);
		return;
	}
	buf_add(b, formula ? STR("\"'") : STR("\""));
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			buf_add_char(b, '"');
		if (s.ptr[i] != '\0')
			buf_add_char(b, s.ptr[i]);
	}
	buf_add_char(b, '"');
}

static void
print_csv(const struct order_list *list, const struct time_zone *zone, FILE *out)
{
	struct buf line, value;

	buf_init(&line, LINE_MAX_BYTES);
	buf_init(&value, LINE_MAX_BYTES);
	for (int c = 0; c < PRINT_COLUMNS; c++)
		fprintf(out, "%s%.*s", c > 0 ? "," : "", STR_ARG(print_names[c]));
	fputs("\r\n", out);
	for (size_t i = 0; i < list->n; i++) {
		buf_reset(&line);
		for (enum print_column c = 0; c < PRINT_COLUMNS; c++) {
			buf_reset(&value);
			print_value(&value, &list->lines[i], c, zone, 3);
			if (c > 0)
				buf_add_char(&line, ',');
			add_csv(&line, buf_str(&value),
				c == PRINT_AMOUNT || c == PRINT_ATTEMPTS);
		}
		buf_add(&line, STR("\r\n"));
		fwrite(line.data, 1, line.len, out);
	}
	buf_fini(&line);
	buf_fini(&value);
}

/* What would start markup or end the cell gets a backslash. */
static void
add_markdown(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (str_find_char(STR("|\\`*<>[]~"), s.ptr[i]) != SIZE_MAX)
			buf_add_char(b, '\\');
		buf_add_char(b, s.ptr[i]);
	}
}

static void
print_markdown(const struct order_list *list, struct store *s,
	const struct time_zone *zone, FILE *out)
{
	struct buf line, value, clean;

	buf_init(&line, LINE_MAX_BYTES);
	buf_init(&value, LINE_MAX_BYTES);
	buf_init(&clean, LINE_MAX_BYTES);
	for (int c = 0; c < PRINT_COLUMNS; c++)
		fprintf(out, "| %.*s ", STR_ARG(print_names[c]));
	fputs("|\n", out);
	for (int c = 0; c < PRINT_COLUMNS; c++)
		fputs(c == PRINT_AMOUNT || c == PRINT_ATTEMPTS ? "|---:" : "|---", out);
	fputs("|\n", out);
	for (size_t i = 0; i < list->n; i++) {
		buf_reset(&line);
		for (enum print_column c = 0; c < PRINT_COLUMNS; c++) {
			buf_reset(&value);
			buf_reset(&clean);
			print_value(&value, &list->lines[i], c, zone, 3);
			buf_add_visible(&clean, buf_str(&value));
			buf_add(&line, STR("| "));
			add_markdown(&line, buf_str(&clean));
			buf_add_char(&line, ' ');
		}
		buf_add(&line, STR("|\n"));
		fwrite(line.data, 1, line.len, out);
	}
	fputc('\n', out);
	print_totals(list, s, "- ", zone, out);
	buf_fini(&line);
	buf_fini(&value);
	buf_fini(&clean);
}

void
reconcile_print(const struct order_list *list, struct store *s,
	const struct list_form *form, FILE *out, FILE *err)
{
	const struct time_zone *zone = form->zone;

	switch (form->format) {
	case LIST_TEXT:
		print_table(list, form, out, err);
		print_totals(list, s, "", zone, out);
		break;
	case LIST_CSV:
		print_csv(list, zone, out);
		print_totals(list, s, "gumshoe: ", zone, err);
		break;
	case LIST_JSON:
	case LIST_NDJSON:
		print_json(list, s, form->format == LIST_NDJSON, zone, out);
		break;
	case LIST_MARKDOWN:
		print_markdown(list, s, zone, out);
		break;
	}
}
