/* SPDX-License-Identifier: Apache-2.0 */
/* time: the calendar, zones with and without a table, RFC 3339 both ways. */
#include "base/time.h"

#include <string.h>

#include "../../tap.h"

static bool
round_trip(int64_t at)
{
	struct time_fields f;

	time_to_fields(at, &f);
	return time_from_fields(&f) == at;
}

static void
calendar(void)
{
	static const struct time_fields bad[] = {
		{ 2025, 2, 29, 0, 0, 0, 0 },
		{ 1900, 2, 29, 0, 0, 0, 0 },
		{ 2025, 0, 1, 0, 0, 0, 0 },
		{ 2025, 13, 1, 0, 0, 0, 0 },
		{ 2025, 4, 31, 0, 0, 0, 0 },
		{ 2025, 1, 1, 24, 0, 0, 0 },
		{ 2025, 1, 1, 0, 60, 0, 0 },
		{ 2025, 1, 1, 0, 0, 61, 0 },
		{ 2025, 1, 1, 0, 0, 0, TIME_S },
		{ 1, 1, 1, 0, 0, 0, 0 },
		{ 9999, 1, 1, 0, 0, 0, 0 },
	};
	struct time_fields f = { 2000, 2, 29, 23, 59, 59, 999999999 };
	bool good = true;

	OK(time_from_fields(&f) == INT64_C(951868799) * TIME_S + 999999999);
	time_to_fields(-1, &f);
	OK(f.year == 1969 && f.month == 12 && f.day == 31 && f.second == 59 &&
		f.nanosecond == 999999999);
	for (int64_t day = -100000; day < 100000; day++)
		good = good && round_trip(day * TIME_DAY + day);
	OK(good);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(time_from_fields(&bad[i]) == TIME_NONE);
	time_to_fields(INT64_MIN, &f);
	OK(f.year == 1677);
}

/* Parses the whole text; TIME_NONE when it cannot. */
static int64_t
parsed(const char *text_z, const struct time_zone *zone)
{
	struct str s = str_z(text_z);
	int64_t at;

	return time_parse(&s, zone, &at) && s.len == 0 ? at : TIME_NONE;
}

static bool
shown(int64_t at, const struct time_zone *zone, int digits, const char *wanted)
{
	struct buf b;
	bool same;

	buf_init(&b, 100);
	time_format(&b, at, zone, digits);
	same = strcmp(buf_z(&b), wanted) == 0;
	if (!same)
		printf("# got %s\n", buf_z(&b));
	buf_fini(&b);
	return same;
}

static void
rfc3339(void)
{
	static const char *const bad[] = { "", "2025-10-28", "2025-10-28T10:04",
		"2025-13-28T10:04:45Z", "2025-10-28  10:04:45", "25-10-28T10:04:45Z",
		"2025-10-28T10:04:45.Z", "2025-10-28T1:04:45Z", "0001-01-01T00:00:00Z",
		"2025-10-28T10:04:45+24:00", "2025/10/28T10:04:45Z" };
	const int64_t at = INT64_C(1761645885) * TIME_S; /* 2025-10-28T10:04:45Z */
	struct str rest = STR("2025-10-28 10:04:45,5 INFO x");
	struct time_zone *india = time_zone_new(STR("+05:30"));
	int64_t got;

	OK(parsed("2025-10-28T10:04:45Z", NULL) == at);
	OK(parsed("2025-10-28T10:04:45.548Z", NULL) == at + 548 * TIME_MS);
	OK(parsed("2025-10-28T10:04:45.123456789+00:00", NULL) == at + 123456789);
	OK(parsed("2025-10-28T10:04:45.1234567899Z", NULL) == at + 123456789);
	OK(parsed("2025-10-28T15:34:45+05:30", NULL) == at);
	OK(parsed("2025-10-28T03:04:45-0700", NULL) == at);
	OK(parsed("2025-10-28 15:34:45", india) == at &&
		parsed("2025-10-28 10:04:45Z", india) == at);
	OK(parsed("2016-12-31T23:59:60Z", NULL) == INT64_C(1483228800) * TIME_S);
	OK(time_parse(&rest, NULL, &got) && got == at + 500 * TIME_MS &&
		str_eq(rest, STR(" INFO x")));
	rest = STR("2025-10-28T10:04:45: x");
	OK(time_parse(&rest, NULL, &got) && got == at && str_eq(rest, STR(": x")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(parsed(bad[i], NULL) == TIME_NONE);
	rest = STR("nonsense");
	OK(!time_parse(&rest, NULL, &got) && rest.len == 8);
	OK(shown(at + 548999999, NULL, 3, "2025-10-28T10:04:45.548Z"));
	OK(shown(at + 5, NULL, 9, "2025-10-28T10:04:45.000000005Z"));
	OK(shown(at, india, 0, "2025-10-28T15:34:45+05:30"));
	OK(shown(-1, NULL, 6, "1969-12-31T23:59:59.999999Z"));
	OK(shown(TIME_NONE, NULL, 3, "-"));
	time_zone_free(&india);
	OK(india == NULL);
}

static void
zones(void)
{
	static const char *const bad[] = { "", "Nowhere/Town", "../../etc/passwd",
		"/etc/passwd", "+5", "UTC\n", "Europe/../Europe/Berlin", "Europe",
		"+25:00", "posixrules.txt" };
	struct time_zone *utc = time_zone_new(STR("UTC"));
	struct time_zone *west = time_zone_new(STR("-0330"));
	const int64_t winter = INT64_C(1761645885) * TIME_S;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(time_zone_new(str_z(bad[i])) == NULL);
	OK(time_zone_new((struct str){ "UTC\0x", 5 }) == NULL);
	OK(time_zone_offset(utc, winter) == 0 && time_zone_offset(NULL, winter) == 0);
	OK(time_zone_offset(west, winter) == -12600);
	time_zone_free(&utc);
	time_zone_free(&west);
}

/* Needs the zone database; its absence is said. */
static void
berlin(void)
{
	struct time_zone *z = time_zone_new(STR("Europe/Berlin"));
	struct time_fields twice = { 2025, 10, 26, 2, 30, 0, 0 };
	struct time_fields never = { 2025, 3, 30, 2, 30, 0, 0 };
	struct time_fields later = { 2099, 7, 1, 12, 0, 0, 0 };

	if (z == NULL) {
		printf("# no zone database here\n");
		return;
	}
	OK(time_zone_offset(z, parsed("2025-10-28T00:00:00Z", NULL)) == 3600);
	OK(time_zone_offset(z, parsed("2025-07-28T00:00:00Z", NULL)) == 7200);
	OK(time_from_local(&twice, z) == parsed("2025-10-26T00:30:00Z", NULL));
	OK(time_from_local(&never, z) == parsed("2025-03-30T01:30:00Z", NULL));
	OK(time_from_local(&later, z) == parsed("2099-07-01T10:00:00Z", NULL));
	OK(parsed("2025-07-28 02:00:00", z) == parsed("2025-07-28T00:00:00Z", NULL));
	OK(shown(
		parsed("2025-03-30T00:59:59Z", NULL), z, 0, "2025-03-30T01:59:59+01:00"));
	OK(shown(
		parsed("2025-03-30T01:00:00Z", NULL), z, 0, "2025-03-30T03:00:00+02:00"));
	time_zone_free(&z);
}

/* In any order of minutes and spellings it says what time_parse() says. */
static void
the_minute_before(void)
{
	static const char *const texts_z[] = { "2025-10-28T10:04:45.548000000Z",
		"2025-10-28T10:04:46Z", "2025-10-28T10:04:59.9999999999Z",
		"2025-10-28T10:04:60Z", "2025-10-28T10:04:61Z", "2025-10-28T10:05:00.Z",
		"2025-10-28T10:05:00.1Z", "2025-10-28T10:05:00,2Z",
		"2025-10-28T10:05:1xZ", "2025-10-28T10:05:01+01:00",
		"2025-10-28 10:05:02.5Z", "2025-10-28 10:05:03.5",
		"2025-10-28 10:05:04Z ", "1969-12-31T23:59:58.25Z",
		"1969-12-31T23:59:59.75Z", "2025-13-28T10:05:00Z", "2025-13-28T10:05:01Z",
		"2025-10-28T10:05Z", "Z", "" };
	struct time_minute m = { { 0 }, 0 };
	unsigned random = 1;
	bool good = true;

	for (int i = 0; i < 4000; i++) {
		const char *text_z = texts_z[(random >> 16) % ARRAY_LEN(texts_z)];
		struct str a = str_z(text_z);
		int64_t x = 1, y = 1;
		bool found = time_parse(&a, NULL, &x);

		random = random * 1103515245 + 12345;
		good = good && time_parse_near(&m, str_z(text_z), &y) == found && x == y;
	}
	OK(good);
}

int
main(void)
{
	calendar();
	the_minute_before();
	rfc3339();
	zones();
	berlin();
	return tap_done();
}
