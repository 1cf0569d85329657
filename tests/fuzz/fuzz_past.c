/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as rows of what was seen before, with the right hash put behind each so that
 * what is inside is looked at: its number, two bytes of length, its bytes. What is taken
 * is written back, taken again and the same; also as a pod's workload.
 */
#include <assert.h>
#include <stdint.h>

#include "decode/past.h"
#include "record/source.h"

#define MAX_ITEMS ((size_t)100)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hash_key key = { 1, 2 };

/* Takes them and gives all of it back as bytes. */
static struct past *
with_head(void)
{
	struct past *made = past_new(MAX_ITEMS, key), *p = past_new(MAX_ITEMS, key);
	struct buf head;
	uint64_t row;

	buf_init(&head, 4096);
	assert(past_changed(made, &row, &head) && row == 0);
	assert(past_restore(p, 0, buf_str(&head)) == 0);
	buf_fini(&head);
	past_free(&made);
	return p;
}

static void
add_hash(struct buf *b)
{
	uint64_t hash = hash_stable(buf_str(b));

	for (unsigned i = 0; i < 8; i++)
		buf_add_char(b, (char)(unsigned char)(hash >> (8 * i)));
}

static bool
next_row(struct str *s, uint64_t *row, struct buf *b)
{
	struct str head, bytes;
	size_t len;

	if (!buf_take(s, 3, &head))
		return false;
	*row = (unsigned char)head.ptr[0];
	len = (size_t)(unsigned char)head.ptr[1] | (size_t)(unsigned char)head.ptr[2]
							   << 8;
	(void)buf_take(s, len < s->len ? len : s->len, &bytes);
	buf_reset(b);
	buf_add(b, bytes);
	add_hash(b);
	return true;
}

/* Every row of p into one that is new, and both say the same. */
static void
compare(struct past *p)
{
	struct past *again = with_head();
	struct buf once[8], twice;
	uint64_t row, n = 0;

	for (unsigned i = 0; i < 8; i++)
		buf_init(&once[i], 1 << 16);
	buf_init(&twice, 1 << 16);
	past_touch(p);
	for (struct buf b = { .limit = 1 << 16 }; past_changed(p, &row, &b);
		buf_fini(&b)) {
		assert(row < 8);
		buf_add(&once[row], buf_str(&b));
	}
	for (unsigned i = 1; i < 8; i++)
		if (once[i].len > 0)
			assert(past_restore(again, i, buf_str(&once[i])) == 0);
	past_touch(again);
	for (; past_changed(again, &row, &twice); buf_reset(&twice), n++)
		assert(row == 0 || str_eq(buf_str(&twice), buf_str(&once[row])));
	assert(past_counts(p).items == past_counts(again).items);
	for (unsigned i = 0; i < 8; i++)
		buf_fini(&once[i]);
	buf_fini(&twice);
	past_free(&again);
}

static void
check_workload(struct str bytes)
{
	struct workload_row w, again;
	struct buf b;

	if (!workload_decode(bytes, &w))
		return;
	buf_init(&b, 1 << 20);
	workload_encode(&w, &b);
	assert(workload_decode(buf_str(&b), &again) && str_eq(w.pod, again.pod) &&
		str_eq(w.namespace, again.namespace) && str_eq(w.service, again.service));
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct past *p = with_head();
	struct past_item item;
	struct buf b;
	uint64_t row;

	buf_init(&b, 1 << 20);
	(void)!past_restore(p, 1, text);
	while (next_row(&text, &row, &b)) {
		(void)!past_restore(p, row, buf_str(&b));
		check_workload(buf_str(&b));
	}
	compare(p);
	for (unsigned i = 0; i < 2 * MAX_ITEMS; i++)
		assert(past_put(p, PAST_THING,
			(struct str){ (const char *)&i, sizeof(i) },
			&(struct past_item){ .count = i }));
	assert(past_get(p, PAST_THING,
		(struct str){ (const char *)&(unsigned){ 199 }, 4 }, &item));
	assert(past_counts(p).items <= 128);
	buf_fini(&b);
	past_free(&p);
	return 0;
}
