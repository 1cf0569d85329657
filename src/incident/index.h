/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where incidents in memory are found: by their key, by their opener, by what is due or
 * behind. Bookkeeping alone: nothing is decided here and nothing is written. One thread.
 */
#pragma once

#include "incident/state.h"

/* Puts the table key of an opener's incident into i->scratch; false: too long. */
bool index_key(struct incidents *i, uint32_t opener, const struct str *key, size_t n_key);

/* The live incident of the key in i->scratch, or NULL. */
struct incident *index_find(const struct incidents *i);

/* Into the list of its opener, or of the promises. */
void index_join(struct incidents *i, struct incident *x);

/* Out of all lists; x must be in no heap and no table any more. */
void index_leave(struct incidents *i, struct incident *x);

/* x's finding has something new to say, and its row is behind: if it is open. */
void index_touch(struct incidents *i, struct incident *x);

/* Into the list of those whose rows are behind, or whose news is not told yet. */
void index_add_dirty(struct incidents *i, struct incident *x);

/* Nothing explains x since at_ns; it is told, ends, goes, or something explains it. */
void index_add_freed(struct incidents *i, struct incident *x, int64_t at_ns);
void index_del_freed(struct incidents *i, struct incident *x);

/* x is promised; false: out of memory, or there is one of its key. */
bool index_add_promise(struct incidents *i, struct incident *x);

/* A promise is broken behind this. One of an end of input may have to last (hold), too.
 */
int64_t index_promise_due(const struct incident *x);

/* For the heap of timers. */
int index_timer_cmp(const void *a, const void *b);
