/* SPDX-License-Identifier: Apache-2.0 */
/* tally: each order once, each death once, and no more reasons than there is room for. */
#include "incident/tally.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

#include "../../tap.h"

static int64_t
count(const json_t *numbers, const char *list_z, size_t i)
{
	return json_i64(
		json_member(json_array_get(json_member(numbers, list_z), i), "n"), -1);
}

static void
test_orders(void)
{
	struct tally *t = tally_new();
	json_t *numbers = json_object();
	char reason_z[32];

	tally_order_failed(t, STR("1"), STR("refused"), STR("shop"));
	tally_order_failed(t, STR("1"), STR("other words"), STR("shop"));
	tally_order_failed(t, STR("2"), STR("refused"), STR("shop"));
	for (int i = 3; i < 300; i++) {
		(void)snprintf(reason_z, sizeof(reason_z), "%d", i);
		tally_order_failed(t, str_z(reason_z), str_z(reason_z), STR("shop"));
	}
	tally_add_to(t, numbers);
	OK(count(numbers, "orders_failed", 0) == 2);
	OK(json_array_size(json_member(numbers, "orders_failed")) == 201);
	OK(count(numbers, "orders_failed", 200) == 297 - 199);
	json_decref(numbers);
	tally_free(&t);
	OK(t == NULL);
}

static void
test_restarts(void)
{
	struct tally *t = tally_new();
	struct match m = { .id = 7, .weight = 3 };
	json_t *numbers = json_object();

	m.label[LABEL_SERVICE] = STR("orders");
	tally_restart(t, &m);
	tally_restart(t, &m); /* of another rule */
	m.id = 8;
	tally_restart(t, &m);
	tally_add_to(t, numbers);
	OK(count(numbers, "restarts", 0) == 6 && count(numbers, "restarts", 1) == -1);
	json_decref(numbers);
	tally_free(&t);
}

int
main(void)
{
	test_orders();
	test_restarts();
	return tap_done();
}
