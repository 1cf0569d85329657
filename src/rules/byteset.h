/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes that one item of a regex takes: a character, an escape, a class. Where that
 * is not known they are all bytes. Private to rules/; pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct byteset {
	uint64_t word[256 / 64];
};

/*
 * Reads the item at *at, which is no group, and moves behind it. False: it takes no byte
 * (an anchor). fold: ASCII letters stand for both cases.
 */
bool byteset_read(struct str pattern, size_t *at, bool fold, struct byteset *out);

void byteset_add(struct byteset *to, const struct byteset *more);
bool byteset_overlap(const struct byteset *a, const struct byteset *b);
