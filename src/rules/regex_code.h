/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a regex is to its searches. Private to rules/; any thread.
 */
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>

#include "rules/outline.h"
#include "rules/regex.h"

#define REGEX_GROUPS_MAX 63

struct group {
	struct str name; /* in the code's name table */
	uint32_t number;
};

struct regex {
	pcre2_code *code;
	atomic_bool ready; /* for its first search: code is not changed any more */
	bool jit;
	bool risky;
	bool utf;
	int must; /* a byte of every match, as it is or in the other case; -1: not known
		   */
	_Atomic(pcre2_code *) counted; /* made when first needed */
	struct outline *outline;       /* owned; made with JIT; may be NULL */
	atomic_bool doubtful;          /* the last search found nothing */
	char *pattern;                 /* owned */
	size_t pattern_len;
	unsigned flags;
	struct group *groups; /* named ones, in order of their number */
	size_t n_groups;
	bool repeats; /* a name of theirs */
};

/* Before a search, once; else it does nothing. */
void regex_make_ready(struct regex *r);

static inline bool
regex_is_ready(const struct regex *r)
{
	return atomic_load_explicit(&r->ready, memory_order_acquire);
}

/* The same pattern with automatic callouts; NULL: out of memory. */
const pcre2_code *regex_counted(struct regex *r);
