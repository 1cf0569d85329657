/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations of base/time.h: what people write, and what people read.
 */
#include "base/time.h"

#include "base/compiler.h"

static const struct unit {
	struct str name;
	int64_t ns;
} units[] = {
	{ { "ns", 2 }, 1 },
	{ { "us", 2 }, TIME_US },
	{ { "ms", 2 }, TIME_MS },
	{ { "s", 1 }, TIME_S },
	{ { "m", 1 }, TIME_MIN },
	{ { "h", 1 }, TIME_H },
	{ { "d", 1 }, TIME_DAY },
	{ { "w", 1 }, 7 * TIME_DAY },
};

static size_t
count_while(struct str s, bool (*test)(char c))
{
	size_t n = 0;

	while (n < s.len && test(s.ptr[n]))
		n++;
	return n;
}

static bool
is_digit(char c)
{
	return char_is_digit(c);
}

static bool
is_alpha(char c)
{
	return char_is_alpha(c);
}

static struct str
take(struct str *s, size_t n)
{
	struct str head = str_sub(*s, 0, n);

	*s = str_sub(*s, n, s->len);
	return head;
}

static int64_t
unit_ns(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq(units[i].name, name))
			return units[i].ns;
	return 0;
}

/* "1.5h" off the start of *s. */
static bool
take_part(struct str *s, int64_t *out)
{
	struct str whole = take(s, count_while(*s, is_digit));
	struct str fraction = STR("");
	int64_t unit, n, v;

	if (s->len > 0 && s->ptr[0] == '.') {
		take(s, 1);
		fraction = take(s, count_while(*s, is_digit));
		if (fraction.len == 0)
			return false;
	}
	unit = unit_ns(take(s, count_while(*s, is_alpha)));
	if (unit == 0 || !str_to_i64(whole, 0, INT64_MAX / unit, &n))
		return false;
	v = n * unit;
	for (size_t i = 0; i < fraction.len && unit > 0; i++) {
		unit /= 10;
		if (v > INT64_MAX - 9 * unit)
			return false;
		v += (fraction.ptr[i] - '0') * unit;
	}
	*out = v;
	return true;
}

bool
time_parse_duration(struct str s, int64_t *out)
{
	int64_t sum = 0;

	if (s.len == 0)
		return false;
	while (s.len > 0) {
		int64_t part;

		if (!take_part(&s, &part) || part > INT64_MAX - sum)
			return false;
		sum += part;
	}
	*out = sum;
	return true;
}

static void
add_two(struct buf *b, int64_t span_ns, struct str big, int64_t big_ns, struct str small,
	int64_t small_ns)
{
	int64_t rest = span_ns % big_ns / small_ns;

	buf_add_i64(b, span_ns / big_ns);
	buf_add(b, big);
	if (rest == 0)
		return;
	buf_add_char(b, ' ');
	buf_add_i64(b, rest);
	buf_add(b, small);
}

static void
add_seconds(struct buf *b, int64_t span_ns)
{
	int64_t tenths = span_ns / (TIME_S / 10);

	buf_add_i64(b, tenths / 10);
	if (tenths % 10 != 0)
		buf_printf(b, ".%d", (int)(tenths % 10));
	buf_add(b, STR(" s"));
}

void
time_format_duration(struct buf *b, int64_t span_ns)
{
	if (span_ns == INT64_MIN)
		span_ns++;
	if (span_ns < 0) {
		buf_add_char(b, '-');
		span_ns = -span_ns;
	}
	if (span_ns >= TIME_DAY)
		add_two(b, span_ns, STR("d"), TIME_DAY, STR("h"), TIME_H);
	else if (span_ns >= TIME_H)
		add_two(b, span_ns, STR("h"), TIME_H, STR("m"), TIME_MIN);
	else if (span_ns >= TIME_MIN)
		add_two(b, span_ns, STR("m"), TIME_MIN, STR("s"), TIME_S);
	else if (span_ns >= TIME_S || span_ns == 0)
		add_seconds(b, span_ns);
	else if (span_ns >= TIME_MS)
		buf_printf(b, "%d ms", (int)(span_ns / TIME_MS));
	else if (span_ns >= TIME_US)
		buf_printf(b, "%d us", (int)(span_ns / TIME_US));
	else
		buf_printf(b, "%d ns", (int)span_ns);
}
