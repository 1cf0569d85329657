/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request at a time over a reused connection (libcurl). TLS is verified, no
 * redirects are followed, no Expect header is sent, secrets in headers never reach an
 * error text. The library is opened by the first request. One struct http per thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

struct http;

struct http_request {
	const char *method_z; /* "GET", "POST" */
	const char *url_z;
	const char
		*unix_z; /* path of a unix socket to connect to; NULL: as the URL says */
	const char *const *headers_z; /* "Name: value", ended by NULL; may be NULL */
	struct str body;
	bool gzip;              /* the body is sent compressed */
	const char *proxy_z;    /* URL; NULL: what the environment says */
	const char *no_proxy_z; /* hosts with commas between; NULL: none */
	const char *ca_file_z;  /* trusted instead of the system's; NULL: those */
	int64_t timeout_ns;
	const _Atomic int64_t
		*until_ns; /* monotonic: given up then, up to 1 s late; NULL */
	size_t max_reply;  /* bytes; a longer reply is an error */
};

struct http_reply {
	long status;            /* 0: no answer */
	int64_t retry_after_ns; /* from Retry-After or X-RateLimit-Reset, or -1 */
	struct buf body;        /* owned by the struct http, valid until the next call */
	char error[256];        /* why status is 0 */
};

/* NULL without memory. */
struct http *http_new(void);
void http_free(struct http **ph);

/* 0 when any answer came (look at status), else a negative errno-like code. */
MUST_USE int http_do(
	struct http *h, const struct http_request *req, struct http_reply *reply);
