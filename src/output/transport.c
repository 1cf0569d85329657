/* SPDX-License-Identifier: Apache-2.0 */
#include "output/transport.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/http_many.h"
#include "base/time.h"

#define REPLY_MAX   ((size_t)64 << 10)
#define HEADERS_MAX 16
#define TIMEOUT_NS  (10 * TIME_S) /* when the settings say none */

struct transport {
	const struct output_settings *output;
	struct http_many *http;
	const struct request *appended; /* that has ended */
	struct http_reply appended_reply;
	struct buf proxy, no_proxy, ca_file;
};

static void
join_texts(struct setting_texts list, struct buf *out)
{
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add(out, list.items[i]);
	}
}

struct transport *
transport_new(const struct output_settings *output, size_t lanes)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->output = output;
	t->http = http_many_new(lanes > 0 ? lanes : 1);
	buf_init(&t->proxy, 4096);
	buf_init(&t->no_proxy, (size_t)1 << 16);
	buf_init(&t->ca_file, 4096);
	buf_add(&t->proxy, output->proxy);
	buf_add(&t->ca_file, output->ca_file);
	join_texts(output->no_proxy, &t->no_proxy);
	if (t->http == NULL)
		transport_free(&t);
	return t;
}

void
transport_free(struct transport **pt)
{
	struct transport *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	if (t->http != NULL)
		http_many_free(&t->http);
	buf_fini(&t->proxy);
	buf_fini(&t->no_proxy);
	buf_fini(&t->ca_file);
	free(t);
}

/* Appends the body as a whole; what is half written is an error that repeats it. */
static void
append(const struct request *r, struct http_reply *reply)
{
	struct str path = buf_str(&r->url), rest = buf_str(&r->body);
	bool is_stdout = str_eq(path, STR("-"));
	char path_z[REQUEST_URL_MAX + 1];
	int fd = STDOUT_FILENO;
	int err = 0;

	memcpy(path_z, path.ptr, path.len);
	path_z[path.len] = '\0';
	if (!is_stdout)
		fd = open(path_z, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
			0640);
	if (fd < 0)
		err = -errno;
	while (err == 0 && rest.len > 0) {
		ssize_t n = write(fd, rest.ptr, rest.len);

		if (n < 0 && errno != EINTR)
			err = -errno;
		else if (n > 0)
			rest = str_sub(rest, (size_t)n, rest.len);
	}
	if (err == 0 && !is_stdout && fdatasync(fd) != 0 && errno != EINVAL)
		err = -errno;
	if (fd >= 0 && !is_stdout)
		close(fd);
	if (err == 0)
		reply->status = 200;
	else
		(void)snprintf(reply->error, sizeof(reply->error), "%.200s: %s", path_z,
			strerror(-err));
}

static const char *
none_if_empty(struct buf *b)
{
	return b->len > 0 ? buf_z(b) : NULL;
}

static void
begin_http(struct transport *t, const struct request *r, const _Atomic int64_t *until_ns)
{
	const char *headers_z[HEADERS_MAX + 1] = { NULL };
	struct buf url;
	struct http_request req = { .method_z = r->method_z,
		.url_z = r->secret_url_z,
		.headers_z = headers_z,
		.body = buf_str(&r->body),
		.gzip = r->gzip,
		.proxy_z = none_if_empty(&t->proxy),
		.no_proxy_z = none_if_empty(&t->no_proxy),
		.ca_file_z = none_if_empty(&t->ca_file),
		.timeout_ns =
			t->output->timeout_ns > 0 ? t->output->timeout_ns : TIMEOUT_NS,
		.until_ns = until_ns,
		.max_reply = REPLY_MAX };
	bool room;

	for (size_t i = 0; i < r->n_headers && i < HEADERS_MAX; i++)
		headers_z[i] = r->headers[i].text_z;
	buf_init(&url, REQUEST_URL_MAX);
	buf_add(&url, buf_str(&r->url));
	if (req.url_z == NULL)
		req.url_z = buf_z(&url);
	room = http_many_begin(t->http, &req, (void *)(uintptr_t)r);
	assert(room);
	(void)room;
	buf_fini(&url);
}

void
transport_begin(
	struct transport *t, const struct request *r, const _Atomic int64_t *until_ns)
{
	if (strcmp(r->method_z, REQUEST_APPEND) != 0) {
		begin_http(t, r, until_ns);
		return;
	}
	assert(t->appended == NULL);
	t->appended = r;
	t->appended_reply = (struct http_reply){ .retry_after_ns = -1 };
	append(r, &t->appended_reply);
}

void
transport_wait(struct transport *t, int64_t wait_ns)
{
	if (t->appended == NULL)
		http_many_wait(t->http, wait_ns);
}

const struct request *
transport_take(struct transport *t, struct http_reply *reply)
{
	const struct request *r = t->appended;
	void *tag;

	if (r == NULL)
		return http_many_take(t->http, &tag, reply) ? tag : NULL;
	*reply = t->appended_reply;
	t->appended = NULL;
	return r;
}

void
transport_wake(struct transport *t)
{
	http_many_wake(t->http);
}

void
transport_send(struct transport *t, const struct request *r, struct http_reply *reply)
{
	transport_begin(t, r, NULL);
	while (transport_take(t, reply) == NULL)
		transport_wait(t, INT64_MAX);
}
