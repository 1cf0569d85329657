/* SPDX-License-Identifier: Apache-2.0 */
/* repeat: what stays open is told again, and nothing else. */
#include "pipeline/repeat.h"

#include "kit.h"

static uint64_t
waiting(struct store *s)
{
	uint64_t n = 99;

	OK(store_outbox_count(s, STR("d"), &n) == 0);
	return n;
}

static void
test_repeat(struct store *s)
{
	const struct output_settings output = { .repeat_ns = TIME_H };
	struct repeat *r = repeat_new(&output, STR("d"));
	struct store_query *q;
	struct outbox_row row;
	int64_t now_ns = TIME_S;
	bool touched = false;

	OK(repeat_work(r, s, now_ns, 7, &touched) == 0 && !touched);
	now_ns += TIME_H - 1;
	OK(repeat_work(r, s, now_ns, 7, &touched) == 0 && !touched && waiting(s) == 0);
	now_ns += TIME_MIN;
	OK(repeat_work(r, s, now_ns, 7, &touched) == 0 && touched && waiting(s) == 1);
	q = store_outbox(s, STR("d"), 0);
	OK(store_next_outbox(q, &row) && row.seq == 1 && row.put_ns == 7);
	OK(str_eq(row.kind, STR("updated")));
	OK(str_find(row.body, STR("\"kind\":\"updated\",\"seq\":1")) != SIZE_MAX);
	store_query_free(&q);
	repeat_told(r, STR(KIT_AA), FINDING_UPDATED, now_ns + TIME_MIN);
	now_ns += TIME_H;
	OK(repeat_work(r, s, now_ns, 7, &touched) == 0 && waiting(s) == 1);
	now_ns += TIME_MIN;
	OK(repeat_work(r, s, now_ns, 7, &touched) == 0 && waiting(s) == 2);
	repeat_free(&r);
}

static void
test_not_wanted(struct store *s)
{
	const struct output_settings never = { .repeat_ns = 0 };
	const struct output_settings no_updates = { .repeat_ns = TIME_S,
		.send = FINDING_OPENED | FINDING_RESOLVED };
	const struct output_settings *const all[] = { &never, &no_updates };
	uint64_t before = waiting(s);

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct repeat *r = repeat_new(all[i], STR("d"));
		bool touched = false;

		for (int64_t at = 0; at < 3; at++)
			OK(repeat_work(r, s, at * TIME_H, 7, &touched) == 0);
		OK(!touched && waiting(s) == before);
		repeat_free(&r);
	}
}

int
main(void)
{
	struct kit k;

	kit_open(&k, "test_repeat", STR(""));
	OK(store_put_outbox(k.store, &(struct outbox_row){ .destination = STR("d"),
					     .finding = STR(KIT_AA),
					     .kind = STR("opened"),
					     .body = STR("{}") }) == 0);
	OK(store_del_outbox(k.store, 1, STR("")) == 0);
	test_repeat(k.store);
	test_not_wanted(k.store);
	kit_close(&k);
	return tap_done();
}
