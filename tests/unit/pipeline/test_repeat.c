/* SPDX-License-Identifier: Apache-2.0 */
/* repeat: what stays open is told again, and nothing else. */
#include "pipeline/repeat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

#include "../../tap.h"

static struct store *
open_store(const char *path_z)
{
	struct store *s = NULL;
	struct incident_row row = { .id = STR("00000000000000aa"),
		.rule = STR("r"),
		.title = STR("t"),
		.state = STR("open"),
		.level = 1,
		.first_ns = TIME_S,
		.last_ns = TIME_S,
		.opened_ns = TIME_S,
		.resolved_ns = TIME_NONE,
		.detected_ns = TIME_S,
		.from_ns = 0,
		.count = 1,
		.body = STR("{}") };

	if (store_open(path_z, STORE_WRITE, true, &s) != 0 || store_begin(s) != 0)
		abort();
	OK(store_put_incident(s, &row) == 0);
	row.id = STR("00000000000000bb"); /* nobody was told of it */
	OK(store_put_incident(s, &row) == 0);
	OK(store_put_outbox(s, &(struct outbox_row){ .destination = STR("d"),
				       .finding = STR("00000000000000aa"),
				       .kind = STR("opened"),
				       .body = STR("{}") }) == 0);
	OK(store_del_outbox(s, 1, STR("")) == 0);
	return s;
}

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
	repeat_told(r, STR("00000000000000aa"), FINDING_UPDATED, now_ns + TIME_MIN);
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
	char folder_z[] = "/tmp/test_repeat.XXXXXX";
	char path_z[128];
	struct store *s;

	if (mkdtemp(folder_z) == NULL)
		abort();
	(void)snprintf(path_z, sizeof(path_z), "%s/a.db", folder_z);
	s = open_store(path_z);
	test_repeat(s);
	test_not_wanted(s);
	OK(store_commit(s) == 0);
	store_close(&s);
	(void)unlink(path_z);
	(void)snprintf(path_z, sizeof(path_z), "%s/a.db.lock", folder_z);
	(void)unlink(path_z);
	OK(rmdir(folder_z) == 0);
	return tap_done();
}
