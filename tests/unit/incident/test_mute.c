/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an open incident explains is not told, whichever came first; it is stored and
 * listed, and told after all when it outlives the other by a minute.
 */
#include "kit.h"

static void
begin(struct kit *k)
{
	static const struct str to[] = { { "datadog", 7 } };

	kit_init(k);
	k->conf.destinations = to;
	k->conf.n_destinations = 1;
	k->conf.at_once = true;
	k->corr[C_CRASH].incident.resolve_after_ns = 5 * TIME_MIN;
	kit_mute(k);
	kit_open(k);
}

static void
fire(struct kit *k, unsigned c, int64_t at_ns, const char *service_z)
{
	struct outcome o = kit_fired(c, at_ns, at_ns, ++k->next_id, 3);

	if (o.n_key == 2)
		o.key[1] = str_z(service_z);
	kit_outcome(k, &o);
}

static void
advance(struct kit *k, int64_t at_ns)
{
	OK(incidents_advance(k->incidents, at_ns) == 0);
}

/* What was told of a rule's incidents: "opened updated ...". */
static void
expect_told(struct kit *k, const char *rule_z, const char *kinds_z)
{
	struct store_query *q = store_outbox(k->store, STR(""), 0);
	struct outbox_row row;
	struct buf b;

	buf_init(&b, 4096);
	while (store_next_outbox(q, &row)) {
		json_t *body;
		size_t used;

		OK(json_read(row.body, &body, &used) == JSON_OK);
		if (str_eq(json_member_text(body, "rule"), str_z(rule_z)))
			buf_printf(&b, "%s%.*s", b.len > 0 ? " " : "", STR_ARG(row.kind));
		json_decref(body);
	}
	store_query_free(&q);
	OK(str_eq(buf_str(&b), str_z(kinds_z)));
	if (!str_eq(buf_str(&b), str_z(kinds_z)))
		printf("# %s: %.*s\n", rule_z, STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

/* The n-th incident is explained by the m-th, muted or no more, and listed there. */
static void
expect_explained(struct kit *k, size_t n, size_t m, bool muted)
{
	json_t *x = kit_report(k, n), *a = kit_report(k, m);
	json_t *list = json_member(a, "explains");

	OK(str_eq(json_member_text(x, "explained_by"), json_member_text(a, "id")));
	OK(json_is_true(json_member(x, "muted")) == muted);
	OK(json_array_size(list) == 1 &&
		str_eq(json_member_text(json_array_get(list, 0), "id"),
			json_member_text(x, "id")));
	json_decref(x);
	json_decref(a);
}

static void
test_after(void)
{
	struct kit k;

	begin(&k);
	fire(&k, C_CRASH, AT(1), "orders");
	fire(&k, C_OUTAGE, AT(10), "");
	OK(incidents_count(k.incidents) == 2);
	expect_told(&k, "payment_outage", "");
	expect_explained(&k, 1, 0, true);
	(void)kit_match(&k, R_FAILED, AT(100), "order_id=o1");
	advance(&k, AT(290));
	expect_told(&k, "crash_loop", "opened updated"); /* it lists one more */
	expect_told(&k, "payment_outage", "");
	kit_fini(&k);
}

/* Told already: it gets no further word but its end. */
static void
test_before(void)
{
	struct kit k;

	begin(&k);
	fire(&k, C_OUTAGE, AT(1), "");
	fire(&k, C_CRASH, AT(20), "orders");
	expect_explained(&k, 0, 1, true);
	for (unsigned n = 1; n < 4; n++)
		(void)kit_match(&k, R_FAILED, AT(20 + 70 * n), "order_id=o1");
	expect_told(&k, "payment_outage", "opened");
	fire(&k, C_CRASH, AT(300), "orders");
	fire(&k, C_CRASH, AT(590), "orders");
	fire(&k, C_CRASH, AT(880), "orders");
	expect_told(&k, "payment_outage", "opened resolved");
	expect_explained(&k, 0, 1, true);
	kit_fini(&k);
}

/* Another service, another namespace, too long ago, and nobody there. */
static void
test_strangers(void)
{
	struct outcome o = kit_fired(C_OUTAGE, AT(0), AT(0), 7, 3);
	struct kit k;

	begin(&k);
	fire(&k, C_CRASH, AT(1), "front-end");
	fire(&k, C_OUTAGE, AT(2), "");
	o.at_ns = o.first_ns = o.last_ns = AT(3);
	o.key[0] = STR("elsewhere");
	kit_outcome(&k, &o);
	fire(&k, C_CRASH, AT(4), "orders");
	expect_told(&k, "payment_outage", "opened opened");
	expect_explained(&k, 1, 3, true);
	kit_fini(&k);

	begin(&k);
	k.corr[C_CRASH].incident.lookback_ns = 30 * TIME_S;
	fire(&k, C_OUTAGE, AT(1), "");
	fire(&k, C_CRASH, AT(40), "orders");
	(void)kit_match(&k, R_FAILED, AT(70), "order_id=o1");
	advance(&k, AT(80));
	expect_told(&k, "payment_outage", "opened updated");
	kit_fini(&k);
}

/* The cause is over at 301 s: what goes on then is told a minute later. */
static void
test_outlives(void)
{
	struct kit k;

	begin(&k);
	fire(&k, C_CRASH, AT(1), "orders");
	fire(&k, C_OUTAGE, AT(10), "");
	advance(&k, AT(361));
	expect_told(&k, "crash_loop", "opened resolved");
	expect_told(&k, "payment_outage", "");
	OK(incidents_deadline(k.incidents) == AT(361));
	advance(&k, AT(361) + 1);
	expect_told(&k, "payment_outage", "opened");
	expect_explained(&k, 1, 0, false);
	advance(&k, AT(2000));
	expect_told(&k, "payment_outage", "opened resolved");
	kit_fini(&k);
}

/* It ends in that minute, or another cause is there by then: still not a word. */
static void
test_no_more(void)
{
	struct kit k;

	begin(&k);
	k.corr[C_OUTAGE].incident.resolve_after_ns = 5 * TIME_MIN;
	incidents_free(&k.incidents);
	kit_open(&k);
	fire(&k, C_CRASH, AT(1), "orders");
	fire(&k, C_OUTAGE, AT(10), "");
	advance(&k, AT(2000));
	expect_told(&k, "payment_outage", "");
	expect_explained(&k, 1, 0, true);
	kit_fini(&k);

	begin(&k);
	fire(&k, C_CRASH, AT(1), "orders");
	fire(&k, C_OUTAGE, AT(10), "");
	fire(&k, C_CRASH, AT(330), "orders");
	advance(&k, AT(500));
	expect_told(&k, "payment_outage", "");
	expect_explained(&k, 1, 2, true);
	kit_fini(&k);
}

/* What folds the cause explains in its name. */
static void
test_folded(void)
{
	static uint32_t over[] = { CORR(C_CRASH) };
	struct kit k;

	begin(&k);
	k.corr[C_CRASH].incident.n_supersedes = 0;
	k.corr[C_SLOW].incident.supersedes = over;
	k.corr[C_SLOW].incident.n_supersedes = 1;
	incidents_free(&k.incidents);
	kit_open(&k);
	fire(&k, C_CRASH, AT(1), "orders");
	fire(&k, C_OUTAGE, AT(10), "");
	fire(&k, C_SLOW, AT(20), "orders");
	expect_explained(&k, 1, 2, true);
	expect_told(&k, "payment_outage", "");
	kit_fini(&k);
}

/* Promised before it settles, both of them. */
static void
test_promised(void)
{
	struct outcome crash = kit_fired(C_CRASH, AT(1), AT(1), 100, 2);
	struct outcome outage = kit_fired(C_OUTAGE, AT(2), AT(2), 101, 3);
	struct kit k;

	begin(&k);
	OK(incidents_early(k.incidents, &outage) == 0);
	OK(incidents_early(k.incidents, &crash) == 0);
	expect_told(&k, "payment_outage", "opened");
	kit_outcome(&k, &crash);
	kit_outcome(&k, &outage);
	advance(&k, AT(100));
	expect_told(&k, "payment_outage", "opened");
	expect_told(&k, "crash_loop", "opened");
	expect_explained(&k, 1, 0, true);
	kit_fini(&k);

	/* What it explains came after it was told. */
	begin(&k);
	OK(incidents_early(k.incidents, &crash) == 0);
	OK(incidents_early(k.incidents, &outage) == 0);
	kit_outcome(&k, &crash);
	kit_outcome(&k, &outage);
	advance(&k, AT(100));
	expect_told(&k, "payment_outage", "");
	expect_told(&k, "crash_loop", "opened updated");
	kit_fini(&k);

	/* The cause was none: what it kept quiet is told. */
	begin(&k);
	OK(incidents_early(k.incidents, &crash) == 0);
	OK(incidents_early(k.incidents, &outage) == 0);
	kit_outcome(&k, &outage);
	expect_told(&k, "payment_outage", "");
	advance(&k, AT(100));
	expect_told(&k, "crash_loop", "opened resolved");
	expect_told(&k, "payment_outage", "opened");
	kit_fini(&k);
}

/* Taken back before it was sent: it never ended there, and opens when it is free. */
static void
test_withdrawn(void)
{
	struct kit k;
	json_t *r;

	for (int outlives = 0; outlives < 2; outlives++) {
		begin(&k);
		fire(&k, C_OUTAGE, AT(1), "");
		fire(&k, C_CRASH, AT(2), "orders");
		r = kit_report(&k, 0);
		OK(store_withdraw_outbox(
			   k.store, STR("datadog"), json_member_text(r, "id")) == 0);
		json_decref(r);
		expect_told(&k, "payment_outage", "");
		if (outlives == 0)
			for (unsigned n = 0; n < 4; n++)
				fire(&k, C_CRASH, AT(200 * (n + 1)), "orders");
		else
			(void)kit_match(&k, R_FAILED, AT(300), "order_id=o1");
		advance(&k, AT(1000));
		expect_told(&k, "payment_outage", outlives ? "opened resolved" : "");
		kit_fini(&k);
	}
}

/* All at once, when everything is known. */
static void
test_batch(void)
{
	size_t not_judged = 0;
	struct kit k;

	begin(&k);
	k.conf.at_once = false;
	incidents_free(&k.incidents);
	kit_open(&k);
	fire(&k, C_OUTAGE, AT(1), "");
	fire(&k, C_CRASH, AT(20), "orders");
	fire(&k, C_CRASH, AT(300), "orders");
	fire(&k, C_CRASH, AT(580), "orders");
	advance(&k, AT(3000));
	fire(&k, C_CRASH, AT(3001), "orders");
	fire(&k, C_OUTAGE, AT(3002), "");
	(void)kit_match(&k, R_FAILED, AT(3400), "order_id=o1");
	OK(incidents_end(k.incidents, AT(4000), &not_judged) == 0);
	expect_told(&k, "crash_loop", "opened resolved opened resolved");
	expect_told(&k, "payment_outage", "opened resolved");
	kit_fini(&k);
}

int
main(void)
{
	test_after();
	test_before();
	test_strangers();
	test_outlives();
	test_no_more();
	test_folded();
	test_promised();
	test_withdrawn();
	test_batch();
	return tap_done();
}
