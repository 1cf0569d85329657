/* SPDX-License-Identifier: Apache-2.0 */
/* The better explanation takes the other in, whichever comes first. */
#include "kit.h"

static void
expect(struct kit *k, size_t n, const char *rule_z, const char *state_z)
{
	json_t *r = kit_report(k, n);

	OK(kit_is(r, "rule", rule_z));
	OK(kit_is(r, "state", state_z));
	if (strcmp(state_z, "superseded") == 0)
		OK(json_member_text(r, "superseded_by").len == 16);
	json_decref(r);
}

static void
run(struct kit *k, unsigned first, int64_t first_at_ns, unsigned second,
	int64_t second_at_ns)
{
	struct outcome o = kit_fired(first, first_at_ns, first_at_ns, 1, 3);

	kit_init(k);
	kit_open(k);
	kit_outcome(k, &o);
	o = kit_fired(second, second_at_ns, second_at_ns, 2, 3);
	kit_outcome(k, &o);
}

static void
test_both_ways(void)
{
	struct kit k;

	run(&k, C_DOWN, AT(1), C_OUTAGE, AT(5));
	OK(incidents_count(k.incidents) == 1);
	expect(&k, 0, "payment_down", "superseded");
	expect(&k, 1, "payment_outage", "open");
	kit_fini(&k);

	run(&k, C_OUTAGE, AT(1), C_DOWN, AT(5));
	OK(incidents_count(k.incidents) == 1);
	expect(&k, 0, "payment_outage", "open");
	expect(&k, 1, "payment_down", "superseded");
	kit_fini(&k);
}

/* The one has resolved when the other opens, which began before that. */
static void
test_resolved(void)
{
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(1), 1, 3);

	kit_init(&k);
	k.corr[C_DOWN].incident.resolve_after_ns = TIME_MIN;
	kit_open(&k);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(100)) == 0);
	expect(&k, 0, "payment_down", "resolved");
	o = kit_fired(C_OUTAGE, AT(60), AT(120), 2, 3);
	kit_outcome(&k, &o);
	expect(&k, 0, "payment_down", "superseded");
	OK(incidents_count(k.incidents) == 1);
	kit_fini(&k);
}

static void
test_apart(void)
{
	struct kit k;

	/* Behind its resolve-after. */
	run(&k, C_DOWN, AT(1), C_OUTAGE, AT(700));
	OK(incidents_count(k.incidents) == 2);
	expect(&k, 0, "payment_down", "resolved");
	kit_fini(&k);

	/* No rule says so. */
	run(&k, C_SLOW, AT(1), C_OUTAGE, AT(5));
	OK(incidents_count(k.incidents) == 2);
	kit_fini(&k);
}

/* Another key is another incident; a wider one takes it in. */
static void
test_keys(void)
{
	static uint32_t both[] = { CORR(C_DOWN), CORR(C_SLOW) };
	struct kit k;
	struct outcome o = kit_fired(C_SLOW, AT(1), AT(1), 1, 20);

	kit_init(&k);
	k.corr[C_OUTAGE].incident.supersedes = both;
	k.corr[C_OUTAGE].incident.n_supersedes = 2;
	kit_open(&k);
	kit_outcome(&k, &o);
	o.key[0] = STR("elsewhere");
	kit_outcome(&k, &o);
	o = kit_fired(C_OUTAGE, AT(2), AT(2), 2, 3);
	kit_outcome(&k, &o);
	OK(incidents_count(k.incidents) == 2);
	kit_fini(&k);
}

/* Crash over slow, slow over down: crash over down as well, and all name the top. */
static void
test_chain(void)
{
	static uint32_t down[] = { CORR(C_DOWN) };
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(1), 1, 1);
	json_t *r;

	kit_init(&k);
	k.corr[C_DOWN].group_by = k.corr[C_SLOW].group_by;
	k.corr[C_DOWN].n_group_by = 2;
	k.corr[C_DOWN].refs[0].fields = k.corr[C_DOWN].refs[1].fields =
		k.corr[C_SLOW].group_by;
	k.corr[C_SLOW].incident.supersedes = down;
	k.corr[C_SLOW].incident.n_supersedes = 1;
	kit_open(&k);
	o.n_key = 2;
	kit_outcome(&k, &o);
	o = kit_fired(C_CRASH, AT(2), AT(2), 2, 1);
	kit_outcome(&k, &o);
	r = kit_report(&k, 0);
	OK(kit_is(r, "rule", "payment_down"));
	OK(kit_is(r, "state", "superseded"));
	json_decref(r);
	OK(incidents_count(k.incidents) == 1);
	kit_fini(&k);
}

/* Published, then folded: its resolved goes out and says by whom. */
static void
test_published(void)
{
	static const struct str to[] = { { "datadog", 7 } };
	struct kit k;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(1), 1, 3);
	struct store_query *q;
	struct outbox_row row;
	size_t n = 0;

	kit_init(&k);
	k.conf.destinations = to;
	k.conf.n_destinations = 1;
	k.conf.at_once = true;
	kit_open(&k);
	kit_outcome(&k, &o);
	o = kit_fired(C_OUTAGE, AT(2), AT(2), 2, 3);
	kit_outcome(&k, &o);
	o = kit_fired(C_DOWN, AT(3), AT(3), 3, 3);
	kit_outcome(&k, &o);
	q = store_outbox(k.store, STR(""), 0);
	for (; store_next_outbox(q, &row); n++) {
		static const char *const kinds_z[] = { "opened", "opened", "resolved",
			"" };
		json_t *body;
		size_t used;

		OK(n < 3 && str_eq(row.kind, str_z(kinds_z[n])));
		OK(json_read(row.body, &body, &used) == JSON_OK);
		OK((json_member(body, "superseded_by") != NULL) == (n == 2));
		json_decref(body);
	}
	OK(n == 3);
	store_query_free(&q);
	kit_fini(&k);
}

/* After what folded it is over, it is news again. */
static void
test_again(void)
{
	struct kit k;
	struct outcome o;

	run(&k, C_OUTAGE, AT(1), C_DOWN, AT(5));
	for (unsigned n = 1; n < 9; n++)
		(void)kit_match(&k, R_SCALED, AT(100 * n), "");
	OK(incidents_count(k.incidents) == 1);
	o = kit_fired(C_DOWN, AT(900), AT(901), 9, 2);
	kit_outcome(&k, &o);
	OK(incidents_count(k.incidents) == 2);
	expect(&k, 2, "payment_down", "open");
	kit_fini(&k);
}

int
main(void)
{
	test_both_ways();
	test_resolved();
	test_apart();
	test_keys();
	test_chain();
	test_published();
	test_again();
	return tap_done();
}
