/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define UNITS_MAX INT64_C(10000000000000)

bool
money_parse(struct str s, int64_t *out)
{
	bool minus = s.len > 0 && s.ptr[0] == '-';
	struct str whole, part = minus ? str_sub(s, 1, s.len) : s;
	bool point = str_find_char(part, '.') != SIZE_MAX;
	int64_t units = 0, cents = 0;

	whole = str_cut(&part, '.');
	if (whole.len == 0 ? part.len == 0 : !char_is_digit(whole.ptr[0]))
		return false;
	if (point && part.len == 0)
		return false;
	if (whole.len > 0 && !str_to_i64(whole, 0, UNITS_MAX, &units))
		return false;
	for (size_t i = 0; i < part.len; i++)
		if (!char_is_digit(part.ptr[i]))
			return false;
	for (size_t i = 0; i < 2; i++)
		cents = cents * 10 + (i < part.len ? part.ptr[i] - '0' : 0);
	if (part.len > 2 && part.ptr[2] >= '5')
		cents++;
	*out = units * 100 + cents;
	if (minus)
		*out = -*out;
	return true;
}

bool
money_parse_loose(struct str s, int64_t *out)
{
	struct str rest = str_trim(s);
	size_t n = 0;

	while (n < rest.len && n < 4 && !char_is_digit(rest.ptr[n]) &&
		rest.ptr[n] != '.' && rest.ptr[n] != '-' && rest.ptr[n] != ' ')
		n++;
	return money_parse(str_trim(str_sub(rest, n, rest.len)), out);
}

bool
money_from_json(const json_t *v, int64_t *out)
{
	char text_z[40];

	if (json_is_string(v))
		return money_parse_loose(json_text(v), out);
	if (json_is_integer(v))
		(void)snprintf(text_z, sizeof(text_z), "%" JSON_INTEGER_FORMAT,
			json_integer_value(v));
	else if (json_is_real(v))
		(void)snprintf(text_z, sizeof(text_z), "%.15g", json_real_value(v));
	else
		return false;
	return money_parse(str_z(text_z), out);
}

int64_t
money_add(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

void
money_format(struct buf *b, int64_t cents)
{
	uint64_t n = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

	buf_printf(b, "%s%" PRIu64 ".%02u", cents < 0 ? "-" : "", n / 100,
		(unsigned)(n % 100));
}
