/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches of a batch, in any order, given back in the order of match_cmp(): an external
 * merge sort. Each worker fills its own struct runs; when its memory is full it is sorted
 * and written as one run to an unlinked temporary file. Memory stays flat however long
 * the input is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "record/match.h"
#include "record/source.h"
#include "record/value_rows.h"

struct runs;

/* memory in bytes before a run is written. dir_z: for the temporary file. NULL: no
 * memory. */
struct runs *runs_new(size_t memory, const char *dir_z);
void runs_free(struct runs **pr);

/* Copies m, with source as pack_add(). 0 or a negative errno (of the temporary file). */
MUST_USE int runs_add(struct runs *r, const struct match *m, const struct source *source);
uint64_t runs_count(const struct runs *r);

/* Reads n of them merged; they must not change while it lives. */
struct runs_merge;
MUST_USE int runs_merge_new(struct runs *const *runs, size_t n, struct runs_merge **out);
void runs_merge_free(struct runs_merge **pm);

/* 1: *out is the next, valid until the next call; 0: the end; or a negative errno value.
 */
MUST_USE int runs_merge_next(struct runs_merge *m, const struct match **out);

/*
 * Rows that come next, behind the match given last, which stays as it is: those before
 * until_ns may be taken, the others come with runs_merge_next(). NULL: there are none.
 */
struct value_rows *runs_merge_rows(struct runs_merge *m);
