/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several HTTP requests at a time over kept connections, each as base/http.h has it. One
 * thread, but for http_many_wake().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/http.h"

struct http_many;

/* max: requests at once. NULL: out of memory. */
struct http_many *http_many_new(size_t max);
void http_many_free(struct http_many **pm);

/*
 * Begins a request; its body stays with the caller until it has ended. tag comes back
 * with the answer, also when it cannot be sent. False: max are on the way.
 */
MUST_USE bool http_many_begin(
	struct http_many *m, const struct http_request *req, void *tag);

/* Goes on with all of them till one has ended, till http_many_wake(), or for wait_ns. */
void http_many_wait(struct http_many *m, int64_t wait_ns);

/* One that has ended: as http_do(). The body of reply is valid until the next begin. */
bool http_many_take(struct http_many *m, void **tag, struct http_reply *reply);

/* Any thread: ends a wait, or the next one at once. */
void http_many_wake(struct http_many *m);
