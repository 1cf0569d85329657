/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key is: kind (4 bytes, most significant first), 1 and the id, or 0 and the name (8
 * bytes); then the first row (8 bytes). A value is varints of the distance of each row to
 * the one before; a distance of 0 begins again at the first.
 */
#include "store/packs.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define KIND_BYTES sizeof(uint32_t)
#define ROW_BYTES  sizeof(uint64_t)
#define SIGN       (UINT64_C(1) << 63)
#define MOVES      4 /* of each row that is about in its place */

/* Of a row, so that bytes are in the order of numbers. */
static void
add_number(struct buf *b, uint64_t v)
{
	v = htobe64(v);
	buf_add(b, (struct str){ (const char *)&v, sizeof(v) });
}

void
packs_key(struct buf *b, const struct packs_entity *e, int64_t row)
{
	uint32_t kind = htobe32((uint32_t)e->kind);

	buf_add(b, (struct str){ (const char *)&kind, sizeof(kind) });
	buf_add_char(b, e->name == 0 ? 1 : 0);
	if (e->name == 0)
		buf_add(b, e->id);
	else
		add_number(b, (uint64_t)e->name);
	add_number(b, (uint64_t)row ^ SIGN);
}

static uint64_t
number(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

bool
packs_first(struct str key, int64_t *row)
{
	if (key.len <= KIND_BYTES + ROW_BYTES)
		return false;
	*row = (int64_t)(number(key.ptr + key.len - ROW_BYTES) ^ SIGN);
	return true;
}

bool
packs_is_of(struct str key, const struct packs_entity *e, int64_t *row)
{
	struct str id;
	uint32_t kind;

	if (!packs_first(key, row))
		return false;
	memcpy(&kind, key.ptr, sizeof(kind));
	id = str_sub(key, KIND_BYTES + 1, key.len - KIND_BYTES - 1 - ROW_BYTES);
	if (be32toh(kind) != e->kind || (key.ptr[KIND_BYTES] == 1) != (e->name == 0))
		return false;
	if (e->name == 0)
		return str_eq(id, e->id);
	return id.len == sizeof(uint64_t) && number(id.ptr) == (uint64_t)e->name;
}

static int
cmp(const void *va, const void *vb)
{
	int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

	return (a > b) - (a < b);
}

/* Rows of one millisecond come in any order, those of the next one behind them. */
void
packs_sort(int64_t *rows, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n; i++) {
		int64_t row = rows[i];
		size_t k = i;

		for (; k > 0 && rows[k - 1] > row; k--)
			rows[k] = rows[k - 1];
		rows[k] = row;
		moves += i - k;
		if (moves > MOVES * n) {
			qsort(rows, n, sizeof(*rows), cmp);
			return;
		}
	}
}

size_t
packs_encode(const int64_t *rows, size_t n, struct buf *value)
{
	size_t i = 1;

	if (n > PACKS_ROWS)
		n = PACKS_ROWS;
	for (; i < n; i++) {
		uint64_t step = (uint64_t)rows[i] - (uint64_t)rows[i - 1];

		if ((uint64_t)rows[i] - (uint64_t)rows[0] > PACKS_SPAN)
			break;
		if (step > 0)
			buf_add_varint(value, step);
	}
	return i;
}

static void
add(struct buf *rows, uint64_t row)
{
	buf_add(rows, (struct str){ (const char *)&row, sizeof(row) });
}

void
packs_decode(int64_t first, struct str value, struct buf *rows)
{
	size_t from = rows->len;
	uint64_t row = (uint64_t)first, step;
	bool again = false;

	add(rows, row);
	while (buf_take_varint(&value, &step)) {
		again = again || step == 0;
		row = step == 0 ? (uint64_t)first : row + step;
		if (step != 0)
			add(rows, row);
	}
	if (again && !buf_failed(rows))
		packs_sort((int64_t *)(void *)(rows->data + from),
			(rows->len - from) / sizeof(int64_t));
}
