/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a webhook is: an address from the settings, or one that is itself the secret,
 * from a file; of that only the server is shown. One thread.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "output/credential.h"
#include "output/request.h"

struct weburl {
	struct str plain;         /* borrowed; empty: the secret one */
	struct str file;          /* borrowed: of the secret one, when it was not read */
	struct credential secret; /* empty: the plain one */
};

/* url_file, url, else otherwise. dry: no file is read. 0 or a negative errno value after
 * a message. */
MUST_USE int weburl_open(struct weburl *u, const struct output_settings *conf, bool dry,
	struct str otherwise);

/* The address of r, which must not outlive u. */
void weburl_apply(const struct weburl *u, struct request *r);

/* Whether the secret address stands in s. */
bool weburl_is_in(const struct weburl *u, struct str s);
