/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Card numbers, tokens, keys, passwords in URLs, e-mail addresses and values of telling
 * names never leave match/. The same value gets the same placeholder within a run of the
 * same key: <card:1a2b3c4d>. Any thread; no state.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends text with what must not be seen replaced. True when anything was. */
bool redact_text(struct buf *out, struct str text);

/* The same for one value with a name (a capture, a field). */
bool redact_value(struct buf *out, struct str name, struct str value);
