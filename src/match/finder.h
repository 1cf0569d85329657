/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a text something secret may begin or be told of: the bytes that redaction has
 * to look at, few of a usual line. Private to match/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define FINDER_BLOCKS 64 /* of 64 bytes: looked at together */

struct finder {
	struct str s;
	size_t base; /* of the bytes that found is about; SIZE_MAX: none yet */
	uint64_t found[FINDER_BLOCKS]; /* a bit per byte */
	bool plain;                    /* as on a machine without vectors: for tests */
};

void finder_init(struct finder *f, struct str s);

/* The first place at from or behind it; SIZE_MAX: there is none. */
size_t finder_next(struct finder *f, size_t from);
