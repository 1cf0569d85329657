/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Card numbers, tokens, keys, passwords in URLs, e-mail addresses and values of telling
 * names never leave match/. The same value gets the same placeholder as long as the key
 * is the same: <card:0123456789abcdef>, a keyed hash, so that nobody without the key can
 * try all cards. Any thread; no state.
 *
 * Where nothing has to go, all of these return the text itself and copy nothing; else a
 * view into out, which is emptied first.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "match/telling.h"

struct str redact_text(struct hash_key key, struct buf *out, struct str text);

/* The same for one value with a name (a capture, a field), which telling_of() knows. */
struct str redact_value(
	struct hash_key key, struct buf *out, enum telling telling, struct str value);

/* Whether there is nothing to hide in a value whatever it is, if its name says nothing.
 */
bool redact_is_harmless(struct str value);

/* Whether the name alone says that the value must not be seen. */
bool redact_is_telling(enum telling telling, struct str value);

/* Such a value, wherever it stands in text as a word of its own. */
struct str redact_known(struct hash_key key, struct buf *out, enum telling telling,
	struct str value, struct str text);
