/* SPDX-License-Identifier: Apache-2.0 */
/* Many files, few descriptors, who is read first, hints, and what cannot be read. */
#include "input/tail.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kit.h"

#define MANY 2000

static size_t
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* All bytes that are there, without keeping them; at most most descriptors on the way. */
static uint64_t
drain(struct tail *t, int64_t now, size_t *most)
{
	static char buf[65536];
	struct tail_event e;
	uint64_t n = 0;

	tail_poll(t, now);
	while (tail_next(t, now, &e) != TAIL_NONE || tail_due(t) <= now) {
		if (e.kind == TAIL_NONE)
			tail_poll(t, now);
		ssize_t got = e.kind == TAIL_DATA
				      ? tail_read(t, e.source, buf, sizeof(buf), now)
				      : 0;
		size_t open = tail_counts(t).open;

		n += got > 0 ? (uint64_t)got : 0;
		*most = open > *most ? open : *most;
		if (e.kind == TAIL_END)
			tail_forget(t, &e.source);
	}
	return n;
}

/* 2,000 files with 100 descriptors: written, grown, rotated, deleted. */
static void
test_many(struct kit *k)
{
	size_t base = count_descriptors(), most = 0;
	char name[64], to[64];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d/%d.log", i / 50, i);
		kit_put(k, name, "a line of some length, and another\n");
	}
	k->conf.max_open = 100;
	kit_start(k, "*/*.log");
	OK(drain(k->tail, k->now, &most) == MANY * 35);
	OK(tail_counts(k->tail).sources == MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d/%d.log", i / 50, i);
		kit_append(k, name, "more\n");
	}
	OK(drain(k->tail, k->now += 2 * TIME_S, &most) == MANY * 5);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d/%d.log", i / 50, i);
		snprintf(to, sizeof(to), "d%d/%d.log.1", i / 50, i);
		kit_append(k, name, "last\n");
		kit_rename(k, name, to);
		kit_put(k, name, "next\n");
	}
	{
		uint64_t n = 0;

		for (int i = 0; i < 60; i++)
			n += drain(k->tail, k->now += 500 * TIME_MS, &most);
		OK(n == MANY * 10);
	}
	printf("# at most %zu descriptors\n", most);
	OK(most <= 101 + TRAIL_SIBLINGS_MAX);
	OK(tail_counts(k->tail).open <= 100);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d/%d.log", i / 50, i);
		kit_unlink(k, name);
		snprintf(name, sizeof(name), "d%d/%d.log.1", i / 50, i);
		kit_unlink(k, name);
	}
	for (int i = 0; i < 60; i++)
		(void)drain(k->tail, k->now += 500 * TIME_MS, &most);
	OK(tail_counts(k->tail).sources == 0 && tail_counts(k->tail).open == 0);
	kit_stop(k);
	OK(count_descriptors() == base);
}

static void
test_full(struct kit *k)
{
	size_t most = 0;

	for (int i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d.log", i);
		kit_put(k, name, "x\n");
	}
	k->conf.max_files = 3;
	kit_start(k, "*.log");
	OK(drain(k->tail, k->now, &most) == 6);
	OK(tail_counts(k->tail).full && tail_counts(k->tail).sources == 3);
}

/* The one whose records are oldest is read first, once its times are known. */
static void
test_furthest_behind(struct kit *k)
{
	char block[100 * 64 + 1];
	struct kit_log *a, *b;
	struct tail_event e;
	size_t n = 0;

	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	kit_put(k, "a", block);
	kit_put(k, "b", block);
	k->chunk = 100;
	kit_start(k, "*");
	tail_poll(k->tail, k->now);
	while (tail_next(k->tail, k->now, &e) != TAIL_NONE) {
		kit_event(k, &e);
		a = kit_log(k, "/a");
		b = kit_log(k, "/b");
		/* a's records are a second apart, b's two, from an hour later on. */
		if (e.kind != TAIL_DATA)
			continue;
		if (e.source == a->source)
			tail_set_time(k->tail, a->source, (int64_t)a->at / 100 * TIME_S);
		else
			tail_set_time(k->tail, b->source,
				TIME_H + (int64_t)b->at / 50 * TIME_S);
		n++;
	}
	OK(n == 128);
	/* Both are looked at once, then a all the way. */
	k->order[k->n_order] = '\0';
	OK(strspn(k->order + 2, "a") == 63);
	OK(strspn(k->order + 65, "b") == 63);
}

/* A clock that is a year behind does not keep the others waiting for ever. */
static void
test_nobody_starves(struct kit *k)
{
	char *block = malloc(100 * 1000 + 1);
	struct tail_event e;
	size_t bs = 0;

	memset(block, 'x', 100 * 1000);
	block[100 * 1000] = '\0';
	kit_put(k, "a", block);
	kit_put(k, "b", block);
	free(block);
	k->chunk = 100;
	kit_start(k, "*");
	tail_poll(k->tail, k->now);
	for (int i = 0; i < 800 && tail_next(k->tail, k->now, &e) != TAIL_NONE; i++) {
		kit_event(k, &e);
		if (e.kind == TAIL_DATA)
			tail_set_time(k->tail, e.source,
				e.source == kit_log(k, "/a")->source ? 1 : TIME_DAY);
	}
	for (size_t i = 0; i < k->n_order; i++)
		bs += k->order[i] == 'b';
	OK(bs >= 8 && bs < 100);
}

/* Without times everybody has a turn. */
static void
test_fair(struct kit *k)
{
	char block[100 * 64 + 1];

	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	kit_put(k, "a", block);
	kit_put(k, "b", block);
	k->chunk = 100;
	kit_start(k, "*");
	kit_turn(k);
	k->order[k->n_order] = '\0';
	OK(strncmp(k->order + 2, "abababab", 8) == 0 ||
		strncmp(k->order + 2, "babababa", 8) == 0);
}

/* Changes are seen at once where the system tells of them. */
static void
test_hints(struct kit *k)
{
	unsigned wakes = 0;
	int64_t until;

	k->conf.no_watch = false;
	kit_put(k, "d/x.log", "one\n");
	kit_start(k, "*/*.log");
	kit_run(k, TIME_MIN);
	OK(tail_fd(k->tail) >= 0);
	OK(tail_counts(k->tail).watched == tail_counts(k->tail).folders);
	/* An idle one sleeps. */
	for (until = k->now + TIME_MIN; k->now < until; wakes++) {
		k->now = tail_due(k->tail);
		kit_turn(k);
	}
	OK(wakes <= 20);
	kit_append(k, "d/x.log", "two\n");
	kit_turn(k);
	OK(kit_has(k, "x.log", "one\ntwo\n"));
	kit_rename(k, "d/x.log", "d/x.log.1");
	kit_put(k, "d/x.log", "three\n");
	kit_turn(k);
	k->now += TIME_S;
	kit_turn(k);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\n"));
	/* A new folder: listed after it is watched. */
	kit_put(k, "e/y.log", "new\n");
	kit_run(k, TIME_S);
	OK(kit_has(k, "y.log", "new\n"));
}

/* H23: as many watches as there are. Nothing is lost without them. */
static void
test_without_hints(struct kit *k)
{
	struct rlimit old, none;

	kit_put(k, "d/x.log", "one\n");
	k->conf.no_watch = false;
	OK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 0;
	OK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	kit_start(k, "*/*.log");
	OK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	kit_turn(k);
	OK(tail_counts(k->tail).hints_limited && tail_fd(k->tail) == -1);
	kit_run(k, TIME_MIN);
	OK(tail_due(k->tail) <= k->now + TIME_S);
	kit_append(k, "d/x.log", "two\n");
	kit_put(k, "e/y.log", "new\n");
	kit_run(k, 2 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\n"));
	OK(kit_has(k, "y.log", "new\n"));
}

/* As many watches as a user namespace of our own allows: 8. 0: all was read, and said. */
static int
read_with_few_watches(struct kit *k)
{
	int fd = unshare(CLONE_NEWUSER) == 0
			 ? open("/proc/sys/user/max_inotify_watches", O_WRONLY)
			 : -1;
	size_t most = 0;
	uint64_t n;

	if (fd < 0 || write(fd, "8", 1) != 1)
		return 77;
	close(fd);
	kit_start(k, "*/x.log");
	n = drain(k->tail, k->now, &most);
	for (int i = 0; i < 20; i++)
		n += drain(k->tail, k->now += TIME_S, &most);
	if (n != 100 * 4 || !tail_counts(k->tail).hints_limited ||
		tail_counts(k->tail).watched > 8)
		return 1;
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d/x.log", i);
		kit_append(k, name, "two\n");
	}
	for (n = 0; n < 100 * 4 && k->now < 1100 * TIME_S;)
		n += drain(k->tail, k->now += TIME_S, &most);
	return n == 100 * 4 ? 0 : 2;
}

/* H23: the system's limit of watches (ENOSPC). */
static void
test_few_watches(struct kit *k)
{
	int status = 0;
	pid_t pid;

	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d/x.log", i);
		kit_put(k, name, "one\n");
	}
	k->conf.no_watch = false;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(read_with_few_watches(k));
	OK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		printf("# a user namespace: not permitted here\n");
	else
		OK(WEXITSTATUS(status) == 0);
}

/* A disk that fails: said once, tried again, nothing lost and nothing twice. */
static void
test_read_error(struct kit *k)
{
	struct tail_status st;
	size_t pos = 0;
	int bad = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), good, fd;

	kit_put(k, "x.log", "one\n");
	kit_put(k, "y.log", "one\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	/* Its descriptor gives EIO from now on. */
	fd = kit_log(k, "x.log")->source->cur->fd;
	good = dup(fd);
	kit_append(k, "x.log", "two\n");
	tail_poll(k->tail, k->now += 2 * TIME_S);
	OK(bad >= 0 && dup2(bad, fd) == fd);
	kit_append(k, "y.log", "two\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\n") && kit_has(k, "y.log", "one\ntwo\n"));
	while (tail_status(k->tail, &pos, &st))
		OK(st.error == (st.source == kit_log(k, "x.log")->source ? -EIO : 0));
	OK(kit_log(k, "x.log")->gaps == 0);
	OK(dup2(good, fd) == fd);
	close(good);
	close(bad);
	kit_append(k, "x.log", "three\n");
	kit_run(k, 40 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\n"));
	OK(kit_log(k, "x.log")->gaps == 0);
}

/* A symlink in containers/ and the file in pods/ are one log. */
static void
test_links(struct kit *k)
{
	kit_put(k, "pods/ns_p_u/c/0.log", "one\n");
	OK(mkdir(kit_path(k, "containers"), 0755) == 0);
	OK(symlink("../pods/ns_p_u/c/0.log", kit_path(k, "containers/p_ns_c-1.log")) ==
		0);
	snprintf(k->pattern[1], sizeof(k->pattern[1]), "%s",
		kit_path(k, "containers/*.log"));
	k->patterns[1] = k->pattern[1];
	snprintf(k->pattern[0], sizeof(k->pattern[0]), "%s",
		kit_path(k, "pods/*/*/*.log"));
	k->patterns[0] = k->pattern[0];
	k->conf.n_patterns = 2;
	kit_start(k, NULL);
	kit_run(k, TIME_S);
	OK(k->n == 1 && kit_has(k, "pods/ns_p_u/c/0.log", "one\n"));
	/* The log's place is taken by a link to somewhere else. */
	kit_put(k, "secret", "root\n");
	kit_unlink(k, "pods/ns_p_u/c/0.log");
	OK(chmod(kit_path(k, "pods/ns_p_u/c"), 0777) == 0);
	OK(symlink(kit_path(k, "secret"), kit_path(k, "pods/ns_p_u/c/0.log")) == 0);
	kit_run(k, 10 * TIME_S);
	OK(kit_has(k, "pods/ns_p_u/c/0.log", "one\n"));
	OK(k->n == 1);
}

static void
test_strange_files(struct kit *k)
{
	OK(mkfifo(kit_path(k, "pipe.log"), 0644) == 0);
	OK(mkdir(kit_path(k, "folder.log"), 0755) == 0);
	kit_put(k, "x.log", "one\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	OK(k->n == 1 && kit_has(k, "x.log", "one\n"));
	/* A log becomes a pipe. */
	kit_unlink(k, "x.log");
	OK(mkfifo(kit_path(k, "x.log"), 0644) == 0);
	kit_run(k, TIME_S);
	OK(kit_has(k, "x.log", "one\n"));
	kit_run(k, 10 * TIME_S);
	OK(kit_log(k, "x.log")->ends == 1);
}

/* Older parts that a folder or a wide pattern names come in order, once. */
static void
test_folder(struct kit *k)
{
	kit_put(k, "logs/x.log", "three\n");
	kit_put(k, "logs/x.log.1", "two\n");
	kit_put(k, "logs/x.log.2", "one\n");
	kit_gzip(k, "logs/x.log.2");
	kit_put(k, "logs/y.log.1", "lonely\n");
	kit_start(k, "logs");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "one\ntwo\nthree\n"));
	OK(kit_has(k, "y.log.1", "lonely\n"));
	OK(k->n == 2);
}

/* The same, but only what is new counts. */
static void
test_folder_from_end(struct kit *k)
{
	k->conf.from_end = true;
	kit_put(k, "logs/x.log", "three\n");
	kit_put(k, "logs/x.log.1", "two\n");
	kit_start(k, "logs");
	kit_run(k, 5 * TIME_S);
	kit_append(k, "logs/x.log", "four\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "x.log", "four\n"));
}

/* Found only after it was rotated: all of it is new. The history of another is not. */
static void
test_found_late(struct kit *k)
{
	kit_put(k, "old.log.1", "history\n");
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	kit_put(k, "new.log.1", "one\n");
	kit_put(k, "new.log", "two\n");
	kit_put(k, "old.log", "now\n");
	kit_run(k, 5 * TIME_S);
	OK(kit_has(k, "new.log", "one\ntwo\n"));
	OK(kit_has(k, "old.log", "now\n"));
}

static void
test_permission(struct kit *k)
{
	struct tail_status st;
	size_t pos = 0;

	kit_put(k, "x.log", "one\n");
	if (geteuid() == 0 && seteuid(65534) != 0)
		return;
	kit_stop(k);
	if (chmod(kit_path(k, "x.log"), 0) != 0 && seteuid(0) == 0) {
		(void)chmod(kit_path(k, "x.log"), 0);
		(void)chmod(k->root, 0755);
		(void)!seteuid(65534);
	}
	kit_start(k, "*.log");
	kit_run(k, TIME_S);
	OK(tail_status(k->tail, &pos, &st) && st.error == -EACCES);
	OK(tail_due(k->tail) > k->now);
	(void)!seteuid(0);
	(void)chmod(kit_path(k, "x.log"), 0644);
	kit_run(k, 40 * TIME_S);
	OK(kit_has(k, "x.log", "one\n"));
	pos = 0;
	OK(tail_status(k->tail, &pos, &st) && st.error == 0);
}

static void
test_status(struct kit *k)
{
	struct tail_status st;
	size_t pos = 0;

	kit_put(k, "x.log", "one\ntwo\n");
	kit_start(k, "x.log");
	k->budget = 4;
	kit_turn(k);
	OK(tail_status(k->tail, &pos, &st));
	OK(st.position == 4 && st.committed == 0 && st.unread == 4);
	OK(st.last_read_ns == k->now && !st.missing && st.error == 0);
	OK(!tail_status(k->tail, &pos, &st));
	OK(tail_counts(k->tail).unread == 4);
	OK(tail_due(k->tail) <= k->now);
}

int
main(void)
{
	static void (*const tests[])(struct kit *) = { test_many, test_full,
		test_furthest_behind, test_nobody_starves, test_fair, test_hints,
		test_without_hints, test_few_watches, test_read_error, test_links,
		test_strange_files, test_folder, test_folder_from_end, test_found_late,
		test_permission, test_status };
	static struct kit k;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		printf("# test %zu\n", i);
		kit_open(&k);
		tests[i](&k);
		kit_close(&k);
	}
	return tap_done();
}
