/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/linetime.h"

#include "base/buf.h"
#include "tap.h"

static bool
finds(const char *line_z, const char *want_z, const struct time_zone *zone)
{
	/* 2025-10-29T00:00:00Z */
	struct linetime_conf conf = { zone, INT64_C(1761696000000000000) };
	int64_t at_ns;
	struct buf b;
	bool same;

	buf_init(&b, 100);
	if (linetime_find(str_z(line_z), &conf, &at_ns))
		time_format(&b, at_ns, NULL, 3);
	same = str_eq(buf_str(&b), str_z(want_z));
	if (!same)
		printf("# \"%s\" gives %.*s\n", line_z, STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}

static void
test_services(void)
{
	OK(finds("2025-10-18 09:24:28.407  INFO [orders,26e8,8c67,false] 1 --- [x] y : z",
		"2025-10-18T09:24:28.407Z", NULL));
	OK(finds(
		"ts=2025-10-18T09:23:58.673903293Z caller=logging.go:25 method=Authorise",
		"2025-10-18T09:23:58.673Z", NULL));
	OK(finds("{\"t\":{\"$date\":\"2025-10-18T07:38:30.067+00:00\"},\"s\":\"I\"}",
		"2025-10-18T07:38:30.067Z", NULL));
	OK(finds("2025-10-18T09:11:59.532+0000 I NETWORK  [listener] connection",
		"2025-10-18T09:11:59.532Z", NULL));
	OK(finds("1:M 18 Oct 2025 09:22:50.461 * 100 changes in 300 seconds",
		"2025-10-18T09:22:50.461Z", NULL));
	OK(finds("2025-10-18 09:24:14.747082+00:00 [info] <0.7060.0> accepting",
		"2025-10-18T09:24:14.747Z", NULL));
	OK(finds("time=\"2025-10-18T07:37:41Z\" level=info msg=\"Metrics updated\"",
		"2025-10-18T07:37:41.000Z", NULL));
	OK(finds("2026-01-29  9:37:27 610 [Warning] Aborted connection 610",
		"2026-01-29T09:37:27.000Z", NULL));
	OK(finds("2025/11/10 12:25:21 \xf0\x9f\x9a\x80 Payment service starting",
		"2025-11-10T12:25:21.000Z", NULL));
	OK(finds("[2025-10-30 06:32:36,983] locust-s9gbj/INFO/locust.main: Starting",
		"2025-10-30T06:32:36.983Z", NULL));
}

static void
test_others(void)
{
	struct time_zone *zone = time_zone_new(STR("+05:30"));

	OK(finds("Oct 28 10:04:45 host x", "2025-10-28T10:04:45.000Z", NULL));
	OK(finds("<34>Nov  1 10:04:45 host x", "2024-11-01T10:04:45.000Z", NULL));
	OK(finds("Feb 29 01:00:00 host x", "2024-02-29T01:00:00.000Z", NULL));
	OK(finds("Tue Oct 28 10:04:45 2025 x", "2025-10-28T10:04:45.000Z", NULL));
	OK(finds("I1028 10:04:45.123456       1 main.go:1] x", "2025-10-28T10:04:45.123Z",
		NULL));
	OK(finds("10.1.2.3 - - [28/Oct/2025:10:04:45 +0200] \"GET /\"",
		"2025-10-28T08:04:45.000Z", NULL));
	OK(finds("INFO 2025-10-28 10:04:45 x", "2025-10-28T10:04:45.000Z", NULL));
	OK(finds("{\"level\":\"info\",\"ts\":1761645885.548,\"msg\":\"x\"}",
		"2025-10-28T10:04:45.548Z", NULL));
	OK(finds("{\"timestamp\":1761645885548,\"status\":500}",
		"2025-10-28T10:04:45.548Z", NULL));
	OK(finds("2025-10-28 10:04:45 x", "2025-10-28T04:34:45.000Z", zone));
	OK(finds("2025-10-28 10:04:45Z x", "2025-10-28T10:04:45.000Z", zone));
	time_zone_free(&zone);
}

static void
test_none(void)
{
	static const char *const lines[] = { "", "Adding shipment to queue...",
		"GET /login 401 9.302 ms", "2025", "2025-13-01 10:00:00 x",
		"2025-10-28 x", "order 2025-10-28", "ts=now", "{}", "{\"time\":5}",
		"12345678901234567890123", "Card is [ {Card:{LongNum:4111} } ]", "18 Oct",
		"took=2.99081ms t=5" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		OK(finds(lines[i], "", NULL));
}

int
main(void)
{
	test_services();
	test_others();
	test_none();
	return tap_done();
}
