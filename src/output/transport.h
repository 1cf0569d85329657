/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends requests of one output: HTTP over connections that are kept, several at once, or
 * lines to the end of a file. One thread, but for transport_wake().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/http.h"
#include "conf/settings.h"
#include "output/request.h"

struct transport;

/* output is borrowed. lanes: requests on the way at once; 0: one. NULL: out of memory. */
struct transport *transport_new(const struct output_settings *output, size_t lanes);
void transport_free(struct transport **pt);

/*
 * r stays where it is until it is taken; there is room for it. until_ns: monotonic, when
 * to give up whatever the output's timeout; may be NULL.
 */
void transport_begin(
	struct transport *t, const struct request *r, const _Atomic int64_t *until_ns);

/* Goes on with all of them till one is answered, till transport_wake(), or for wait_ns.
 */
void transport_wait(struct transport *t, int64_t wait_ns);

/*
 * One that has ended, or NULL. The reply's status is 0 when there is no answer; its body
 * is valid until the next begin.
 */
const struct request *transport_take(struct transport *t, struct http_reply *reply);

/* Any thread: ends a wait, or the next one at once. */
void transport_wake(struct transport *t);

/* One alone, to its answer. */
void transport_send(
	struct transport *t, const struct request *r, struct http_reply *reply);
