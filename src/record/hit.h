/* SPDX-License-Identifier: Apache-2.0 */
/* A line that can matter, and to which rules: from scan/ through decode/ to worker/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIT_ALL UINT32_MAX /* every rule */

struct hit {
	size_t at;    /* where the line begins in the text that was scanned */
	uint32_t cue; /* what was found there (prefilter_rules()), or HIT_ALL */
	uint32_t len; /* of the line, without its LF */
};

/* What was found in one text of whole lines. */
struct found {
	const struct hit *hits; /* ascending by line, each cue of a line once; borrowed */
	size_t n;
	uint64_t lines; /* that the text has */
	bool pieces;    /* some line (of CRI or docker) may go on in the next one */
};
