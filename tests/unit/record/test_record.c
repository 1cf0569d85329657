/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "tap.h"

static bool
has(struct record *r, struct arena *a, const char *name_z, const char *want_z)
{
	struct str out[8];
	size_t n = record_values(r, str_z(name_z), a, out, 8);
	char all[256];
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%.*s",
			i ? "|" : "", STR_ARG(out[i]));
	all[len] = '\0';
	if (!str_eq(str_z(all), str_z(want_z)))
		printf("# %s is %s\n", name_z, all);
	return str_eq(str_z(all), str_z(want_z));
}

static void
test_log(struct arena *a)
{
	struct record r = { .count = 1 };
	struct str out[8];

	r.message = STR(
		"{\"message\":\"own\",\"a\":{\"b\":[{\"c\":1},{\"c\":\"two\"}]},\"a.x\":true,"
		"\"a\\u0000\":2,\"f\":1.5,\"n\":null,\"pod\":\"inner\",\"count\":9}\n\tat x");
	r.label[LABEL_SERVICE] = STR("orders");
	OK(has(&r, a, "service", "orders"));
	OK(has(&r, a, "body.message", "own"));
	OK(has(&r, a, "a.b.c", "1|two"));
	OK(has(&r, a, "body.a.b.c", "1|two"));
	OK(has(&r, a, "a.x", "true"));
	OK(has(&r, a, "f", "1.5"));
	OK(has(&r, a, "n", ""));
	OK(has(&r, a, "a.b", "{\"c\":1}|{\"c\":\"two\"}"));
	OK(has(&r, a, "pod", "inner"));
	OK(has(&r, a, "count", "9"));
	OK(has(&r, a, "nothing.at.all", ""));
	OK(record_values(&r, STR("a.b.c"), a, out, 1) == 1);
	OK(record_body_strings(&r, a, out, 8) == 3);
	record_reset(&r);
	r.message = STR("{\"a\":1}x");
	OK(has(&r, a, "a", ""));
	OK(has(&r, a, "message", "{\"a\":1}x"));
	record_reset(&r);
}

static void
test_event(struct arena *a)
{
	struct record r = { .category = RECORD_EVENT, .count = 3 };

	r.field[0] = (struct field){ STR("reason"), STR("BackOff") };
	r.n_fields = 1;
	r.body = json_pack(
		"{s:{s:s},s:s}", "involvedObject", "kind", "Pod", "reason", "x");
	OK(has(&r, a, "reason", "BackOff"));
	OK(has(&r, a, "count", "3"));
	OK(has(&r, a, "involvedObject.kind", "Pod"));
	OK(has(&r, a, "body.reason", "x"));
	record_reset(&r);
	OK(r.body == NULL && r.count == 1);
}

int
main(void)
{
	struct arena *a = arena_new("test", 1 << 20);

	test_log(a);
	test_event(a);
	arena_free(&a);
	return tap_done();
}
