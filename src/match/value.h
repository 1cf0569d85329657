/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and their values in text: key=value, "key": "value", Java's and Go's dumps,
 * header lines. Finds where the value stands. Private to match/; pure, any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "match/telling.h"

struct value_place {
	size_t from, to; /* without quotes */
};

/* s[at] is "=" or ":": what the name before it tells. */
enum telling value_telling(struct str s, size_t at);

/* s[at] is the first "-" of "--name VALUE": the place of the blank, or 0. */
size_t value_option(struct str s, size_t at, enum telling *telling);

/* The value behind s[at]; false when it is none that must not be seen. */
bool value_find(struct str s, size_t at, enum telling telling, struct value_place *out);

/* Behind a trace id, which may look like a card number and is none: s[at] as above. */
size_t value_trace_end(struct str s, size_t at);

/* Whether a value of such a name must not be seen. sure: not only words in a sentence. */
bool value_is_secret(struct str value, enum telling telling, bool sure);
