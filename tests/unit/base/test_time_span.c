/* SPDX-License-Identifier: Apache-2.0 */
/* time_span: durations as people write and read them. */
#include "base/time.h"

#include <string.h>

#include "../../tap.h"

static void
parsing(void)
{
	static const struct {
		const char *text;
		int64_t span;
	} t[] = {
		{ "90s", 90 * TIME_S },
		{ "5m", 5 * TIME_MIN },
		{ "1.5h", 90 * TIME_MIN },
		{ "250ms", 250 * TIME_MS },
		{ "2d", 2 * TIME_DAY },
		{ "1w", 7 * TIME_DAY },
		{ "1h30m", 90 * TIME_MIN },
		{ "0s", 0 },
		{ "0.25s", 250 * TIME_MS },
		{ "10us", 10000 },
		{ "106751d", 106751 * TIME_DAY },
	};
	static const char *const bad[] = { "", "5", "m", "-5m", "5 m", "5x", "1.h", ".5h",
		"5M", "5m ", "1h30", "106752d", "99999999999999999999s", "15250w15250w" };
	int64_t span = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		OK(time_parse_duration(str_z(t[i].text), &span) && span == t[i].span);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(!time_parse_duration(str_z(bad[i]), &span));
}

static void
showing(void)
{
	static const struct {
		int64_t span;
		const char *text;
	} t[] = {
		{ 0, "0 s" },
		{ 5, "5 ns" },
		{ 350 * TIME_US, "350 us" },
		{ 350 * TIME_MS, "350 ms" },
		{ 2900 * TIME_MS, "2.9 s" },
		{ 30 * TIME_S, "30 s" },
		{ 59999 * TIME_MS, "59.9 s" },
		{ 63 * TIME_S, "1m 3s" },
		{ 65 * TIME_MIN, "1h 5m" },
		{ 2 * TIME_H, "2h" },
		{ 50 * TIME_H, "2d 2h" },
		{ -5 * TIME_MIN, "-5m" },
		{ INT64_MIN, "-106751d 23h" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		time_format_duration(&b, t[i].span);
		OK(strcmp(buf_z(&b), t[i].text) == 0);
		buf_fini(&b);
	}
}

int
main(void)
{
	parsing();
	showing();
	return tap_done();
}
