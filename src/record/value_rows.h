/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches as rows: they follow a match and are like it, but for time, place in its log
 * and the value of its one capture. Views into what holds them; one thread.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct value_rows {
	const char *next; /* row */
	uint32_t n;       /* rows left */
	int64_t base_ns;  /* what rows count from */
	uint64_t base_offset;
	int64_t until_ns; /* other matches come there, or before rows behind it */
	int64_t last_ns;  /* of what was taken last, if anything was */
	uint64_t last_offset;
};

struct value_row {
	int64_t at_ns;
	uint64_t offset; /* its place; the ordinal is 0 */
	struct str value;
};

#define VALUE_ROW_MAX UINT8_MAX /* bytes of a value */

/* Before the value, packed: nanoseconds and bytes from where they count, and its length.
 */
#define VALUE_ROW_HEAD (2 * sizeof(uint32_t) + 1)

static inline void
value_row_head(char *to, uint32_t ns, uint32_t offset, uint8_t len)
{
	memcpy(to, &ns, sizeof(ns));
	memcpy(to + sizeof(ns), &offset, sizeof(offset));
	memcpy(to + sizeof(ns) + sizeof(offset), &len, 1);
}

/* The next row, which stays; there is one. */
static inline struct value_row
value_rows_peek(const struct value_rows *v)
{
	uint32_t ns, offset;

	memcpy(&ns, v->next, sizeof(ns));
	memcpy(&offset, v->next + sizeof(ns), sizeof(offset));
	return (struct value_row){ v->base_ns + ns, v->base_offset + offset,
		{ v->next + VALUE_ROW_HEAD,
			(unsigned char)v->next[sizeof(ns) + sizeof(offset)] } };
}

/* row: as value_rows_peek() gave it. */
static inline void
value_rows_take(struct value_rows *v, const struct value_row *row)
{
	v->last_ns = row->at_ns;
	v->last_offset = row->offset;
	v->next = row->value.ptr + row->value.len;
	v->n--;
}
