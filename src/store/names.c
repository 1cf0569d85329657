/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A field is: varint(name id * 2 + interned), then varint(value id), or varint(length)
 * and the bytes. Labels repeat in every line of a pod, so their values are interned;
 * captures differ in every line and are not.
 */
#include "store/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX   1000000
#define NAMES_BYTES ((size_t)128 << 20)
#define VALUES_MAX                                                           \
	100000 /* names in memory before values of labels stay in their rows \
		*/

bool
names_is_label(struct str name)
{
	static const struct str labels[] = { { "namespace", 9 }, { "pod", 3 },
		{ "container", 9 }, { "service", 7 }, { "node", 4 }, { "uid", 3 },
		{ "instance", 8 }, { "datadog_service", 15 }, { "stream", 6 } };

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (str_eq(name, labels[i]))
			return true;
	return false;
}

static bool
ready(struct store *s)
{
	if (s->name_ids == NULL)
		s->name_ids = map_new(NAMES_MAX);
	if (s->names == NULL)
		s->names = arena_new("store names", NAMES_BYTES);
	return s->name_ids != NULL && s->names != NULL;
}

/* Remembers the pair if there is room; a name that is not remembered is looked up again.
 */
static void
remember(struct store *s, int64_t id, struct str text)
{
	struct str copy;
	void **slot;

	if (!ready(s) || id <= 0 || id > NAMES_MAX)
		return;
	if ((size_t)id >= s->name_cap) {
		size_t cap = s->name_cap == 0 ? 256 : s->name_cap;
		struct name *grown;

		while (cap <= (size_t)id)
			cap *= 2;
		grown = realloc(s->name, cap * sizeof(*grown));
		if (grown == NULL)
			return;
		memset(grown + s->name_cap, 0, (cap - s->name_cap) * sizeof(*grown));
		s->name = grown;
		s->name_cap = cap;
	}
	if (s->name[id].text.ptr != NULL)
		return;
	copy = arena_copy(s->names, text);
	if (copy.ptr == NULL)
		return;
	s->name[id] = (struct name){ .text = copy, .is_label = names_is_label(copy) };
	slot = map_put(s->name_ids, text, NULL);
	if (slot != NULL)
		*slot = (void *)(intptr_t)id;
}

uint64_t
names_look(struct str text)
{
	uint64_t first = 0, last = 0;

	if (text.len >= sizeof(first)) {
		memcpy(&first, text.ptr, sizeof(first));
		memcpy(&last, text.ptr + text.len - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < text.len; i++)
			first = first << 8 | (unsigned char)text.ptr[i];
	}
	return first ^ (last << 7 | last >> 57);
}

/* Names come again and again: a slot by length and both ends, then a comparison. */
static uint32_t *
near_slot(struct store *s, struct str text)
{
	uint64_t h = (names_look(text) ^ text.len) * UINT64_C(0x9e3779b97f4a7c15);

	return &s->name_near[h >> (64 - DB_NEAR_BITS)];
}

int64_t
names_find(struct store *s, struct str text)
{
	uint32_t *near = near_slot(s, text);
	void **slot;
	sqlite3_stmt *st;
	int64_t id = 0;

	if (*near < s->name_cap && s->name[*near].text.ptr != NULL &&
		str_eq(s->name[*near].text, text))
		return *near;
	slot = ready(s) ? map_get(s->name_ids, text) : NULL;
	if (slot != NULL) {
		*near = (uint32_t)(uintptr_t)*slot; /* at most NAMES_MAX */
		return (int64_t)(intptr_t)*slot;
	}
	st = db_stmt(s, DB_NAME_ID);
	if (st == NULL)
		return 0;
	db_bind(st, 1, text);
	if (sqlite3_step(st) == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	remember(s, id, text);
	return id;
}

int
names_put(struct store *s, struct str text, int64_t *out)
{
	int64_t id = names_find(s, text);
	sqlite3_stmt *st;
	int err;

	if (id == 0) {
		st = db_stmt(s, DB_NAME);
		if (st == NULL)
			return db_error(s, sqlite3_errcode(s->db));
		db_bind(st, 1, text);
		err = db_run(s, st);
		if (err != 0)
			return err;
		id = sqlite3_last_insert_rowid(s->db);
		remember(s, id, text);
	}
	*out = id;
	return 0;
}

struct str
names_text(struct store *s, int64_t id)
{
	sqlite3_stmt *st;
	struct str text = { 0 };
	int rc;

	if (id <= 0)
		return text;
	if ((size_t)id < s->name_cap && s->name[id].text.ptr != NULL)
		return s->name[id].text;
	st = db_stmt(s, DB_NAME_TEXT);
	s->names_failed |= st == NULL;
	if (st == NULL)
		return text;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		text = db_text(st, 0);
		remember(s, id, text);
		if ((size_t)id < s->name_cap && s->name[id].text.ptr != NULL)
			text = s->name[id].text;
		else
			text = arena_copy(s->names, text);
	}
	s->names_failed |= (rc != SQLITE_ROW && rc != SQLITE_DONE) ||
			   (rc == SQLITE_ROW && text.ptr == NULL) ||
			   sqlite3_errcode(s->db) == SQLITE_NOMEM;
	sqlite3_reset(st);
	return text;
}

bool
names_interns(struct store *s, struct str field, int64_t id)
{
	bool known = (size_t)id < s->name_cap && s->name[id].text.ptr != NULL;

	return (known ? s->name[id].is_label : names_is_label(field)) &&
	       (s->name_ids == NULL || map_len(s->name_ids) < VALUES_MAX);
}

static int
encode_one(struct store *s, const struct store_field *f)
{
	int64_t name, value;
	int err = names_put(s, f->name, &name);
	bool interned;

	if (err != 0)
		return err;
	interned = names_interns(s, f->name, name);
	buf_add_varint(&s->scratch, (uint64_t)name << 1 | (interned ? 1 : 0));
	if (interned) {
		err = names_put(s, f->value, &value);
		if (err == 0)
			buf_add_varint(&s->scratch, (uint64_t)value);
		return err;
	}
	buf_add_varint(&s->scratch, f->value.len);
	buf_add(&s->scratch, f->value);
	return 0;
}

int
names_encode(struct store *s, const struct store_field *fields, size_t n, struct str *out)
{
	buf_reset(&s->scratch);
	if (n > NAMES_FIELDS)
		return db_fail(s, -E2BIG, "too many fields in one row");
	for (size_t i = 0; i < n; i++) {
		int err = encode_one(s, &fields[i]);

		if (err != 0)
			return err;
	}
	if (buf_failed(&s->scratch))
		return db_fail(s, -E2BIG, "the fields of one row are too long");
	*out = buf_str(&s->scratch);
	return 0;
}

size_t
names_decode(struct store *s, struct str blob, struct store_field *out)
{
	size_t n = 0;
	uint64_t head, value;

	while (n < NAMES_FIELDS && blob.len > 0) {
		if (!buf_take_varint(&blob, &head) || !buf_take_varint(&blob, &value))
			break;
		out[n].name = names_text(s, (int64_t)(head >> 1));
		if ((head & 1) != 0)
			out[n].value = names_text(s, (int64_t)value);
		else if (value > blob.len ||
			 !buf_take(&blob, (size_t)value, &out[n].value))
			break;
		n++;
	}
	return n;
}

void
names_forget(struct store *s)
{
	names_fini(s);
}

void
names_fini(struct store *s)
{
	if (s->name_ids != NULL)
		map_free(&s->name_ids);
	if (s->names != NULL)
		arena_free(&s->names);
	free(s->name);
	memset(s->name_near, 0, sizeof(s->name_near));
	s->name = NULL;
	s->name_cap = 0;
}
