/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that tell what their value is: longNum, ccv, password, api_key ... Private to
 * match/; pure, any thread.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

enum telling {
	TELLING_NOTHING,
	TELLING_CARD, /* a card number, if it has the shape of one */
	TELLING_CODE, /* the card's check number */
	TELLING_PASSWORD,
	TELLING_TOKEN,         /* tokens, keys */
	TELLING_COOKIE,        /* a header: pairs */
	TELLING_AUTHORIZATION, /* a header: a scheme before the token */
	TELLING_TRACE          /* an id that may look like a card number and is none */
};

/* Case, "_", "-" and what stands before (access_token, DD_API_KEY) do not count. */
enum telling telling_of(struct str name);

/* Whether a telling name may end in these two bytes: a quick no for nearly all. */
bool telling_may_end(char before, char last);
