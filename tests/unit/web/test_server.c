/* SPDX-License-Identifier: Apache-2.0 */
/* server: real requests over a loopback socket. */
#include "web/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "web/listen.h"

#include "../../tap.h"

static const char document[] =
	"{\"uptime_s\":12,\"ready\":true,\"not_ready\":[],"
	"\"rules\":{\"generation\":2,\"rows\":["
	"{\"rule\":\"backoff\",\"matches\":7,\"off\":false},"
	"{\"rule\":\"odd\\\"\\\\\\n\",\"matches\":1,\"off\":true}]},"
	"\"store\":{\"commits\":3,\"commit_ms\":1500}}";

static json_t *doc; /* what the next request is given; NULL: no answer */

static json_t *
give(void *arg)
{
	(void)arg;
	return json_incref(doc);
}

/* Sends text as it is; the whole reply is in out. */
static void
ask(int port, const char *text, char *out, size_t cap)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t n;

	if (connect(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) == 0 &&
		write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		while (len + 1 < cap && (n = read(fd, out + len, cap - 1 - len)) > 0)
			len += (size_t)n;
	out[len] = '\0';
	close(fd);
}

static bool
answers(int port, const char *head, const char *status, const char *body)
{
	char request[512], reply[16384];

	(void)snprintf(request, sizeof(request), "%s\r\nConnection: close\r\n\r\n", head);
	ask(port, request, reply, sizeof(reply));
	if (strncmp(reply + 9, status, 3) == 0 && strstr(reply, body) != NULL)
		return true;
	printf("# %s gave %s\n", head, reply);
	return false;
}

static void
test_routes(int port)
{
	OK(answers(
		port, "GET /healthz HTTP/1.1\r\nHost: localhost", "200", "\r\n\r\nok\n"));
	OK(answers(port, "GET /readyz HTTP/1.1\r\nHost: localhost", "200", "ok\n"));
	OK(answers(
		port, "GET /status HTTP/1.1\r\nHost: [::1]:1", "200", "\"uptime_s\":12"));
	OK(answers(port, "GET / HTTP/1.1\r\nHost: localhost", "404", "not found"));
	OK(answers(
		port, "GET /status/../metrics HTTP/1.1\r\nHost: localhost", "404", ""));
	OK(answers(port, "HEAD /healthz HTTP/1.1\r\nHost: localhost", "200", "no-store"));
	OK(answers(port, "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0",
		"405", "Allow: GET, HEAD"));
	OK(answers(port, "DELETE /status HTTP/1.1\r\nHost: localhost", "405", ""));
}

static void
test_metrics(int port)
{
	static const char head[] = "GET /metrics HTTP/1.1\r\nHost: localhost:1";

	OK(answers(port, head, "200", "version=0.0.4"));
	OK(answers(port, head, "200", "\ngumshoe_up_seconds 12\n"));
	OK(answers(port, head, "200", "\ngumshoe_ready 1\n"));
	OK(answers(port, head, "200",
		"# TYPE gumshoe_rule_matches_total counter\n"
		"gumshoe_rule_matches_total{rule=\"backoff\"} 7\n"));
	OK(answers(port, head, "200", "gumshoe_rule_off{rule=\"odd\\\"\\\\\\n\"} 1\n"));
	OK(answers(port, head, "200", "\ngumshoe_commit_seconds_total 1.5\n"));
}

static void
test_strangers(int port)
{
	OK(answers(port, "GET /status HTTP/1.1\r\nHost: example.com", "403", "loopback"));
	OK(answers(port, "GET /status HTTP/1.1\r\nHost: localhost\r\nHost: localhost",
		"403", ""));
	OK(answers(port,
		"GET /status HTTP/1.1\r\nHost: localhost\r\nOrigin: http://example.com",
		"403", ""));
	OK(answers(port, "GET /status HTTP/1.1\r\nHost: localhost\r\nOrigin: null", "403",
		""));
	OK(answers(
		port, "GET /status HTTP/1.1\r\nHost: localhost\r\nOrigin:", "403", ""));
	OK(answers(port,
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:80",
		"200", "ok"));
	OK(answers(port, "GET /healthz HTTP/1.0", "403", ""));
}

static void
test_not_ready(int port)
{
	json_decref(doc);
	doc = json_loads(
		"{\"ready\":false,\"not_ready\":[\"cannot read /x\\u001b\"]}", 0, NULL);
	OK(answers(port, "GET /readyz HTTP/1.1\r\nHost: localhost", "503",
		"not ready\ncannot read /x\\x1b\n"));
	json_decref(doc);
	doc = NULL;
	OK(answers(port, "GET /healthz HTTP/1.1\r\nHost: localhost", "503",
		"does not answer"));
}

int
main(void)
{
	struct server *s = NULL;
	int fd = listen_open(STR("127.0.0.1:0"));
	int port = listen_port(fd);
	struct server_conf conf = { .listen_fd = fd, .status = give };

	doc = json_loads(document, 0, NULL);
	OK(doc != NULL && fd >= 0);
	OK(server_start(&conf, &s) == 0);
	test_routes(port);
	test_metrics(port);
	test_strangers(port);
	test_not_ready(port);
	server_stop(&s);
	OK(s == NULL);
	return tap_done();
}
