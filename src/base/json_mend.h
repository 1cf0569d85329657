/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures JSON text before jansson sees it, and mends what jansson refuses but logs
 * contain. Pure functions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct json_extent {
	size_t start;     /* behind leading white space */
	size_t end;       /* of the first value; of the text when it is not closed */
	size_t depth_max; /* counted to its end */
	bool closed;
};

/* By brackets and quotes alone; says nothing about the syntax between. */
struct json_extent json_extent(struct str text);

/*
 * Writes text into b with invalid UTF-8, lone surrogates and NULs as U+FFFD, control
 * bytes in strings escaped, and numbers too large for the library as strings. True when
 * that changed anything.
 */
bool json_mend(struct str text, struct buf *b);
