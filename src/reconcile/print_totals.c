/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the list adds up to and what it cannot know, for people.
 */
#include <inttypes.h>

#include "base/money.h"
#include "reconcile/print.h"

#define LINE_BYTES ((size_t)64 << 10)
#define GAPS_SHOWN 10

struct say {
	FILE *out;
	const char *bullet_z;
	const struct time_zone *zone;
	struct buf line;
};

static void
flush(struct say *y)
{
	fputs(y->bullet_z, y->out);
	fwrite(y->line.data, 1, y->line.len, y->out);
	fputc('\n', y->out);
	buf_reset(&y->line);
}

/* " (144.97 USD)"; nothing where no amount is known. */
static void
add_amount(struct buf *b, const struct order_total *t)
{
	if (!t->has_amount)
		return;
	if (t->mixed) {
		buf_add(b, STR(" (several currencies)"));
		return;
	}
	buf_add(b, STR(" ("));
	money_format(b, t->cents);
	if (t->currency.len > 0)
		buf_add_char(b, ' ');
	buf_add_visible(b, t->currency);
	buf_add_char(b, ')');
}

static void
say_totals(struct say *y, const struct order_list *list)
{
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		if (list->total[v].orders == 0)
			continue;
		buf_printf(&y->line, "%.*s: %" PRIu64, STR_ARG(verdict_names[v]),
			list->total[v].orders);
		add_amount(&y->line, &list->total[v]);
		flush(y);
	}
}

static void
add_time(struct say *y, int64_t at_ns)
{
	if (at_ns == TIME_NONE)
		buf_add(&y->line, STR("?"));
	else
		time_format(&y->line, at_ns, y->zone, 0);
}

static void
say_gap(struct say *y, const struct gap_row *g)
{
	buf_add(&y->line, STR("  except "));
	buf_add_visible(&y->line, g->source);
	buf_add(&y->line, STR(": "));
	buf_add_visible(&y->line, g->reason);
	if (g->n > 0)
		buf_printf(&y->line, " (%" PRIu64 ")", g->n);
	if (g->from_ns != TIME_NONE || g->to_ns != TIME_NONE) {
		buf_add(&y->line, STR(", "));
		add_time(y, g->from_ns);
		buf_add(&y->line, STR(" to "));
		add_time(y, g->to_ns);
	}
	if (g->detail.len > 0) {
		buf_add(&y->line, STR(": "));
		buf_add_visible(&y->line, g->detail);
	}
	flush(y);
}

static void
say_logs(struct say *y, struct store *s)
{
	int64_t from_ns = store_meta_i64(s, STR("complete_from"), TIME_NONE);
	int64_t to_ns = store_meta_i64(s, STR("complete_to"), TIME_NONE);
	int64_t not_judged = store_meta_i64(s, STR("not_judged"), 0);
	struct store_query *q = store_gaps(s);
	struct gap_row g;
	size_t n = 0;

	buf_add(&y->line, STR("logs: complete from "));
	add_time(y, from_ns);
	buf_add(&y->line, STR(" to "));
	add_time(y, to_ns);
	flush(y);
	while (q != NULL && store_next_gap(q, &g))
		if (++n <= GAPS_SHOWN)
			say_gap(y, &g);
	store_query_free(&q);
	if (n > GAPS_SHOWN) {
		buf_add(&y->line, STR("  and "));
		buf_add_count(&y->line, (int64_t)(n - GAPS_SHOWN), "more gap");
		flush(y);
	}
	if (not_judged > 0) {
		buf_add(&y->line, STR("  "));
		buf_add_count(&y->line, not_judged, "timer");
		buf_add(&y->line, STR(" ended after the logs: not judged"));
		flush(y);
	}
}

static void
say_others(struct say *y, const struct order_list *list)
{
	if (!list->has_shop)
		buf_add(&y->line, STR("shop: not asked (--orders URL|FILE)"));
	else if (list->shop_incomplete)
		buf_printf(&y->line,
			"shop: INCOMPLETE, %" PRIu64 " of %" PRIu64 " orders",
			list->shop_orders,
			list->shop_expected > list->shop_orders ? list->shop_expected
								: list->shop_orders);
	else {
		buf_add(&y->line, STR("shop: "));
		buf_add_count(&y->line, (int64_t)list->shop_orders, "order");
	}
	flush(y);
	if (!list->has_charges)
		buf_add(&y->line, STR("charges: not given (--charges FILE.csv)"));
	else {
		buf_add(&y->line, STR("charges: "));
		buf_add_count(&y->line, (int64_t)list->charge_rows, "row");
	}
	flush(y);
}

void
print_totals(const struct order_list *list, struct store *s, const char *bullet_z,
	const struct time_zone *zone, FILE *out)
{
	struct say y = { .out = out, .bullet_z = bullet_z, .zone = zone };

	buf_init(&y.line, LINE_BYTES);
	if (bullet_z[0] == '\0')
		fputc('\n', out);
	say_totals(&y, list);
	say_logs(&y, s);
	say_others(&y, list);
	buf_fini(&y.line);
}
