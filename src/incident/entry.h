/* SPDX-License-Identifier: Apache-2.0 */
/* A line of a timeline as people and programs get it: one JSON object. Any thread. */
#pragma once

#include "base/buf.h"
#include "store/store.h"

/* Appends e: when, the rule, captures, the source and the text. */
void entry_write(struct buf *b, const struct entry_row *e);
