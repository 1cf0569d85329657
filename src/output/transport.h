/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends requests of one output, one at a time: HTTP over a connection that is kept, or
 * lines to the end of a file. One thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/http.h"
#include "conf/settings.h"
#include "output/request.h"

struct transport;

/* output is borrowed. NULL: out of memory. */
struct transport *transport_new(const struct output_settings *output);
void transport_free(struct transport **pt);

/*
 * until_ns: monotonic, when to give up whatever the output's timeout; may be NULL. The
 * reply's status is 0 when there is no answer. Its body is valid until the next call.
 */
void transport_send(struct transport *t, const struct request *r,
	const _Atomic int64_t *until_ns, struct http_reply *reply);
