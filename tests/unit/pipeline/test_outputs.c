/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs: the outbox drained to a server thread that answers as told, bounds, a second
 * destination that says nothing, another configuration.
 */
#include "pipeline/outputs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"
#include "output/dry.h"

#include "../../tap.h"

#define T0     (INT64_C(1761645885) * TIME_S)
#define KEY_Z  "SECRETKEY0123456789"
#define BODY_Z "{\"id\":\"0123456789abcdef\",\"kind\":\"opened\",\"title\":\"t\"}"

static const volatile sig_atomic_t never;
static char folder_z[64];

static const char *
in_folder(const char *name_z)
{
	static char path_z[128];

	(void)snprintf(path_z, sizeof(path_z), "%s/%s", folder_z, name_z);
	return path_z;
}

static bool
contains(struct str s, const char *text_z)
{
	return str_find(s, str_z(text_z)) != SIZE_MAX;
}

/* Answers each connection with the next text, then with 202. */
struct server {
	int listener;
	const char *const *replies_z; /* ended by NULL; "" closes without an answer */
	unsigned requests;
	struct buf seen;
	char url_z[64];
};

static bool
is_whole(const struct buf *b)
{
	struct str s = buf_str(b);
	size_t head = str_find(s, STR("\r\n\r\n"));
	size_t at = str_find(s, STR("Content-Length: "));
	struct str rest;
	int64_t n;

	if (head == SIZE_MAX || at == SIZE_MAX)
		return head != SIZE_MAX;
	rest = str_sub(s, at + 16, s.len);
	return str_to_i64(str_trim(str_cut(&rest, '\n')), 0, 1 << 20, &n) &&
	       s.len >= head + 4 + (size_t)n;
}

static void
answer(struct server *v, int fd)
{
	static const char good[] =
		"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
	const char *reply_z = *v->replies_z != NULL ? *v->replies_z++ : good;
	struct buf request;
	char *to;
	ssize_t n = 1;

	buf_init(&request, 1 << 20);
	while (n > 0 && !is_whole(&request) && (to = buf_grow(&request, 4096)) != NULL) {
		n = recv(fd, to, 4096, 0);
		request.len -= 4096 - (n > 0 ? (size_t)n : 0);
	}
	buf_add(&v->seen, buf_str(&request));
	buf_fini(&request);
	v->requests++;
	if (send(fd, reply_z, strlen(reply_z), MSG_NOSIGNAL) < 0)
		puts("# send");
	close(fd);
}

static void *
serve(void *arg)
{
	struct server *v = arg;
	int fd;

	while ((fd = accept(v->listener, NULL, NULL)) >= 0)
		answer(v, fd);
	return NULL;
}

static void
start(struct server *v, pthread_t *thread, const char *const *replies_z)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*v = (struct server){ .replies_z = replies_z };
	buf_init(&v->seen, 1 << 20);
	v->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(v->listener, (struct sockaddr *)&a, len) != 0 ||
		listen(v->listener, 8) != 0 ||
		getsockname(v->listener, (struct sockaddr *)&a, &len) != 0 ||
		pthread_create(thread, NULL, serve, v) != 0)
		abort();
	(void)snprintf(
		v->url_z, sizeof(v->url_z), "http://127.0.0.1:%u", ntohs(a.sin_port));
}

static void
stop(struct server *v, pthread_t thread)
{
	shutdown(v->listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(v->listener);
	buf_fini(&v->seen);
}

static struct store *
store_with(const char *const *bodies_z, size_t n, struct str destination)
{
	struct store *s = NULL;

	(void)unlink(in_folder("a.db"));
	if (store_open(in_folder("a.db"), STORE_WRITE, true, &s) != 0 ||
		store_begin(s) != 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct outbox_row row = { .destination = destination,
			.finding = STR("0123456789abcdef"),
			.seq = (int64_t)i,
			.kind = STR("opened"),
			.at_ns = T0,
			.put_ns = clock_wall_ns(),
			.body = str_z(bodies_z[i]) };

		OK(store_put_outbox(s, &row) == 0);
	}
	OK(store_commit(s) == 0);
	return s;
}

static size_t
gaps_with(struct store *s, const char *reason_z, const char *detail_z)
{
	struct store_query *q = store_gaps(s);
	struct gap_row g;
	size_t n = 0;

	while (store_next_gap(q, &g))
		n += contains(g.reason, reason_z) && contains(g.detail, detail_z) &&
		     !contains(g.detail, KEY_Z);
	store_query_free(&q);
	return n;
}

static struct outputs *
open_to(struct output_settings *conf, const char *url_z)
{
	struct outputs_conf oc = { .outputs = conf, .n = 1 };
	struct outputs *o = NULL;
	int refused = 0;

	*conf = (struct output_settings){ .type = DEST_DATADOG,
		.name = STR("datadog"),
		.site = STR("datadoghq.com"),
		.max_findings = 1000,
		.max_age_ns = TIME_DAY,
		.timeout_ns = 30 * TIME_S,
		.api_url = str_z(url_z),
		.logs_url = str_z(url_z) };
	oc.key_file_z = in_folder("key");
	OK(outputs_open(&oc, &refused, &o) == 0 && refused == 0);
	return o;
}

struct drain {
	int err;
	unsigned requests;
	struct outputs_counts counts;
	size_t gaps;
};

static struct drain
drain(const char *const *replies_z, int64_t give_up_ns, const char *detail_z)
{
	const char *const bodies_z[] = { BODY_Z, BODY_Z };
	struct store *s = store_with(bodies_z, ARRAY_LEN(bodies_z), STR("datadog"));
	struct output_settings conf;
	struct outputs *o;
	struct server v;
	pthread_t thread;
	struct drain d = { 0 };

	start(&v, &thread, replies_z);
	o = open_to(&conf, v.url_z);
	d.err = outputs_drain(o, s, give_up_ns, &never);
	d.counts = outputs_counts(o, s);
	OK(outputs_close(&o, s) == 0 && o == NULL);
	d.requests = v.requests;
	d.gaps = gaps_with(s, "datadog_rejected", detail_z);
	OK(contains(buf_str(&v.seen), "DD-API-KEY: " KEY_Z "\r\n"));
	stop(&v, thread);
	store_close(&s);
	return d;
}

#define GOOD_Z   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
#define POISON_Z "HTTP/1.1 400 Bad\r\nContent-Length: 20\r\n\r\n" KEY_Z "!"
#define BUSY_Z   "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"

/* The first answer is that of the probe. */
static void
test_drain(void)
{
	static const char *const none_z[] = { NULL };
	static const char *const poison_z[] = { GOOD_Z, POISON_Z, POISON_Z, NULL };
	static const char *const busy_z[] = { GOOD_Z, BUSY_Z, BUSY_Z, BUSY_Z, BUSY_Z,
		BUSY_Z, NULL };
	struct drain d = drain(none_z, 30 * TIME_S, "");

	OK(d.err == 0 && d.requests == 4 && d.counts.sent == 2 && d.counts.waiting == 0);
	d = drain(poison_z, 30 * TIME_S, "HTTP 400");
	OK(d.err == 0 && d.requests == 6 && d.counts.sent == 1 && d.counts.rejected == 1);
	OK(d.gaps == 1);
	d = drain(busy_z, TIME_S / 2, "");
	OK(d.err == -EAGAIN && d.requests == 2 && d.counts.waiting == 2);
}

static void
test_pause(void)
{
	static const char *const codes_z[] = { "401", "403", "404", "302" };

	for (size_t i = 0; i < ARRAY_LEN(codes_z); i++) {
		char reply_z[128];
		const char *const replies_z[] = { GOOD_Z, reply_z, NULL };
		struct drain d;

		(void)snprintf(reply_z, sizeof(reply_z),
			"HTTP/1.1 %s No\r\nLocation: http://127.0.0.1:1/\r\n"
			"Content-Length: 0\r\n\r\n",
			codes_z[i]);
		d = drain(replies_z, 30 * TIME_S, "");
		OK(d.err == -EAGAIN && d.requests == 2 && d.counts.waiting == 2);
		OK(d.counts.sent == 0 && d.counts.rejected == 0 && d.gaps == 0);
	}
}

static void
test_odd_rows(void)
{
	const char *const bodies_z[] = { "nonsense", "[1]" };
	static const char *const none_z[] = { NULL };
	struct store *s = store_with(bodies_z, ARRAY_LEN(bodies_z), STR("datadog"));
	struct output_settings conf;
	struct outputs *o;
	struct server v;
	pthread_t thread;

	start(&v, &thread, none_z);
	o = open_to(&conf, v.url_z);
	OK(outputs_drain(o, s, 30 * TIME_S, &never) == 0);
	OK(outputs_counts(o, s).rejected == 2);
	OK(gaps_with(s, "datadog_rejected", "not a finding") >= 1);
	OK(outputs_close(&o, s) == 0);
	stop(&v, thread);
	store_close(&s);
}

/* More than may wait: the oldest go, told as a gap. */
static void
test_bound(void)
{
	const char *const bodies_z[] = { BODY_Z, BODY_Z, BODY_Z, BODY_Z };
	struct store *s = store_with(bodies_z, 4, STR("datadog"));
	struct output_settings conf = { .type = DEST_DATADOG,
		.name = STR("datadog"),
		.api_key_file = STR("/none"),
		.max_findings = 1 };
	struct outputs_conf oc = { .outputs = &conf, .n = 1 };
	struct outputs *o = NULL;
	bool touched = false;
	uint64_t n;
	int refused = 0;

	/* without its key it keeps what it can */
	OK(outputs_open(&oc, &refused, &o) == 0 && refused == -ENOENT);
	OK(outputs_committed(o, s) == 0 && store_begin(s) == 0);
	OK(outputs_work(o, s, &touched) == 0 && touched && store_commit(s) == 0);
	OK(store_outbox_count(s, STR("datadog"), &n) == 0 && n == 1);
	OK(gaps_with(s, "datadog_dropped", "max_findings") == 1);
	OK(outputs_counts(o, s).dropped == 3);
	OK(outputs_drain(o, s, TIME_S, &never) == -EAGAIN);
	OK(outputs_close(&o, s) == 0);
	store_close(&s);
}

/* A destination that never answers does not hold up the other, nor the end for long. */
static void
test_black_hole(void)
{
	const char *const bodies_z[] = { BODY_Z, BODY_Z };
	static const char *const none_z[] = { NULL };
	struct store *s = store_with(bodies_z, 2, STR("good"));
	struct output_settings conf[2];
	struct outputs_conf oc = { .outputs = conf, .n = 2 };
	struct outputs *o = NULL;
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int hole = socket(AF_INET, SOCK_STREAM, 0);
	char hole_z[64];
	struct server v;
	pthread_t thread;
	int64_t start_ns;
	uint64_t n = 9;

	OK(bind(hole, (struct sockaddr *)&a, len) == 0 && listen(hole, 8) == 0);
	OK(getsockname(hole, (struct sockaddr *)&a, &len) == 0);
	(void)snprintf(hole_z, sizeof(hole_z), "http://127.0.0.1:%u", ntohs(a.sin_port));
	start(&v, &thread, none_z);
	o = open_to(&conf[0], v.url_z);
	OK(outputs_close(&o, s) == 0);
	conf[1] = conf[0];
	conf[0].name = STR("hole");
	conf[0].api_url = conf[0].logs_url = str_z(hole_z);
	conf[1].name = STR("good");
	oc.key_file_z = in_folder("key");
	OK(outputs_open(&oc, NULL, &o) == 0);
	OK(store_put_outbox(s, &(struct outbox_row){ .destination = STR("hole"),
				       .finding = STR("1"),
				       .kind = STR("opened"),
				       .body = STR(BODY_Z) }) == 0);
	start_ns = clock_mono_ns();
	OK(outputs_drain(o, s, TIME_S, &never) == -EAGAIN);
	OK(store_outbox_count(s, STR("good"), &n) == 0 && n == 0);
	OK(store_outbox_count(s, STR("hole"), &n) == 0 && n == 1);
	OK(outputs_close(&o, s) == 0);
	OK(clock_mono_ns() - start_ns < 10 * TIME_S);
	close(hole);
	stop(&v, thread);
	store_close(&s);
}

static void
test_dry_run(void)
{
	const char *const bodies_z[] = { BODY_Z };
	struct store *s = store_with(bodies_z, 1, STR("datadog"));
	struct output_settings conf = {
		.type = DEST_DATADOG, .name = STR("datadog"), .site = STR("datadoghq.com")
	};
	char *text_z = NULL;
	size_t len;
	FILE *out = open_memstream(&text_z, &len);
	uint64_t n;

	OK(dry_print(&conf, s, T0, out) == 0);
	OK(fclose(out) == 0);
	OK(contains(str_z(text_z), "POST https://api.datadoghq.com/api/v1/events\n"));
	OK(contains(str_z(text_z),
		"POST https://http-intake.logs.datadoghq.com/api/v2/logs\n"));
	OK(contains(str_z(text_z), "DD-API-KEY: (not shown)\n"));
	OK(store_outbox_count(s, STR("datadog"), &n) == 0 && n == 1);
	free(text_z);
	store_close(&s);
}

int
main(void)
{
	FILE *key;

	unsetenv("http_proxy");
	(void)snprintf(folder_z, sizeof(folder_z), "/tmp/test_outputs.XXXXXX");
	if (mkdtemp(folder_z) == NULL || (key = fopen(in_folder("key"), "w")) == NULL)
		abort();
	fputs(KEY_Z "\n", key);
	fclose(key);
	test_drain();
	test_pause();
	test_odd_rows();
	test_bound();
	test_black_hole();
	test_dry_run();
	(void)unlink(in_folder("key"));
	(void)unlink(in_folder("a.db"));
	(void)unlink(in_folder("a.db.lock"));
	(void)unlink(in_folder("a.db-wal"));
	(void)unlink(in_folder("a.db-shm"));
	OK(rmdir(folder_z) == 0);
	return tap_done();
}
