/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of a request, for those of base/ that drive libcurl themselves. */
#pragma once

#include "base/curl.h"
#include "base/http.h"

/* Of h, to be performed between the two. */
CURL *http_easy(const struct http *h);

/*
 * Sets up everything; req->body stays with the caller until the end. 0 or a negative
 * errno-like code, with reply->error saying why.
 */
MUST_USE int http_begin(
	struct http *h, const struct http_request *req, struct http_reply *reply);

/* After code, the result of having performed it: what http_do() returns. */
MUST_USE int http_end(struct http *h, CURLcode code, struct http_reply *reply);
