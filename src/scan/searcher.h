/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A multi-pattern engine: Vectorscan's literal API, or PCRE2 where it was left out at
 * configure time. Besides the given texts it finds escapes and CRI pieces. Private to
 * scan/. An engine is read only and shared, the scratch is per thread.
 */
#pragma once

#include "scan/hits.h"

struct searcher;
struct searcher_scratch;

/* "vectorscan 5.4.9" or "pcre2 10.42". */
const char *searcher_name_z(void);

/* Whether it is faster than a byte at a time. */
bool searcher_is_fast(void);

/*
 * n texts of phrase characters, at least one; text i is cue i, in any case unless exact,
 * which may be NULL, has it as it is spelt. NULL: it failed.
 */
struct searcher *searcher_new(const struct str *text, const struct str *exact, size_t n);
void searcher_free(struct searcher **pe);

/* One scratch serves several engines: call it once for each. False without memory. */
bool searcher_scratch_grow(const struct searcher *e, struct searcher_scratch **ps);
void searcher_scratch_free(struct searcher_scratch **ps);

/* Adds to h what is in h->text. A search that fails adds all or ends the program. */
void searcher_scan(const struct searcher *e, struct searcher_scratch *s, struct hits *h);
