/* SPDX-License-Identifier: Apache-2.0 */
#include "input/glob.h"

#include "kit.h"

static struct glob_result got;
static struct arena *arena;

static void
put_link(struct kit *k, const char *target_z, const char *name_z)
{
	if (symlink(target_z, kit_path(k, name_z)) != 0)
		abort();
}

static int
cmp(const void *a, const void *b)
{
	const struct glob_file *x = a, *y = b;

	return strcmp(x->path_z, y->path_z);
}

/* The files found, without the folder, in order. */
static bool
finds(struct kit *k, const char *pattern_z, const char *want_z)
{
	const char *pattern = pattern_z[0] == '/' ? pattern_z : kit_path(k, pattern_z);
	struct glob_conf conf = { .patterns = &pattern,
		.n_patterns = 1,
		.max_files = 100,
		.max_folders = 100 };
	char text[2048] = "";

	arena_reset(arena);
	if (glob_walk(&conf, arena, &got) != 0)
		return false;
	qsort(got.files, got.n_files, sizeof(got.files[0]), cmp);
	for (size_t i = 0; i < got.n_files; i++) {
		strcat(text, got.files[i].path_z + strlen(k->root) + 1);
		strcat(text, " ");
	}
	if (strcmp(text, want_z) != 0)
		printf("# %s: %s\n", pattern_z, text);
	return strcmp(text, want_z) == 0;
}

static bool
tells(int error)
{
	for (size_t i = 0; i < got.n_troubles; i++)
		if (got.troubles[i].error == error)
			return true;
	return false;
}

/* What is left out is so by its own path and by the link that leads to it. */
static void
test_exclude(struct kit *k)
{
	char folder_z[PATH_MAX];
	const char *pattern_z = folder_z;
	char out_z[3][PATH_MAX];
	const char *exclude[3] = { out_z[0], out_z[1], out_z[2] };
	struct glob_conf conf = { .patterns = &pattern_z,
		.n_patterns = 1,
		.exclude = exclude,
		.n_exclude = 2,
		.max_files = 100,
		.max_folders = 100 };

	(void)snprintf(folder_z, sizeof(folder_z), "%s/ex", k->root);
	kit_put(k, "ex/a/0.log", "");
	kit_put(k, "ex/kube-system_x/0.log", "");
	kit_put(k, "ex/b.tmp", "");
	(void)snprintf(out_z[0], PATH_MAX, "%s/ex/kube-system_*/*", k->root);
	(void)snprintf(out_z[1], PATH_MAX, "%s/ex/*.tmp", k->root);
	arena_reset(arena);
	OK(glob_walk(&conf, arena, &got) == 0);
	OK(got.n_files == 1 && strstr(got.files[0].path_z, "/ex/a/0.log") != NULL);
}

static void
test_patterns(struct kit *k)
{
	kit_put(k, "pods/a_b_1/c/0.log", "");
	kit_put(k, "pods/a_b_1/c/1.log", "");
	kit_put(k, "pods/a_b_1/d/0.log", "");
	kit_put(k, "pods/a_b_1/.hidden/0.log", "");
	kit_put(k, "pods/a_b_1/top.log", "");
	kit_put(k, "pods/a_b_1/c/0.log.tmp", "");
	kit_put(k, "pods/a_b_1/c/.0.log", "");
	OK(finds(k, "pods/*/*/*.log",
		"pods/a_b_1/c/0.log pods/a_b_1/c/1.log pods/a_b_1/d/0.log "));
	OK(got.n_folders == 4);
	OK(finds(k, "pods/*/?/[1-9].log", "pods/a_b_1/c/1.log "));
	OK(finds(k, "pods/**/*.log",
		"pods/a_b_1/c/0.log pods/a_b_1/c/1.log pods/a_b_1/d/0.log "
		"pods/a_b_1/top.log "));
	OK(finds(k, "pods",
		"pods/a_b_1/c/0.log pods/a_b_1/c/1.log pods/a_b_1/d/0.log "
		"pods/a_b_1/top.log "));
	OK(finds(k, "pods/a_b_1/top.log", "pods/a_b_1/top.log "));
	OK(finds(k, "pods/*/.hidden/*.log", "pods/a_b_1/.hidden/0.log "));
	OK(finds(k, "pods/a_b_1/missing.log", ""));
	OK(tells(ENOENT) && got.n_folders == 1);
	OK(finds(k, "nowhere/*.log", ""));
	OK(tells(ENOENT));
}

static void
test_links(struct kit *k)
{
	kit_put(k, "pods/a/0.log", "");
	kit_put(k, "secret/shadow", "root");
	OK(mkdir(kit_path(k, "links"), 0755) == 0);
	OK(chmod(kit_path(k, "links"), 0777) == 0);
	put_link(k, "../pods/a/0.log", "links/one.log");
	put_link(k, "../pods/a/0.log", "links/two.log");
	put_link(k, "../secret/shadow", "links/evil.log");
	put_link(k, "/etc/passwd", "links/passwd.log");
	put_link(k, "nowhere", "links/dangling.log");
	put_link(k, "loop.log", "links/loop.log");
	OK(mkfifo(kit_path(k, "links/pipe.log"), 0644) == 0);
	/* Out of all roots: a writer of this folder must not choose what is read. */
	OK(finds(k, "links/*.log", ""));
	OK(tells(EPERM) && tells(ELOOP) && tells(ENXIO) && !tells(ENOENT));
	{
		const char *pattern = kit_path(k, "links/*.log");
		const char *root = kit_path(k, "pods");
		struct glob_conf conf = { .patterns = &pattern,
			.n_patterns = 1,
			.roots = &root,
			.n_roots = 1,
			.max_files = 100,
			.max_folders = 100 };

		arena_reset(arena);
		OK(glob_walk(&conf, arena, &got) == 0);
		OK(got.n_files == 1);
		OK(got.n_files == 1 &&
			strcmp(got.files[0].path_z, kit_path(k, "pods/a/0.log")) == 0);
		OK(got.n_files == 1 && got.files[0].alias_z != NULL);
		OK(got.n_troubles == 4);
	}
	/* A link among folders: ** does not follow, a plain * does, once. */
	put_link(k, "..", "pods/up");
	OK(finds(k, "pods/**/*.log", "pods/a/0.log "));
	OK(finds(k, "pods/*/*.log", "pods/a/0.log "));
}

/* As the kubelet and docker have it, each folder elsewhere; only the first is named. */
static void
test_chain(struct kit *k)
{
	kit_put(k, "docker/id/id-json.log", "");
	kit_put(k, "docker/id/own/0.log", "");
	OK(mkdir(kit_path(k, "kube"), 0755) == 0 &&
		mkdir(kit_path(k, "kube/a"), 0755) == 0);
	OK(mkdir(kit_path(k, "list"), 0755) == 0);
	put_link(k, kit_path(k, "docker/id/id-json.log"), "kube/a/0.log");
	put_link(k, "../kube/./a/0.log", "list/a.log");
	put_link(k, "../kube/a", "list/folder");
	OK(finds(k, "list/*.log", "docker/id/id-json.log "));
	OK(got.n_files == 1 &&
		strcmp(got.files[0].alias_z, kit_path(k, "list/a.log")) == 0);
	OK(finds(k, "list/*/*.log", "docker/id/id-json.log "));
	OK(got.n_troubles == 0);
	/* Others may write to a folder on the way. */
	OK(chmod(kit_path(k, "kube/a"), 0775) == 0);
	OK(finds(k, "list/*.log", "") && tells(EPERM));
	OK(chmod(kit_path(k, "kube/a"), 0755) == 0);
	if (geteuid() == 0) {
		OK(chown(kit_path(k, "list"), 65534, (gid_t)-1) == 0);
		OK(finds(k, "list/*.log", "") && tells(EPERM));
		OK(chown(kit_path(k, "list"), 0, (gid_t)-1) == 0);
	}
	/* Where the last one leads is nobody's business but its maker's. */
	OK(chmod(kit_path(k, "docker/id"), 0777) == 0);
	OK(finds(k, "list/*.log", "docker/id/id-json.log "));
	/* ... until that is a link itself. */
	kit_unlink(k, "docker/id/id-json.log");
	put_link(k, "/etc/passwd", "docker/id/id-json.log");
	OK(finds(k, "list/*.log", "") && tells(EPERM));
}

static void
test_bounds(struct kit *k)
{
	const char *pattern = kit_path(k, "*.log");
	struct glob_conf conf = {
		.patterns = &pattern, .n_patterns = 1, .max_files = 3, .max_folders = 2
	};

	for (int i = 0; i < 5; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d.log", i);
		kit_put(k, name, "");
	}
	arena_reset(arena);
	OK(glob_walk(&conf, arena, &got) == 0);
	OK(got.n_files == 3 && got.full);
	for (int i = 0; i < 40; i++) {
		char name[512] = "deep";

		for (int d = 0; d < i; d++)
			strcat(name, "/d");
		strcat(name, "/x.log");
		kit_put(k, name, "");
	}
	OK(finds(k, "deep/**/none", ""));
	OK(tells(ELOOP));
}

static void
test_unreadable(struct kit *k)
{
	kit_put(k, "a/x.log", "");
	kit_put(k, "b/x.log", "");
	if (geteuid() == 0) {
		printf("# root may read anything\n");
		return;
	}
	OK(chmod(kit_path(k, "a"), 0) == 0);
	OK(finds(k, "*/x.log", "b/x.log "));
	OK(tells(EACCES));
	OK(chmod(kit_path(k, "a"), 0755) == 0);
}

static void
test_covers(void)
{
	OK(glob_covers("/var/log/pods/*/*/*.log", "/var/log/pods/a/b/0.log"));
	OK(!glob_covers("/var/log/pods/*/*/*.log", "/var/log/pods/a/0.log"));
	OK(!glob_covers("/var/log/pods/*/*/*.log", "/var/log/pods/a/b/0.txt"));
	OK(!glob_covers("/var/log/pods/*/*/*.log", "/var/log/podsx/a/b/0.log"));
	OK(glob_covers("/no/**/*.log", "/no/a/b/c/0.log"));
	OK(glob_covers("/no/**/*.log", "/no/0.log"));
	OK(!glob_covers("/no/**/*.log", "/no/a/b/c/0.txt"));
	OK(glob_covers("/no/x", "/no/x/y/z"));
	OK(!glob_covers("/no/x", "/no/xy"));
	OK(glob_covers("/*.log", "/a.log"));
}

int
main(void)
{
	static void (*const tests[])(struct kit *) = { test_patterns, test_exclude,
		test_links, test_chain, test_bounds, test_unreadable };
	static struct kit k;

	arena = arena_new("test", 8 << 20);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		kit_open(&k);
		tests[i](&k);
		kit_close(&k);
	}
	test_covers();
	arena_free(&arena);
	return tap_done();
}
