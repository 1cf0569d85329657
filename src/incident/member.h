/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects and lists written straight into a buffer: members one after the other, the
 * comma between them by itself. The braces are the caller's. Any thread.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A place in a list, or in an object: a comma unless it is the first. */
void member_item(struct buf *b);

/* The name of a member, its value follows: one of ours, without anything to escape. */
void member_name(struct buf *b, struct str name);

/* Members with values. Texts that are no UTF-8 are mended. */
void member_text(struct buf *b, struct str name, struct str value);
void member_i64(struct buf *b, struct str name, int64_t value);

/* RFC 3339 with milliseconds, UTC; null for TIME_NONE. */
void member_time(struct buf *b, struct str name, int64_t at_ns);

/* Names that are not ours. */
void member_null(struct buf *b, struct str name);
void member_field(struct buf *b, struct str name, struct str value);
