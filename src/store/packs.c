/* SPDX-License-Identifier: Apache-2.0 */
#include "store/packs.h"

#include <stdlib.h>

static int
cmp(const void *va, const void *vb)
{
	int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

	return (a > b) - (a < b);
}

void
packs_sort(int64_t *rows, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (rows[i - 1] > rows[i]) {
			qsort(rows, n, sizeof(*rows), cmp);
			return;
		}
}

size_t
packs_encode(const int64_t *rows, size_t n, struct buf *more)
{
	size_t i = 1;

	if (n > PACKS_ROWS)
		n = PACKS_ROWS;
	for (; i < n; i++) {
		uint64_t step = (uint64_t)rows[i] - (uint64_t)rows[i - 1];

		if ((uint64_t)rows[i] - (uint64_t)rows[0] > PACKS_SPAN)
			break;
		if (step > 0)
			buf_add_varint(more, step);
	}
	return i;
}

static void
add(struct buf *rows, int64_t row)
{
	buf_add(rows, (struct str){ (const char *)&row, sizeof(row) });
}

void
packs_decode(int64_t first, struct str more, struct buf *rows)
{
	size_t from = rows->len;
	uint64_t row = (uint64_t)first, step;
	bool again = false;

	add(rows, first);
	while (buf_take_varint(&more, &step)) {
		again = again || step == 0;
		row = step == 0 ? (uint64_t)first : row + step;
		if (step != 0)
			add(rows, (int64_t)row);
	}
	if (again && !buf_failed(rows))
		packs_sort((int64_t *)(void *)(rows->data + from),
			(rows->len - from) / sizeof(int64_t));
}
