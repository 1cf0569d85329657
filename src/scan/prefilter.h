/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines can matter: all words of all log rules through one multi-pattern engine
 * over raw chunks of whole lines. It only nominates. Vectorscan's literal API, or PCRE2
 * where it was left out at configure time (same answers). The engine is shared by all
 * threads, the scratch is per thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/ruleset.h"

struct prefilter;
struct prefilter_scratch;

/* NULL when the engine cannot be built. */
struct prefilter *prefilter_new(const struct ruleset *rs);
void prefilter_free(struct prefilter **pp);

/* A log rule has no required word: every line must be looked at. */
bool prefilter_takes_all(const struct prefilter *p);

/* "vectorscan 5.4.9" or "pcre2 10.42". */
const char *prefilter_engine_z(void);

struct prefilter_scratch *prefilter_scratch_new(const struct prefilter *p);
void prefilter_scratch_free(struct prefilter_scratch **ps);

/*
 * Offsets in text of the last bytes of words found, ascending, one per line; *n of them.
 * Valid until the next call. What may hide a word nominates too: a CRI piece, a colour
 * between two letters and, if escaped, an escaped ASCII letter, digit or backslash
 * ("\u0050"), as JSON has them.
 */
const size_t *prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
	struct str text, bool escaped, size_t *n);
