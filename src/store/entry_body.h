/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries as bytes: one is a body, several that follow each other a pack. The encoding
 * is told in entry_body.c. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "store/store.h"

/* A pack ends behind it; three of a bulk load share a page of 16 KiB. */
#define ENTRY_PACK_BYTES ((size_t)2048)
#define ENTRY_PACK_BULK  ((size_t)4900)

/* rule: its name's id. body: a view. */
struct entry_item {
	int64_t row, rule;
	struct str body;
};

/* file: its name's id. Views into the body. */
struct entry_parts {
	uint64_t id;
	int64_t at_ns;
	int quality, level;
	uint32_t weight;
	int64_t file;
	uint64_t offset;
	struct str text, fields;
};

/* Appends the body; file: its name's id; fields: encoded. */
void entry_encode(
	struct buf *b, const struct entry_row *e, int64_t file, struct str fields);

/* False: it is not one. row: where it lies. */
bool entry_decode(struct str body, int64_t row, struct entry_parts *out);

/* Appends it to a pack. */
void entry_pack(struct buf *pack, const struct entry_item *x);

/* The next one of *pack. False: there is none. */
bool entry_unpack(struct str *pack, struct entry_item *out);
