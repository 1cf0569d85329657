/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rotation does around a restart: the order of old files, late lines, copies, the
 * place a log starts at, compression under way, and the last lines of what was deleted.
 */
#include "input/tail.h"

#include "kit.h"

static char head[128]; /* a first line that is long enough to be known by */

static void
start(struct kit *k, const char *text_z)
{
	kit_put(k, "x.log", text_z);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_commit(k);
}

static bool
has_lines(struct kit *k, const char *const *lines, size_t n)
{
	struct buf want;
	bool same;

	buf_init(&want, 65536);
	for (size_t i = 0; i < n; i++)
		buf_add(&want, str_z(lines[i]));
	same = kit_has(k, "x.log", buf_z(&want));
	buf_fini(&want);
	return same;
}

#define HAS(k, ...)                                          \
	has_lines((k), (const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* Old before new, whatever their names, compressed or not, up or down. */
static void
test_order_of_times(struct kit *k)
{
	start(k, "one\n");
	kit_stop(k);
	kit_rename(k, "x.log", "x.log.20250101-000001");
	kit_put(k, "x.log.20250101-000002", "two\n");
	kit_put(k, "x.log.20250101-000010", "three\n");
	kit_put(k, "x.log.20250102-000000", "four\n");
	kit_put(k, "x.log", "five\n");
	kit_gzip(k, "x.log.20250101-000002");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(HAS(k, "one\n", "two\n", "three\n", "four\n", "five\n"));
	OK(kit_log(k, "x.log")->turns == 4 && kit_log(k, "x.log")->gaps == 0);
}

static void
test_order_of_numbers(struct kit *k)
{
	start(k, "one\n");
	for (int down = 0; down < 2; down++) {
		if (down)
			kit_stop(k);
		kit_rename(k, "x.log", "x.log.11");
		kit_put(k, "x.log.10", down ? "six\n" : "two\n");
		kit_put(k, "x.log.9", down ? "seven\n" : "three\n");
		kit_put(k, "x.log.2", down ? "eight\n" : "four\n");
		kit_put(k, "x.log", down ? "nine\n" : "five\n");
		if (down)
			kit_start(k, NULL);
		kit_run(k, 5 * TIME_S);
		kit_commit(k);
		if (!down) {
			OK(HAS(k, "one\n", "two\n", "three\n", "four\n", "five\n"));
			kit_rename(k, "x.log.11", "x.log.15");
			kit_rename(k, "x.log.10", "x.log.14");
			kit_rename(k, "x.log.9", "x.log.13");
			kit_rename(k, "x.log.2", "x.log.12");
		}
	}
	OK(HAS(k, "one\n", "two\n", "three\n", "four\n", "five\n", "six\n", "seven\n",
		"eight\n", "nine\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* The writer of a renamed file is late, and we were killed in between. */
static void
test_late_after_restart(struct kit *k)
{
	start(k, head);
	kit_rotate(k, "two\n");
	kit_run(k, 3 * TIME_S);
	kit_commit(k);
	kit_restart(k);
	kit_run(k, 3 * TIME_S);
	kit_append(k, "x.log.1", "late\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "late\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
	/* Half of it was committed; the file is compressed meanwhile. */
	kit_commit_at(kit_log(k, "x.log"), 2);
	kit_stop(k);
	kit_gzip(k, "x.log.1");
	kit_append(k, "x.log", "three\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "late\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* It had nothing when it was renamed; its inode is another's when it is looked at. */
static void
test_late_in_empty(struct kit *k)
{
	start(k, head);
	kit_rename(k, "x.log", "x.log.2");
	kit_put(k, "x.log.1", "");
	kit_put(k, "x.log", "two\n");
	kit_run(k, 4 * TIME_S);
	kit_commit(k);
	kit_stop(k);
	kit_append(k, "x.log.1", head + 1);
	kit_gzip(k, "x.log.1");
	kit_put(k, "other", "three\n"); /* may have the inode of x.log.1 */
	kit_rename(k, "x.log.2", "x.log.3");
	kit_rename(k, "x.log.1.gz", "x.log.2.gz");
	kit_rename(k, "x.log", "x.log.1");
	kit_rename(k, "other", "x.log");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 2 * strlen(head) - 1 + 4 + 6);
	OK(kit_log(k, "x.log")->gaps == 0);
}

static void
copy_and_cut(struct kit *k, const char *copy_z, const char *then_z)
{
	kit_copy(k, "x.log", copy_z);
	kit_put(k, "x.log", then_z);
}

static void
test_copytruncate_up(struct kit *k)
{
	start(k, head);
	kit_append(k, "x.log", "two\n");
	copy_and_cut(k, "x.log.1", "");
	kit_run(k, 3 * TIME_S);
	kit_append(k, "x.log", "three\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
	/* It is longer than before when it is looked at. */
	kit_rename(k, "x.log.1", "x.log.2");
	copy_and_cut(k, "x.log.1", "a line that is longer than the one before\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n",
		"a line that is longer than the one before\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

static void
test_copytruncate_down(struct kit *k)
{
	start(k, head);
	kit_append(k, "x.log", "two\n");
	kit_stop(k);
	copy_and_cut(k, "x.log.1", "three\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
	kit_commit(k);
	kit_stop(k);
	kit_rename(k, "x.log.1", "x.log.2");
	copy_and_cut(k, "x.log.1", head + 1);
	kit_gzip(k, "x.log.2");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n", head + 1));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/*
 * More was read than was committed, and the copy was made before that: what it has is
 * given once, what only the cut file had is told as lost.
 */
static void
test_copy_shorter_than_read(struct kit *k)
{
	start(k, "");
	kit_append(k, "x.log", head);
	kit_append(k, "x.log", "two\n");
	kit_copy(k, "x.log", "x.log.1");
	kit_append(k, "x.log", "not in the copy\n");
	kit_run(k, TIME_S);
	kit_commit_at(kit_log(k, "x.log"), 18);
	kit_stop(k);
	kit_put(k, "x.log", "three\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 1);
	OK(kit_log(k, "x.log")->lost[LOSS_TRUNCATED] == 16);
}

/* "start: end" is for what nobody knows at the first look, never for a rotated-in file.
 */
static void
test_end_and_rotation(struct kit *k)
{
	k->conf.from_end = true;
	start(k, "history\n");
	kit_append(k, "x.log", "one\n");
	kit_run(k, TIME_S);
	kit_rotate(k, "two\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, "one\n", "two\n"));
	kit_commit(k);
	kit_stop(k);
	kit_append(k, "x.log", "three\n");
	kit_rename(k, "x.log.1", "x.log.3");
	kit_rename(k, "x.log", "x.log.2");
	kit_put(k, "x.log.1", "four\n");
	kit_put(k, "x.log", "five\n");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(HAS(k, "one\n", "two\n", "three\n", "four\n", "five\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* A log without a state came after the last commit: all its files are new. */
static void
test_came_meanwhile(struct kit *k)
{
	k->conf.from_end = true;
	kit_put(k, "y.log", "history\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_commit(k);
	kit_put(k, "x.log", "one\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, "one\n"));
	/* Killed before its first commit. */
	kit_stop(k);
	kit_rotate(k, "two\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, "one\n", "two\n"));
	OK(kit_log(k, "y.log")->text.len == 0);
	/* Of a pattern that is new nothing was known: it starts as it says. */
	kit_stop(k);
	kit_forget_logs(k);
	kit_start(k, "x.log");
	kit_run(k, 3 * TIME_S);
	kit_append(k, "x.log", "three\n");
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, "three\n"));
}

/* Both X and X.gz are there for a moment; then only X.gz: read once. */
static void
test_compressed_between(struct kit *k)
{
	start(k, head);
	kit_append(k, "x.log", "two\n");
	k->budget = 1;
	kit_turn(k);
	kit_commit(k);
	kit_rotate(k, "three\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_copy(k, "x.log.1", "kept");
	kit_gzip(k, "x.log.1");
	kit_rename(k, "kept", "x.log.1");
	kit_stop(k);
	k->budget = 2;
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	kit_commit(k);
	kit_unlink(k, "x.log.1");
	kit_stop(k);
	k->budget = SIZE_MAX;
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
	/* It was read and goes on being known when it is only compressed. */
	kit_commit(k);
	kit_restart(k);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->opens == 4);
}

/* A file that is still being compressed is not whole: what is whole is read. */
static void
test_compression_under_way(struct kit *k)
{
	start(k, head);
	kit_append(k, "x.log", "two\n");
	kit_stop(k);
	kit_rename(k, "x.log", "x.log.1");
	kit_write(k, "x.log.1.gz", O_TRUNC, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	kit_put(k, "x.log", "three\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(HAS(k, head, "two\n", "three\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* A pod is deleted: what it wrote last is read however late. */
static void
test_deleted(struct kit *k)
{
	start(k, "one\n");
	kit_append(k, "x.log", "two\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_append(k, "x.log", "three\n");
	kit_unlink(k, "x.log");
	for (int i = 0; i < 600; i++)
		tail_poll(k->tail, k->now += TIME_S);
	OK(tail_counts(k->tail).unread == 10);
	kit_run(k, TIME_S);
	OK(HAS(k, "one\n", "two\n", "three\n"));
	OK(kit_log(k, "x.log")->ends == 1 && kit_log(k, "x.log")->gaps == 0);
	OK(tail_counts(k->tail).open == 0);
}

/* ... unless nobody holds it when it goes: then its bytes are counted. */
static void
test_deleted_while_down(struct kit *k)
{
	struct kit_log *l;

	start(k, "one\n");
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "two\nthree\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_commit_at(l, 0);
	kit_stop(k);
	kit_unlink(k, "x.log");
	kit_start(k, NULL);
	kit_run(k, 10 * TIME_S);
	OK(HAS(k, "one\n"));
	OK(l->ends == 1 && l->gaps == 1 && l->lost[LOSS_GONE] == 10);
	OK(tail_counts(k->tail).lost[LOSS_GONE] == 10);
}

/* Nobody held it, for want of descriptors, and it may have been written to since. */
static void
test_deleted_while_closed(struct kit *k)
{
	k->conf.max_open = 1;
	kit_put(k, "x.log", "one\n");
	kit_put(k, "y.log", "one\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_append(k, "y.log", "two\n");
	kit_run(k, TIME_S);
	kit_unlink(k, "x.log");
	kit_run(k, 10 * TIME_S);
	OK(HAS(k, "one\n") && kit_log(k, "x.log")->ends == 1);
	OK(kit_log(k, "x.log")->gaps == 1 && kit_log(k, "x.log")->lost[LOSS_GONE] == 0);
}

/* Two files are newer, but this one ends in a line: its writer has a moment. */
static void
test_mid_line_of_two(struct kit *k)
{
	start(k, "one\nha");
	kit_rename(k, "x.log", "x.log.2");
	kit_put(k, "x.log.1", "two\n");
	kit_put(k, "x.log", "three\n");
	kit_turn(k);
	kit_append(k, "x.log.2", "lf\n");
	kit_run(k, 5 * TIME_S);
	OK(HAS(k, "one\nhalf\n", "two\n", "three\n"));
}

/* One that nobody saw, and the live file is just being copied: that is no newer one. */
static void
test_unseen_before_copy(struct kit *k)
{
	char text[160];

	start(k, head);
	kit_stop(k);
	snprintf(text, sizeof(text), "live %s", head);
	kit_rename(k, "x.log", "x.log.3");
	kit_put(k, "x.log.2", "unseen\n");
	kit_put(k, "x.log", text);
	kit_copy(k, "x.log", "x.log.1");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(HAS(k, head, "unseen\n", text));
	kit_put(k, "x.log", "after\n");
	kit_run(k, 5 * TIME_S);
	OK(HAS(k, head, "unseen\n", text, "after\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* More older files than are looked at; one comes into view again when newer ones go. */
static void
test_many_older(struct kit *k)
{
	char name[64];

	start(k, "0\n");
	for (int i = 1; i <= TRAIL_SIBLINGS_MAX + 8; i++) {
		char text[160];

		snprintf(name, sizeof(name), "x.log.20250101-%06d", i);
		snprintf(text, sizeof(text), "%d %s", i, head);
		kit_rename(k, "x.log", name);
		kit_put(k, "x.log", text);
		kit_run(k, 2 * TIME_S);
	}
	kit_commit(k);
	OK(kit_log(k, "x.log")->turns == TRAIL_SIBLINGS_MAX + 8);
	for (int i = 20; i < 30; i++) {
		snprintf(name, sizeof(name), "x.log.20250101-%06d", i);
		kit_unlink(k, name);
	}
	kit_rename(k, "x.log", "x.log.20250101-999999");
	kit_put(k, "x.log", "last\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->turns == TRAIL_SIBLINGS_MAX + 9);
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* What was read and not needed again may be gone after a restart: places stay the same.
 */
static void
test_places_behind_a_gap(struct kit *k)
{
	struct kit_log *l;

	kit_put(k, "x.log", head);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	l = kit_log(k, "x.log");
	kit_rotate(k, "two\n");
	kit_run(k, 3 * TIME_S);
	OK(l->at == 105);
	kit_commit_at(l, 5);
	kit_stop(k);
	kit_unlink(k, "x.log.1");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(l->at == 105 && l->gaps == 1 && l->lost[LOSS_GONE] == 1);
	OK(tail_counts(k->tail).lost[LOSS_GONE] == 0);
}

int
main(void)
{
	static void (*const tests[])(struct kit *) = { test_order_of_times,
		test_order_of_numbers, test_late_after_restart, test_late_in_empty,
		test_copytruncate_up, test_copytruncate_down, test_copy_shorter_than_read,
		test_end_and_rotation, test_came_meanwhile, test_compressed_between,
		test_compression_under_way, test_deleted, test_deleted_while_down,
		test_deleted_while_closed, test_mid_line_of_two, test_many_older,
		test_unseen_before_copy, test_places_behind_a_gap };
	static struct kit k;

	snprintf(head, sizeof(head), "%0100d\n", 7);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		printf("# test %zu\n", i);
		kit_open(&k);
		tests[i](&k);
		kit_close(&k);
	}
	return tap_done();
}
