/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON written by hand: amounts are exact decimals, which no double would keep.
 */
#include <inttypes.h>

#include "base/money.h"
#include "reconcile/print.h"

#define TEXT_MAX ((size_t)1 << 20)
#define GAPS_MAX 100

static void
key(struct buf *b, struct str name)
{
	if (b->len > 0 && b->data[b->len - 1] != '{')
		buf_add_char(b, ',');
	buf_add_json(b, name);
	buf_add_char(b, ':');
}

static void
add_text(struct buf *b, struct str name, struct str value)
{
	key(b, name);
	buf_add_json(b, value);
}

static void
add_time(struct buf *b, struct str name, int64_t at_ns, const struct time_zone *zone)
{
	key(b, name);
	if (at_ns == TIME_NONE) {
		buf_add(b, STR("null"));
		return;
	}
	buf_add_char(b, '"');
	time_format(b, at_ns, zone, 3);
	buf_add_char(b, '"');
}

static bool
is_time(enum print_column c)
{
	return c == PRINT_FIRST_FAILED || c == PRINT_LAST;
}

static void
add_order(struct buf *b, struct buf *value, const struct order_line *l,
	const struct time_zone *zone)
{
	buf_add_char(b, '{');
	for (enum print_column c = 0; c < PRINT_COLUMNS; c++) {
		buf_reset(value);
		print_value(value, l, c, zone, 3);
		if (c == PRINT_AMOUNT || c == PRINT_ATTEMPTS ||
			(is_time(c) && value->len == 0)) {
			key(b, print_names[c]);
			buf_add(b, value->len > 0 ? buf_str(value) : STR("null"));
		} else {
			add_text(b, print_names[c], buf_str(value));
		}
	}
	key(b, STR("amount_cents"));
	if (l->has_amount)
		buf_add_i64(b, l->amount_cents);
	else
		buf_add(b, STR("null"));
	if (l->trace_id.len > 0)
		add_text(b, STR("trace_id"), l->trace_id);
	if (l->group > 0) {
		key(b, STR("group"));
		buf_add_i64(b, (int64_t)l->group);
	}
	if (l->retried_as.len > 0)
		add_text(b, STR("retried_as"), l->retried_as);
	buf_add_char(b, '}');
}

/* Amounts in several currencies have no sum. */
static void
add_amount(struct buf *b, const struct order_total *t)
{
	if (t->mixed) {
		buf_add(b, STR(",\"amount\":null,\"amount_cents\":null"));
		return;
	}
	buf_add(b, STR(",\"amount\":"));
	money_format(b, t->cents);
	buf_printf(b, ",\"amount_cents\":%" PRId64, t->cents);
	if (t->currency.len > 0)
		add_text(b, STR("currency"), t->currency);
}

static void
add_totals(struct buf *b, const struct order_list *list)
{
	buf_add_char(b, '{');
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		const struct order_total *t = &list->total[v];

		if (t->orders == 0)
			continue;
		key(b, verdict_names[v]);
		buf_printf(b, "{\"orders\":%" PRIu64, t->orders);
		add_amount(b, t);
		buf_add_char(b, '}');
	}
	buf_add_char(b, '}');
}

static void
add_gaps(struct buf *b, struct store *s, const struct time_zone *zone)
{
	struct store_query *q = store_gaps(s);
	struct gap_row g;
	size_t n = 0;

	buf_add_char(b, '[');
	while (q != NULL && store_next_gap(q, &g)) {
		if (++n > GAPS_MAX)
			continue;
		buf_add(b, n > 1 ? STR(",{") : STR("{"));
		add_time(b, STR("from"), g.from_ns, zone);
		add_time(b, STR("to"), g.to_ns, zone);
		add_text(b, STR("source"), g.source);
		add_text(b, STR("reason"), g.reason);
		add_text(b, STR("detail"), g.detail);
		buf_printf(b, ",\"n\":%" PRIu64 "}", g.n);
	}
	buf_add_char(b, ']');
	if (n > GAPS_MAX)
		buf_printf(b, ",\"gaps_more\":%zu", n - GAPS_MAX);
	store_query_free(&q);
}

static void
add_complete(struct buf *b, const struct order_list *list, struct store *s,
	const struct time_zone *zone)
{
	buf_add_char(b, '{');
	add_time(
		b, STR("from"), store_meta_i64(s, STR("complete_from"), TIME_NONE), zone);
	add_time(b, STR("to"), store_meta_i64(s, STR("complete_to"), TIME_NONE), zone);
	key(b, STR("gaps"));
	add_gaps(b, s, zone);
	buf_printf(
		b, ",\"not_judged\":%" PRId64, store_meta_i64(s, STR("not_judged"), 0));
	if (list->has_shop)
		buf_printf(b,
			",\"shop\":{\"orders\":%" PRIu64 ",\"expected\":%" PRIu64
			",\"complete\":%s}",
			list->shop_orders,
			list->shop_expected > 0 ? list->shop_expected : list->shop_orders,
			list->shop_incomplete ? "false" : "true");
	else
		buf_add(b, STR(",\"shop\":null"));
	if (list->has_charges)
		buf_printf(b, ",\"charges\":{\"rows\":%" PRIu64 "}}", list->charge_rows);
	else
		buf_add(b, STR(",\"charges\":null}"));
}

void
print_json(const struct order_list *list, struct store *s, bool lines,
	const struct time_zone *zone, FILE *out)
{
	struct buf b, value;

	buf_init(&b, TEXT_MAX);
	buf_init(&value, TEXT_MAX);
	if (!lines)
		fputs("{\"orders\":[", out);
	for (size_t i = 0; i < list->n; i++) {
		buf_reset(&b);
		add_order(&b, &value, &list->lines[i], zone);
		if (!lines)
			fputs(i > 0 ? ",\n " : "\n ", out);
		fwrite(b.data, 1, b.len, out);
		if (lines)
			fputc('\n', out);
	}
	buf_reset(&b);
	add_totals(&b, list);
	fputs(lines ? "{\"totals\":" : "],\n\"totals\":", out);
	fwrite(b.data, 1, b.len, out);
	buf_reset(&b);
	add_complete(&b, list, s, zone);
	fputs(lines ? ",\"complete\":" : ",\n\"complete\":", out);
	fwrite(b.data, 1, b.len, out);
	fputs("}\n", out);
	buf_fini(&b);
	buf_fini(&value);
}
