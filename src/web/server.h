/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon says of itself over loopback HTTP: GET /status (JSON), /metrics,
 * /healthz (it answers), /readyz (inputs and store work). GET and HEAD only, Host and
 * Origin checked. libmicrohttpd with a thread of its own.
 */
#pragma once

#include <jansson.h>

#include "base/compiler.h"

struct server;

struct server_conf {
	int listen_fd; /* of listen_open(); the server's from now on, also on failure */

	/*
	 * The status document, a new reference, or NULL when the engine does not answer
	 * in time (503). Called by the server's thread.
	 */
	json_t *(*status)(void *arg);
	void *arg;
};

/* 0 or a negative errno value. */
MUST_USE int server_start(const struct server_conf *conf, struct server **out);

/* Answers what has begun, then ends the thread. */
void server_stop(struct server **ps);
