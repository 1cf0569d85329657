/* SPDX-License-Identifier: Apache-2.0 */
/* Following files while they are rotated, truncated, deleted: hazards H1, H3, H22. */
#include "input/tail.h"

#include "kit.h"

static void
test_append(struct kit *k)
{
	kit_put(k, "a.log", "one\n");
	kit_start(k, "*.log");
	kit_turn(k);
	OK(kit_has(k, "a.log", "one\n"));
	kit_append(k, "a.log", "tw");
	kit_run(k, TIME_S);
	kit_append(k, "a.log", "o\n");
	kit_put(k, "b.log", "new\n");
	kit_put(k, "b.txt", "no\n");
	kit_run(k, 2 * TIME_S);
	OK(kit_has(k, "a.log", "one\ntwo\n"));
	OK(kit_has(k, "b.log", "new\n"));
	OK(k->n == 2 && kit_log(k, "a.log")->opens == 1);
	OK(kit_log(k, "a.log")->at == 8);
}

static void
test_from_end(struct kit *k)
{
	k->conf.from_end = true;
	kit_put(k, "a.log", "old\nhalf ");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_append(k, "a.log", "line\n");
	kit_put(k, "b.log", "later is whole\n");
	kit_run(k, 2 * TIME_S);
	OK(kit_has(k, "a.log", "half line\n"));
	OK(kit_has(k, "b.log", "later is whole\n"));
	OK(kit_log(k, "a.log")->at == 14);
}

static void
test_rename(struct kit *k)
{
	kit_put(k, "0.log", "one\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_append(k, "0.log", "two\n");
	kit_rename(k, "0.log", "0.log.20250101-120000");
	kit_put(k, "0.log", "four\n");
	kit_turn(k);
	/* Its writer still has the old file. */
	kit_append(k, "0.log.20250101-120000", "three\n");
	kit_run(k, 500 * TIME_MS);
	OK(kit_has(k, "0.log", "one\ntwo\nthree\n"));
	OK(kit_log(k, "0.log")->turns == 0);
	kit_run(k, 2 * TIME_S);
	OK(kit_has(k, "0.log", "one\ntwo\nthree\nfour\n"));
	OK(kit_log(k, "0.log")->turns == 1 && kit_log(k, "0.log")->gaps == 0);
	OK(k->n == 1);
}

/* The reader is far behind; the old files are compressed and deleted meanwhile. */
static void
test_rename_behind(struct kit *k)
{
	kit_put(k, "0.log", "one\ntwo\n");
	kit_start(k, "*.log");
	k->budget = 2;
	kit_turn(k);
	kit_rename(k, "0.log", "0.log.20250101-120000");
	kit_put(k, "0.log", "three\n");
	kit_turn(k);
	tail_poll(k->tail, k->now += TIME_S);
	kit_gzip(k, "0.log.20250101-120000");
	kit_rename(k, "0.log", "0.log.20250101-120010");
	kit_put(k, "0.log", "four\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_unlink(k, "0.log.20250101-120000.gz");
	kit_unlink(k, "0.log.20250101-120010");
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "0.log", "one\ntwo\nthree\nfour\n"));
	OK(kit_log(k, "0.log")->turns == 2 && kit_log(k, "0.log")->gaps == 0);
}

/* Two rotations between two looks: the file in the middle was never seen live. */
static void
test_fast_rotation(struct kit *k)
{
	kit_put(k, "x.log.2", "ancient\n");
	kit_put(k, "x.log", "one\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_rename(k, "x.log.2", "x.log.4");
	kit_rename(k, "x.log", "x.log.3");
	kit_put(k, "x.log.2", "two\n");
	kit_put(k, "x.log.1", "three\n");
	kit_gzip(k, "x.log.2");
	kit_put(k, "x.log", "four\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\n"));
	OK(kit_log(k, "x.log")->turns == 3);
	/* Numbers go up by one: nothing is new. */
	kit_rename(k, "x.log.4", "x.log.5");
	kit_rename(k, "x.log.3", "x.log.4");
	kit_rename(k, "x.log.2.gz", "x.log.3.gz");
	kit_rename(k, "x.log.1", "x.log.2");
	kit_rotate(k, "five\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\nfive\n"));
}

static void
test_late(struct kit *k)
{
	kit_put(k, "x.log", "one\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_rotate(k, "two\nthr");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthr"));
	kit_append(k, "x.log.1", "late\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthr"));
	kit_append(k, "x.log", "ee\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nlate\n"));
	kit_append(k, "x.log.1", "later\n");
	kit_append(k, "x.log", "four\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nlate\nfour\nlater\n") ||
		kit_has(k, "x.log", "one\ntwo\nthree\nlate\nlater\nfour\n"));
	OK(tail_counts(k->tail).open > 1); /* until it is committed */
	kit_commit(k);
	kit_run(k, 2 * TIME_MIN);
	OK(tail_counts(k->tail).open == 1);
	/* Not watched any more, but found with the next rotation. */
	kit_append(k, "x.log.1", "latest\n");
	kit_rename(k, "x.log.1", "x.log.2");
	kit_rotate(k, "five\n");
	kit_run(k, 5 * TIME_S);
	OK(str_find(buf_str(&kit_log(k, "x.log")->text), STR("latest\n")) != SIZE_MAX);
	OK(str_ends(buf_str(&kit_log(k, "x.log")->text), STR("five\n")));
	OK(kit_log(k, "x.log")->gaps == 0);
}

static void
test_truncations(struct kit *k)
{
	struct kit_log *l;

	kit_put(k, "x.log", "one 1\ntwo 2\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	kit_put(k, "x.log", "3\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one 1\ntwo 2\n3\n"));
	OK(l->gaps == 1 && l->lost[LOSS_TRUNCATED] == 0);
	/* Longer than before, within one look. */
	kit_put(k, "x.log", "4 four\n5 five\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one 1\ntwo 2\n3\n4 four\n5 five\n"));
	OK(l->gaps == 2);
	/* As long as before. */
	kit_put(k, "x.log", "6 xxxx\n7 xxxx\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one 1\ntwo 2\n3\n4 four\n5 five\n6 xxxx\n7 xxxx\n"));
	/* Bytes that were seen and not read. */
	k->budget = 0;
	kit_append(k, "x.log", "lost for ever\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_put(k, "x.log", "8\n");
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_run(k, TIME_S);
	OK(l->lost[LOSS_TRUNCATED] == 14 && l->gaps == 4);
	OK(str_ends(buf_str(&l->text), STR("7 xxxx\n8\n")));
}

/* Truncated between the look and the read, and already longer than the place. */
static void
test_truncated_before_read(struct kit *k)
{
	kit_put(k, "x.log", "aaaa 1\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_append(k, "x.log", "bbbb 2\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_put(k, "x.log", "cccc 3\ndddd 4\neeee 5\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "aaaa 1\ncccc 3\ndddd 4\neeee 5\n"));
	OK(kit_log(k, "x.log")->lost[LOSS_TRUNCATED] == 7);
}

/* What is there without another look at the files. */
static void
read_without_looking(struct kit *k)
{
	struct tail_event e;

	while (tail_next(k->tail, k->now, &e) != TAIL_NONE)
		kit_event(k, &e);
}

/* The same between a look and its read, where only the read itself can tell. */
static void
test_truncated_while_reading(struct kit *k)
{
	char more[512];
	struct kit_log *l;

	kit_put(k, "x.log", "one\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "two\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_put(k, "x.log", "ONE\nTWO\nTHREE\n");
	read_without_looking(k);
	OK(kit_has(k, "x.log", "one\n"));
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\nONE\nTWO\nTHREE\n"));
	OK(l->gaps == 1 && l->lost[LOSS_TRUNCATED] == 4);
	/* Another head, the same bytes before the place. */
	snprintf(more, sizeof(more), "1 %0100d\n", 0);
	kit_put(k, "x.log", more);
	kit_run(k, TIME_S);
	kit_append(k, "x.log", "tail\n");
	tail_poll(k->tail, k->now += TIME_S);
	snprintf(more, sizeof(more), "2 %0100d\n3 %0100d\n", 0, 0);
	kit_put(k, "x.log", more);
	read_without_looking(k);
	kit_run(k, TIME_S);
	OK(l->text.len == 4 + 14 + 3 * 103 && l->gaps == 3);
	OK(l->lost[LOSS_TRUNCATED] == 4 + 5);
}

/* A long head that stays, and other lines behind it. */
static void
test_truncated_below_head(struct kit *k)
{
	char text[2100];
	struct kit_log *l;

	memset(text, 'h', 2000);
	memcpy(text + 2000, "\none 1\n", sizeof("\none 1\n"));
	kit_put(k, "x.log", text);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "two 2\n");
	tail_poll(k->tail, k->now += TIME_S);
	memcpy(text + 2000, "\nONE 1\nTWO 2\nTHREE\n", sizeof("\nONE 1\nTWO 2\nTHREE\n"));
	kit_put(k, "x.log", text);
	read_without_looking(k);
	OK(l->text.len == 2007);
	kit_run(k, TIME_S);
	OK(l->text.len == 2007 + 2019 && l->gaps == 1);
}

/* Lines of one length that end alike: only the head tells. */
static void
test_truncated_alike(struct kit *k)
{
	char line[128], more[256];
	struct kit_log *l;

	snprintf(line, sizeof(line), "1 %0100d\n", 0);
	kit_put(k, "x.log", line);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	snprintf(more, sizeof(more), "2 %0100d\n3 %0100d\n", 0, 0);
	kit_put(k, "x.log", more);
	kit_run(k, TIME_S);
	OK(l->text.len == 3 * 103 && l->gaps == 1);
}

/* What a copy has before the file is cut is read from the copy. */
static void
test_copytruncate(struct kit *k)
{
	struct kit_log *l;

	kit_put(k, "x.log", "one\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "two\n");
	kit_copy(k, "x.log", "x.log.1");
	kit_put(k, "x.log", "three\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\n"));
	OK(l->lost[LOSS_TRUNCATED] == 0);
	/* Seen more than the copy has: the rest is lost and counted. */
	kit_append(k, "x.log", "four\n");
	kit_copy(k, "x.log", "x.log.2");
	kit_append(k, "x.log", "five\n");
	k->budget = 0;
	tail_poll(k->tail, k->now += TIME_S);
	kit_gzip(k, "x.log.2");
	kit_put(k, "x.log", "six\n");
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\nsix\n"));
	OK(l->lost[LOSS_TRUNCATED] == 5);
	kit_run(k, TIME_MIN);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\nsix\n"));
}

/* A writer that does not append goes on at its old place: a hole is in front. */
static void
test_hole(struct kit *k)
{
	char name[600];
	struct tail_status st;
	size_t pos = 0;
	int fd;

	kit_put(k, "x.log", "one\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	snprintf(name, sizeof(name), "%s", kit_path(k, "x.log"));
	fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	OK(pwrite(fd, "two\n", 4, 1 << 20) == 4);
	close(fd);
	kit_run(k, TIME_S);
	OK(kit_log(k, "x.log")->text.len < 70000);
	OK(str_ends(buf_str(&kit_log(k, "x.log")->text), STR("two\n")));
	OK(tail_status(k->tail, &pos, &st) && st.hole_bytes >= (1 << 20) - 65536);
	OK(st.truncations == 1);
}

static void
test_deleted(struct kit *k)
{
	kit_put(k, "pod/0.log", "one\n");
	kit_start(k, "*/*.log");
	k->budget = 1;
	kit_turn(k);
	kit_append(k, "pod/0.log", "last words\n");
	kit_unlink(k, "pod/0.log");
	if (rmdir(kit_path(k, "pod")) != 0)
		abort();
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_run(k, TIME_S);
	OK(kit_has(k, "0.log", "one\nlast words\n"));
	OK(kit_log(k, "0.log")->ends == 0);
	kit_run(k, 6 * TIME_S);
	OK(kit_log(k, "0.log")->ends == 1 && kit_log(k, "0.log")->gaps == 0);
	OK(tail_counts(k->tail).sources == 0 && tail_counts(k->tail).open == 0);
	/* The same name again is a new log. */
	kit_put(k, "pod/0.log", "again\n");
	kit_run(k, 2 * TIME_S);
	OK(kit_has(k, "0.log", "one\nlast words\nagain\n"));
	OK(kit_log(k, "0.log")->opens == 2);
}

/* docker with max-file=1: unlinked and made again. */
static void
test_recreated(struct kit *k)
{
	kit_put(k, "x.log", "one\n");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_append(k, "x.log", "two\n");
	kit_unlink(k, "x.log");
	kit_run(k, TIME_S);
	kit_put(k, "x.log", "three\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\n"));
	OK(kit_log(k, "x.log")->turns == 1 && kit_log(k, "x.log")->ends == 0);
}

/* Replaced by a copy of itself: it goes on. */
static void
test_replaced_by_copy(struct kit *k)
{
	char line[128];

	snprintf(line, sizeof(line), "%0100d\n", 7);
	kit_put(k, "x.log", line);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_copy(k, "x.log", "new");
	kit_rename(k, "new", "x.log");
	kit_append(k, "x.log", "two\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 105);
	/* A copy beside it is no older part. */
	kit_copy(k, "x.log", "x.log.1");
	kit_rename(k, "x.log", "x.log.2");
	kit_put(k, "x.log", "three\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 111);
}

/* Rotated away while nothing new is there; older parts stay. */
static void
test_gap_in_names(struct kit *k)
{
	kit_put(k, "x.log", "one\n");
	kit_start(k, NULL);
	kit_stop(k);
	kit_start(k, "");
	kit_run(k, TIME_S);
	kit_rename(k, "x.log", "x.log.1");
	kit_run(k, TIME_MIN);
	OK(kit_log(k, "x.log")->ends == 0 && k->n == 1);
	kit_append(k, "x.log.1", "two\n");
	kit_rename(k, "x.log.1", "x.log.2");
	kit_put(k, "x.log.1", "three\n");
	kit_put(k, "x.log", "four\n");
	kit_run(k, 15 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\n"));
	OK(k->n == 1);
}

static void
test_mid_line(struct kit *k)
{
	kit_put(k, "x.log", "one\ntw");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_rotate(k, "o\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\n"));
	OK(kit_log(k, "x.log")->mid_lines == 1);
}

int
main(void)
{
	static void (*const tests[])(struct kit *) = { test_append, test_from_end,
		test_rename, test_rename_behind, test_fast_rotation, test_late,
		test_truncations, test_truncated_before_read,
		test_truncated_while_reading, test_truncated_below_head,
		test_truncated_alike, test_copytruncate, test_hole, test_deleted,
		test_recreated, test_replaced_by_copy, test_gap_in_names, test_mid_line };
	static struct kit k;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		printf("# test %zu\n", i);
		kit_open(&k);
		tests[i](&k);
		kit_close(&k);
	}
	return tap_done();
}
