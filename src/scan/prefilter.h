/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines can matter, and to which rules: phrases of all log rules are looked for in
 * raw chunks of whole lines. It only nominates. Sets of usual size are teddy's. Larger
 * ones go through a multi-pattern engine; texts in which colours or escapes may tear a
 * phrase are scanned for their words then, and lines with a word are looked at as they
 * read. Shared by all threads, the scratch is per thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/hit.h"
#include "rules/ruleset.h"

struct prefilter;
struct prefilter_scratch;

/* NULL when the engine cannot be built. */
struct prefilter *prefilter_new(const struct ruleset *rs);
void prefilter_free(struct prefilter **pp);

/* "vectorscan 5.4.9" or "pcre2 10.42". */
const char *prefilter_engine_z(void);

/* Cues are numbers below this. */
size_t prefilter_cues(const struct prefilter *p);

/* The rules that a cue nominates lines for, ascending; *n of them. */
const uint32_t *prefilter_rules(const struct prefilter *p, uint32_t cue, size_t *n);

/* Log rules without a cue: they want every line. */
const uint32_t *prefilter_wordless(const struct prefilter *p, size_t *n);

struct prefilter_scratch *prefilter_scratch_new(const struct prefilter *p);
void prefilter_scratch_free(struct prefilter_scratch **ps);

/* What is scanned: whole lines. */
struct scan_text {
	struct str text;
	const unsigned char *wanted; /* by cue: does it count; NULL: all do */
	bool docker;                 /* lines of docker's json-file */
};

/* What is in a text; its hits are valid until the next call. */
void prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
	const struct scan_text *t, struct found *out);
