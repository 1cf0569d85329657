/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request at a time through a libcurl easy handle that keeps its connection. All
 * options are set anew for each request, so nothing is left over from the one before.
 */
#include "base/http_easy.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/curl.h"
#include "base/file.h"
#include "base/time.h"

#define MAGIC          0x68747470u
#define ZIPPED_MAX     ((size_t)64 << 20)
#define CONNECT_MAX_MS 10000L
#define RETRY_MIN_S    1
#define RETRY_MAX_S    300

_Static_assert(sizeof((struct http_reply){ 0 }.error) >= LIBRARY_WHY, "room to say why");

struct http {
	unsigned magic;             /* checked where it comes back through void * */
	CURL *easy;                 /* owned; NULL before the first request */
	struct curl_slist *headers; /* owned; of the request that is on the way */
	struct buf body, zipped;
	const _Atomic int64_t *until_ns;
	bool too_long;
	char error[CURL_ERROR_SIZE];
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
	curl.global_init(CURL_GLOBAL_DEFAULT);
}

struct http *
http_new(void)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->magic = MAGIC;
	buf_init(&h->body, 0);
	buf_init(&h->zipped, ZIPPED_MAX);
	return h;
}

void
http_free(struct http **ph)
{
	struct http *h = *ph;

	*ph = NULL;
	if (h == NULL)
		return;
	if (h->easy != NULL) {
		curl.easy_cleanup(h->easy);
		curl.slist_free_all(h->headers);
	}
	buf_fini(&h->body);
	buf_fini(&h->zipped);
	free(h);
}

/* The library and a handle of it are there from here on. */
static int
prepare(struct http *h, struct http_reply *reply)
{
	int err = h->easy == NULL ? library_open(&curl_library, reply->error) : 0;

	if (err != 0 || h->easy != NULL)
		return err;
	pthread_once(&global_once, start_curl);
	h->easy = curl.easy_init();
	if (h->easy == NULL) {
		snprintf(reply->error, sizeof(reply->error), "out of memory");
		err = -ENOMEM;
	}
	return err;
}

/* Takes part of the reply; less than size * n stops the transfer. */
static size_t
on_body(char *data, size_t size, size_t n, void *user)
{
	struct http *h = user;

	assert(h->magic == MAGIC);
	buf_add(&h->body, (struct str){ .ptr = data, .len = size * n });
	if (!buf_failed(&h->body))
		return size * n;
	h->too_long = true;
	return 0;
}

/* Not zero: enough. */
static int
on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct http *h = user;

	(void)a, (void)b, (void)c, (void)d;
	assert(h->magic == MAGIC);
	return h->until_ns != NULL && clock_mono_ns() >= *h->until_ns;
}

/* *body becomes a view of h->zipped. */
static bool
zip(struct http *h, struct str *body)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)body->ptr,
		.avail_in = (uInt)body->len };
	size_t room;
	char *to;
	bool done;

	if (body->len > ZIPPED_MAX / 2 ||
		deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	buf_reset(&h->zipped);
	room = deflateBound(&z, body->len);
	to = buf_grow(&h->zipped, room);
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)room;
	done = to != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
	*body = (struct str){ to, z.total_out };
	deflateEnd(&z);
	return done;
}

/* Owned by the caller, or NULL: out of memory, or a line end inside a header. */
static struct curl_slist *
make_headers(const char *const *headers_z, bool gzip)
{
	struct curl_slist *list = curl.slist_append(NULL, "Expect:");

	if (list != NULL && gzip &&
		curl.slist_append(list, "Content-Encoding: gzip") == NULL) {
		curl.slist_free_all(list);
		return NULL;
	}

	for (size_t i = 0; list != NULL && headers_z != NULL && headers_z[i] != NULL;
		i++) {
		struct curl_slist *longer = NULL;

		if (strpbrk(headers_z[i], "\r\n") == NULL)
			longer = curl.slist_append(list, headers_z[i]);
		if (longer == NULL) {
			curl.slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

static CURLcode
set_limits(struct http *h, const struct http_request *req)
{
	CURL *c = h->easy;
	long timeout_ms = (long)(req->timeout_ns / TIME_MS);
	CURLcode err = CURLE_OK;

	if (timeout_ms < 1)
		timeout_ms = 1;
	err |= curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	err |= curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	err |= curl.easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	err |= curl.easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	err |= curl.easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	err |= curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	err |= curl.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	err |= curl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	err |= curl.easy_setopt(c, CURLOPT_XFERINFODATA, h);
	if (req->ca_file_z != NULL) {
		err |= curl.easy_setopt(c, CURLOPT_CAINFO, req->ca_file_z);
		err |= curl.easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (req->proxy_z != NULL) {
		err |= curl.easy_setopt(c, CURLOPT_PROXY, req->proxy_z);
		err |= curl.easy_setopt(c, CURLOPT_NOPROXY,
			req->no_proxy_z != NULL ? req->no_proxy_z : "");
	}
	err |= curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms);
	err |= curl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		timeout_ms < CONNECT_MAX_MS ? timeout_ms : CONNECT_MAX_MS);
	return err;
}

static CURLcode
set_request(struct http *h, const struct http_request *req, struct str body)
{
	CURL *c = h->easy;
	bool has_body = body.len > 0 || strcmp(req->method_z, "POST") == 0;
	CURLcode err = CURLE_OK;

	err |= curl.easy_setopt(c, CURLOPT_URL, req->url_z);
	if (req->unix_z != NULL)
		err |= curl.easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, req->unix_z);
	err |= curl.easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	err |= curl.easy_setopt(c, CURLOPT_USERAGENT, "gumshoe");
	err |= curl.easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	err |= curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	err |= curl.easy_setopt(c, CURLOPT_WRITEDATA, h);
	if (has_body) {
		err |= curl.easy_setopt(
			c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
		err |= curl.easy_setopt(
			c, CURLOPT_POSTFIELDS, body.len > 0 ? body.ptr : "");
	}
	if (strcmp(req->method_z, "HEAD") == 0)
		err |= curl.easy_setopt(c, CURLOPT_NOBODY, 1L);
	else if (strcmp(req->method_z, has_body ? "POST" : "GET") != 0)
		err |= curl.easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method_z);
	return err;
}

/* The value of a header of the reply, or an empty view. */
static struct str
reply_header(struct http *h, const char *name_z)
{
	struct curl_header *found;

	if (curl.easy_header(h->easy, name_z, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return STR("");
	return str_trim(str_z(found->value));
}

static int64_t
clamp_seconds(int64_t seconds)
{
	if (seconds < RETRY_MIN_S)
		seconds = RETRY_MIN_S;
	if (seconds > RETRY_MAX_S)
		seconds = RETRY_MAX_S;
	return seconds * TIME_S;
}

static int64_t
retry_after(struct http *h, long status)
{
	struct str value = reply_header(h, "Retry-After");
	int64_t seconds;
	time_t date;

	if (value.len == 0 && status == 429)
		value = reply_header(h, "X-RateLimit-Reset");
	if (value.len == 0)
		return -1;
	if (str_to_i64(value, INT64_MIN, INT64_MAX, &seconds))
		return clamp_seconds(seconds);
	/* a header's value ends with a NUL, and so does its trimmed end or a blank */
	date = curl.getdate(value.ptr, NULL);
	if (date == -1)
		return -1;
	return clamp_seconds((int64_t)date - clock_wall_ns() / TIME_S);
}

static int
errno_of(CURLcode code, bool too_long)
{
	if (too_long)
		return -EFBIG;
	/* CURLcode has a hundred values: those a caller may tell apart */
	if (code == CURLE_OPERATION_TIMEDOUT)
		return -ETIMEDOUT;
	if (code == CURLE_COULDNT_CONNECT)
		return -ECONNREFUSED;
	if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
		return -EHOSTUNREACH;
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
		return -EINVAL;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return -ECANCELED;
	if (code == CURLE_OUT_OF_MEMORY)
		return -ENOMEM;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR)
		return -EPROTO;
	return -EIO;
}

CURL *
http_easy(const struct http *h)
{
	return h->easy;
}

/* libcurl would wait for whoever writes into a pipe. */
static bool
can_trust(struct http *h, const struct http_request *req)
{
	int fd;

	if (req->ca_file_z == NULL)
		return true;
	fd = file_open_regular(req->ca_file_z);
	if (fd < 0) {
		snprintf(h->error, sizeof(h->error), "the certificates of %s: %s",
			req->ca_file_z,
			fd == -ENXIO ? "not a regular file" : strerror(-fd));
		return false;
	}
	close(fd);
	return true;
}

/* All options are set anew. */
static CURLcode
set_all(struct http *h, const struct http_request *req, struct str body)
{
	CURLcode code;

	h->until_ns = req->until_ns;
	buf_reset(&h->body);
	h->body.limit = req->max_reply;
	curl.easy_reset(h->easy);
	if (!can_trust(h, req))
		return CURLE_SSL_CACERT_BADFILE;
	code = set_limits(h, req);
	return code == CURLE_OK ? set_request(h, req, body) : code;
}

int
http_begin(struct http *h, const struct http_request *req, struct http_reply *reply)
{
	bool gzip = req->gzip && req->body.len > 0;
	struct str body = req->body;
	CURLcode code;
	int err;

	*reply = (struct http_reply){ .retry_after_ns = -1 };
	buf_init(&reply->body, 0);
	err = prepare(h, reply);
	if (err != 0)
		return err;
	h->too_long = false;
	h->error[0] = '\0';
	h->headers = make_headers(req->headers_z, gzip);
	if (h->headers == NULL) {
		snprintf(reply->error, sizeof(reply->error), "a header cannot be sent");
		return -EINVAL;
	}
	code = gzip && !zip(h, &body) ? CURLE_OUT_OF_MEMORY : set_all(h, req, body);
	return code == CURLE_OK ? 0 : http_end(h, code, reply);
}

int
http_end(struct http *h, CURLcode code, struct http_reply *reply)
{
	curl.slist_free_all(h->headers);
	h->headers = NULL;
	if (code == CURLE_OK) {
		curl.easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &reply->status);
		reply->retry_after_ns = retry_after(h, reply->status);
		reply->body = h->body;
		return 0;
	}
	if (h->too_long)
		snprintf(reply->error, sizeof(reply->error),
			"reply longer than %zu bytes", h->body.limit);
	else
		snprintf(reply->error, sizeof(reply->error), "%.*s",
			(int)sizeof(reply->error) - 1,
			h->error[0] != '\0' ? h->error : curl.easy_strerror(code));
	return errno_of(code, h->too_long);
}

int
http_do(struct http *h, const struct http_request *req, struct http_reply *reply)
{
	int err = http_begin(h, req, reply);

	return err != 0 ? err : http_end(h, curl.easy_perform(h->easy), reply);
}
