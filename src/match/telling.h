/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that tell what their value is: longNum, ccv, password, api_key ... Private to
 * match/; pure, any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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

/* Which words end in a letter, and a bit for each that may stand before it, and there
 * before. */
struct telling_ending {
	unsigned char from, to;
	uint32_t before, third;
};
extern const struct telling_ending telling_endings[128];

#define TELLING_BIT(c) (UINT32_C(1) << ((unsigned char)(c)&31))

static inline const struct telling_ending *
telling_ending(char last)
{
	return &telling_endings[(unsigned char)char_lower(last) & 127];
}

/* Whether a telling name may end where s does: a quick no for nearly all. */
static inline bool
telling_may_end(struct str s)
{
	const struct telling_ending *e;
	char before, third;

	if (s.len < 2)
		return false;
	e = telling_ending(s.ptr[s.len - 1]);
	before = s.ptr[s.len - 2];
	if (before == '-')
		return true;
	if ((e->before & TELLING_BIT(before)) == 0)
		return false;
	third = s.len > 2 ? s.ptr[s.len - 3] : '\0';
	return !char_is_alpha(before) || !char_is_alpha(third) ||
	       (e->third & TELLING_BIT(third)) != 0;
}
