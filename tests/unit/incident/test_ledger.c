/* SPDX-License-Identifier: Apache-2.0 */
/* What matches and firings leave behind for orders and pods. */
#include "kit.h"

static bool
next_is(struct store_query *q, const char *id_z, const char *state_z,
	const char *fallback_z)
{
	struct mark_row m = { 0 };
	bool found = store_next_mark(q, &m);

	if (found && str_eq(m.entity_id, str_z(id_z)) &&
		str_eq(m.state, str_z(state_z)) && str_eq(m.fallback, str_z(fallback_z)))
		return true;
	printf("# %.*s %.*s %.*s\n", STR_ARG(m.entity_id), STR_ARG(m.state),
		STR_ARG(m.fallback));
	return false;
}

static void
test_marks(void)
{
	static struct str by[] = { { "trace_id", 8 } };
	static struct mark marks[] = {
		{ .entity = { "order", 5 },
			.state = { "failed", 6 },
			.by = by,
			.n_by = 1 },
		{ .entity = { "pod", 3 }, .state = { "sad", 3 } },
	};
	struct kit k;
	struct store_query *q;
	struct mark_row m;
	struct entry_row e;
	uint64_t id;

	kit_init(&k);
	k.rule[R_FAILED].marks = marks;
	k.rule[R_FAILED].n_marks = 2;
	kit_open(&k);
	id = kit_match(&k, R_FAILED, AT(1),
		"order_id=o1;reason=refused;total=9.99;customer=c1;pod=p-1");
	(void)kit_match(&k, R_FAILED, AT(2), "trace_id=26e8");
	(void)kit_match(&k, R_FAILED, AT(3), "");
	q = store_marks(k.store, STR("order"), STR(""));
	OK(next_is(q, "", "failed", "trace_id=26e8"));
	OK(store_next_mark(q, &m));
	OK(str_eq(m.entity_id, STR("o1")) && str_eq(m.state, STR("failed")));
	OK(m.at_ns == AT(1) && m.entry_id == id);
	OK(str_eq(m.reason, STR("refused")) && str_eq(m.amount, STR("9.99")));
	OK(str_eq(m.customer, STR("c1")) && str_eq(m.pod, STR("p-1")));
	OK(!store_next_mark(q, &m));
	store_query_free(&q);
	q = store_marks(k.store, STR("pod"), STR(""));
	OK(next_is(q, "sock-shop/p-1", "sad", ""));
	OK(!store_next_mark(q, &m));
	store_query_free(&q);
	OK(store_commit(k.store) == 0);
	OK(store_finish(k.store) == 0);
	q = store_entity_entries(k.store, STR("order"), STR("o1"));
	OK(store_next_entry(q, &e) && e.id == id && str_eq(e.file, STR("orders.log")));
	OK(!store_next_entry(q, &e));
	store_query_free(&q);
	q = store_entity_entries(k.store, STR("pod"), STR("sock-shop/p-1"));
	OK(store_next_entry(q, &e) && e.id == id);
	store_query_free(&q);
	kit_fini(&k);
}

/* A firing marks what it counted, or what its key and captures name; unknown is a state.
 */
static void
test_fired(void)
{
	static const struct str values[] = { { "o1", 2 }, { "o2", 2 } };
	static struct mark mark[] = { { .entity = { "order", 5 },
		.state = { "lost", 4 } } };
	struct kit k;
	struct store_query *q;
	struct mark_row m;
	struct outcome o;

	kit_init(&k);
	k.corr[C_OUTAGE].marks = k.corr[C_DOWN].marks = mark;
	k.corr[C_OUTAGE].n_marks = k.corr[C_DOWN].n_marks = 1;
	k.corr[C_DOWN].named = true;
	kit_open(&k);
	o = kit_fired(C_OUTAGE, AT(1), AT(2), 7, 2);
	o.values = values;
	o.n_values = 2;
	kit_outcome(&k, &o);
	o = kit_fired(C_DOWN, AT(1), AT(3), 8, 2);
	o.capture[0] = (struct field){ STR("order_id"), STR("o3") };
	o.n_captures = 1;
	kit_outcome(&k, &o);
	o.kind = OUTCOME_UNKNOWN;
	o.capture[0].value = STR("o4");
	kit_outcome(&k, &o);
	q = store_marks(k.store, STR("order"), STR(""));
	OK(next_is(q, "o1", "lost", ""));
	OK(next_is(q, "o2", "lost", ""));
	OK(next_is(q, "o3", "lost", ""));
	OK(next_is(q, "o4", "unknown", ""));
	OK(!store_next_mark(q, &m));
	store_query_free(&q);
	kit_fini(&k);
}

/* Only what somebody asks for is an entry, unless all is kept. */
static void
test_wanted(void)
{
	for (int all = 0; all < 2; all++) {
		struct kit k;
		struct store_query *q;
		struct entry_row e;

		kit_init(&k);
		k.conf.keep_all = all;
		kit_open(&k);
		(void)kit_match(&k, R_LOGIN, AT(1), "ms=7");
		(void)kit_match(&k, R_ALONE, AT(2), "");
		q = store_entries(k.store, INT64_MIN, INT64_MAX, NULL, 0);
		OK(store_next_entry(q, &e) == (all == 1));
		store_query_free(&q);
		kit_fini(&k);
	}
}

/* Hostile text: no UTF-8, NULs, a capture named like one of our keys. */
static void
test_hostile(void)
{
	static const struct store_field fields[] = { { { "text", 4 }, { "x", 1 } },
		{ { "a", 1 }, { "\xff\0z", 3 } } };
	struct entry_row e = { .at_ns = AT(1),
		.rule = STR("r"),
		.weight = 2,
		.text = STR("\x80 and \0 in it"),
		.fields = fields,
		.n_fields = 2 };
	json_t *v = report_entry(&e);

	OK(kit_number(v, "count") == 2);
	OK(str_eq(json_member_text(v, "text"), STR("\xef\xbf\xbd and \0 in it")));
	OK(str_eq(json_member_text(v, "a"), STR("\xef\xbf\xbd\0z")));
	OK(kit_is(json_member(v, "captures"), "text", "x"));
	json_decref(v);
}

int
main(void)
{
	test_marks();
	test_fired();
	test_wanted();
	test_hostile();
	return tap_done();
}
