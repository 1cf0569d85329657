/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: what goes in comes out, once; a writer and readers; a writer that is killed;
 * files of other versions; a replacement that takes place only when it is whole.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/time.h"
#include "record/record.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/schema.h"

#include "../../tap.h"

#define T0   (INT64_C(1761645885) * TIME_S)
#define MANY 12000
#define NEXT 7 /* the schema's next version */

static char folder_z[64];
static char path_z[128];

static void
new_folder(void)
{
	(void)snprintf(folder_z, sizeof(folder_z), "/tmp/test_store.XXXXXX");
	if (mkdtemp(folder_z) == NULL)
		abort();
	(void)snprintf(path_z, sizeof(path_z), "%s/a.db", folder_z);
}

static bool
there_is(const char *end_z)
{
	char name_z[192];

	(void)snprintf(name_z, sizeof(name_z), "%s%s", path_z, end_z);
	return access(name_z, F_OK) == 0;
}

static void
remove_folder(void)
{
	static const char *const ends_z[] = { "", "-wal", "-shm", "-journal", ".lock",
		".new", ".new-journal", ".v1", ".v1-wal", ".v1-shm", ".v2", ".v2-wal",
		".v2-shm", ".v3", ".v3-wal", ".v3-shm", ".v4", ".v4-wal", ".v4-shm",
		".v5", ".v5-wal", ".v5-shm", ".v6", ".v6-wal", ".v6-shm" };
	char name_z[192];

	for (size_t i = 0; i < ARRAY_LEN(ends_z); i++) {
		(void)snprintf(name_z, sizeof(name_z), "%s%s", path_z, ends_z[i]);
		(void)unlink(name_z);
	}
	OK(rmdir(folder_z) == 0);
}

static struct store *
must_open(enum store_mode mode, bool fast)
{
	struct store *s = NULL;
	int err = store_open(path_z, mode, fast, &s);

	if (err != 0)
		printf("# %s: %s\n", path_z, store_strerror(err));
	OK(err == 0);
	if (s == NULL)
		exit(1);
	return s;
}

static int
put_entry(struct store *s, uint64_t id, struct str rule, int64_t at_ns, struct str pod)
{
	const struct store_field fields[] = {
		{ STR("order_id"), STR("6900953ac1f4320001b50703") }, { STR("pod"), pod },
		{ STR("namespace"), STR("sock-shop") }, { STR("odd"), { "a\0b\xff", 4 } }
	};
	struct entry_row e = { .id = id,
		.at_ns = at_ns,
		.quality = 1,
		.rule = rule,
		.level = 3,
		.weight = 2,
		.file = STR("orders.log"),
		.offset = id * 100,
		.text = STR("Payment failed\xff"),
		.fields = fields,
		.n_fields = ARRAY_LEN(fields) };

	int64_t row;

	return store_put_entry(s, &e, &row);
}

/* Of an entry that lies where it belongs. */
static int
put_touch(struct store *s, struct str entity, struct str entity_id, uint64_t id,
	int64_t at_ns)
{
	return store_put_touch(s, entity, entity_id, rows_home(at_ns, id));
}

static size_t
count_entries(struct store *s, int64_t from_ns, int64_t to_ns, const struct str *rules,
	size_t n)
{
	struct store_query *q = store_entries(s, from_ns, to_ns, rules, n);
	struct entry_row e;
	int64_t before_ns = INT64_MIN;
	size_t count = 0;

	while (store_next_entry(q, &e)) {
		count += e.at_ns >= before_ns ? 1 : 1000;
		before_ns = e.at_ns;
	}
	OK(!store_query_failed(q));
	store_query_free(&q);
	return count;
}

static size_t
count_entity(struct store *s, struct str entity, struct str id)
{
	struct store_query *q = store_entity_entries(s, entity, id);
	struct entry_row e;
	size_t count = 0;

	while (store_next_entry(q, &e))
		count++;
	store_query_free(&q);
	return count;
}

static void
check_entry(struct store *s)
{
	struct store_query *q = store_entries(s, T0, T0, NULL, 0);
	struct entry_row e;

	OK(store_next_entry(q, &e));
	OK(e.id == UINT64_MAX && e.at_ns == T0 && e.quality == 1 && e.level == 3);
	OK(e.weight == 2 && e.offset == UINT64_MAX * 100 &&
		str_eq(e.rule, STR("failed")));
	OK(str_eq(e.file, STR("orders.log")) &&
		str_eq(e.text, STR("Payment failed\xff")));
	OK(e.n_fields == 4 && str_eq(e.fields[0].name, STR("order_id")));
	OK(str_eq(e.fields[0].value, STR("6900953ac1f4320001b50703")));
	OK(str_eq(e.fields[1].name, STR("pod")) &&
		str_eq(e.fields[1].value, STR("orders-1")));
	OK(str_eq(e.fields[3].value, (struct str){ "a\0b\xff", 4 }));
	OK(!store_next_entry(q, &e));
	store_query_free(&q);
}

static void
entries_come_back(enum store_mode mode, bool fast)
{
	const struct str rules[] = { STR("failed"), STR("nobody") };
	struct store *s;

	new_folder();
	s = must_open(mode, fast);
	OK(store_begin(s) == 0);
	OK(put_entry(s, 2, STR("failed"), T0 + 2, STR("orders-1")) == 0);
	OK(put_entry(s, UINT64_MAX, STR("failed"), T0, STR("orders-1")) == 0);
	OK(put_entry(s, 3, STR("created"), T0 + 1, STR("orders-2")) == 0);
	OK(put_entry(s, 2, STR("failed"), T0 + 2, STR("orders-1")) == 0);
	OK(put_touch(s, STR("order"), STR("1"), 2, T0 + 2) == 0);
	OK(put_touch(s, STR("order"), STR("1"), UINT64_MAX, T0) == 0);
	OK(put_touch(s, STR("order"), STR("1"), 2, T0 + 2) == 0);
	OK(put_touch(s, STR("pod"), STR("1"), 3, T0 + 1) == 0);
	check_entry(s);
	OK(store_commit(s) == 0);
	OK(store_finish(s) == 0);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 3);
	OK(count_entries(s, T0 + 1, INT64_MAX, rules, 2) == 1);
	OK(count_entries(s, INT64_MIN, INT64_MAX, &rules[1], 1) == 0);
	OK(count_entity(s, STR("order"), STR("1")) == 2);
	OK(count_entity(s, STR("pod"), STR("1")) == 1);
	OK(count_entity(s, STR("pod"), STR("2")) == 0);
	store_close(&s);
	OK(s == NULL);
	s = must_open(STORE_READ, false);
	check_entry(s);
	OK(count_entity(s, STR("order"), STR("1")) == 2);
	store_close(&s);
	s = must_open(STORE_WRITE, false);
	OK(put_entry(s, 2, STR("failed"), T0 + 2, STR("orders-1")) == 0);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 3);
	store_close(&s);
	remove_folder();
}

static void
a_bulk_load_is_deduplicated_at_the_end(void)
{
	struct store *s;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(store_begin(s) == 0);
	for (int turn = 0; turn < 2; turn++)
		for (uint64_t i = 1; i <= MANY; i++)
			if (put_entry(s, i, STR("r"), T0 + (int64_t)i, STR("p")) != 0 ||
				put_touch(s, STR("order"), STR("1"), i,
					T0 + (int64_t)i) != 0)
				OK(false);
	OK(store_commit(s) == 0);
	OK(store_finish(s) == 0);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == MANY);
	OK(count_entity(s, STR("order"), STR("1")) == MANY);
	store_close(&s);
	remove_folder();
}

static void
put_mark(struct store *s, struct str id, struct str state, int64_t at_ns)
{
	struct mark_row m = { .entity = STR("order"),
		.entity_id = id,
		.state = state,
		.at_ns = at_ns,
		.entry_id = 7,
		.reason = STR("refused"),
		.amount = STR("104.98") };

	OK(store_put_mark(s, &m) == 0);
}

static void
marks_are_in_order_of_entity_and_time(struct store *s)
{
	const struct str want[] = { STR("a"), STR("b"), STR("b") };
	struct store_query *q;
	struct mark_row m;
	size_t n = 0;

	put_mark(s, STR("b"), STR("failed"), T0 + 5);
	put_mark(s, STR("b"), STR("created"), T0);
	put_mark(s, STR("a"), STR("created"), T0 + 9);
	put_mark(s, STR("a"), STR("created"), T0 + 9);
	q = store_marks(s, STR("order"), (struct str){ 0 });
	while (store_next_mark(q, &m) && n < 3) {
		OK(str_eq(m.entity_id, want[n]) && str_eq(m.amount, STR("104.98")));
		OK(str_eq(m.state, n == 2 ? STR("failed") : STR("created")));
		n++;
	}
	OK(n == 3);
	store_query_free(&q);
	q = store_marks(s, STR("order"), STR("b"));
	OK(store_next_mark(q, &m) && str_eq(m.entity, STR("order")) && m.at_ns == T0);
	store_query_free(&q);
}

static void
incidents_are_replaced(struct store *s)
{
	const struct store_field key = { STR("namespace"), STR("sock-shop") };
	struct incident_row i = { .id = STR("00000000000000aa"),
		.rule = STR("payment_outage"),
		.title = STR("4 orders"),
		.state = STR("open"),
		.level = 4,
		.key = &key,
		.n_key = 1,
		.first_ns = T0,
		.last_ns = T0 + 1,
		.opened_ns = T0,
		.resolved_ns = TIME_NONE,
		.detected_ns = T0,
		.from_ns = T0 - 1,
		.count = 4,
		.body = STR("{}") };
	struct store_query *q;
	struct str value;

	OK(store_put_incident(s, &i) == 0);
	i.state = STR("resolved");
	OK(store_put_incident(s, &i) == 0);
	i = (struct incident_row){ 0 };
	q = store_incidents(s, (struct str){ 0 });
	OK(store_next_incident(q, &i) && str_eq(i.state, STR("resolved")));
	OK(i.n_key == 1 && str_eq(i.key[0].value, STR("sock-shop")) &&
		i.resolved_ns == TIME_NONE);
	OK(!store_next_incident(q, &i));
	store_query_free(&q);
	OK(store_put_incident_value(s, STR("00000000000000aa"), STR("v")) == 0);
	OK(store_put_incident_value(s, STR("00000000000000aa"), STR("v")) == 0);
	q = store_incident_values(s, STR("00000000000000aa"));
	OK(store_next_value(q, &value) && str_eq(value, STR("v")) &&
		!store_next_value(q, &value));
	store_query_free(&q);
}

static void
gaps_and_meta(struct store *s)
{
	struct gap_row g = { .from_ns = TIME_NONE,
		.to_ns = T0,
		.source = STR("orders.log"),
		.reason = STR("rotation"),
		.n = 7 };
	struct arena *a = arena_new("test", 4096);
	struct store_query *q;
	struct str text;

	OK(store_put_gap(s, &g) == 0 && store_put_gap(s, &g) == 0);
	q = store_gaps(s);
	OK(store_next_gap(q, &g) && g.n == 7 && g.from_ns == TIME_NONE &&
		!store_next_gap(q, &g));
	store_query_free(&q);
	OK(store_meta_i64(s, STR("none"), 3) == 3 &&
		!store_meta(s, a, STR("none"), &text));
	OK(store_put_meta_i64(s, STR("from"), INT64_MIN) == 0);
	OK(store_meta_i64(s, STR("from"), 3) == INT64_MIN);
	OK(store_put_meta(s, STR("from"), STR("x")) == 0);
	OK(store_meta_i64(s, STR("from"), 3) == 3);
	OK(store_meta(s, a, STR("from"), &text) && str_eq(text, STR("x")));
	arena_free(&a);
}

static void
the_outbox_sends_once(struct store *s)
{
	struct outbox_row o = { .destination = STR("datadog"),
		.finding = STR("00000000000000aa"),
		.kind = STR("opened"),
		.at_ns = T0,
		.put_ns = 7,
		.body = STR("{}") };
	struct store_query *q;
	uint64_t n = 0;
	int64_t last = 0;

	OK(store_put_outbox(s, &o) == 0 && store_put_outbox(s, &o) == 0);
	o.seq = 1;
	OK(store_put_outbox(s, &o) == 0);
	q = store_outbox(s, STR("datadog"), 0);
	OK(store_next_outbox(q, &o) && o.seq == 0 && o.put_ns == 7);
	OK(store_next_outbox(q, &o) && o.seq == 1 && !store_next_outbox(q, &o));
	store_query_free(&q);
	OK(store_outbox_last(s, &last) == 0 && last == o.row);
	OK(store_outbox_count(s, STR("datadog"), &n) == 0 && n == 2);
	OK(store_outbox_count(s, STR("webhook"), &n) == 0 && n == 0);
	q = store_outbox(s, (struct str){ 0 }, o.row - 1);
	OK(store_next_outbox(q, &o) && o.seq == 1);
	OK(!store_next_outbox(q, &o));
	store_query_free(&q);
	q = store_outbox(s, STR("datadog"), 0);
	OK(store_next_outbox(q, &o) && o.seq == 0);
	OK(store_del_outbox(s, o.row, STR("")) == 0);
	OK(store_outbox_last(s, &last) == 0 && last > o.row);
	OK(store_put_outbox(s, &(struct outbox_row){ .destination = STR("datadog"),
				       .finding = STR("00000000000000aa"),
				       .kind = STR("opened") }) == 0);
	store_query_free(&q);
	q = store_outbox(s, STR("datadog"), 0);
	OK(store_next_outbox(q, &o) && o.seq == 1 && !store_next_outbox(q, &o));
	store_query_free(&q);
	q = store_outbox(s, STR("webhook"), 0);
	OK(!store_next_outbox(q, &o));
	store_query_free(&q);
}

/* Whether a stands before b. */
static bool
is_before(const struct entry_row *a, const struct entry_row *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return a->offset != b->offset ? a->offset < b->offset : a->id < b->id;
}

/* Entries of one entity: all in their order; -1: they are not. */
static int
count_in_order(struct store *s, struct str entity, struct str id)
{
	struct store_query *q = store_entity_entries(s, entity, id);
	struct entry_row e, last = { .at_ns = INT64_MIN };
	bool good = true;
	int n = 0;

	while (store_next_entry(q, &e)) {
		good = good && (n++ == 0 || is_before(&last, &e)) && str_eq(e.text, id) &&
		       e.n_fields == 1 && str_eq(e.fields[0].value, id);
		last.at_ns = e.at_ns;
		last.offset = e.offset;
		last.id = e.id;
	}
	good = good && !store_query_failed(q);
	store_query_free(&q);
	return good ? n : -1;
}

#define ENTITIES 5

/* The i-th entry of a row of random ones; twice the same number is the same entry. */
static void
put_random(struct store *s, uint64_t i, int counts[ENTITIES])
{
	static const char *const ids_z[ENTITIES] = { "a", "ns/pod-1", "ns/pod-2",
		"6900953ac1f4320001b50703", "6900953ac1f4320001b50704" };
	uint64_t r = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	size_t which = (r >> 40) % ENTITIES;
	struct str id = str_z(ids_z[which]);
	const struct store_field field = { STR("order_id"), id };
	struct entry_row e = { .id = r >> 8,
		.at_ns = T0 + (int64_t)(r >> 20 & 0xfff) * TIME_MS,
		.rule = STR("r"),
		.file = STR("f"),
		.offset = r >> 50,
		.text = id,
		.fields = &field,
		.n_fields = 1 };
	int64_t row;

	if (store_put_entry(s, &e, &row) != 0 ||
		store_put_touch(s, which == 1 || which == 2 ? STR("pod") : STR("order"),
			id, row) != 0)
		OK(false);
	counts[which]++;
}

static bool
all_are_found(struct store *s, const int counts[ENTITIES])
{
	return count_in_order(s, STR("order"), STR("a")) == counts[0] &&
	       count_in_order(s, STR("pod"), STR("ns/pod-1")) == counts[1] &&
	       count_in_order(s, STR("pod"), STR("ns/pod-2")) == counts[2] &&
	       count_in_order(s, STR("order"), STR("6900953ac1f4320001b50703")) ==
		       counts[3] &&
	       count_in_order(s, STR("order"), STR("6900953ac1f4320001b50704")) ==
		       counts[4] &&
	       count_in_order(s, STR("pod"), STR("a")) == 0;
}

/* Before they are in the table, when half of them are, and when they come again. */
static void
touches_are_found_at_once(void)
{
	int counts[ENTITIES] = { 0 }, again[ENTITIES] = { 0 };
	struct store *s;
	bool good = true;

	new_folder();
	s = must_open(STORE_WRITE, true);
	OK(store_begin(s) == 0);
	for (uint64_t i = 0; i < 700; i++) {
		put_random(s, i, counts);
		if (i % 7 == 0)
			good = good && all_are_found(s, counts);
		if (i % 100 == 99)
			OK(store_commit(s) == 0 && all_are_found(s, counts) &&
				store_begin(s) == 0);
	}
	OK(good);
	for (uint64_t i = 600; i < 700; i++)
		put_random(s, i, again);
	OK(all_are_found(s, counts));
	OK(store_commit(s) == 0 && all_are_found(s, counts));
	OK(store_begin(s) == 0);
	put_random(s, 1000, again);
	store_rollback(s);
	OK(all_are_found(s, counts));
	put_random(s, 2000, counts); /* without a transaction */
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(all_are_found(s, counts));
	store_close(&s);
	remove_folder();
}

#define NAMES 700

/* Names that begin alike, end in bytes of numbers, or are the begin of another. */
static struct str
name_of(size_t which, char text[24])
{
	size_t n = 0;

	text[n++] = "ab"[which % 2];
	for (size_t i = which / 2 % 7 + 1; i > 0; i--)
		text[n++] = "\0\xff"[which / 14 % 2];
	for (size_t rest = which / 28; rest > 0; rest /= 5)
		text[n++] = (char)(1 + rest % 5);
	return (struct str){ text, n };
}

/* The i-th touch: not in the order of time, some of them twice. */
static void
touch_one(struct store *s, uint64_t i, size_t counts[NAMES])
{
	uint64_t r = (i % 97 == 96 ? i - 1 : i) * UINT64_C(0x9e3779b97f4a7c15);
	size_t which = r >> 33 & 1 ? (r >> 40) % NAMES : (r >> 40) % 7;
	char text[24];
	struct entry_row e = { .id = r,
		.at_ns = T0 + (int64_t)(r >> 30 & 0xffff) * TIME_S,
		.rule = STR("r") };
	int64_t row;

	if (store_put_entry(s, &e, &row) != 0 ||
		store_put_touch(s, STR("order"), name_of(which, text), row) != 0)
		OK(false);
	counts[which] += i % 97 != 96;
}

static bool
names_are_whole(struct store *s, const size_t counts[NAMES])
{
	bool good = true;

	for (size_t i = 0; i < NAMES; i++) {
		struct store_query *q;
		struct entry_row e;
		int64_t before_ns = INT64_MIN;
		char text[24];
		size_t n = 0;

		q = store_entity_entries(s, STR("order"), name_of(i, text));
		while (store_next_entry(q, &e)) {
			good = good && e.at_ns >= before_ns;
			before_ns = e.at_ns;
			n++;
		}
		good = good && n == counts[i] && !store_query_failed(q);
		store_query_free(&q);
	}
	return good;
}

/* Many entities, in many small transactions, in no order. */
static void
touches_find_their_place(enum store_mode mode)
{
	static size_t counts[NAMES];
	struct store *s;
	int64_t rows = 0;

	memset(counts, 0, sizeof(counts));
	new_folder();
	s = must_open(mode, true);
	OK(store_begin(s) == 0);
	for (uint64_t i = 0; i < 6000; i++) {
		touch_one(s, i, counts);
		if (i % 800 == 799)
			OK(store_commit(s) == 0 && names_are_whole(s, counts) &&
				store_begin(s) == 0);
	}
	OK(store_commit(s) == 0 && store_finish(s) == 0 && names_are_whole(s, counts));
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(names_are_whole(s, counts));
	OK(count_entries(s, INT64_MIN, INT64_MAX, &STR("r"), 1) ==
		count_entries(s, INT64_MIN, INT64_MAX, NULL, 0));
	OK(db_int(s, "SELECT count(*) FROM touch", 0, &rows) == 0 && rows < 1000);
	store_close(&s);
	remove_folder();
}

/* Whether n entries were put and touched, one each second and `late` ms. */
static bool
put_pod(struct store *s, uint64_t n, int64_t late)
{
	bool good = store_begin(s) == 0;

	for (uint64_t i = 0; i < n; i++) {
		struct entry_row e = { .id = i * 7919 + (uint64_t)late,
			.at_ns = T0 + (int64_t)i * TIME_S + late * TIME_MS,
			.rule = STR("r"),
			.offset = (uint64_t)late };
		int64_t row;

		good = good && store_put_entry(s, &e, &row) == 0 &&
		       store_put_touch(s, STR("pod"), STR("p"), row) == 0;
	}
	return good && store_commit(s) == 0;
}

/* Late ones come between those that are being read, of the entity and of the rule. */
static void
a_query_goes_on_while_rows_move(void)
{
	struct store *s;

	new_folder();
	s = must_open(STORE_WRITE, true);
	OK(put_pod(s, 2000, 0));
	for (int64_t turn = 1; turn <= 3; turn++) {
		struct str rule = STR("r");
		struct store_query *q =
			turn == 1   ? store_entity_entries(s, STR("pod"), STR("p"))
			: turn == 2 ? store_entries(s, T0, INT64_MAX, &rule, 1)
				    : store_entries(s, T0, INT64_MAX, NULL, 0);
		int64_t before_ns = INT64_MIN;
		struct entry_row e;
		size_t n = 0;
		bool good = true;

		for (size_t i = 0; store_next_entry(q, &e); i++) {
			n += e.offset == 0;
			good = good && e.at_ns > before_ns;
			before_ns = e.at_ns;
			if (i == 300)
				OK(put_pod(s, 2000, turn));
		}
		OK(good && n == 2000 && !store_query_failed(q));
		store_query_free(&q);
	}
	store_close(&s);
	remove_folder();
}

/* More than wait in memory. */
static void
a_long_bulk_load_has_all_touches(void)
{
	int counts[ENTITIES] = { 0 };
	struct store *s;
	int64_t row;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(store_begin(s) == 0);
	for (uint64_t i = 0; i < 60000; i++) {
		if (i % 1000 == 0)
			put_random(s, i, counts);
		if (store_put_entry(s,
			    &(struct entry_row){ .id = i << 20,
				    .at_ns = (int64_t)i << 20,
				    .rule = STR("other") },
			    &row) != 0 ||
			store_put_touch(s, STR("order"), STR("other"), row) != 0)
			OK(false);
	}
	OK(store_finish(s) == 0);
	OK(all_are_found(s, counts));
	OK(count_entity(s, STR("order"), STR("other")) == 60000);
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(all_are_found(s, counts));
	OK(count_entity(s, STR("order"), STR("other")) == 60000);
	store_close(&s);
	remove_folder();
}

static void
other_rows(void)
{
	struct store *s;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(store_begin(s) == 0);
	marks_are_in_order_of_entity_and_time(s);
	incidents_are_replaced(s);
	gaps_and_meta(s);
	OK(store_commit(s) == 0);
	the_outbox_sends_once(s);
	store_close(&s);
	remove_folder();
}

static void
a_rollback_forgets_names(void)
{
	struct store *s;
	struct store_query *q;
	struct entry_row e;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(store_begin(s) == 0 && put_entry(s, 1, STR("gone"), T0, STR("p")) == 0);
	store_rollback(s);
	OK(store_begin(s) == 0 && put_entry(s, 1, STR("kept"), T0, STR("q")) == 0);
	OK(store_commit(s) == 0);
	store_close(&s);
	s = must_open(STORE_READ, false);
	q = store_entries(s, T0, T0, NULL, 0);
	OK(store_next_entry(q, &e) && str_eq(e.rule, STR("kept")));
	OK(e.n_fields == 4 && str_eq(e.fields[1].value, STR("q")));
	store_query_free(&q);
	store_close(&s);
	remove_folder();
}

static void
one_writer_and_its_readers(void)
{
	struct store *w, *r, *second = NULL;
	struct stat st;
	char pid_z[32];

	new_folder();
	OK(store_open(path_z, STORE_READ, false, &r) == -ENOENT);
	w = must_open(STORE_WRITE, false);
	OK(stat(path_z, &st) == 0 && (st.st_mode & 0777) == 0600);
	OK(store_open(path_z, STORE_WRITE, false, &second) == STORE_BUSY);
	(void)snprintf(pid_z, sizeof(pid_z), "process %ld", (long)getpid());
	OK(strstr(store_strerror(STORE_BUSY), pid_z) != NULL);
	OK(store_begin(w) == 0 && put_entry(w, 1, STR("r"), T0, STR("p")) == 0);
	r = must_open(STORE_READ, false);
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 0);
	OK(store_begin(r) == 0);
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 0);
	OK(store_commit(w) == 0);
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 0);
	OK(store_commit(r) == 0);
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 1);
	OK(store_put_meta(r, STR("a"), STR("b")) != 0);
	OK(store_finish(w) == 0);
	OK(there_is(".lock"));
	store_close(&w);
	OK(!there_is(".lock"));
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 1);
	store_close(&r);
	remove_folder();
}

/* Each transaction writes the number n in three tables: a torn one would differ. */
static void
commit_until_killed(int ready_fd)
{
	struct store *s;

	if (store_open(path_z, STORE_WRITE, false, &s) != 0)
		_exit(1);
	for (uint64_t n = 1;; n++) {
		int64_t have = store_meta_i64(s, STR("n"), 0);

		if (store_begin(s) != 0 ||
			put_entry(s, (uint64_t)have + 1, STR("r"), T0 + have, STR("p")) !=
				0 ||
			store_put_journal(s, have + 1, T0, STR("blob")) != 0 ||
			store_put_meta_i64(s, STR("n"), have + 1) != 0 ||
			store_commit(s) != 0)
			_exit(1);
		if (write(ready_fd, "x", 1) != 1)
			_exit(1);
	}
}

static void
killed_writers_tear_nothing(void)
{
	int64_t before = 0, journal = -1;
	struct store *s;

	new_folder();
	for (int round = 0; round < 12; round++) {
		int fds[2], status;
		char byte;
		pid_t pid;
		int64_t told = 0;

		if (pipe(fds) != 0)
			abort();
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			close(fds[0]);
			commit_until_killed(fds[1]);
		}
		close(fds[1]);
		while (told < 3 + 2 * round && read(fds[0], &byte, 1) == 1)
			told++;
		OK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
		while (read(fds[0], &byte, 1) == 1)
			told++;
		close(fds[0]);
		s = must_open(STORE_READ, false);
		OK(store_meta_i64(s, STR("n"), 0) >= before + told);
		before = store_meta_i64(s, STR("n"), 0);
		OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == (size_t)before);
		OK(db_int(s, "SELECT count(*) FROM journal", 0, &journal) == 0 &&
			journal == before);
		store_close(&s);
	}
	remove_folder();
}

static void
a_replacement_waits_for_its_end(void)
{
	struct store *s, *r;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(put_entry(s, 1, STR("old"), T0, STR("p")) == 0);
	store_close(&s);
	r = must_open(STORE_READ, false);
	OK(count_entries(r, INT64_MIN, INT64_MAX, NULL, 0) == 1);
	s = must_open(STORE_REPLACE, true);
	OK(put_entry(s, 1, STR("new"), T0, STR("p")) == 0);
	store_close(&s);
	OK(!there_is(".new"));
	OK(count_entries(r, INT64_MIN, INT64_MAX, &STR("old"), 1) == 1);
	for (int fast = 0; fast < 2; fast++) {
		s = must_open(STORE_REPLACE, fast);
		OK(store_begin(s) == 0);
		OK(put_entry(s, 1, STR("new"), T0, STR("p")) == 0);
		OK(put_entry(s, 2, STR("new"), T0, STR("p")) == 0);
		OK(store_commit(s) == 0);
		OK(store_finish(s) == 0);
		OK(store_put_meta(s, STR("after"), STR("finish")) == 0);
		store_close(&s);
		OK(!there_is(".new") && !there_is("-wal"));
		OK(count_entries(r, INT64_MIN, INT64_MAX, &STR("old"), 1) == 1);
	}
	store_close(&r);
	r = must_open(STORE_READ, false);
	OK(count_entries(r, INT64_MIN, INT64_MAX, &STR("new"), 1) == 2);
	store_close(&r);
	remove_folder();
}

static void
a_replacement_is_read_in_its_place(void)
{
	struct store *s, *r;

	new_folder();
	for (int round = 0; round < 2; round++) {
		s = must_open(STORE_REPLACE, true);
		OK(store_begin(s) == 0);
		OK(put_entry(s, 1, STR("new"), T0 + round, STR("p")) == 0);
		OK(store_commit(s) == 0 && store_finish(s) == 0);
		OK(there_is(".new") && there_is("") == (round > 0));
		OK(store_place(s) == 0);
		OK(!there_is(".new") && !there_is(".lock"));
		OK(count_entries(s, T0 + round, T0 + round, NULL, 0) == 1);
		r = must_open(STORE_READ, false);
		OK(count_entries(r, T0 + round, T0 + round, NULL, 0) == 1);
		store_close(&r);
		store_close(&s);
	}
	remove_folder();
}

static void
a_replacement_needs_nothing_of_the_old(void)
{
	struct store *s;
	int64_t sent = -1;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(db_exec(s, "ALTER TABLE sent DROP COLUMN kind") == 0);
	store_close(&s);
	s = must_open(STORE_REPLACE, false);
	OK(db_int(s, "SELECT count(*) FROM sent", 0, &sent) == 0 && sent == 0);
	OK(store_finish(s) == 0);
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(db_int(s, "SELECT count(kind) FROM sent", 0, &sent) == 0 && sent == 0);
	store_close(&s);
	remove_folder();
}

static void
other_versions(void)
{
	const struct schema_step steps[NEXT] = {
		[NEXT - 1] = { .sql_z = "ALTER TABLE gap ADD COLUMN more TEXT" }
	};
	struct store *s, *none = NULL;
	int64_t version = 0;
	FILE *f;

	assert(schema_version == NEXT - 1);

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(put_entry(s, 1, STR("r"), T0, STR("p")) == 0);
	OK(schema_update(s, steps, NEXT) == 0);
	OK(db_int(s, "PRAGMA user_version", 0, &version) == 0 && version == NEXT);
	OK(db_int(s, "SELECT count(more) FROM gap", 9, &version) == 0 && version == 0);
	store_close(&s);
	OK(store_open(path_z, STORE_READ, false, &none) == STORE_NEWER);
	OK(store_open(path_z, STORE_WRITE, false, &none) == STORE_NEWER);
	OK(strstr(store_strerror(STORE_NEWER), "version 7") != NULL);
	OK(there_is(".v6"));
	(void)strncat(path_z, ".v6", sizeof(path_z) - strlen(path_z) - 1);
	s = must_open(STORE_READ, false);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 1);
	OK(schema_check(s, NEXT) == STORE_OLDER);
	store_close(&s);
	(void)unlink(path_z);
	path_z[strlen(path_z) - 3] = '\0';
	f = fopen(path_z, "w");
	OK(f != NULL &&
		fputs("this is no database, it is a text of some length", f) >= 0);
	fclose(f);
	OK(store_open(path_z, STORE_READ, false, &none) == STORE_CORRUPT);
	OK(store_open(path_z, STORE_WRITE, false, &none) == STORE_CORRUPT);
	(void)strncat(path_z, ".v6", sizeof(path_z) - strlen(path_z) - 1);
	(void)unlink(path_z);
	path_z[strlen(path_z) - 3] = '\0';
	remove_folder();
}

/* A store as the first version made it, with one row in each table that changed. */
static void
make_version_1(void)
{
	sqlite3 *db = NULL;

	OK(sqlite3_open(path_z, &db) == SQLITE_OK);
	OK(sqlite3_exec(db, schema_steps[0].sql_z, NULL, NULL, NULL) == SQLITE_OK);
	OK(sqlite3_exec(db,
		   "INSERT INTO journal(blob) VALUES(x'01');"
		   "INSERT INTO sent VALUES('datadog', '00000000000000aa', 0);"
		   "INSERT INTO meta VALUES('complete_from', '5');"
		   "PRAGMA application_id=1198878024; PRAGMA user_version=1",
		   NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static void
version_1_is_brought_up_to_date(void)
{
	struct store *s, *none = NULL;
	struct store_query *q;
	struct outbox_row o = { .destination = STR("datadog"),
		.finding = STR("00000000000000aa") };
	struct str blob;
	int64_t seq;

	new_folder();
	make_version_1();
	OK(store_open(path_z, STORE_READ, false, &none) == STORE_OLDER);
	s = must_open(STORE_WRITE, false);
	OK(there_is(".v1"));
	OK(store_meta_i64(s, STR("complete_from"), 0) == 5);
	q = store_journal(s);
	OK(!store_next_journal(q, &seq, &blob) && !store_query_failed(q));
	store_query_free(&q);
	OK(store_put_outbox(s, &o) == 0);
	q = store_outbox(s, STR("datadog"), 0);
	OK(!store_next_outbox(q, &o));
	store_query_free(&q);
	store_close(&s);
	remove_folder();
}

/* Columns, keys and indexes of all tables, as a text of its own. */
static struct str
describe(struct store *s)
{
	static const char columns_z[] =
		"SELECT group_concat(t, char(10)) FROM (SELECT m.name || l.strict || l.wr || ' '"
		" || x.name || x.type || x.[notnull] || coalesce(x.dflt_value, '-') || x.pk AS t"
		" FROM sqlite_schema m JOIN pragma_table_list(m.name) l"
		" JOIN pragma_table_xinfo(m.name) x WHERE m.type = 'table'"
		" UNION ALL SELECT m.tbl_name || x.seqno || coalesce(x.name, '-') || x.key"
		" FROM sqlite_schema m JOIN pragma_index_xinfo(m.name) x WHERE m.type = 'index'"
		" ORDER BY 1)";
	static char text_z[2][16384];
	static int which;
	sqlite3_stmt *st = NULL;
	char *to = text_z[which++ % 2];

	OK(sqlite3_prepare_v2(s->db, columns_z, -1, &st, NULL) == SQLITE_OK);
	OK(sqlite3_step(st) == SQLITE_ROW);
	(void)snprintf(
		to, sizeof(text_z[0]), "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return str_z(to);
}

static void
a_new_store_is_as_a_migrated_one(void)
{
	struct store *s;
	struct str migrated, made;

	new_folder();
	make_version_1();
	s = must_open(STORE_WRITE, false);
	migrated = describe(s);
	store_close(&s);
	remove_folder();
	new_folder();
	s = must_open(STORE_WRITE, false);
	made = describe(s);
	store_close(&s);
	remove_folder();
	OK(migrated.len > 1000);
	OK(str_eq(migrated, made));
}

/* A store as the second version made it: four entries, three of them at one place. */
static void
make_version_2(void)
{
	sqlite3 *db = NULL;

	OK(sqlite3_open(path_z, &db) == SQLITE_OK);
	OK(sqlite3_exec(db, schema_steps[0].sql_z, NULL, NULL, NULL) == SQLITE_OK);
	OK(sqlite3_exec(db, schema_steps[1].sql_z, NULL, NULL, NULL) == SQLITE_OK);
	OK(sqlite3_exec(db,
		   "CREATE UNIQUE INDEX entry_id ON entry(id);"
		   "CREATE UNIQUE INDEX touch_entity ON touch(entity, entity_id, entry);"
		   "INSERT INTO name VALUES(1, 'failed'), (2, 'orders.log'), (3, 'order'),"
		   " (4, 'pod');"
		   "INSERT INTO entry SELECT NULL, column1, column2, 1, 3, 1, 2, 2, 100,"
		   " 'Payment failed', x'' FROM (VALUES(7, 1761645885000000000),"
		   " (7 + (1 << 20), 1761645885000000001),"
		   " (7 + (2 << 20), 1761645885000000002), (9, 5));"
		   "INSERT INTO touch VALUES(3, 'a', 7), (3, 'a', 7 + (2 << 20)),"
		   " (4, 'ns/p', 7), (4, 'ns/p', 9);"
		   "PRAGMA application_id=1198878024; PRAGMA user_version=2",
		   NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static void
version_2_is_brought_up_to_date(void)
{
	const struct str rule = STR("failed");
	struct store *s;
	int64_t row;

	new_folder();
	make_version_2();
	s = must_open(STORE_WRITE, false);
	OK(there_is(".v2"));
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 4);
	OK(count_entries(s, T0, T0 + 1, &rule, 1) == 2);
	OK(count_entity(s, STR("order"), STR("a")) == 2);
	OK(count_entity(s, STR("pod"), STR("ns/p")) == 2);
	for (uint64_t i = 0; i < 4; i++)
		OK(store_has_entry(s, T0 + (int64_t)i, 7 + (i << 20)) == (i < 3));
	OK(store_has_entry(s, 5, 9));
	OK(store_put_entry(s, &(struct entry_row){ .id = 7, .at_ns = T0 }, &row) == 0);
	OK(row == rows_home(T0, 7));
	OK(store_put_touch(s, STR("pod"), STR("ns/p"), row) == 0);
	OK(count_entity(s, STR("pod"), STR("ns/p")) == 2);
	store_close(&s);
	remove_folder();
}

/* The n-th entry of one place. */
static void
put_full(struct store *s, uint64_t n, int want)
{
	struct entry_row e = { .id = 5 + (n << 20), .at_ns = T0, .rule = STR("r") };
	int64_t row;

	if (store_put_entry(s, &e, &row) != want)
		OK(false);
}

static void
entries_of_one_place_lie_side_by_side(void)
{
	struct store *s;
	int64_t row, first = rows_home(T0, 5);

	new_folder();
	s = must_open(STORE_WRITE, false);
	for (int again = 0; again < 2; again++)
		for (int64_t i = 0; i < 4; i++) {
			struct entry_row e = { .id = 5 + ((uint64_t)i % 2 << 40),
				.at_ns = T0 + i / 2,
				.rule = STR("r") };

			OK(store_put_entry(s, &e, &row) == 0 && row == first + i);
			OK(store_has_entry(s, e.at_ns, e.id));
		}
	OK(!store_has_entry(s, T0 + 2, 5));
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 4);
	OK(count_entries(s, T0 + 1, T0 + 1, NULL, 0) == 2);
	for (uint64_t i = 4; i <= ROWS_TRIES; i++)
		put_full(s, i, 0);
	put_full(s, ROWS_TRIES + 1, -E2BIG);
	OK(count_entries(s, T0, T0 + 1, NULL, 0) == ROWS_TRIES + 1);
	store_close(&s);
	remove_folder();
}

/* Twice, and two at one place; then as many files as want the same places. */
static void
entries_without_a_clock_lie_by_place(void)
{
	struct store *s;
	bool good = true;
	int64_t row, first = 0;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(store_begin(s) == 0);
	for (int turn = 0; turn < 2; turn++)
		for (uint64_t i = 0; i < 3000; i++) {
			struct entry_row e = { .id = i * 7919 << 20,
				.at_ns = T0,
				.quality = TIME_FILE_DATE,
				.rule = STR("r"),
				.offset = i / 2 * 20000 };
			int64_t place = (int64_t)e.offset / 32;

			good = good && store_put_entry(s, &e, &row) == 0;
			first = i == 0 ? row : first;
			good = good &&
			       row == first + place + (int64_t)(i % 2) * ROWS_STEP;
		}
	OK(good);
	for (uint64_t i = 0; i < 3000; i++) {
		char file_z[16];
		struct entry_row e = { .id = i,
			.at_ns = T0 + 1,
			.quality = TIME_FILE_DATE,
			.rule = STR("r") };

		(void)snprintf(file_z, sizeof(file_z), "%u.log", (unsigned)i);
		e.file = str_z(file_z);
		good = good && store_put_entry(s, &e, &row) == 0;
	}
	OK(good && count_entries(s, T0 + 1, T0 + 1, NULL, 0) == 3000);
	OK(count_entries(s, T0, T0, NULL, 0) == 3000);
	OK(store_finish(s) == 0);
	store_close(&s);
	remove_folder();
}

static bool
put_incidents(struct store *s, uint64_t n, const char *state_z)
{
	bool good = store_begin(s) == 0;

	for (uint64_t k = 0; k < n; k++) {
		char id_z[17];
		struct incident_row i = { .id = { id_z, 16 },
			.rule = STR("r"),
			.title = STR("2 failed payments of an account that says no more"),
			.state = str_z(state_z),
			.first_ns = T0,
			.last_ns = T0,
			.opened_ns = T0,
			.resolved_ns = TIME_NONE,
			.body = STR("{}") };

		(void)snprintf(id_z, sizeof(id_z), "%016" PRIx64,
			k * UINT64_C(0x9e3779b97f4a7c15));
		good = good && store_put_incident(s, &i) == 0;
	}
	return good && store_commit(s) == 0;
}

/* However many rows a transaction changes, no more memory than the caches may have. */
static void
a_bulk_load_keeps_no_pages(void)
{
	struct store *s;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(put_incidents(s, 40000, "open"));
	(void)sqlite3_memory_highwater(1);
	OK(put_incidents(s, 40000, "resolved"));
	OK(sqlite3_memory_highwater(0) < 6 << 20);
	OK(store_finish(s) == 0);
	store_close(&s);
	remove_folder();
}

/* All that is listed, as one number. */
static uint64_t
list_incidents(struct store *s, size_t *n)
{
	struct store_query *q = store_incidents(s, (struct str){ 0 });
	struct incident_row i;
	uint64_t sum = 0;

	for (*n = 0; store_next_incident(q, &i); ++*n) {
		sum = hash_mix(sum, hash_stable(i.id));
		sum = hash_mix(sum, hash_stable(i.state));
		sum = hash_mix(sum, hash_stable(i.body));
		sum = hash_mix(sum, hash_stable(i.key[0].name));
		sum = hash_mix(sum, hash_stable(i.key[0].value));
		sum = hash_mix(sum, (uint64_t)i.opened_ns ^ i.count << 32 ^ i.n_key);
	}
	OK(!store_query_failed(q));
	store_query_free(&q);
	return sum;
}

/* Every third one comes twice; read: somebody asks for one in between. */
static bool
load_incidents(struct store *s, uint64_t n, bool read)
{
	bool good = store_begin(s) == 0;

	for (uint64_t k = 0; k < n + n / 3; k++) {
		uint64_t number = k < n ? k : (k - n) * 3;
		const struct store_field key = { STR("namespace"),
			k % 2 == 0 ? STR("shop") : STR("bank") };
		struct store_query *q = NULL;
		char id_z[17];
		struct incident_row i = { .id = { id_z, 16 },
			.rule = STR("r"),
			.title = STR("t"),
			.state = k < n ? STR("open") : STR("resolved"),
			.key = &key,
			.n_key = 1,
			.opened_ns = T0 + (int64_t)(number * 7919 % 1000),
			.count = k,
			.body = STR("{}") };

		(void)snprintf(id_z, sizeof(id_z), "%016" PRIx64,
			number * UINT64_C(0x9e3779b97f4a7c15));
		good = good && store_put_incident(s, &i) == 0;
		if (read && k % 97 == 0)
			q = store_incidents(s, (struct str){ id_z, 16 });
		good = good &&
		       (q == NULL || (store_next_incident(q, &i) && i.count == k));
		store_query_free(&q);
	}
	return good && store_commit(s) == 0;
}

/* From memory while they are there, and from the file. */
static void
a_bulk_load_lists_its_incidents(uint64_t n, bool read)
{
	struct store *s;
	uint64_t first;
	size_t many;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(load_incidents(s, n, read));
	OK(store_finish(s) == 0);
	first = list_incidents(s, &many);
	OK(many == n);
	OK(store_place(s) == 0);
	OK(list_incidents(s, &many) == first && many == n);
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(list_incidents(s, &many) == first && many == n);
	store_close(&s);
	remove_folder();
}

/* What is in memory waits for nobody; what is not waits by itself. */
static void
a_bulk_load_is_read_while_it_is_finished(uint64_t n, bool read)
{
	int counts[ENTITIES] = { 0 };
	struct store *s;
	uint64_t first;
	size_t many;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(load_incidents(s, n, read));
	for (uint64_t i = 0; i < 100; i++)
		put_random(s, i, counts);
	first = list_incidents(s, &many);
	OK(many == n);
	store_finish_aside(s);
	OK(count_in_order(s, STR("order"), STR("a")) == counts[0] && counts[0] > 0);
	OK(store_is_aside(s));
	OK(list_incidents(s, &many) == first && many == n);
	OK(store_is_aside(s) == !read);
	OK(count_entries(s, T0, INT64_MAX, NULL, 0) == 100 && !store_is_aside(s));
	OK(store_await(s) == 0 && !there_is(".new") && !there_is(".lock"));
	OK(list_incidents(s, &many) == first && many == n);
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(list_incidents(s, &many) == first && many == n);
	OK(all_are_found(s, counts));
	store_close(&s);
	remove_folder();
}

/* Most go into the table before the end, and are read from memory all the same. */
static void
a_bulk_load_in_order_stays_in_memory(bool late)
{
	static const char text[300] = "text";
	const size_t n = 6000;
	struct store *s;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(store_begin(s) == 0);
	for (size_t i = 0; i < n + late; i++) {
		int64_t at = i < n ? (int64_t)i : -1;
		int64_t row;

		if (store_put_entry(s,
			    &(struct entry_row){ .id = i << 40,
				    .at_ns = T0 + at * 100 * TIME_MS,
				    .rule = STR("r"),
				    .text = { text, sizeof(text) } },
			    &row) != 0 ||
			store_put_touch(s, STR("order"), STR("a"), row) != 0)
			OK(false);
	}
	store_finish_aside(s);
	OK(count_entity(s, STR("order"), STR("a")) == n + late);
	OK(store_is_aside(s) == !late);
	OK(store_await(s) == 0);
	OK(count_entity(s, STR("order"), STR("a")) == n + late);
	store_close(&s);
	s = must_open(STORE_READ, false);
	OK(count_entity(s, STR("order"), STR("a")) == n + late);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == n + late);
	store_close(&s);
	remove_folder();
}

/* The old one stays; closed: nobody waits for it before. */
static void
a_bulk_load_that_is_not_finished_is_told(bool closed)
{
	char name_z[192];
	struct store *s;
	size_t many;

	new_folder();
	s = must_open(STORE_REPLACE, true);
	OK(load_incidents(s, 20, false) && store_finish(s) == 0);
	store_close(&s);
	s = must_open(STORE_REPLACE, true);
	OK(load_incidents(s, 30, false));
	(void)snprintf(name_z, sizeof(name_z), "%s.new", path_z);
	OK(unlink(name_z) == 0);
	store_finish_aside(s);
	OK(closed || store_await(s) == -ENOENT);
	store_close(&s);
	s = must_open(STORE_READ, false);
	(void)list_incidents(s, &many);
	OK(many == 20);
	store_close(&s);
	OK(!there_is(".new") && !there_is(".lock"));
	remove_folder();
}

static size_t
count_journal(struct store *s)
{
	struct store_query *q = store_journal(s);
	int64_t seq, last = -1;
	struct str blob;
	size_t n = 0;

	while (store_next_journal(q, &seq, &blob)) {
		OK(seq > last && blob.len == 3);
		last = seq;
		n++;
	}
	store_query_free(&q);
	return n;
}

static void
the_journal_keeps_what_is_asked_for(struct store *s)
{
	for (int64_t i = 1; i <= 6; i++)
		OK(store_put_journal(s, i, T0 + (i % 2) * 100, STR("abc")) == 0);
	OK(store_put_journal(s, 6, T0, STR("abc")) != 0);
	OK(count_journal(s) == 6);
	OK(store_del_journal(s, 5, T0 + 1) == 0);
	OK(count_journal(s) == 4); /* 2 and 4 went */
	OK(store_del_journal(s, 7, INT64_MAX) == 0);
	OK(count_journal(s) == 0);
}

static void
the_checkpoint_is_rows_by_id(struct store *s)
{
	struct store_query *q;
	struct str bytes;
	struct buf one;
	uint64_t id;

	OK(store_put_checkpoint(s, 1, UINT64_MAX, STR("a")) == 0);
	OK(store_put_checkpoint(s, 1, 7, STR("b")) == 0);
	OK(store_put_checkpoint(s, 1, 7, STR("c")) == 0);
	OK(store_put_checkpoint(s, 2, 7, STR("other")) == 0);
	OK(store_put_checkpoint(s, 1, UINT64_MAX, (struct str){ 0 }) == 0);
	q = store_checkpoint(s, 1);
	OK(store_next_checkpoint(q, &id, &bytes) && id == 7 && str_eq(bytes, STR("c")));
	buf_init(&one, 100);
	OK(store_get_checkpoint(s, 2, 7, &one) == 0 &&
		store_get_checkpoint(s, 1, 7, &one) == 0);
	OK(str_eq(buf_str(&one), STR("otherc")));
	OK(store_get_checkpoint(s, 1, UINT64_MAX, &one) == -ENOENT && one.len == 6);
	buf_fini(&one);
	OK(!store_next_checkpoint(q, &id, &bytes));
	store_query_free(&q);
	OK(store_del_checkpoint(s, 1) == 0);
	q = store_checkpoint(s, 1);
	OK(!store_next_checkpoint(q, &id, &bytes));
	store_query_free(&q);
	q = store_checkpoint(s, 2);
	OK(store_next_checkpoint(q, &id, &bytes) && str_eq(bytes, STR("other")));
	store_query_free(&q);
}

static void
sources_are_replaced_by_id(struct store *s)
{
	struct source_row row = {
		.name = STR("-"), .id = UINT64_MAX, .offset = 1, .watermark_ns = TIME_NONE
	};
	struct store_query *q;

	OK(store_put_source(s, &row) == 0);
	row.offset = (uint64_t)1 << 40;
	row.state = (struct str){ "\0\1", 2 };
	OK(store_put_source(s, &row) == 0);
	row = (struct source_row){ 0 };
	q = store_sources(s);
	OK(store_next_source(q, &row) && row.id == UINT64_MAX && row.state.len == 2);
	OK(row.offset == (uint64_t)1 << 40 && row.watermark_ns == TIME_NONE &&
		str_eq(row.name, STR("-")));
	OK(!store_next_source(q, &row));
	store_query_free(&q);
	OK(store_del_source(s, UINT64_MAX) == 0);
	q = store_sources(s);
	OK(!store_next_source(q, &row));
	store_query_free(&q);
}

static void
a_muted_store_takes_nothing(struct store *s)
{
	int64_t before = 0, after = 0;
	static const char count_z[] =
		"SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM touch)"
		" + (SELECT count(*) FROM gap) + (SELECT count(*) FROM meta)"
		" + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM name)"
		" + (SELECT count(*) FROM incident_value)";

	OK(db_int(s, count_z, 0, &before) == 0);
	store_mute(s, true);
	OK(store_is_muted(s));
	OK(put_entry(s, 4711, STR("muted"), T0, STR("p")) == 0);
	OK(store_put_touch(s, STR("order"), STR("x"), 4711) == 0);
	OK(store_put_gap(s, &(struct gap_row){ .reason = STR("muted") }) == 0);
	OK(store_put_meta(s, STR("muted"), STR("x")) == 0);
	OK(store_put_outbox(s, &(struct outbox_row){ .kind = STR("opened") }) == 0);
	OK(store_put_incident_value(s, STR("a"), STR("b")) == 0);
	OK(db_int(s, count_z, 0, &after) == 0 && after == before);
	store_mute(s, false);
	OK(!store_has_entry(s, T0, 4711));
	OK(put_entry(s, 4711, STR("muted"), T0, STR("p")) == 0);
	OK(store_has_entry(s, T0, 4711) && !store_has_entry(s, T0 + 1, 4711));
}

static void
what_a_restart_reads(void)
{
	struct store *s;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(store_begin(s) == 0);
	the_journal_keeps_what_is_asked_for(s);
	the_checkpoint_is_rows_by_id(s);
	sources_are_replaced_by_id(s);
	a_muted_store_takes_nothing(s);
	OK(store_commit(s) == 0);
	store_close(&s);
	remove_folder();
}

static void
a_replacement_remembers_what_was_sent(void)
{
	struct outbox_row o = { .destination = STR("datadog"),
		.finding = STR("00000000000000aa"),
		.kind = STR("opened"),
		.at_ns = T0 };
	struct store_query *q;
	struct link_row link;
	struct store *s;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(store_put_outbox(s, &o) == 0 &&
		store_del_outbox(s, 1, STR("https://app/event?id=7")) == 0);
	store_close(&s);
	for (int again = 0; again < 2; again++) {
		s = must_open(STORE_REPLACE, true);
		o.seq = 0;
		OK(store_put_outbox(s, &o) == 0);
		o.seq = 1;
		OK(store_put_outbox(s, &o) == 0);
		q = store_outbox(s, STR("datadog"), 0);
		OK(store_next_outbox(q, &o) && o.seq == 1);
		OK(!store_next_outbox(q, &o));
		store_query_free(&q);
		q = store_links(s, STR("00000000000000aa"));
		OK(store_next_link(q, &link) && str_eq(link.kind, STR("opened")) &&
			str_eq(link.link, STR("https://app/event?id=7")));
		OK(!store_next_link(q, &link));
		store_query_free(&q);
		OK(store_finish(s) == 0);
		store_close(&s);
		o = (struct outbox_row){ .destination = STR("datadog"),
			.finding = STR("00000000000000aa"),
			.kind = STR("opened"),
			.at_ns = T0 };
	}
	remove_folder();
}

static void
a_failed_migration_changes_nothing(void)
{
	static const struct schema_step steps[NEXT] = {
		[NEXT - 1] = { .sql_z = "CREATE TABLE more(a);"
					" SELECT nonsense" }
	};
	struct store *s;
	int64_t version = 0;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(schema_update(s, steps, NEXT) != 0);
	OK(db_int(s, "PRAGMA user_version", 0, &version) == 0 && version == NEXT - 1);
	OK(db_int(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'", 9,
		   &version) == 0);
	OK(version == 0);
	store_close(&s);
	remove_folder();
}

/* The only gap there is. */
static bool
retention_gap(struct store *s, int64_t from_ns, int64_t to_ns, uint64_t n)
{
	struct store_query *q = store_gaps(s);
	struct gap_row g = { 0 };
	bool good = store_next_gap(q, &g) && str_eq(g.reason, STR("retention")) &&
		    g.from_ns == from_ns && g.to_ns == to_ns && g.n == n &&
		    !store_next_gap(q, &g);

	if (!good)
		printf("# %" PRIi64 " %" PRIi64 " %" PRIu64 "\n", g.from_ns, g.to_ns,
			g.n);
	store_query_free(&q);
	return good;
}

static void
retention_says_what_it_took(void)
{
	uint64_t deleted = 0;
	struct store *s;

	new_folder();
	s = must_open(STORE_WRITE, false);
	OK(store_begin(s) == 0);
	for (uint64_t i = 0; i < 3000; i++)
		if (put_entry(s, i + 1, i % 2 ? STR("a") : STR("b"),
			    T0 + (int64_t)i * TIME_H / 10, STR("p")) != 0 ||
			put_touch(s, STR("pod"), STR("p"), i + 1,
				T0 + (int64_t)i * TIME_H / 10) != 0)
			OK(false);
	OK(store_put_meta_i64(s, STR("complete_from"), T0) == 0);
	OK(store_commit(s) == 0);
	OK(store_retain(s, T0 + 100 * TIME_H, INT64_MAX, &deleted) == 0);
	OK(deleted == 1000 && count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 2000);
	OK(count_entity(s, STR("pod"), STR("p")) == 2000);
	OK(store_meta_i64(s, STR("complete_from"), 0) == T0 + 100 * TIME_H);
	OK(retention_gap(s, T0, T0 + 100 * TIME_H, 1000));
	OK(store_retain(s, T0, 160000, &deleted) == 0 && deleted > 0);
	OK(store_meta_i64(s, STR("complete_from"), 0) % TIME_DAY == 0);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) > 0);
	OK(store_retain(s, T0, 0, &deleted) == 0);
	OK(count_entries(s, INT64_MIN, INT64_MAX, NULL, 0) == 0);
	OK(retention_gap(s, T0, store_meta_i64(s, STR("complete_from"), 0), 3000));
	store_close(&s);
	remove_folder();
}

int
main(void)
{
	entries_come_back(STORE_WRITE, false);
	entries_come_back(STORE_WRITE, true);
	entries_come_back(STORE_REPLACE, false);
	entries_come_back(STORE_REPLACE, true);
	a_bulk_load_is_deduplicated_at_the_end();
	touches_are_found_at_once();
	touches_find_their_place(STORE_WRITE);
	touches_find_their_place(STORE_REPLACE);
	a_query_goes_on_while_rows_move();
	a_long_bulk_load_has_all_touches();
	other_rows();
	a_rollback_forgets_names();
	one_writer_and_its_readers();
	killed_writers_tear_nothing();
	a_replacement_waits_for_its_end();
	a_replacement_is_read_in_its_place();
	a_replacement_needs_nothing_of_the_old();
	other_versions();
	version_1_is_brought_up_to_date();
	version_2_is_brought_up_to_date();
	a_new_store_is_as_a_migrated_one();
	entries_of_one_place_lie_side_by_side();
	entries_without_a_clock_lie_by_place();
	a_bulk_load_keeps_no_pages();
	a_bulk_load_lists_its_incidents(300, false);
	a_bulk_load_lists_its_incidents(300, true);
	a_bulk_load_lists_its_incidents(20000, false);
	a_bulk_load_is_read_while_it_is_finished(300, false);
	a_bulk_load_is_read_while_it_is_finished(300, true);
	a_bulk_load_in_order_stays_in_memory(false);
	a_bulk_load_in_order_stays_in_memory(true);
	a_bulk_load_that_is_not_finished_is_told(false);
	a_bulk_load_that_is_not_finished_is_told(true);
	a_failed_migration_changes_nothing();
	what_a_restart_reads();
	a_replacement_remembers_what_was_sent();
	retention_says_what_it_took();
	return tap_done();
}
