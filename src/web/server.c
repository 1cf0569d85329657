/* SPDX-License-Identifier: Apache-2.0 */
#include "web/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "web/host.h"
#include "web/listen.h"
#include "web/metrics.h"
#include "web/microhttpd.h"

#define CONNECTIONS_MAX 32
#define TIMEOUT_S       10
#define BODY_MAX        ((size_t)16 << 20)

struct server {
	struct server_conf conf;
	struct MHD_Daemon *daemon;
};

struct answer {
	unsigned status;
	const char *type_z;
	struct buf body;
};

static void
say(struct answer *a, unsigned status, const char *text_z)
{
	a->status = status;
	a->type_z = "text/plain; charset=utf-8";
	buf_add(&a->body, str_z(text_z));
}

static void
healthz(struct answer *a, const json_t *doc)
{
	(void)doc;
	say(a, MHD_HTTP_OK, "ok\n");
}

/* 200 when ready, else the reasons, a line each. */
static void
readyz(struct answer *a, const json_t *doc)
{
	const json_t *reasons = json_member(doc, "not_ready");
	const json_t *r;
	size_t i;

	if (json_array_size(reasons) == 0 && json_is_true(json_member(doc, "ready"))) {
		say(a, MHD_HTTP_OK, "ok\n");
		return;
	}
	say(a, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready\n");
	json_array_foreach(reasons, i, r)
	{
		buf_add_visible(&a->body, json_text(r));
		buf_add_char(&a->body, '\n');
	}
}

static void
metrics(struct answer *a, const json_t *doc)
{
	a->status = MHD_HTTP_OK;
	a->type_z = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(doc, &a->body);
}

static int
add_bytes(const char *bytes, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, (struct str){ bytes, n });
	return buf_failed(b) ? -1 : 0;
}

static void
status(struct answer *a, const json_t *doc)
{
	a->status = MHD_HTTP_OK;
	a->type_z = "application/json";
	(void)json_dump_callback(
		doc, add_bytes, &a->body, JSON_COMPACT | JSON_REAL_PRECISION(12));
	buf_add_char(&a->body, '\n');
}

static const struct route {
	const char *path_z;
	void (*make)(struct answer *a, const json_t *doc);
} routes[] = {
	{ "/healthz", healthz },
	{ "/readyz", readyz },
	{ "/metrics", metrics },
	{ "/status", status },
};

static void
route(struct server *s, struct answer *a, const char *path_z)
{
	json_t *doc;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (strcmp(routes[i].path_z, path_z) != 0)
			continue;
		doc = s->conf.status(s->conf.arg);
		if (doc == NULL)
			say(a, MHD_HTTP_SERVICE_UNAVAILABLE,
				"the engine does not answer\n");
		else
			routes[i].make(a, doc);
		json_decref(doc);
		return;
	}
	say(a, MHD_HTTP_NOT_FOUND, "not found: /status /metrics /healthz /readyz\n");
}

/* Exactly one value of a header; more than one is nobody's honest request. */
struct header {
	const char *name_z;
	struct str value;
	unsigned n;
};

static enum MHD_Result
take_header(void *arg, enum MHD_ValueKind kind, const char *name_z, const char *value_z)
{
	struct header *h = arg;

	(void)kind;
	if (str_eq_fold(str_z(name_z), str_z(h->name_z))) {
		h->value = str_z(value_z);
		h->n++;
	}
	return MHD_YES;
}

static bool
is_ours(struct MHD_Connection *c)
{
	struct header host = { .name_z = "Host" }, origin = { .name_z = "Origin" };

	mhd.get_connection_values(c, MHD_HEADER_KIND, take_header, &host);
	mhd.get_connection_values(c, MHD_HEADER_KIND, take_header, &origin);
	if (host.n != 1 || origin.n > 1 || !host_is_loopback(host.value))
		return false;
	return origin.n == 0 ||
	       (origin.value.len > 0 && host_origin_is_ours(origin.value));
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct answer *a)
{
	struct MHD_Response *r;
	enum MHD_Result ok;

	if (buf_failed(&a->body)) {
		buf_reset(&a->body);
		say(a, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	}
	r = mhd.create_response_from_buffer(
		a->body.len, a->body.data, MHD_RESPMEM_MUST_COPY);
	if (r == NULL)
		return MHD_NO;
	(void)mhd.add_response_header(r, "Content-Type", a->type_z);
	(void)mhd.add_response_header(r, "Cache-Control", "no-store");
	(void)mhd.add_response_header(r, "X-Content-Type-Options", "nosniff");
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)mhd.add_response_header(r, "Allow", "GET, HEAD");
	ok = mhd.queue_response(c, a->status, r);
	mhd.destroy_response(r);
	return ok;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url_z, const char *method_z,
	const char *version_z, const char *upload, size_t *upload_len, void **state)
{
	struct answer a = { .status = MHD_HTTP_OK };
	enum MHD_Result ok;

	(void)version_z, (void)upload, (void)upload_len, (void)state;
	buf_init(&a.body, BODY_MAX);
	if (!is_ours(c))
		say(&a, MHD_HTTP_FORBIDDEN, "only for loopback names\n");
	else if (strcmp(method_z, "GET") != 0 && strcmp(method_z, "HEAD") != 0)
		say(&a, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
	else
		route(arg, &a, url_z);
	ok = send_answer(c, &a);
	buf_fini(&a.body);
	return ok;
}

/* The library's own complaints say nothing an operator could act on. */
static void
ignore_log(void *arg, const char *fmt, va_list args)
{
	(void)arg, (void)fmt, (void)args;
}

int
server_start(const struct server_conf *conf, struct server **out)
{
	struct server *s = calloc(1, sizeof(*s));
	char why_z[LIBRARY_WHY];
	int err = s != NULL ? library_open(&mhd_library, why_z) : -ENOMEM;

	if (err == -ELIBACC)
		log_error("http", "%s", why_z);
	if (err != 0) {
		close(conf->listen_fd);
		free(s);
		return err;
	}
	s->conf = *conf;
	s->daemon = mhd.start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, conf->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
		CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
		MHD_OPTION_END);
	if (s->daemon == NULL) {
		close(conf->listen_fd);
		free(s);
		return -EIO;
	}
	*out = s;
	return 0;
}

void
server_stop(struct server **ps)
{
	if (*ps == NULL)
		return;
	listen_forget((*ps)->conf.listen_fd);
	mhd.stop_daemon((*ps)->daemon);
	free(*ps);
	*ps = NULL;
}
