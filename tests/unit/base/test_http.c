/* SPDX-License-Identifier: Apache-2.0 */
/* http, http_many: against a server thread that answers each connection with a prepared
 * text. */
#include "base/http_many.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/time.h"

#include "../../tap.h"

static int listener;
static char url[64];
static char seen[8192]; /* the last request; the test reads it after the answer came */

static bool
is_whole(const char *request, size_t len)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *length = strstr(request, "Content-Length: ");

	if (end == NULL)
		return false;
	len -= (size_t)(end + 4 - request);
	return length == NULL || len >= strtoul(length + 16, NULL, 10);
}

static void *
serve(void *arg)
{
	const char *answer = arg;
	int fd = accept(listener, NULL, NULL);
	size_t len = 0;
	ssize_t n;

	while (len + 1 < sizeof(seen) &&
		(n = read(fd, seen + len, sizeof(seen) - 1 - len)) > 0) {
		len += (size_t)n;
		seen[len] = '\0';
		if (is_whole(seen, len))
			break;
	}
	if (answer == NULL) {
		/* says nothing: the client must give up and close */
		while (read(fd, seen, sizeof(seen)) > 0)
			;
	} else if (write(fd, answer, strlen(answer)) < 0) {
		perror("write");
	}
	close(fd);
	return NULL;
}

static int
ask(struct http *h, const struct http_request *req, const char *answer,
	struct http_reply *reply)
{
	pthread_t thread;
	char *copy = answer != NULL ? strdup(answer) : NULL;
	int err;

	pthread_create(&thread, NULL, serve, copy);
	err = http_do(h, req, reply);
	pthread_join(thread, NULL);
	free(copy);
	return err;
}

static bool
start_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&a, len) != 0 || listen(listener, 4) != 0)
		return false;
	if (getsockname(listener, (struct sockaddr *)&a, &len) != 0)
		return false;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/p", ntohs(a.sin_port));
	return true;
}

static void
asking(struct http *h)
{
	static const char *const headers[] = { "DD-API-KEY: s3cret",
		"Content-Type: text/plain", NULL };
	struct http_request get = {
		.method_z = "GET", .url_z = url, .timeout_ns = 5 * TIME_S, .max_reply = 10
	};
	struct http_request post = get;
	struct http_reply r;

	post.method_z = "POST";
	post.headers_z = headers;
	post.body = STR("a\0b");
	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", &r) == 0);
	OK(r.status == 200 && str_eq(buf_str(&r.body), STR("hello")) &&
		r.retry_after_ns == -1);
	OK(strncmp(seen, "GET /p HTTP/1.1\r\n", 17) == 0);
	OK(ask(h, &post, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", &r) == 0);
	OK(r.status == 202 && r.body.len == 0 && strncmp(seen, "POST /p ", 8) == 0);
	OK(strstr(seen, "DD-API-KEY: s3cret\r\n") != NULL &&
		strstr(seen, "Expect") == NULL);
	OK(memcmp(strstr(seen, "\r\n\r\n") + 4, "a\0b", 3) == 0);
	post.body = (struct str){ 0 };
	OK(ask(h, &post, "HTTP/1.1 204 No\r\n\r\n", &r) == 0 &&
		strstr(seen, "Content-Length: 0"));
	OK(ask(h, &get,
		   "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		   &r) == 0 &&
		r.status == 302);
	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", &r) ==
		0);
	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a", &r) ==
		-EFBIG);
	OK(r.status == 0 && strcmp(r.error, "reply longer than 10 bytes") == 0);
}

/* What the server got, as zlib reads it. */
static bool
unzips_to(const char *body, size_t len, struct str text)
{
	char out[1024];
	z_stream z = { .next_in = (Bytef *)(uintptr_t)body,
		.avail_in = (uInt)len,
		.next_out = (Bytef *)out,
		.avail_out = sizeof(out) };
	bool good = inflateInit2(&z, 15 + 16) == Z_OK &&
		    inflate(&z, Z_FINISH) == Z_STREAM_END;

	inflateEnd(&z);
	return good && str_eq((struct str){ out, z.total_out }, text);
}

static void
compressing(struct http *h)
{
	struct http_request post = { .method_z = "POST",
		.url_z = url,
		.body = STR("abcabcabcabcabcabcabcabcabcabcabcabcabcabc"),
		.gzip = true,
		.timeout_ns = 5 * TIME_S,
		.max_reply = 10 };
	struct http_reply r;
	const char *length, *body;

	OK(ask(h, &post, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", &r) == 0);
	length = strstr(seen, "Content-Length: ");
	body = strstr(seen, "\r\n\r\n");
	OK(strstr(seen, "Content-Encoding: gzip\r\n") != NULL && length != NULL &&
		body != NULL);
	OK(unzips_to(body + 4, strtoul(length + 16, NULL, 10), post.body));
}

/* A proxy is asked for the whole address, unless the host goes without. */
static void
through_a_proxy(struct http *h)
{
	struct http_request get = { .method_z = "GET",
		.url_z = "http://shop.invalid/x",
		.proxy_z = url,
		.timeout_ns = 5 * TIME_S,
		.max_reply = 10 };
	struct http_reply r;

	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &r) == 0);
	OK(strncmp(seen, "GET http://shop.invalid/x HTTP/1.1\r\n", 36) == 0);
	get.url_z = url;
	get.proxy_z = "http://127.0.0.1:1";
	get.no_proxy_z = "other.example,127.0.0.1";
	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &r) == 0);
	OK(strncmp(seen, "GET /p HTTP/1.1\r\n", 17) == 0);
}

static void
given_up(struct http *h)
{
	_Atomic int64_t until_ns = 0;
	struct http_request get = { .method_z = "GET",
		.url_z = url,
		.until_ns = &until_ns,
		.timeout_ns = 60 * TIME_S,
		.max_reply = 10 };
	struct http_reply r;

	OK(http_do(h, &get, &r) == -ECANCELED && r.status == 0);
}

static int64_t
retry(struct http *h, int status, const char *header)
{
	struct http_request get = { .method_z = "GET",
		.url_z = url,
		.timeout_ns = 5 * TIME_S,
		.max_reply = 1000 };
	struct http_reply r;
	char answer[200];

	snprintf(answer, sizeof(answer),
		"HTTP/1.1 %d No\r\n%s\r\nContent-Length: 0\r\n\r\n", status, header);
	if (ask(h, &get, answer, &r) != 0 || r.status != status)
		return -2;
	return r.retry_after_ns;
}

static void
retrying(struct http *h)
{
	time_t soon = time(NULL) + 100;
	char header[100];
	struct tm tm;
	int64_t ns;

	OK(retry(h, 503, "Retry-After: 17") == 17 * TIME_S);
	OK(retry(h, 503, "retry-after:  0 ") == TIME_S);
	OK(retry(h, 429, "Retry-After: 99999") == 300 * TIME_S);
	OK(retry(h, 429, "X-RateLimit-Reset: 42") == 42 * TIME_S);
	OK(retry(h, 200, "X-RateLimit-Reset: 42") == -1);
	OK(retry(h, 503, "Retry-After: soon") == -1);
	OK(retry(h, 503, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT") == TIME_S);
	gmtime_r(&soon, &tm);
	strftime(header, sizeof(header), "Retry-After: %a, %d %b %Y %H:%M:%S GMT", &tm);
	ns = retry(h, 503, header);
	OK(ns > 60 * TIME_S && ns <= 100 * TIME_S);
}

static void
failing(struct http *h)
{
	static const char *const split[] = { "A: s3cret\r\nB: c", NULL };
	static const char *const good[] = { "A: s3cret", NULL };
	struct http_request get = { .method_z = "GET",
		.url_z = url,
		.headers_z = good,
		.timeout_ns = 100 * TIME_MS,
		.max_reply = 1000 };
	struct http_reply r;

	OK(ask(h, &get, NULL, &r) == -ETIMEDOUT && r.status == 0 && r.error[0] != '\0');
	OK(strstr(r.error, "s3cret") == NULL);
	get.timeout_ns = 5 * TIME_S;
	OK(ask(h, &get, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", &r) ==
			-EIO &&
		r.status == 0);
	get.url_z = "file:///etc/hostname";
	OK(http_do(h, &get, &r) == -EINVAL && r.status == 0 && r.body.len == 0);
	get.url_z = "http://";
	OK(http_do(h, &get, &r) < 0 && r.error[0] != '\0');
	get.url_z = url;
	get.headers_z = split;
	OK(http_do(h, &get, &r) == -EINVAL && strstr(r.error, "s3cret") == NULL);
	get.headers_z = NULL;
	close(listener);
	OK(http_do(h, &get, &r) == -ECONNREFUSED && r.status == 0);
}

/* Answers two connections, the second first, when both have asked. */
static void *
serve_two(void *arg)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
		"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 6\r\n\r\nsecond"
	};
	int fd[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = accept(listener, NULL, NULL);
		if (read(fd[i], seen, sizeof(seen)) < 0)
			perror("read");
	}
	for (int i = 1; i >= 0; i--) {
		if (write(fd[i], answers[i], strlen(answers[i])) < 0)
			perror("write");
		close(fd[i]);
	}
	return arg;
}

static void *
wake(void *arg)
{
	http_many_wake(arg);
	return NULL;
}

static void
several(void)
{
	static const char *const split[] = { "A: b\r\nB: c", NULL };
	struct http_many *m = http_many_new(2);
	struct http_request get = {
		.method_z = "GET", .url_z = url, .timeout_ns = 5 * TIME_S, .max_reply = 10
	};
	int one = 1, two = 2, found = 0;
	struct http_reply r;
	pthread_t thread;
	void *tag;

	http_many_wake(m);
	http_many_wait(m, INT64_MAX); /* ends at once */
	pthread_create(&thread, NULL, serve_two, NULL);
	OK(http_many_begin(m, &get, &one) && http_many_begin(m, &get, &two));
	OK(!http_many_begin(m, &get, &one));
	while (found != 3) {
		http_many_wait(m, INT64_MAX);
		while (http_many_take(m, &tag, &r)) {
			found += *(int *)tag;
			OK((r.status == 200 && str_eq(buf_str(&r.body), STR("first"))) ||
				(r.status == 503 && r.retry_after_ns == 7 * TIME_S));
		}
	}
	pthread_join(thread, NULL);
	get.headers_z = split;
	OK(http_many_begin(m, &get, &one) && http_many_take(m, &tag, &r));
	OK(tag == &one && r.status == 0 && r.error[0] != '\0');
	pthread_create(&thread, NULL, wake, m);
	http_many_wait(m, INT64_MAX);
	pthread_join(thread, NULL);
	get.headers_z = NULL;
	OK(http_many_begin(m, &get, &one)); /* nobody accepts it: freed on its way */
	http_many_free(&m);
	OK(m == NULL);
}

int
main(void)
{
	struct http *h = http_new();

	setenv("no_proxy", "127.0.0.1", 1);
	if (h == NULL || !start_server())
		return 99;
	asking(h);
	compressing(h);
	through_a_proxy(h);
	given_up(h);
	retrying(h);
	several();
	failing(h);
	http_free(&h);
	OK(h == NULL);
	return tap_done();
}
