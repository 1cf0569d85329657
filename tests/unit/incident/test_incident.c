/* SPDX-License-Identifier: Apache-2.0 */
/* An outage from the first failure to its end, holds, limits, and what goes out when. */
#include "kit.h"

static const struct str orders[] = { { "o1", 2 }, { "o2", 2 }, { "o3", 2 } };

/* Four orders of ten fail; the third opens, the fourth extends. */
static void
run_outage(struct kit *k)
{
	struct outcome o;
	uint64_t third;

	(void)kit_match(k, R_SCALED, AT(-60), "service=payment");
	(void)kit_match(k, R_SCALED, AT(-50), "service=carts");
	(void)kit_match(k, R_SCALED, AT(-40), "service=payment;namespace=elsewhere");
	(void)kit_match(
		k, R_CREATED, AT(1), "order_id=o1;amount=104.979996;customer_id=c1");
	(void)kit_match(k, R_CREATED, AT(2), "order_id=ok;amount=9.99;customer_id=c9");
	(void)kit_match(k, R_FAILED, AT(3.5), "order_id=o1;reason=refused");
	(void)kit_match(k, R_FAILED, AT(4), "order_id=o2;amount=19.99;customer_id=c2");
	third = kit_match(
		k, R_FAILED, AT(5), "order_id=o3;amount=119.979996;customer_id=c1");
	o = kit_fired(C_OUTAGE, AT(3.5), AT(5), third, 3);
	o.values = orders;
	o.n_values = 3;
	kit_outcome(k, &o);
	(void)kit_match(
		k, R_FAILED, AT(80), "order_id=o4;amount=104.979996;customer_id=c1");
	(void)kit_match(k, R_FAILED, AT(81), "order_id=o4");
	(void)kit_match(k, R_FAILED, AT(82), "order_id=x;namespace=elsewhere");
}

static void
test_outage(void)
{
	struct kit k;
	size_t not_judged = 0;
	json_t *r;

	kit_init(&k);
	kit_open(&k);
	run_outage(&k);
	OK(incidents_count(k.incidents) == 1);
	OK(incidents_deadline(k.incidents) <= AT(81) + 10 * TIME_MIN);
	OK(incidents_end(k.incidents, AT(3600), &not_judged) == 0);
	OK(not_judged == 0);
	r = kit_report(&k, 0);
	OK(kit_is(r, "rule", "payment_outage"));
	OK(kit_is(r, "title", "4 orders failed to pay in sock-shop"));
	OK(kit_is(r, "state", "resolved"));
	OK(kit_is(r, "level", "high"));
	OK(kit_is(r, "first_at", "2025-10-28T10:00:03.500Z"));
	OK(kit_is(r, "last_at", "2025-10-28T10:01:21.000Z"));
	OK(kit_is(r, "opened_at", "2025-10-28T10:00:05.000Z"));
	OK(kit_is(r, "resolved_at", "2025-10-28T10:11:21.000Z"));
	OK(kit_number(r, "count") == 4);
	OK(kit_number(r, "impact.orders") == 4);
	OK(kit_number(r, "impact.customers") == 2);
	OK(kit_number(r, "impact.amount_cents") == 34993);
	OK(json_real_value(json_at(r, STR("impact.minutes"))) == 1.3);
	OK(json_array_size(json_member(r, "causes")) == 1);
	OK(kit_is(json_at(json_array_get(json_member(r, "causes"), 0), STR("source")),
		"service", "payment"));
	/* The healthy order and the other namespace are not in it. */
	OK(json_array_size(json_member(r, "timeline")) == 6);
	OK(kit_is(json_array_get(json_member(r, "timeline"), 0), "order_id", "o1"));
	OK(kit_is(
		json_array_get(json_member(r, "timeline"), 0), "rule", "order_created"));
	OK(kit_report(&k, 1) == NULL);
	json_decref(r);
	kit_fini(&k);
}

/* Two runs differ in detected_at and in nothing else. */
static void
test_twice(void)
{
	struct kit k;
	json_t *r[2];

	for (size_t n = 0; n < 2; n++) {
		size_t not_judged = 0;

		kit_init(&k);
		kit_open(&k);
		run_outage(&k);
		OK(incidents_end(k.incidents, AT(3600), &not_judged) == 0);
		r[n] = kit_report(&k, 0);
		kit_fini(&k);
	}
	OK(!json_equal(r[0], r[1]));
	json_object_del(r[0], "detected_at");
	json_object_del(r[1], "detected_at");
	OK(json_equal(r[0], r[1]));
	json_decref(r[0]);
	json_decref(r[1]);
}

/* The match at the very end still extends; one second later it is another incident. */
static void
test_resolve(void)
{
	struct kit k;
	size_t not_judged = 0;
	struct outcome o;
	json_t *r;

	kit_init(&k);
	kit_open(&k);
	o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);
	(void)kit_match(&k, R_SCALED, AT(1), "");
	(void)kit_match(&k, R_FAILED, AT(2), "order_id=o1");
	kit_outcome(&k, &o);
	(void)kit_match(&k, R_FAILED, AT(602), "order_id=o2");
	OK(incidents_advance(k.incidents, AT(1202)) == 0);
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "open"));
	json_decref(r);
	(void)kit_match(&k, R_FAILED, AT(1203), "order_id=o3");
	o = kit_fired(C_DOWN, AT(1203), AT(1203), 8, 1);
	kit_outcome(&k, &o);
	OK(incidents_end(k.incidents, AT(1300), &not_judged) == 0);
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "resolved"));
	OK(kit_is(r, "resolved_at", "2025-10-28T10:20:02.000Z"));
	OK(kit_number(r, "count") == 3);
	json_decref(r);
	r = kit_report(&k, 1);
	OK(kit_is(r, "state", "open"));
	OK(json_is_null(json_member(r, "resolved_at")));
	json_decref(r);
	kit_fini(&k);
}

static void
test_resolve_on(void)
{
	static uint32_t on[] = { R_PAID };
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);
	json_t *r;

	kit_init(&k);
	k.corr[C_DOWN].incident.resolve_on = on;
	k.corr[C_DOWN].incident.n_resolve_on = 1;
	kit_open(&k);
	kit_outcome(&k, &o);
	(void)kit_match(&k, R_PAID, AT(3), "namespace=elsewhere");
	OK(kit_is(r = kit_report(&k, 0), "state", "open"));
	json_decref(r);
	(void)kit_match(&k, R_PAID, AT(30), "");
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "resolved"));
	OK(kit_is(r, "resolved_at", "2025-10-28T10:00:30.000Z"));
	json_decref(r);
	kit_fini(&k);
}

/* It opens a minute later if nothing clears it, as of when it became true. */
static void
test_hold(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);
	size_t not_judged = 0;
	json_t *r;

	kit_init(&k);
	k.corr[C_DOWN].incident.hold_ns = TIME_MIN;
	kit_open(&k);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(40)) == 0);
	o.kind = OUTCOME_CLEARED;
	o.at_ns = AT(40);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(90)) == 0);
	OK(incidents_count(k.incidents) == 0);
	o = kit_fired(C_DOWN, AT(100), AT(101), 8, 2);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(161)) == 0);
	OK(incidents_count(k.incidents) == 0);
	OK(incidents_advance(k.incidents, AT(161.5)) == 0);
	OK(incidents_count(k.incidents) == 1);
	r = kit_report(&k, 0);
	OK(kit_is(r, "opened_at", "2025-10-28T10:01:41.000Z"));
	json_decref(r);
	o = kit_fired(C_DOWN, AT(170), AT(170), 9, 2);
	o.key[0] = STR("elsewhere");
	kit_outcome(&k, &o);
	OK(incidents_end(k.incidents, AT(180), &not_judged) == 0);
	OK(not_judged == 1);
	OK(store_meta_i64(k.store, STR("not_judged"), -1) == 1);
	kit_fini(&k);
}

/* An absence is judged long after its match: its quiet time runs from then. */
static void
test_absence(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(0), AT(600), 7, 1);
	json_t *r;

	kit_init(&k);
	kit_open(&k);
	o.last_ns = AT(0);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(1200)) == 0);
	OK(kit_is(r = kit_report(&k, 0), "state", "open"));
	json_decref(r);
	OK(incidents_advance(k.incidents, AT(1201)) == 0);
	OK(kit_is(r = kit_report(&k, 0), "resolved_at", "2025-10-28T10:20:00.000Z"));
	json_decref(r);
	kit_fini(&k);
}

/* Measurements extend only what is still true. */
static void
test_measure(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_SLOW, AT(0), AT(60), 7, 20);
	json_t *r;

	kit_init(&k);
	kit_open(&k);
	kit_outcome(&k, &o);
	(void)kit_match(&k, R_LOGIN, AT(70), "ms=3000");
	o.kind = OUTCOME_CLEARED;
	o.at_ns = AT(120);
	kit_outcome(&k, &o);
	for (unsigned n = 0; n < 20; n++)
		(void)kit_match(&k, R_LOGIN, AT(130 + 60 * n), "ms=7");
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "resolved"));
	OK(kit_is(r, "last_at", "2025-10-28T10:01:10.000Z"));
	OK(kit_number(r, "count") == 21);
	/* Samples are no timeline. */
	OK(json_array_size(json_member(r, "timeline")) == 0);
	json_decref(r);
	kit_fini(&k);
}

/* What another one names opens nothing, unless it says so. */
static void
test_named(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);

	kit_init(&k);
	k.corr[C_DOWN].named = true;
	kit_open(&k);
	kit_outcome(&k, &o);
	OK(incidents_count(k.incidents) == 0);
	incidents_free(&k.incidents);
	k.corr[C_DOWN].generate = true;
	kit_open(&k);
	kit_outcome(&k, &o);
	OK(incidents_count(k.incidents) == 1);
	kit_fini(&k);
}

/* Of a named chain, its firing counts, not each of its steps. */
static void
test_chain(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_OUTAGE, AT(1), AT(2), 7, 3);
	json_t *r;

	kit_init(&k);
	k.corr[C_OUTAGE].type = CORR_EVENT_COUNT;
	k.corr[C_OUTAGE].refs[0].rule = CORR(C_DOWN);
	k.corr[C_DOWN].named = true;
	kit_open(&k);
	kit_outcome(&k, &o);
	(void)kit_match(&k, R_FAILED, AT(3), "order_id=o1");
	o = kit_fired(C_DOWN, AT(1), AT(4), 8, 2);
	kit_outcome(&k, &o);
	r = kit_report(&k, 0);
	OK(incidents_count(k.incidents) == 1);
	json_decref(r);
	OK(incidents_advance(k.incidents, AT(1000)) == 0);
	r = kit_report(&k, 0);
	OK(kit_number(r, "count") == 4);
	OK(kit_is(r, "last_at", "2025-10-28T10:00:04.000Z"));
	OK(json_array_size(json_member(r, "timeline")) == 1);
	json_decref(r);
	kit_fini(&k);
}

/* A rule with an incident of its own, by its key. */
static void
test_rule(void)
{
	static struct str key[] = { { "pod", 3 } };
	struct kit k;
	json_t *r;

	kit_init(&k);
	k.rule[R_ALONE].named = false;
	k.rule[R_ALONE].incident = (struct incident_conf){ .present = true,
		.title = STR("{pod}: {reason} ({count})"),
		.key = key,
		.n_key = 1,
		.resolve_after_ns = TIME_MIN };
	kit_open(&k);
	(void)kit_match(&k, R_ALONE, AT(1), "pod=a;reason=first");
	(void)kit_match(&k, R_ALONE, AT(2), "pod=b;reason=other");
	(void)kit_match(&k, R_ALONE, AT(3), "reason=nobody");
	(void)kit_match(&k, R_ALONE, AT(61), "pod=a;reason=again;weight=4");
	OK(incidents_advance(k.incidents, AT(200)) == 0);
	OK(incidents_count(k.incidents) == 2);
	r = kit_report(&k, 0);
	OK(kit_is(r, "title", "a: first (5)"));
	OK(kit_is(r, "state", "resolved"));
	OK(json_array_size(json_member(r, "timeline")) == 2);
	json_decref(r);
	kit_fini(&k);
}

static size_t
touched(struct kit *k, const char *entity_z, const char *id_z)
{
	struct store_query *q =
		store_entity_entries(k->store, str_z(entity_z), str_z(id_z));
	struct entry_row e;
	size_t n = 0;

	while (store_next_entry(q, &e))
		n++;
	store_query_free(&q);
	return n;
}

static void
check_keyed(struct kit *k)
{
	json_t *r = kit_report(k, 0);
	const json_t *list = json_member(r, "timeline");

	OK(kit_is(r, "title", "a"));
	OK(json_array_size(list) == 2);
	OK(kit_is(json_array_get(list, 0), "host", "a"));
	OK(kit_is(json_array_get(list, 1), "host", "a"));
	json_decref(r);
}

/* The key is a capture: the timeline is read by its value, of its own time only. */
static void
test_keyed(void)
{
	static struct str key[] = { { "host", 4 } };
	struct kit k;

	kit_init(&k);
	k.rule[R_ALONE].named = false;
	k.rule[R_ALONE].incident = (struct incident_conf){ .present = true,
		.title = STR("{host}"),
		.key = key,
		.n_key = 1,
		.lookback_ns = TIME_S,
		.resolve_after_ns = TIME_MIN };
	kit_open(&k);
	(void)kit_match(&k, R_ALONE, AT(1), "host=a");
	(void)kit_match(&k, R_ALONE, AT(2), "host=b");
	(void)kit_match(&k, R_ALONE, AT(3), "host=a");
	(void)kit_match(&k, R_LOGIN, AT(4), "host=a");
	(void)kit_match(&k, R_ALONE, AT(500), "host=a");
	OK(incidents_advance(k.incidents, AT(2000)) == 0);
	OK(incidents_count(k.incidents) == 3);
	check_keyed(&k);
	OK(touched(&k, "=host", "a") == 3);
	OK(touched(&k, "=host", "b") == 1);
	kit_fini(&k);
}

struct sent {
	size_t n;
	char kinds[200];
	json_t *last;
};

static struct sent
read_outbox(struct kit *k)
{
	struct sent s = { 0 };
	struct store_query *q = store_outbox(k->store, STR(""), 0);
	struct outbox_row row;
	size_t used;

	while (store_next_outbox(q, &row)) {
		json_decref(s.last);
		OK(json_read(row.body, &s.last, &used) == JSON_OK);
		OK(row.seq == kit_number(s.last, "seq"));
		(void)snprintf(s.kinds + strlen(s.kinds),
			sizeof(s.kinds) - strlen(s.kinds), "%.*s/%.*s ",
			STR_ARG(json_member_text(s.last, "rule")), STR_ARG(row.kind));
		s.n++;
	}
	store_query_free(&q);
	return s;
}

/* A batch tells what is settled, at its end. */
static void
test_publish_batch(void)
{
	static const struct str to[] = { { "datadog", 7 } };
	struct kit k;
	size_t not_judged = 0;
	struct sent s;

	kit_init(&k);
	k.conf.destinations = to;
	k.conf.n_destinations = 1;
	kit_open(&k);
	run_outage(&k);
	OK(incidents_advance(k.incidents, AT(3000)) == 0);
	s = read_outbox(&k);
	OK(s.n == 0);
	OK(incidents_end(k.incidents, AT(3600), &not_judged) == 0);
	s = read_outbox(&k);
	OK(strcmp(s.kinds, "payment_outage/opened payment_outage/resolved ") == 0);
	OK(kit_is(s.last, "state", "resolved"));
	OK(kit_number(s.last, "count") == 4);
	json_decref(s.last);
	kit_fini(&k);
}

/* Live: at once, then at most once a minute, then its end. */
static void
test_publish_live(void)
{
	static const struct str to[] = { { "datadog", 7 } };
	struct kit k;
	struct sent s;

	kit_init(&k);
	k.conf.destinations = to;
	k.conf.n_destinations = 1;
	k.conf.at_once = true;
	kit_open(&k);
	run_outage(&k);
	for (unsigned n = 0; n < 20; n++)
		(void)kit_match(
			&k, R_FAILED, AT(90 + n), n % 2 ? "order_id=p" : "order_id=q");
	OK(incidents_advance(k.incidents, AT(140)) == 0);
	OK(incidents_advance(k.incidents, AT(250)) == 0);
	OK(incidents_advance(k.incidents, AT(3000)) == 0);
	s = read_outbox(&k);
	OK(strcmp(s.kinds,
		   "payment_outage/opened payment_outage/updated payment_outage/updated "
		   "payment_outage/resolved ") == 0);
	printf("# %s\n", s.kinds);
	OK(kit_number(s.last, "count") == 6);
	json_decref(s.last);
	kit_fini(&k);
}

/* Told before its matches are settled: they do not count twice. */
static void
test_early(void)
{
	struct kit k;
	struct outcome o;
	json_t *r;

	kit_init(&k);
	k.corr[C_OUTAGE].type = CORR_EVENT_COUNT;
	k.conf.at_once = true;
	kit_open(&k);
	o = kit_fired(C_OUTAGE, AT(1), AT(3), 3, 3);
	OK(incidents_early(k.incidents, &o) == 0);
	for (unsigned n = 1; n <= 5; n++) {
		(void)kit_match(&k, R_FAILED, AT(n), "order_id=o1");
		if (n == 3)
			kit_outcome(&k, &o);
	}
	OK(incidents_count(k.incidents) == 1);
	OK(incidents_advance(k.incidents, AT(2000)) == 0);
	r = kit_report(&k, 0);
	OK(kit_number(r, "count") == 5);
	OK(kit_is(r, "opened_at", "2025-10-28T10:00:03.000Z"));
	json_decref(r);
	kit_fini(&k);
}

/* What was told before any time had settled is no news when it settles. */
static void
test_early_as_told(void)
{
	static const struct str to[] = { { "datadog", 7 } };
	struct kit k;
	struct outcome o;
	struct sent s;

	kit_init(&k);
	k.corr[C_OUTAGE].type = CORR_EVENT_COUNT;
	k.conf.destinations = to;
	k.conf.n_destinations = 1;
	k.conf.at_once = true;
	kit_open(&k);
	o = kit_fired(C_OUTAGE, AT(1), AT(3), 3, 3);
	OK(incidents_early(k.incidents, &o) == 0);
	for (unsigned n = 1; n <= 3; n++)
		(void)kit_match(&k, R_FAILED, AT(n), "order_id=o1");
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(100)) == 0);
	s = read_outbox(&k);
	OK(strcmp(s.kinds, "payment_outage/opened ") == 0);
	json_decref(s.last);

	/* One more is news, a minute after it was told. */
	(void)kit_match(&k, R_FAILED, AT(102), "order_id=o1");
	OK(incidents_advance(k.incidents, AT(104)) == 0);
	s = read_outbox(&k);
	OK(strcmp(s.kinds, "payment_outage/opened payment_outage/updated ") == 0);
	OK(kit_number(s.last, "count") == 4);
	json_decref(s.last);
	kit_fini(&k);
}

/* An older match came after it was told: how it began is known when it settles. */
static void
test_amended(void)
{
	struct kit k;
	struct outcome early, settled;
	json_t *r;

	kit_init(&k);
	k.corr[C_OUTAGE].type = CORR_EVENT_COUNT;
	k.conf.at_once = true;
	kit_open(&k);
	early = kit_fired(C_OUTAGE, AT(2), AT(4), 4, 3);
	OK(incidents_early(k.incidents, &early) == 0);
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "open"));
	json_decref(r);
	for (unsigned n = 1; n <= 6; n++) {
		uint64_t id = kit_match(&k, R_FAILED, AT(n), "order_id=o1");

		settled = kit_fired(C_OUTAGE, AT(1), AT(3), id, 3);
		if (n == 3)
			kit_outcome(&k, &settled);
	}
	OK(incidents_count(k.incidents) == 1);
	OK(incidents_advance(k.incidents, AT(2000)) == 0);
	r = kit_report(&k, 0);
	OK(kit_number(r, "count") == 6);
	OK(kit_is(r, "first_at", "2025-10-28T10:00:01.000Z"));
	OK(kit_is(r, "opened_at", "2025-10-28T10:00:03.000Z"));
	json_decref(r);
	kit_fini(&k);
}

/* What has to last is not told before it settles, and neither are marks. */
static void
test_not_early(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_OUTAGE, AT(2), AT(4), 4, 3);

	kit_init(&k);
	k.corr[C_OUTAGE].incident.hold_ns = TIME_MIN;
	k.conf.at_once = true;
	kit_open(&k);
	OK(incidents_early(k.incidents, &o) == 0);
	OK(kit_report(&k, 0) == NULL);
	OK(incidents_advance(k.incidents, AT(200)) == 0);
	OK(incidents_count(k.incidents) == 0);
	kit_fini(&k);
}

/* More than it may hold is a gap, not a lie. */
static void
test_full(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);
	size_t not_judged = 0;
	json_t *c;

	kit_init(&k);
	k.conf.max_open = 1;
	kit_open(&k);
	kit_outcome(&k, &o);
	o.key[0] = STR("elsewhere");
	kit_outcome(&k, &o);
	OK(incidents_count(k.incidents) == 1);
	OK(incidents_end(k.incidents, AT(10), &not_judged) == 0);
	c = report_complete(k.store);
	OK(kit_is(json_array_get(json_member(c, "gaps"), 0), "reason", "incidents_full"));
	json_decref(c);
	kit_fini(&k);
}

static bool
is_named(const struct match_needs *needs, struct str name)
{
	size_t i = 0;

	while (i < needs->n_names && !str_eq(needs->names[i], name))
		i++;
	return i < needs->n_names;
}

static void
test_needs(void)
{
	static uint32_t timeline[] = { R_LOGIN };
	struct arena *a = arena_new("test", 1 << 16);
	struct match_needs needs;
	struct kit k;

	kit_init(&k);
	k.rule[R_ALONE].named = false;
	OK(incidents_needs(&k.rs, a, &needs));
	OK(needs.of[R_ALONE] == NEED_COUNT);
	OK(needs.of[R_FAILED] == NEED_ALL);
	OK(needs.of[R_SCALED] == NEED_ALL); /* a cause */
	OK(needs.of[R_CREATED] == NEED_ALL);
	OK(needs.of[R_KILLING] == NEED_ALL);
	OK(needs.of[R_LOGIN] == NEED_FIELDS); /* a measurement */
	OK(is_named(&needs, STR("order_id")));
	OK(!is_named(&needs, STR("status")));
	k.corr[C_DOWN].incident.timeline = timeline;
	k.corr[C_DOWN].incident.n_timeline = 1;
	OK(incidents_needs(&k.rs, a, &needs));
	OK(needs.of[R_LOGIN] == NEED_ALL && needs.of[R_ALONE] == NEED_COUNT);
	k.rule[R_ALONE].incident = (struct incident_conf){ .present = true };
	OK(incidents_needs(&k.rs, a, &needs));
	OK(needs.of[R_ALONE] == NEED_ALL);
	arena_free(&a);
	kit_fini(&k);
}

static bool
asks(const struct outcome_asked *a, struct str name)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->names[i], name))
			return true;
	return false;
}

/* Of captures: those of titles and where-values, and all that may be of a mark. */
static void
test_asked(void)
{
	static struct str captures[] = { { "reason", 6 }, { "thread", 6 } };
	static struct mark mark = { .entity = { "order", 5 }, .state = { "lost", 4 } };
	const struct outcome_asked *a;
	struct kit k;

	kit_init(&k);
	k.rule[R_FAILED].captures = captures;
	k.rule[R_FAILED].n_captures = 2;
	k.corr[C_OUTAGE].incident.title = STR("{count} failed: {reason}");
	kit_open(&k);
	a = incidents_asked(k.incidents);
	OK(asks(&a[C_OUTAGE], captures[0]) && a[C_OUTAGE].n == 1);
	OK(a[C_DOWN].n == 0 && a[C_CRASH].n == 0);
	incidents_free(&k.incidents);

	k.corr[C_DOWN].marks = &mark;
	k.corr[C_DOWN].n_marks = 1;
	kit_open(&k);
	a = incidents_asked(k.incidents);
	OK(asks(&a[C_DOWN], captures[1]) && a[C_DOWN].n == 2);
	kit_fini(&k);
}

int
main(void)
{
	test_needs();
	test_asked();
	test_outage();
	test_twice();
	test_resolve();
	test_resolve_on();
	test_hold();
	test_absence();
	test_measure();
	test_named();
	test_chain();
	test_rule();
	test_keyed();
	test_publish_batch();
	test_publish_live();
	test_early();
	test_early_as_told();
	test_amended();
	test_not_early();
	test_full();
	return tap_done();
}
