/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that one statement takes: SQL sees them as the table feed(a, b, c ... q), so that
 * many rows are put, or asked for, without a bind and a step for each. The store's
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

struct store;

#define FEED_COLUMNS 17

struct feed_value {
	enum { FEED_NUMBER, FEED_TEXT, FEED_BLOB } kind;
	int64_t number;
	struct str bytes; /* until the next row */
};

struct feed {
	/* Sets the columns that the statement reads; false: there is no row left. */
	bool (*next)(struct feed *f, struct feed_value row[FEED_COLUMNS]);
};

/* For a connection that was just opened. 0 or a store error. */
MUST_USE int feed_register(struct store *s);
