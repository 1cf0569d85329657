/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redaction on lines as the shop, Java, Go, Node and HTTP dumps print them, made from
 * templates: at least 99.9 % of 4,000 secrets are gone, at most 0.1 % of 24,000 lines
 * without one are touched. In a template "%c" is a card number, "%p" a password, "%t" a
 * token, "%j" a JWT, "%v" a check number; "%o" an order id, "%h" 16 hex digits, "%u" a
 * UUID, "%n" a number, "%d" 13 digits of a time, "%D" 24 digits, "%w" a word.
 */
#include "match/redact.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define LINE_BYTES 4096
#define POSITIVES  4000
#define NEGATIVES  24000

static uint32_t seed = 2463534242u;

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static const char *const secret_z[] = {
	/* the shop */
	"PaymentRequest{address=Address{id=null, number='246', street='Whitelees Road'}, "
	"card=Card{id=null, longNum='%c', expires='08/19', ccv='%v'}, customer=Customer{id=null}}",
	"Card is [ {Card:{LongNum:%c Expires:08/19 CCV:%v ID: Links:map[]} ID:%o} ]",
	"Posting Customer: {\"username\":\"u%n\",\"password\":\"%p\",\"email\":\"x@example.com\"}",
	"{\"longNum\":\"%c\",\"expires\":\"08/19\",\"ccv\":\"%v\",\"userID\":\"%o\"}",
	"ts=2025-10-28T10:04:45Z caller=middlewares.go:61 method=PostCard card=%c ccv=%v result=%o",
	"Login request for user with headers authorization: 'Basic %t' and id %o",
	/* HTTP header dumps */
	"GET /cart HTTP/1.1\\r\\nHost: front-end\\r\\nAuthorization: Bearer %j\\r\\nAccept: */*",
	"request headers: Cookie: md.sid=%t; logged_in=%t; cart=%t",
	"headers { host: 'user', cookie: 'md.sid=%t; logged_in=%t', connection: 'close' }",
	"map[Accept:[*/*] Authorization:[Bearer %t] User-Agent:[Go-http-client/1.1]]",
	"map[Accept:[*/*] Cookie:[md.sid=%t; logged_in=%t] X-B3-Traceid:[%h]]",
	"map[X-Api-Key:[%t] Content-Type:[application/json]]",
	"Set-Cookie: md.sid=%t; Path=/; HttpOnly",
	"curl -H 'x-api-key: %t' http://orders/orders/%o",
	"< set-cookie: session=%t; Max-Age=%n",
	"X-Auth-Token: %t",
	"Proxy-Authorization: Basic %t=",
	/* Java */
	"User{id='%o', username='eve', password='%p', salt='%w'}",
	"spring.datasource.password=%p spring.datasource.username=shop",
	"HikariConfig: jdbcUrl=jdbc:mysql://shop:%p@catalogue-db:3306/socksdb",
	"o.s.web.client.RestTemplate - Writing [{\"card\":{\"longNum\":\"%c\"}}] as json",
	"TokenResponse(accessToken=%t, expiresIn=%n)",
	/* Go */
	"&{Username:eve Password:%p Email: Salt:%w}",
	"config: {Addr::8080 Secret:%t Debug:true}",
	"dial amqp://guest:%p@rabbitmq:5672/",
	/* JSON, once and twice */
	"{\"level\":\"info\",\"msg\":\"login\",\"token\":\"%j\",\"ms\":%n}",
	"{\"log\":\"{\\\"password\\\":\\\"%p\\\",\\\"id\\\":\\\"%o\\\"}\\n\",\"stream\":\"stdout\"}",
	"{\"headers\":{\"Authorization\":\"Bearer %t\",\"Accept\":\"*/*\"}}",
	"{\"client_secret\":\"%t\",\"grant_type\":\"client_credentials\"}",
	"{\"payment\":{\"pan\":\"%c\",\"cvv\":%v},\"order_id\":\"%o\"}",
	/* shell, URLs, plain words */
	"mysql --user shop --password %p --host catalogue-db",
	"export DD_API_KEY=%t",
	"GET /login?user=eve&password=%p&x=1 200 %n ms",
	"GET /callback?access_token=%t&state=%h",
	"charged card %c for order %o",
	"payment declined (%c)",
	"payment with %s declined: insufficient funds", /* in groups */
	"refresh using %j now",
	"api_key: %t",
	"sending to https://hooks.example.com with Bearer %t",
	"aws configure: AKIAIOSFODNN7%w secret_access_key=%t",
};

static const char *const harmless_z[] = {
	"2025-10-28 10:04:45.548  INFO [orders,%h,%h,true] 1 --- [nio-8080-exec-%n] "
	"w.w.s.o.c.OrdersController : Order created with ID: %o and status: Created",
	"2025-10-28 10:04:45.548 ERROR [orders,%d,%d,false] 1 --- [nio-80-exec-1] x : failed %o",
	"Payment failed for order %o: I/O error on POST request for \"http://payment/paymentAuth\": "
	"Connection refused (Connection refused)",
	"GET /orders/%o 200 %n.%n ms - %n",
	"ts=2025-10-18T09:23:11.%nZ caller=logging.go:25 method=Get id=%u sock=%o err=null took=%nms",
	"{\"t\":{\"$date\":\"2025-10-18T07:38:30.067+00:00\"},\"s\":\"I\",\"id\":%n,\"ctx\":\"conn%n\","
	"\"attr\":{\"uuid\":\"%u\",\"connectionId\":%n}}",
	"Posting Order: {\"customer\":\"http://user/customers/%o\",\"address\":\"http://user/addresses/%o\","
	"\"card\":\"http://user/cards/%o\",\"items\":\"http://carts/carts/%o/items\"}",
	"Scaled down replica set payment-7d8b6f9c54 from 1 to 0 total=%n.99 customer_id=%o",
	"order %D created at %d by customer %D",
	"{\"order_id\":\"%o\",\"amount\":%n.%n,\"status_code\":200,\"at\":%d,\"trace_id\":\"%h%h\"}",
	"GET /catalogue?size=%n&tags= HTTP/1.1\\r\\nHost: front-end:8079\\r\\nAccept: */*\\r\\n"
	"Content-Length: %n\\r\\nX-B3-TraceId: %h\\r\\nX-B3-SpanId: %h",
	"map[Accept:[*/*] Content-Length:[%n] User-Agent:[Go-http-client/1.1] X-Request-Id:[%u]]",
	"headers { host: 'orders', 'content-type': 'application/json', 'x-b3-traceid': '%h' }",
	"java.lang.IllegalStateException: Unable to create order due to timeout from one of the "
	"services. at works.weave.socks.orders.controllers.OrdersController.newOrder(OrdersController.java:%n)",
	"Exception in thread \"main\" java.net.ConnectException: key %w not found in map",
	"goroutine %n [running]: main.main() /go/src/payment/main.go:%n +0x%h",
	"HealthCheckResult{status=UP, code=200, name='payment', time=%d}",
	"kafka offset=%d partition=%n key=%o topic=orders",
	"volume \"kube-api-access-%w\" : secret \"user-tls\" not found",
	"token expired for session %u",
	"invalid token: unexpected %w at position %n",
	"password changed for customer %o",
	"card service answered in %n ms: status ok",
	"[%d:%n][17:0x7a] WT_SESSION.checkpoint: saving checkpoint snapshot min: %n",
	"shipment {\"name\":\"%o\",\"id\":\"%u\"} queued, retries: %n, size: %n bytes",
	"Order{id='%o', customerId='%o', card=Card{id='%o', expires='08/19'}, date=%d, total=%n.98}",
	"customer=Customer{id='%o', firstName='Eve', addresses=[], cards=[]}",
	"user %w logged in from 10.%n.%n.7:%n, keys: %n, success: true, access: granted",
	"0.%D rate=%n.%D ratio %d.%n",
	"version 4.4.%n build 20251028%n commit %h%h",
	"Error: getaddrinfo ENOTFOUND session-db session-db:6379 code=ENOTFOUND errno=-%n",
};

static void
add_digits(char **p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(*p)++ = (char)('0' + draw(10));
}

static void
add_hex(char **p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(*p)++ = "0123456789abcdef"[draw(16)];
}

static void
add_letters(char **p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(*p)++ =
			"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"[draw(
				57)];
}

static void
add_card(char **p, bool groups)
{
	static const char *const starts_z[] = { "4", "51", "55", "2221", "6011", "3528" };
	const char *start_z = starts_z[draw(6)];
	char digit[16];
	unsigned sum = 0;

	for (size_t i = 0; i < 15; i++)
		digit[i] = i < strlen(start_z) ? start_z[i] : (char)('0' + draw(10));
	for (size_t i = 0; i < 15; i++) {
		unsigned d = (unsigned)(digit[14 - i] - '0');

		if (i % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	digit[15] = (char)('0' + (10 - sum % 10) % 10);
	for (size_t i = 0; i < 16; i++) {
		if (groups && i > 0 && i % 4 == 0)
			*(*p)++ = ' ';
		*(*p)++ = digit[i];
	}
}

static void
add_secret(char **p, char kind)
{
	switch (kind) {
	case 'c':
	case 's':
		add_card(p, kind == 's');
		break;
	case 'v':
		add_digits(p, 3);
		break;
	case 'p':
		add_letters(p, 6 + draw(12));
		if (draw(3) == 0)
			*(*p)++ = "!$%*"[draw(4)];
		break;
	case 'j':
		memcpy(*p, "eyJ", 3);
		*p += 3;
		add_letters(p, 20);
		*(*p)++ = '.';
		add_letters(p, 30);
		*(*p)++ = '.';
		add_letters(p, 20);
		break;
	default:
		add_letters(p, 18 + draw(20));
		*(*p)++ = '7';
	}
}

static void
add_filler(char **p, char kind)
{
	bool digits = draw(4) == 0; /* hex without letters: what could be a card */

	switch (kind) {
	case 'o':
		(digits ? add_digits : add_hex)(p, 24);
		break;
	case 'h':
		(digits ? add_digits : add_hex)(p, 16);
		break;
	case 'u':
		for (size_t i = 0; i < 5; i++) {
			if (i > 0)
				*(*p)++ = '-';
			(digits ? add_digits : add_hex)(p, i == 0 ? 8 : i == 4 ? 12 : 4);
		}
		break;
	case 'd':
		memcpy(*p, "17616", 5);
		*p += 5;
		add_digits(p, 8);
		break;
	case 'D':
		add_digits(p, 24);
		break;
	case 'n':
		add_digits(p, 1 + draw(4));
		break;
	default:
		add_letters(p, 3 + draw(8));
	}
}

struct secrets {
	char at[8][LINE_BYTES / 8];
	size_t n;
};

/* The line, and what of it must not be seen. */
static struct str
make(const char *template_z, char *line, struct secrets *out)
{
	char *p = line;

	out->n = 0;
	for (; *template_z != '\0'; template_z++) {
		char *from = p;

		if (*template_z != '%') {
			*p++ = *template_z;
			continue;
		}
		template_z++;
		if (strchr("csvpjt", *template_z) == NULL) {
			add_filler(&p, *template_z);
			continue;
		}
		add_secret(&p, *template_z);
		memcpy(out->at[out->n], from, (size_t)(p - from));
		out->at[out->n++][p - from] = '\0';
	}
	return (struct str){ line, (size_t)(p - line) };
}

static void
test_recall(void)
{
	static char line[LINE_BYTES];
	static struct secrets secrets;
	const struct hash_key key = { 1, 2 };
	size_t seen = 0, n = 0;
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < POSITIVES; i++) {
		struct str s = make(secret_z[i % ARRAY_LEN(secret_z)], line, &secrets),
			   got;

		got = redact_text(key, &b, s);
		for (size_t k = 0; k < secrets.n; k++, n++)
			if (strlen(secrets.at[k]) > 3 &&
				str_find(got, str_z(secrets.at[k])) != SIZE_MAX &&
				seen++ < 5)
				printf("# %.*s\n# -> %.*s\n", STR_ARG(s), STR_ARG(got));
	}
	printf("# %zu secrets in %d lines, %zu seen\n", n, POSITIVES, seen);
	OK(n >= POSITIVES && seen * 1000 <= n);
	buf_fini(&b);
}

static void
test_false_positives(void)
{
	static char line[LINE_BYTES];
	static struct secrets none;
	const struct hash_key key = { 1, 2 };
	size_t touched = 0;
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < NEGATIVES; i++) {
		struct str s = make(harmless_z[i % ARRAY_LEN(harmless_z)], line, &none),
			   got;

		got = redact_text(key, &b, s);
		if (got.ptr != s.ptr && touched++ < 5)
			printf("# %.*s\n# -> %.*s\n", STR_ARG(s), STR_ARG(got));
	}
	printf("# %zu of %d lines touched\n", touched, NEGATIVES);
	OK(touched * 1000 <= NEGATIVES);
	buf_fini(&b);
}

int
main(void)
{
	test_recall();
	test_false_positives();
	return tap_done();
}
