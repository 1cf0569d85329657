/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the benchmark's log to standard output: the same records in any of four
 * wrappings, so that every tool must find the same number in each. The same options give
 * the same bytes. What is in it goes to standard error as one JSON object.
 *
 * Failures come in groups of one account. A group is a finding if three of its failures
 * lie within five minutes: "burst" groups are, "slow" ones (three failures, 200 s apart)
 * are not, which a tool that counts by arrival gets wrong in a replay.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S_NS       1000000000ull
#define BEGIN_NS   (1762765200ull * S_NS) /* 2025-11-10T09:00:00Z */
#define WINDOW_NS  (300 * S_NS)
#define POOL       8192  /* healthy messages, made once */
#define POOL_TEXT  400   /* bytes of one */
#define GROUPS_MAX 65536 /* open at a time */

enum wrapping { CRI, DOCKER, PLAIN, KUBECTL, N_WRAPPINGS };
static const char *const wrapping_names[] = { "cri", "docker", "plain", "kubectl" };

struct options {
	enum wrapping wrapping;
	uint64_t bytes; /* of the CRI form: all wrappings have the same records */
	uint64_t seed;
	uint64_t step_ns; /* between two records */
	double failures;  /* share of lines, 0 to 1 */
	double access;    /* share of lines that are access logs with a latency */
	uint64_t keys;    /* 0: groups; else this many accounts in turn */
	uint64_t hostile; /* every so many lines a line of 64 KiB; 0: none */
};

struct group {
	uint64_t due_ns, gap_ns, account;
	uint64_t last_ns[2];
	unsigned left, seen;
};

static struct {
	uint64_t state, now_ns, made, lines, cri_bytes;
	uint64_t failures, access, sigterms, findings, by_arrival, accounts;
	struct group heap[GROUPS_MAX];
	size_t n_groups;
	char pool[POOL][POOL_TEXT];
	char time[40], second[24];
	uint64_t second_of;
} g;

/* splitmix64 */
static uint64_t
rnd(void)
{
	uint64_t z = g.state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned
below(unsigned n)
{
	return (unsigned)(((rnd() >> 32) * n) >> 32);
}

static bool
chance(double p)
{
	return (double)(rnd() >> 11) * 0x1p-53 < p;
}

static const char *
now_text(void)
{
	uint64_t second = g.now_ns / S_NS;
	unsigned ns = (unsigned)(g.now_ns % S_NS);
	char *p;

	if (second != g.second_of) {
		time_t t = (time_t)second;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(g.second, sizeof g.second, "%Y-%m-%dT%H:%M:%S.", &tm);
		memcpy(g.time, g.second, 20);
		memcpy(g.time + 29, "Z", 2);
		g.second_of = second;
	}
	p = g.time + 29;
	for (int i = 0; i < 9; i++, ns /= 10)
		*--p = (char)('0' + ns % 10);
	return g.time;
}

static void
put_json(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			putchar_unlocked('\\');
		if (s[i] == '\t')
			fputs_unlocked("\\t", stdout);
		else if ((unsigned char)s[i] < ' ')
			printf("\\u%04x", (unsigned char)s[i]);
		else
			putchar_unlocked(s[i]);
	}
}

static void
put_record(enum wrapping wrapping, const char *text, size_t len)
{
	static const char prefix[] = "[pod/orders-5d4c7d9b6-x2x7p/orders] ";
	const char *time_z = now_text();

	switch (wrapping) {
	case CRI:
		fwrite_unlocked(time_z, 1, 30, stdout);
		fputs_unlocked(" stdout F ", stdout);
		fwrite_unlocked(text, 1, len, stdout);
		break;
	case DOCKER:
		fputs_unlocked("{\"log\":\"", stdout);
		put_json(text, len);
		printf("\\n\",\"stream\":\"stdout\",\"time\":\"%s\"}", time_z);
		break;
	case KUBECTL:
		fwrite_unlocked(prefix, 1, sizeof prefix - 1, stdout);
		/* FALLTHROUGH */
	case PLAIN:
		fwrite_unlocked(time_z, 1, 30, stdout);
		putchar_unlocked(' ');
		fwrite_unlocked(text, 1, len, stdout);
		break;
	case N_WRAPPINGS:
		abort();
	}
	putchar_unlocked('\n');
	g.lines++;
	g.cri_bytes += 30 + 10 + len + 1;
}

/* Spring's prefix without its time (the wrapping has one) and without leading spaces,
 * which would make it a continuation. */
static int
spring(char *to, size_t size, const char *level, const char *logger)
{
	return snprintf(to, size,
		"%s [orders,%016" PRIx64 ",%016" PRIx64
		",false] 7 --- [p-nio-80-exec-%u] %-40s : ",
		level, rnd(), rnd(), below(20) + 1, logger);
}

static void
make_healthy(char *to, size_t size)
{
	static const char *const paths[] = { "/catalogue?size=5", "/cart", "/cart/update",
		"/orders", "/customers/57a98d98e4b00679b4a830b2", "/tags", "/basket.html",
		"/detail.html?id=808a2de1-1aaa-4c25-a9b9-6612e8f29a38", "/metrics" };
	static const char *const calls[] = { "List", "Get", "Count", "Tags", "Register" };
	static const char *const frames[] = {
		"org.springframework.web.client.RestTemplate.doExecute(RestTemplate.java",
		"org.apache.tomcat.util.net.NioEndpoint$SocketProcessor.run(NioEndpoint.java",
		"java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java"
	};
	unsigned kind = below(1000);
	int n;

	if (kind < 450)
		snprintf(to, size,
			"\033[0mGET %s \033[32m200 \033[0m%u.%03u ms - %u\033[0m",
			paths[below(9)], below(90), below(1000), below(5000));
	else if (kind < 700)
		snprintf(to, size,
			"caller=middlewares.go:%u method=%s result=%u err=null took=%u.%uµs",
			below(90) + 10, calls[below(5)], below(100), below(900),
			below(1000));
	else if (kind < 950) {
		n = spring(to, size, "INFO", "w.w.s.carts.controllers.CartsController");
		snprintf(to + n, size - (size_t)n,
			"Fetched %u items for the customer %012" PRIx64 "%012" PRIx64
			" in the current session",
			below(9), rnd() >> 16, rnd() >> 16);
	} else if (kind < 955) { /* the words of a rule, but no match */
		n = spring(to, size, "INFO", "w.w.s.o.controllers.OrdersController");
		snprintf(to + n, size - (size_t)n,
			"Sending payment request: PaymentRequest{address=%u, card=%u}",
			below(1000), below(1000));
	} else
		snprintf(to, size, "\tat %s:%u)", frames[below(3)], below(900) + 1);
}

static void
put_failure(const struct options *o, uint64_t account)
{
	static const char *const reasons[] = { "Connection refused", "Read timed out",
		"500 Internal Server Error", "No route to host" };
	char text[POOL_TEXT];
	int n = spring(
		text, sizeof text, "ERROR", "w.w.s.o.controllers.OrdersController");

	n += snprintf(text + n, sizeof text - (size_t)n,
		"Payment failed for order %08x%016" PRIx64 " of account %024" PRIx64
		": %s",
		(unsigned)(g.now_ns / S_NS), rnd(), account, reasons[below(4)]);
	put_record(o->wrapping, text, (size_t)n);
	g.failures++;
}

static void
put_access(const struct options *o)
{
	char text[POOL_TEXT];
	int n = snprintf(text, sizeof text,
		"\033[0mGET /login \033[32m200 \033[0m%u.%03u ms - %u\033[0m", below(400),
		below(1000), below(100));

	put_record(o->wrapping, text, (size_t)n);
	g.access++;
}

static void
put_hostile(const struct options *o)
{
	static char text[65537];

	memset(text, 'a', sizeof text - 1);
	memcpy(text, "hostile ", 8);
	put_record(o->wrapping, text, sizeof text - 1);
}

/* A binary heap by due time. */
static void
push(struct group add)
{
	size_t i = g.n_groups++;

	assert(g.n_groups <= GROUPS_MAX);
	for (; i > 0 && g.heap[(i - 1) / 2].due_ns > add.due_ns; i = (i - 1) / 2)
		g.heap[i] = g.heap[(i - 1) / 2];
	g.heap[i] = add;
}

static struct group
pop(void)
{
	struct group top = g.heap[0], last = g.heap[--g.n_groups];
	size_t i = 0;

	for (size_t kid; (kid = 2 * i + 1) < g.n_groups; i = kid) {
		if (kid + 1 < g.n_groups && g.heap[kid + 1].due_ns < g.heap[kid].due_ns)
			kid++;
		if (g.heap[kid].due_ns >= last.due_ns)
			break;
		g.heap[i] = g.heap[kid];
	}
	g.heap[i] = last;
	return top;
}

static struct group
new_group(void)
{
	unsigned kind = below(10);
	struct group new = { .account = ++g.accounts };

	if (kind < 6) { /* one or two */
		new.left = 1 + below(2);
		new.gap_ns = (1 + below(60)) * S_NS;
	} else if (kind < 9) { /* a burst */
		new.left = 3 + below(3);
		new.gap_ns = (1 + below(10)) * S_NS;
	} else { /* slow */
		new.left = 3;
		new.gap_ns = 200 * S_NS;
	}
	return new;
}
#define GROUP_MEAN 2.4 /* failures: 0.6 * 1.5 + 0.3 * 4 + 0.1 * 3 */

static void
put_group(const struct options *o, struct group group)
{
	put_failure(o, group.account);
	group.seen++;
	if (group.seen == 3) {
		g.findings += g.now_ns - group.last_ns[0] <= WINDOW_NS;
		g.by_arrival++;
	}
	group.last_ns[0] = group.last_ns[1];
	group.last_ns[1] = g.now_ns;
	group.due_ns = g.now_ns + group.gap_ns;
	if (--group.left > 0)
		push(group);
}

static void
put_next(const struct options *o)
{
	if (o->hostile > 0 && g.made % o->hostile == o->hostile - 1)
		put_hostile(o);
	else if (o->keys == 0 && g.n_groups > 0 && g.heap[0].due_ns <= g.now_ns)
		put_group(o, pop());
	else if (o->keys == 0 && chance(o->failures / GROUP_MEAN))
		put_group(o, new_group());
	else if (o->keys > 0 && chance(o->failures))
		put_failure(o, g.failures % o->keys);
	else if (chance(o->access))
		put_access(o);
	else if (chance(0.000001)) {
		put_record(o->wrapping, "npm ERR! signal SIGTERM", 23);
		g.sigterms++;
	} else {
		const char *text = g.pool[below(POOL)];

		put_record(o->wrapping, text, strlen(text));
	}
	g.made++;
	g.now_ns += o->step_ns;
}

static uint64_t
number(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 10);

	switch (*end) {
	case 'G':
		return n * 1000000000;
	case 'M':
		return n * 1000000;
	case 'K':
		return n * 1000;
	default:
		return n;
	}
}

static bool
set_option(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "--wrapping") == 0) {
		for (int i = 0; i < N_WRAPPINGS; i++)
			if (strcmp(value, wrapping_names[i]) == 0) {
				o->wrapping = (enum wrapping)i;
				return true;
			}
		return false;
	}
	if (strcmp(name, "--bytes") == 0)
		o->bytes = number(value);
	else if (strcmp(name, "--seed") == 0)
		o->seed = number(value);
	else if (strcmp(name, "--step-us") == 0)
		o->step_ns = number(value) * 1000;
	else if (strcmp(name, "--failures") == 0)
		o->failures = strtod(value, NULL) / 100;
	else if (strcmp(name, "--access") == 0)
		o->access = strtod(value, NULL) / 100;
	else if (strcmp(name, "--keys") == 0)
		o->keys = number(value);
	else if (strcmp(name, "--hostile") == 0)
		o->hostile = number(value);
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct options o = {
		.bytes = 1000000, .seed = 1, .step_ns = 200000, .failures = 0.001
	};

	for (int i = 1; i < argc; i += 2)
		if (i + 1 >= argc || !set_option(&o, argv[i], argv[i + 1])) {
			fprintf(stderr, "bench-gen: bad option %s\n", argv[i]);
			return 2;
		}
	g.state = o.seed;
	g.now_ns = BEGIN_NS;
	for (size_t i = 0; i < POOL; i++)
		make_healthy(g.pool[i], POOL_TEXT);
	setvbuf(stdout, NULL, _IOFBF, 1 << 18);
	while (g.cri_bytes < o.bytes && !ferror(stdout))
		put_next(&o);
	put_record(o.wrapping, "end of the benchmark", 20); /* rsyslog must know */
	if (fflush(stdout) != 0)
		return 1;
	fprintf(stderr,
		"{\"lines\": %" PRIu64 ", \"failures\": %" PRIu64 ", \"access\": %" PRIu64
		", \"sigterms\": %" PRIu64 ", \"findings\": %" PRIu64
		", \"by_arrival\": %" PRIu64 "}\n",
		g.lines, g.failures, g.access, g.sigterms, g.findings, g.by_arrival);
	return 0;
}
