/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 with JIT behind limits on matches, depth, heap and subject: the meaning of a
 * regex. A struct regex is shared by threads; a struct regex_scratch is one thread's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/record.h"

#define REGEX_PATTERN_MAX 8192
#define REGEX_SUBJECT_MAX                                            \
	((size_t)64 * 1024) /* only this much of a value is searched \
			     */

#define REGEX_RISKY_MAX ((size_t)4096) /* no risky pattern is tried on more */

struct regex;
struct regex_scratch;

enum regex_flags { REGEX_CASELESS = 1, REGEX_MULTILINE = 2, REGEX_DOTALL = 4 };

/* NULL: the text in error[cap], NUL-terminated, and *pos say why and where. */
struct regex *regex_new(
	struct str pattern, unsigned flags, char *error, size_t cap, size_t *pos);
void regex_free(struct regex **pr);

/* Whether the pattern works on characters (then folding case is Unicode's), not on bytes.
 */
bool regex_is_utf(struct str pattern);

/* Whether it was compiled with REGEX_CASELESS; whether rules/risk.h warns of it. */
bool regex_is_caseless(const struct regex *r);
bool regex_is_risky(const struct regex *r);

/* Names of (?P<name>...) groups: view valid as long as the regex; i < count. */
size_t regex_capture_count(const struct regex *r);
struct str regex_capture_name(const struct regex *r, size_t i);

/* Whether several groups have one name. */
bool regex_repeats_names(const struct regex *r);

struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch **ps);

/*
 * A search beyond its limits is a REGEX_ERROR, and so is one of a risky pattern
 * (rules/risk.h) in more than REGEX_RISKY_MAX bytes that could match. How much it took
 * beyond what is anybody's due is counted in steps, the same in every run: since the last
 * call, of all searches with s. A sample is counted even where nothing seems slow.
 */
uint64_t regex_scratch_slow(struct regex_scratch *s);
void regex_scratch_sample(struct regex_scratch *s, bool sample);

/*
 * From now on texts stay what and where they are until the next call: what was learnt of
 * one is kept. Before the first call nothing is.
 */
void regex_scratch_forget(struct regex_scratch *s);

enum regex_answer { REGEX_NO, REGEX_YES, REGEX_ERROR };

/*
 * Searches subject (its first REGEX_SUBJECT_MAX bytes). On REGEX_YES the set captures are
 * appended to out (up to max; views into subject), *n grows, and [*from, *to) is what
 * matched.
 */
enum regex_answer regex_search(struct regex *r, struct regex_scratch *s,
	struct str subject, struct field *out, size_t max, size_t *n, size_t *from,
	size_t *to);
