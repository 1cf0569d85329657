/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body is: id (8 bytes, little-endian), then varints: level * 4 + quality; the time as
 * ns since the begin of the row's millisecond, or whole where quality is a file's date;
 * weight; file; offset; bytes of the text; then the text and the fields (names.c). In a
 * pack its row (8 bytes) stands before it, and as varints its rule and its bytes.
 */
#include "store/entry_body.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "record/record.h"
#include "store/rows.h"

#define QUALITY_BITS 2

static_assert(TIME_FILE_DATE < 1 << QUALITY_BITS, "a quality fits into its bits");

void
entry_encode(struct buf *b, const struct entry_row *e, int64_t file, struct str fields)
{
	uint64_t at = (uint64_t)e->at_ns, id = htole64(e->id);

	buf_add(b, (struct str){ (const char *)&id, sizeof(id) });
	buf_add_varint(b, (uint64_t)e->level << QUALITY_BITS | (uint64_t)e->quality);
	buf_add_varint(b, e->quality == TIME_FILE_DATE ? at : at & ROWS_SLOTS);
	buf_add_varint(b, e->weight);
	buf_add_varint(b, (uint64_t)file);
	buf_add_varint(b, e->offset);
	buf_add_varint(b, e->text.len);
	buf_add(b, e->text);
	buf_add(b, fields);
}

bool
entry_decode(struct str body, int64_t row, struct entry_parts *out)
{
	uint64_t head, at, weight, file, len;
	struct str id;

	if (!buf_take(&body, sizeof(out->id), &id) || !buf_take_varint(&body, &head) ||
		!buf_take_varint(&body, &at) || !buf_take_varint(&body, &weight) ||
		!buf_take_varint(&body, &file) || !buf_take_varint(&body, &out->offset) ||
		!buf_take_varint(&body, &len) || len > body.len ||
		!buf_take(&body, (size_t)len, &out->text))
		return false;
	memcpy(&out->id, id.ptr, sizeof(out->id));
	out->id = le64toh(out->id);
	out->quality = (int)(head & ((1 << QUALITY_BITS) - 1));
	out->level = (int)(head >> QUALITY_BITS & 0xff);
	out->at_ns = out->quality == TIME_FILE_DATE
			     ? (int64_t)at
			     : (row & ~ROWS_SLOTS) | (int64_t)(at & ROWS_SLOTS);
	out->weight = (uint32_t)weight;
	out->file = (int64_t)file;
	out->fields = body;
	return true;
}

void
entry_pack(struct buf *pack, const struct entry_item *x)
{
	uint64_t row = htole64((uint64_t)x->row);

	buf_add(pack, (struct str){ (const char *)&row, sizeof(row) });
	buf_add_varint(pack, (uint64_t)x->rule);
	buf_add_varint(pack, x->body.len);
	buf_add(pack, x->body);
}

bool
entry_unpack(struct str *pack, struct entry_item *out)
{
	uint64_t row, rule, len;
	struct str bytes;

	if (!buf_take(pack, sizeof(row), &bytes) || !buf_take_varint(pack, &rule) ||
		!buf_take_varint(pack, &len) || len > pack->len ||
		!buf_take(pack, (size_t)len, &out->body))
		return false;
	memcpy(&row, bytes.ptr, sizeof(row));
	out->row = (int64_t)le64toh(row);
	out->rule = (int64_t)rule;
	return true;
}
