/* SPDX-License-Identifier: Apache-2.0 */
/* Money in cents, and what is not known stays unknown. */
#include "incident/impact.h"

#include "base/json.h"
#include "base/time.h"
#include "tap.h"

static int64_t
cents(const char *text_z)
{
	int64_t out;

	return impact_cents(str_z(text_z), &out) ? out : -1;
}

static json_t *
impact_json(const struct impact *i, int64_t span_ns)
{
	struct buf b;
	json_t *v = NULL;
	size_t used;

	buf_init(&b, 4096);
	impact_add(i, span_ns, &b);
	OK(json_read(buf_str(&b), &v, &used) == JSON_OK && used == b.len);
	buf_fini(&b);
	return v;
}

static void
test_json(void)
{
	struct impact *i = impact_new();
	json_t *v = impact_json(i, 0);

	OK(json_i64(json_member(v, "orders"), -1) == 0);
	OK(json_i64(json_member(v, "amount_cents"), -1) == 0);
	json_decref(v);
	impact_order(i, STR("a"), STR(""), STR(""));
	v = impact_json(i, 76452 * TIME_MS);
	OK(json_is_null(json_member(v, "amount_cents")));
	OK(json_real_value(json_member(v, "minutes")) == 1.3);
	json_decref(v);
	impact_order(i, STR("a"), STR("1.50"), STR("c1"));
	impact_order(i, STR("a"), STR("9.99"), STR("c1"));
	impact_order(i, STR("b"), STR("2.00"), STR("c1"));
	v = impact_json(i, 0);
	OK(json_i64(json_member(v, "orders"), -1) == 2);
	OK(json_i64(json_member(v, "customers"), -1) == 1);
	OK(json_i64(json_member(v, "amount_cents"), -1) == 350);
	json_decref(v);
	impact_reset(i);
	impact_order(i, STR("c"), STR("4.00"), STR(""));
	v = impact_json(i, 0);
	OK(json_i64(json_member(v, "orders"), -1) == 1);
	OK(json_i64(json_member(v, "customers"), -1) == 0);
	OK(json_i64(json_member(v, "amount_cents"), -1) == 400);
	json_decref(v);
	impact_free(&i);
}

int
main(void)
{
	OK(cents("104.979996") == 10498);
	OK(cents("104.98") == 10498);
	OK(cents("$19.9") == 1990);
	OK(cents("7") == 700);
	OK(cents(".5") == 50);
	OK(cents("0.004") == 0);
	OK(cents("0.005") == 1);
	OK(cents("1.999") == 200);
	OK(cents("") == -1);
	OK(cents("abc") == -1);
	OK(cents("1.2.3") == -1);
	OK(cents("-5") == -1);
	OK(cents("1e9") == -1);
	OK(cents("99999999999999999999") == -1);
	OK(cents("USD 12.50") == 1250);
	OK(cents("12.") == 1200);
	OK(cents(".") == -1);
	test_json();
	return tap_done();
}
