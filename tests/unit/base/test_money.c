/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include "../../tap.h"

static bool
is(const char *text_z, int64_t want)
{
	int64_t cents = -1;

	return money_parse(str_z(text_z), &cents) && cents == want;
}

static bool
is_none(const char *text_z)
{
	int64_t cents;

	return !money_parse(str_z(text_z), &cents);
}

static bool
json_is(const char *text_z, int64_t want)
{
	json_t *v = json_loads(text_z, JSON_DECODE_ANY, NULL);
	int64_t cents = -1;
	bool same = money_from_json(v, &cents) && cents == want;

	json_decref(v);
	return same;
}

int
main(void)
{
	int64_t cents;
	struct buf b;

	OK(is("104.979996", 10498) && is("104.98", 10498) &&
		is("37.98999786376953", 3799));
	OK(is("19.99", 1999) && is("5", 500) && is("5.0", 500) && is(".5", 50) &&
		is("0", 0));
	OK(is("1.005", 101) && is("1.004999", 100) && is("-1.005", -101) &&
		is("0.999", 100));
	OK(is("10000000000000", INT64_C(1000000000000000)));
	OK(is_none("") && is_none("-") && is_none(".") && is_none("5.") &&
		is_none("1,5"));
	OK(is_none("1e3") && is_none("0x10") && is_none("--5") && is_none("5.1.2") &&
		is_none("nan"));
	OK(is_none("99999999999999999999") && is_none("1.2x") && is_none("$5") &&
		is_none(" 5"));
	OK(money_parse_loose(STR(" $104.98 "), &cents) && cents == 10498);
	OK(money_parse_loose(STR("USD 5"), &cents) && cents == 500);
	OK(money_parse_loose(STR("-5"), &cents) && cents == -500);
	OK(!money_parse_loose(STR("total"), &cents) &&
		!money_parse_loose(STR(""), &cents));
	OK(json_is("104.979996", 10498) && json_is("119.979996", 11998) &&
		json_is("105", 10500));
	OK(json_is("1.005", 101) && json_is("\"104.98\"", 10498) && !json_is("null", 0));
	OK(!json_is("1e300", 0) && !json_is("[]", 0) && !json_is("true", 1));
	buf_init(&b, 100);
	money_format(&b, 10498);
	money_format(&b, -5);
	OK(str_eq(buf_str(&b), STR("104.98-0.05")));
	buf_fini(&b);
	return tap_done();
}
