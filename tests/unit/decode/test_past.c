/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen before: bounded, and the same after a restart. */
#include "decode/past.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

#define ROWS_MAX 200

static const struct hash_key key = { 11, 22 };

struct rows {
	uint64_t row[ROWS_MAX];
	struct buf bytes[ROWS_MAX];
	size_t n;
};

static struct str
name(char *out, size_t cap, unsigned i)
{
	int n = snprintf(out, cap, "uid-%u", i);

	return (struct str){ out, (size_t)n };
}

static void
put(struct past *p, unsigned i, uint32_t count)
{
	char text[40];
	struct past_item item = { .version = 1000 + i,
		.count = count,
		.counted = i,
		.known_ns = -5,
		.finished_ns = INT64_MIN };

	OK(past_put(p, PAST_EVENT, name(text, sizeof(text), i), &item));
}

static uint32_t
count_of(struct past *p, unsigned i)
{
	char text[40];
	struct past_item item;

	return past_get(p, PAST_EVENT, name(text, sizeof(text), i), &item) ? item.count
									   : 0;
}

/* As a store would keep them: the newest bytes of each row, in the order of rows. */
static void
save(struct past *p, struct rows *r)
{
	struct buf b;
	uint64_t row;

	buf_init(&b, 1 << 16);
	while (past_changed(p, &row, &b)) {
		size_t at = 0;

		while (at < r->n && r->row[at] < row)
			at++;
		if (at == r->n || r->row[at] != row) {
			for (size_t k = r->n++; k > at; k--) {
				r->row[k] = r->row[k - 1];
				r->bytes[k] = r->bytes[k - 1];
			}
			r->row[at] = row;
			buf_init(&r->bytes[at], 1 << 16);
		}
		buf_reset(&r->bytes[at]);
		buf_add(&r->bytes[at], buf_str(&b));
		buf_reset(&b);
	}
	buf_fini(&b);
}

static void
rows_free(struct rows *r)
{
	while (r->n > 0)
		buf_fini(&r->bytes[--r->n]);
}

static struct past *
restored(const struct rows *r, size_t max)
{
	struct past *p = past_new(max, key);

	for (size_t i = 0; i < r->n; i++)
		OK(past_restore(p, r->row[i], buf_str(&r->bytes[i])) == 0);
	return p;
}

static void
test_restart(void)
{
	struct past *p = past_new(1000, key), *again;
	struct rows rows = { .n = 0 };
	struct past_item item;
	uint64_t row;
	struct buf b;

	for (unsigned i = 0; i < 300; i++)
		put(p, i, i + 1);
	OK(past_next_serial(p) == 1 && past_next_serial(p) == 2);
	save(p, &rows);
	OK(rows.n == 1 + (300 + 31) / 32);

	/* Only what changed is a row again; asking changes nothing. */
	buf_init(&b, 1 << 16);
	OK(count_of(p, 7) == 8 && !past_changed(p, &row, &b) && b.len == 0);
	put(p, 7, 8);
	OK(!past_changed(p, &row, &b));
	put(p, 40, 100);
	put(p, 41, 101);
	OK(past_changed(p, &row, &b) && row == 2 && !past_changed(p, &row, &b));
	buf_fini(&b);
	put(p, 40, 99);
	put(p, 41, 102);
	save(p, &rows);

	again = restored(&rows, 1000);
	for (unsigned i = 0; i < 300; i++)
		if (count_of(again, i) != (i == 40 ? 99u : i == 41 ? 102u : i + 1))
			break;
		else if (i == 299)
			OK("all of them");
	OK(past_get(again, PAST_EVENT, STR("uid-9"), &item) && item.version == 1009 &&
		item.counted == 9 && item.known_ns == -5 &&
		item.finished_ns == INT64_MIN);
	OK(!past_get(again, PAST_THING, STR("uid-9"), &item) && item.version == 0);
	OK(past_counts(again).items == 300 && past_next_serial(again) == 3);
	past_free(&again);
	past_free(&p);
	rows_free(&rows);
}

/* Full: who is asked for stays, and the rows never are more than the bound. */
static void
test_bound(void)
{
	struct past *p = past_new(64, key), *again;
	struct rows rows = { .n = 0 };

	for (unsigned i = 0; i < 1000; i++) {
		put(p, i, i + 1);
		if (i > 0)
			OK(count_of(p, 0) == 1);
		save(p, &rows);
	}
	OK(past_counts(p).items == 64 && past_counts(p).forgotten == 936 && rows.n == 3);
	OK(count_of(p, 999) == 1000 && count_of(p, 10) == 0);
	again = restored(&rows, 64);
	for (unsigned i = 0; i < 1000; i++)
		if (count_of(p, i) != count_of(again, i))
			OK(!"the same are known");
	past_free(&again);
	past_free(&p);
	rows_free(&rows);
}

static void
test_damage(void)
{
	struct past *p = past_new(100, key), *other;
	struct rows rows = { .n = 0 };
	struct hash_key wrong = { 11, 23 };

	for (unsigned i = 0; i < 64; i++)
		put(p, i, 1);
	save(p, &rows);
	past_free(&p);

	p = past_new(100, key);
	OK(past_restore(p, 1, buf_str(&rows.bytes[1])) == -EINVAL); /* no head yet */
	OK(past_restore(p, 0, buf_str(&rows.bytes[0])) == 0);
	rows.bytes[1].data[9] ^= 1;
	OK(past_restore(p, 1, buf_str(&rows.bytes[1])) == -EINVAL);
	OK(past_restore(p, 1, (struct str){ 0 }) == -EINVAL);
	OK(past_restore(p, 2, buf_str(&rows.bytes[2])) == 0);
	OK(past_restore(p, 2, buf_str(&rows.bytes[2])) == -EINVAL); /* twice */
	OK(past_restore(p, 4, buf_str(&rows.bytes[2])) == -EINVAL); /* the same ids */
	OK(past_restore(p, UINT64_MAX, buf_str(&rows.bytes[2])) == -EINVAL);
	OK(count_of(p, 1) == 0 && count_of(p, 32) == 1);
	for (unsigned i = 100; i < 200; i++)
		put(p, i, i);
	OK(count_of(p, 199) == 199);
	past_free(&p);

	other = past_new(100, wrong);
	OK(past_restore(other, 0, buf_str(&rows.bytes[0])) == -EINVAL);
	OK(past_restore(other, 2, buf_str(&rows.bytes[2])) == -EINVAL);
	past_free(&other);
	rows_free(&rows);
}

int
main(void)
{
	test_restart();
	test_bound();
	test_damage();
	return tap_done();
}
