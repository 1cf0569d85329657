/* SPDX-License-Identifier: Apache-2.0 */
#include "noise.h"

#include "frontend.h"
#include "gokit.h"
#include "spring.h"

static int64_t
soon(struct world *w)
{
	return w->now_ns + rng_range(&w->rng, 0, 400) * NS_PER_MS;
}

static void
health(struct world *w, void *arg)
{
	gokit_health(w, CATALOGUE, soon(w));
	gokit_health(w, USER, soon(w));
	gokit_health(w, PAYMENT, soon(w));
	world_at(w, w->now_ns + 3 * NS_PER_S, health, arg);
}

static void
mongo_line(struct world *w, const char *component, unsigned id, const char *ctx)
{
	struct text *t = world_line(w);
	char at[30];

	(void)time_write(at, w->now_ns, TEXT_MILLIS);
	text_fmt(t,
		"{\"t\":{\"$date\":\"%.23s+00:00\"},\"s\":\"I\",  \"c\":\"%s\",  \"id\":%u,   "
		"\"ctx\":\"%s\",",
		at, component, id, ctx);
}

static void
mongo(struct world *w, void *arg)
{
	for (enum service s = ORDERS_DB; s <= CARTS_DB; s++) {
		mongo_line(w, "STORAGE", 22430, "WTCheckpointThread");
		text_fmt(&w->line,
			"\"msg\":\"WiredTiger message\",\"attr\":{\"message\":\"[%lld:%u]"
			"[17:0x7a1f3c2d4700], WT_SESSION.checkpoint: [WT_VERB_CHECKPOINT"
			"_PROGRESS] saving checkpoint snapshot min: %u, snapshot max: %u "
			"snapshot count: 0, oldest timestamp: (0, 0) , meta checkpoint "
			"timestamp: (0, 0)\"}}",
			(long long)(w->now_ns / NS_PER_S), rng_below(&w->rng, 1000000),
			rng_below(&w->rng, 5000), rng_below(&w->rng, 5000));
		world_say(w, s, w->now_ns + NS_PER_MS, STDOUT);
	}
	if (rng_once_in(&w->rng, 4)) {
		mongo_line(w, "COMMAND", 51803, "conn12");
		text_fmt(&w->line,
			"\"msg\":\"Slow query\",\"attr\":{\"type\":\"command\",\"ns\":"
			"\"data.customerOrder\",\"durationMillis\":%u}}",
			100 + rng_below(&w->rng, 90));
		world_say(w, ORDERS_DB, w->now_ns + 2 * NS_PER_MS, STDOUT);
	}
	world_at(w, w->now_ns + 60 * NS_PER_S, mongo, arg);
}

static void
exporter(struct world *w, void *arg)
{
	struct text *t = world_line(w);

	text_str(t, "time=\"");
	text_time(t, w->now_ns, TEXT_SECONDS);
	text_str(t, "\" level=info msg=\"Metrics updated\" duration=");
	text_took(t, rng_range(&w->rng, 20000000, 40000000));
	world_say(w, RABBITMQ_EXPORTER, w->now_ns + NS_PER_MS, STDERR);
	world_at(w, w->now_ns + rng_range(&w->rng, 12, 15) * NS_PER_S, exporter, arg);
}

static void
rabbit_line(struct world *w, int64_t at_ns, const char *rest)
{
	char at[30];

	(void)time_write(at, at_ns, TEXT_MICROS);
	at[10] = ' ';
	world_sayf(w, RABBITMQ, at_ns, STDOUT, "%.26s+00:00 %s", at, rest);
}

static void
rabbit(struct world *w, void *arg)
{
	rabbit_line(w, w->now_ns,
		"[info] <0.7060.0> accepting AMQP connection <0.7060.0> (10.244.1.6:33222 -> "
		"10.244.1.17:5672)\x1b[0m");
	rabbit_line(w, w->now_ns + 4 * NS_PER_MS,
		"[info] <0.7060.0> connection <0.7060.0> (10.244.1.6:33222 -> 10.244.1.17:5672): "
		"user 'guest' authenticated and granted access to vhost '/'\x1b[0m");
	rabbit_line(w, w->now_ns + 20 * NS_PER_S,
		"[warning] <0.7060.0> closing AMQP connection <0.7060.0> (10.244.1.6:33222 -> "
		"10.244.1.17:5672):");
	world_sayf(w, RABBITMQ, w->now_ns + 20 * NS_PER_S + 30000, STDOUT,
		"client unexpectedly closed TCP connection\x1b[0m");
	world_at(w, w->now_ns + 700 * NS_PER_S, rabbit, arg);
}

static void
redis(struct world *w, void *arg)
{
	static const char *const says[] = {
		"1:M %s * 100 changes in 300 seconds. Saving...",
		"1:M %s * Background saving started by pid 26",
		"26:C %s * DB saved on disk",
		"26:C %s * Fork CoW for RDB: current 0 MB, peak 0 MB, average 0 MB",
		"1:M %s * Background saving terminated with success"
	};
	char at[30];

	(void)time_write(at, w->now_ns, TEXT_MILLIS);
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		const char *rest = says[i];

		/* "18 Oct 2025 09:22:50.461" has day and month by name: days suffice here
		 */
		text_clear(&w->line);
		for (; *rest != '%'; rest++)
			text_char(&w->line, *rest);
		text_fmt(&w->line, "%.2s %s %.4s %.12s%s", at + 8,
			&"Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec"
				[((at[5] - '0') * 10 + at[6] - '1') * 4],
			at, at + 11, rest + 2);
		world_say(w, SESSION_DB, w->now_ns + (int64_t)i * 30 * NS_PER_MS, STDOUT);
	}
	world_at(w, w->now_ns + 300 * NS_PER_S, redis, arg);
}

static void
old_databases(struct world *w, void *arg)
{
	char at[30];

	(void)time_write(at, w->now_ns, TEXT_MILLIS);
	world_sayf(w, USER_DB, w->now_ns + NS_PER_MS, STDOUT,
		"%.23s+0000 I NETWORK  [listener] connection accepted from 10.244.1.22:%u #%u (2 "
		"connections now open)",
		at, 40000 + rng_below(&w->rng, 9999), 2 + rng_below(&w->rng, 40));
	if (rng_once_in(&w->rng, 3))
		world_sayf(w, CATALOGUE_DB, w->now_ns + 3 * NS_PER_MS, STDERR,
			"%.10s %2d:%.5s 610 [Warning] Aborted connection 610 to db: 'socksdb' user: "
			"'catalogue_user' host: '10.244.1.9' (Got an error reading communication "
			"packets)",
			at, (at[11] - '0') * 10 + at[12] - '0', at + 14);
	world_at(w, w->now_ns + 400 * NS_PER_S, old_databases, arg);
}

static void
long_line(struct world *w, void *arg)
{
	frontend_long_line(w);
	world_at(w, w->now_ns + 420 * NS_PER_S, long_line, arg);
}

static void
first_requests(struct world *w, void *arg)
{
	(void)arg;
	spring_mapped(w, ORDERS, w->now_ns);
	spring_mapped(w, CARTS, w->now_ns + 2 * NS_PER_S);
}

void
noise_begin(struct world *w)
{
	int64_t now = w->now_ns;

	world_at(w, now, health, NULL);
	world_at(w, now + 11 * NS_PER_S, first_requests, NULL);
	world_at(w, now + 30 * NS_PER_S, mongo, NULL);
	world_at(w, now + 5 * NS_PER_S, exporter, NULL);
	world_at(w, now + 50 * NS_PER_S, rabbit, NULL);
	world_at(w, now + 70 * NS_PER_S, redis, NULL);
	world_at(w, now + 90 * NS_PER_S, old_databases, NULL);
	world_at(w, now + 100 * NS_PER_S, long_line, NULL);
}
