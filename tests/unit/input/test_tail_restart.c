/* SPDX-License-Identifier: Apache-2.0 */
/* What a tail knows after a kill and a restart: hazards H2, H4, H5, and moving files. */
#include "input/tail.h"

#include "kit.h"

static char line_of_100[128];

static void
first_run(struct kit *k, const char *text_z)
{
	kit_put(k, "x.log", text_z);
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_commit(k);
}

/* A log and the one before it are read and committed, and we are gone. */
static void
first_run_of_two(struct kit *k)
{
	first_run(k, line_of_100);
	kit_rotate(k, "two\n");
	kit_run(k, 3 * TIME_S);
	kit_commit(k);
	kit_stop(k);
}

static void
test_goes_on(struct kit *k)
{
	first_run(k, "one\ntwo\n");
	kit_append(k, "x.log", "three\n");
	kit_run(k, TIME_S);
	/* Not committed: read again. */
	k->conf.from_end = true;
	kit_restart(k);
	kit_append(k, "x.log", "four\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\n"));
	OK(kit_log(k, "x.log")->opens == 2 && kit_log(k, "x.log")->at == 19);
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* An open record is committed from its first byte on. */
static void
test_goes_back(struct kit *k)
{
	first_run(k, "one\n");
	kit_append(k, "x.log", "open record\n");
	kit_run(k, TIME_S);
	kit_commit_at(kit_log(k, "x.log"), 12);
	kit_restart(k);
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\nopen record\n"));
}

/* ... even when it began in the file before. */
static void
test_goes_back_a_file(struct kit *k)
{
	first_run(k, "one\nopen ");
	kit_rotate(k, "record\ntwo\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\nopen record\ntwo\n"));
	kit_log(k, "x.log")->committed_len = 4;
	kit_stop(k);
	/* The first commit was behind "open ", so one more run with a real one. */
	kit_forget_logs(k);
	kit_unlink(k, "x.log");
	kit_unlink(k, "x.log.1");
	kit_put(k, "x.log", "one\nopen ");
	kit_start(k, "x.log");
	kit_run(k, TIME_S);
	kit_commit_at(kit_log(k, "x.log"), 5);
	kit_rotate(k, "record\ntwo\n");
	kit_run(k, 3 * TIME_S);
	kit_commit_at(kit_log(k, "x.log"), 16);
	kit_rename(k, "x.log.1", "x.log.2");
	kit_rotate(k, "three\n");
	kit_gzip(k, "x.log.2");
	kit_restart(k);
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\nopen record\ntwo\nthree\n"));
	OK(kit_log(k, "x.log")->gaps == 0 && kit_log(k, "x.log")->turns == 3);
}

static void
test_rotated_meanwhile(struct kit *k)
{
	first_run(k, "one\n");
	kit_append(k, "x.log", "two\n");
	kit_stop(k);
	kit_rename(k, "x.log", "x.log.3");
	kit_put(k, "x.log.2", "three\n");
	kit_put(k, "x.log.1", "four\n");
	kit_put(k, "x.log", "five\n");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\nfive\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

static void
test_compressed_meanwhile(struct kit *k)
{
	first_run(k, line_of_100);
	kit_append(k, "x.log", "two\n");
	kit_stop(k);
	kit_rename(k, "x.log", "x.log.20250102-000000");
	kit_gzip(k, "x.log.20250102-000000");
	kit_put(k, "x.log", "three\n");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 101 + 4 + 6);
	OK(str_ends(buf_str(&kit_log(k, "x.log")->text), STR("\ntwo\nthree\n")));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* Which files were read is known even if all names moved on. */
static void
test_known_files(struct kit *k)
{
	first_run_of_two(k);
	kit_rename(k, "x.log.1", "x.log.2");
	kit_copy(k, "x.log.2", "moved");
	kit_unlink(k, "x.log.2");
	kit_rename(k, "moved", "x.log.2");
	kit_rotate(k, "three\n");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 101 + 4 + 6);
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* H2: the file system gives the inode to the next file. */
static void
test_inode_reuse(struct kit *k)
{
	struct kit_log *l;
	uint64_t ino;
	bool same = false;

	first_run(k, "one\ntwo\n");
	l = kit_log(k, "x.log");
	kit_stop(k);
	ino = kit_ino(k, "x.log");
	kit_unlink(k, "x.log");
	for (int i = 0; i < 64 && !same; i++) {
		char name[32];

		snprintf(name, sizeof(name), "try%d", i);
		kit_put(k, name, "ONE\nTWO\nTHREE\n");
		same = kit_ino(k, name) == ino;
		if (same)
			kit_rename(k, name, "x.log");
	}
	if (!same)
		kit_put(k, "x.log", "ONE\nTWO\nTHREE\n");
	printf("# inode %s\n", same ? "reused" : "not reused here");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nONE\nTWO\nTHREE\n"));
	OK(l->gaps == 1);
}

/* The same long head and inode, other lines behind it: another content. */
static void
test_same_head(struct kit *k)
{
	char text[2100];

	memset(text, 'h', 2000);
	memcpy(text + 2000, "\none 1\n", sizeof("\none 1\n"));
	first_run(k, text);
	kit_stop(k);
	memcpy(text + 2000, "\nONE 1\ntwo 2\n", sizeof("\nONE 1\ntwo 2\n"));
	kit_put(k, "x.log", text);
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 2007 + 2013);
	OK(kit_log(k, "x.log")->gaps == 1);
}

/* H4: a known file that was truncated begins at its start, whatever the policy. */
static void
test_truncated_meanwhile(struct kit *k)
{
	struct kit_log *l;

	first_run(k, "one\ntwo\n");
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "seen\n");
	k->budget = 0;
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_commit_at(l, 0);
	kit_stop(k);
	kit_put(k, "x.log", "1\n");
	k->conf.from_end = true;
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\n1\n"));
	OK(l->gaps == 1 && l->lost[LOSS_TRUNCATED] == 5);
	kit_commit(k);
	kit_stop(k);
	kit_put(k, "x.log", "2222222222222222222222\n");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\n1\n2222222222222222222222\n"));
	OK(l->gaps == 2);
}

/* A crash of the machine took the end of a file that was synced less well than we are. */
static void
test_shortened(struct kit *k)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 10)
		text[i] = '\n';
	text[sizeof(text) - 1] = '\0';
	first_run(k, text);
	kit_stop(k);
	if (truncate(kit_path(k, "x.log"), 1500) != 0)
		abort();
	kit_start(k, NULL);
	kit_run(k, TIME_S);
	kit_append(k, "x.log", "after\n");
	kit_run(k, TIME_S);
	OK(kit_log(k, "x.log")->text.len == 1999 + 6);
	OK(kit_log(k, "x.log")->gaps == 1);
}

static void
test_gone_meanwhile(struct kit *k)
{
	struct kit_log *l;

	first_run(k, "one\n");
	l = kit_log(k, "x.log");
	kit_append(k, "x.log", "unread\n");
	k->budget = 0;
	tail_poll(k->tail, k->now += TIME_S);
	k->budget = SIZE_MAX;
	kit_commit(k);
	kit_stop(k);
	kit_unlink(k, "x.log");
	kit_start(k, NULL);
	kit_run(k, 10 * TIME_S);
	OK(kit_has(k, "x.log", "one\n"));
	OK(l->gaps == 1 && l->lost[LOSS_GONE] == 7 && l->ends == 1);
}

/* Nothing was read of it yet: there is nothing to know it by. */
static void
test_empty(struct kit *k)
{
	first_run(k, "");
	kit_stop(k);
	kit_append(k, "x.log", "one\n");
	k->conf.from_end = true;
	kit_start(k, NULL);
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

static void
test_late_meanwhile(struct kit *k)
{
	first_run_of_two(k);
	kit_append(k, "x.log.1", "late\n");
	kit_append(k, "x.log", "three\n");
	kit_start(k, NULL);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 101 + 4 + 5 + 6);
	OK(str_find(buf_str(&kit_log(k, "x.log")->text), STR("late\n")) != SIZE_MAX);
	/* In the middle of what came late. */
	kit_commit_at(kit_log(k, "x.log"), 8);
	kit_restart(k);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->text.len == 101 + 4 + 5 + 6);
	OK(str_find(buf_str(&kit_log(k, "x.log")->text), STR("late\n")) != SIZE_MAX);
	OK(str_find(buf_str(&kit_log(k, "x.log")->text), STR("three\n")) != SIZE_MAX);
}

/* Rotated twice and deleted while nothing is read. */
static void
test_held(struct kit *k)
{
	first_run(k, "one\n");
	kit_append(k, "x.log", "two\n");
	kit_rotate(k, "three\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_unlink(k, "x.log.1");
	kit_rotate(k, "four\n");
	tail_poll(k->tail, k->now += TIME_S);
	kit_unlink(k, "x.log.1");
	kit_hand_over(k);
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nfour\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
	kit_commit(k);
	kit_run(k, 2 * TIME_MIN);
	OK(tail_counts(k->tail).open == 1);
}

/* Read and left behind, but not committed; the first of them one of three pieces. */
static void
test_held_uncommitted(struct kit *k)
{
	first_run(k, "one\n");
	kit_append(k, "x.log", "two\n");
	kit_rotate(k, "three\n");
	kit_run(k, 3 * TIME_S);
	kit_append(k, "x.log.1", "late\n");
	kit_run(k, 3 * TIME_S);
	kit_unlink(k, "x.log.1");
	kit_rotate(k, "four\n");
	kit_run(k, 3 * TIME_S);
	kit_unlink(k, "x.log.1");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nlate\nfour\n"));
	kit_hand_over(k);
	kit_run(k, 5 * TIME_S);
	OK(kit_log(k, "x.log")->opens == 2);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\nlate\nfour\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* No commit knows of it; what is committed of another log is not given again. */
static void
test_held_unknown(struct kit *k)
{
	kit_put(k, "x.log", "one\n");
	kit_start(k, "?.log");
	kit_run(k, TIME_S);
	kit_commit(k);
	kit_put(k, "y.log", "new\n");
	kit_run(k, 20 * TIME_S);
	kit_unlink(k, "y.log");
	kit_hand_over(k);
	kit_run(k, 10 * TIME_S);
	OK(kit_has(k, "y.log", "new\n") && kit_log(k, "y.log")->ends == 1);
	OK(kit_has(k, "x.log", "one\n"));
}

/* Cut while nothing was read: as after any restart. */
static void
test_held_truncated(struct kit *k)
{
	first_run(k, "one\n");
	kit_append(k, "x.log", "two\nand three\n");
	kit_run(k, TIME_S);
	kit_put(k, "x.log", "anew\n");
	kit_hand_over(k);
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\nanew\n"));
	OK(kit_log(k, "x.log")->lost[LOSS_TRUNCATED] == 14);
}

static void
test_unwanted(struct kit *k)
{
	first_run(k, "one\n");
	kit_stop(k);
	kit_put(k, "y.log", "y\n");
	kit_start(k, "y.log");
	kit_run(k, TIME_S);
	OK(kit_log(k, "x.log")->ends == 1 && tail_counts(k->tail).sources == 1);
	OK(kit_has(k, "y.log", "y\n"));
}

/* A log that came, was read and not committed, and is rotated away and compressed: its
 * part is new, whether another file takes its place or not. */
static void
test_rotated_uncommitted(struct kit *k)
{
	kit_put(k, "y.log", "y\n");
	k->conf.from_end = true;
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_commit(k);
	kit_put(k, "x.log", "one\n");
	kit_put(k, "z.log", "one\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\n") && kit_has(k, "z.log", "one\n"));
	kit_stop(k);
	kit_rename(k, "x.log", "x.log.1");
	kit_gzip(k, "x.log.1");
	kit_rename(k, "z.log", "z.log.1");
	kit_start(k, NULL);
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\n") && kit_has(k, "z.log", "one\n"));
	kit_put(k, "x.log", "two\n");
	kit_run(k, 3 * TIME_S);
	kit_commit(k);
	kit_restart(k);
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\n") && kit_has(k, "z.log", "one\n"));
	OK(kit_log(k, "x.log")->gaps == 0 && tail_counts(k->tail).sources == 3);
}

/* What was there before its log, and before us, is none of ours after a restart, too. */
static void
test_bygone(struct kit *k)
{
	kit_put(k, "x.log.2", "older\n");
	kit_put(k, "x.log.1", "old\n");
	kit_put(k, "z.log.1", "old\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_commit(k);
	OK(tail_has_begun(k->tail) && tail_counts(k->tail).sources == 0);
	kit_restart(k);
	kit_run(k, TIME_S);
	kit_commit(k);
	kit_stop(k);
	kit_put(k, "x.log", "one\n");
	kit_start(k, NULL);
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\n"));
	kit_put(k, "z.log", "one\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "z.log", "one\n"));
	/* Of a pattern that comes later it is again what was there before. */
	kit_commit(k);
	kit_stop(k);
	kit_put(k, "y.txt.1", "old\n");
	snprintf(k->pattern[1], sizeof(k->pattern[1]), "%s", kit_path(k, "*.txt"));
	k->patterns[1] = k->pattern[1];
	k->conf.n_patterns = 2;
	kit_start(k, NULL);
	kit_run(k, TIME_S);
	kit_commit(k);
	kit_restart(k);
	kit_put(k, "y.txt", "one\n");
	kit_run(k, 3 * TIME_S);
	OK(kit_has(k, "y.txt", "one\n"));
}

static void
test_damaged(struct kit *k)
{
	struct buf bad;

	first_run(k, "one\n");
	kit_stop(k);
	buf_init(&bad, 65536);
	for (size_t i = 0; i < kit_log(k, "x.log")->state.len; i++) {
		buf_reset(&bad);
		buf_add(&bad, buf_str(&kit_log(k, "x.log")->state));
		bad.data[i] = (char)(bad.data[i] ^ 0x10);
		k->tail = tail_new(&k->conf);
		if (tail_restore(k->tail, buf_str(&bad)) != -EILSEQ)
			OK(!"a damaged state was taken");
		tail_free(&k->tail);
	}
	k->tail = tail_new(&k->conf);
	OK(tail_restore(k->tail, buf_str(&kit_log(k, "x.log")->state)) == 0);
	OK(tail_restore(k->tail, buf_str(&kit_log(k, "x.log")->state)) == -EEXIST);
	buf_fini(&bad);
}

int
main(void)
{
	static void (*const tests[])(struct kit *) = { test_goes_on, test_goes_back,
		test_goes_back_a_file, test_rotated_meanwhile, test_compressed_meanwhile,
		test_known_files, test_inode_reuse, test_same_head,
		test_truncated_meanwhile, test_shortened, test_gone_meanwhile, test_empty,
		test_late_meanwhile, test_held, test_held_uncommitted, test_held_unknown,
		test_held_truncated, test_unwanted, test_rotated_uncommitted, test_bygone,
		test_damaged };
	static struct kit k;

	snprintf(line_of_100, sizeof(line_of_100), "%0100d\n", 1);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		printf("# test %zu\n", i);
		kit_open(&k);
		tests[i](&k);
		kit_close(&k);
	}
	return tap_done();
}
