/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of timelines as JSON objects. Those of a rule are alike but for their values: a
 * writer remembers what stands between these. One thread.
 */
#pragma once

#include "base/buf.h"
#include "store/store.h"

struct entry_writer;

/* NULL: out of memory. */
struct entry_writer *entry_writer_new(void);
void entry_writer_free(struct entry_writer **pw);

/* Appends the object. Out of memory fails b. */
void entry_write(struct entry_writer *w, struct buf *b, const struct entry_row *e);
