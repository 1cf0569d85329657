/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of a request to a web service: what it is, and who asks (a bearer token or
 * a name and password from files). One thread.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "output/credential.h"
#include "output/request.h"

#define AUTH_HEADERS 3

struct auth {
	struct credential secret; /* empty: none */
	char header_z[4 * (CREDENTIAL_MAX / 3 + 1) + 512];
	struct request_header
		headers[AUTH_HEADERS]; /* point into it: it stays in place */
	size_t n;
};

/*
 * content_z: "Content-Type: application/json". dry: no file is read. 0 or a negative
 * errno value after a message.
 */
MUST_USE int auth_open(struct auth *a, const struct output_settings *conf, bool dry,
	const char *content_z);

/* The headers of r, which must not outlive a. */
void auth_apply(const struct auth *a, struct request *r);

/* Whether the secret stands in s. */
bool auth_is_in(const struct auth *a, struct str s);

/* base64 of RFC 4648 with padding. */
void auth_base64(struct buf *out, struct str s);
