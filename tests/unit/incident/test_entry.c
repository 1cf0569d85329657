/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as JSON: where fields go, and that one of another shape is not mistaken. */
#include "incident/entry.h"

#include "../../tap.h"
#include "record/record.h"

static bool
writes(struct entry_writer *w, const struct entry_row *e, const char *want_z)
{
	struct buf b;
	bool same;

	buf_init(&b, 1 << 16);
	entry_write(w, &b, e);
	same = !buf_failed(&b) && str_eq(buf_str(&b), str_z(want_z));
	if (!same)
		printf("# %.*s\n# %s\n", STR_ARG(buf_str(&b)), want_z);
	buf_fini(&b);
	return same;
}

static void
test_places(void)
{
	static const struct store_field fields[] = { { STR_INIT("order_id"),
							     STR_INIT("a") },
		{ STR_INIT("pod"), STR_INIT("p-1") },
		{ STR_INIT("text"), STR_INIT("own") },
		{ STR_INIT("order_id"), STR_INIT("b\n") } };
	struct entry_writer *w = entry_writer_new();
	struct entry_row e = { .at_ns = 0,
		.rule = STR("r\"1"),
		.level = 0,
		.weight = 2,
		.text = STR("t"),
		.fields = fields,
		.n_fields = ARRAY_LEN(fields) };

	OK(writes(w, &e,
		"{\"at\":\"1970-01-01T00:00:00.000Z\",\"rule\":\"r\\\"1\","
		"\"order_id\":\"b\\n\",\"captures\":{\"text\":\"own\"},\"count\":2,"
		"\"source\":{\"pod\":\"p-1\"},\"text\":\"t\"}"));
	e.n_fields = 1;
	OK(writes(w, &e,
		"{\"at\":\"1970-01-01T00:00:00.000Z\",\"rule\":\"r\\\"1\","
		"\"order_id\":\"a\",\"count\":2,\"source\":{},\"text\":\"t\"}"));
	e.n_fields = 0;
	e.file = STR("f");
	e.offset = 7;
	e.quality = TIME_ARRIVAL;
	OK(writes(w, &e,
		"{\"at\":\"1970-01-01T00:00:00.000Z\",\"rule\":\"r\\\"1\",\"count\":2,"
		"\"source\":{\"file\":\"f\",\"offset\":7},\"inferred\":true,"
		"\"text\":\"t\"}"));
	e.file = STR("");
	e.quality = 0;
	OK(writes(w, &e,
		"{\"at\":\"1970-01-01T00:00:00.000Z\",\"rule\":\"r\\\"1\",\"count\":2,"
		"\"source\":{},\"text\":\"t\"}"));
	entry_writer_free(&w);
}

/* More rules than are remembered, whose names lie in the same place. */
static void
test_many(void)
{
	struct entry_writer *w = entry_writer_new();
	char name[8], field[8], want[200];
	struct store_field fields[2] = { { STR("v"), STR("x") }, { STR("w"), STR("y") } };
	struct entry_row e = { .weight = 1, .fields = fields, .n_fields = 2 };
	bool good = true;

	for (unsigned i = 0; i < 100; i++) {
		unsigned k = i * 7 % 20;

		e.rule = (struct str){ name, (size_t)snprintf(name, 8, "r%u", k) };
		fields[0].name =
			(struct str){ field, (size_t)snprintf(field, 8, "f%u", k % 3) };
		(void)snprintf(want, sizeof(want),
			"{\"at\":\"1970-01-01T00:00:00.000Z\",\"rule\":\"r%u\","
			"\"f%u\":\"x\",\"w\":\"y\",\"count\":1,\"source\":{},"
			"\"text\":\"\"}",
			k, k % 3);
		good = good && writes(w, &e, want);
	}
	OK(good);
	entry_writer_free(&w);
}

int
main(void)
{
	test_places();
	test_many();
	return tap_done();
}
