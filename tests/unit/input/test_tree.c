/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

#define UID "2f6c1b7e-8d34-4c1a-9f0b-6b1f6f1f9a10"
#define ID  "1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e"

static bool
labels_are(struct arena *a, const char *path_z, const char *want_z)
{
	struct str label[LABEL_COUNT];
	char got[512];
	size_t n = 0;

	tree_labels(a, path_z, label);
	got[0] = '\0';
	for (size_t i = 0; i < LABEL_COUNT; i++)
		if (label[i].len > 0)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s=%.*s",
				n ? " " : "", STR_ARG(label_names[i]), STR_ARG(label[i]));
	if (strcmp(got, want_z) != 0)
		printf("# %s: %s\n", path_z, got);
	return strcmp(got, want_z) == 0;
}

static void
test_labels(struct arena *a)
{
	static const char *const rows[][2] = {
		{ "/var/log/pods/sock-shop_orders-6c9f7b5d8-4xk2p_" UID "/orders/48.log",
			"namespace=sock-shop pod=orders-6c9f7b5d8-4xk2p container=orders "
			"instance=48 uid=" UID },
		{ "x/sock-shop_orders-1_" UID "/orders/0.log.20260314-093951.gz",
			"namespace=sock-shop pod=orders-1 container=orders instance=0 uid=" UID },
		{ "/var/log/containers/orders-6c9f7b5d8-4xk2p_sock-shop_my-app-" ID
		  ".log",
			"namespace=sock-shop pod=orders-6c9f7b5d8-4xk2p container=my-app" },
		{ "logs/orders.log", "service=orders" },
		{ "front-end.log.2.gz", "service=front-end" },
		{ "payment-2025-10-28.log", "service=payment" },
		{ "orders-6c9f7b5d8-4xk2p.log",
			"pod=orders-6c9f7b5d8-4xk2p service=orders" },
		{ "all.log", "" },
		{ "Weird Name.log", "" },
		{ "orders", "" },
		{ "a_b_c/d/x.log", "service=x" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		OK(labels_are(a, rows[i][0], rows[i][1]));
}

static char root[64];

static void
put(const char *path_z, const char *text_z)
{
	char dir[400], path[400];
	char *slash;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, path_z);
	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	*slash = '\0';
	if (file_make_dirs(dir, 0755) != 0)
		abort();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text_z, strlen(text_z)) != (ssize_t)strlen(text_z))
		abort();
	close(fd);
}

static void
put_link(const char *target_z, const char *path_z)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", root, path_z);
	if (symlink(target_z, path) != 0)
		abort();
}

static int
drop(const char *path_z, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path_z);
}

static void
test_walk(struct arena *a)
{
	struct tree t;
	char config[600];

	snprintf(config, sizeof(config),
		"{\"Name\":\"/x\",\"Config\":{\"Labels\":{"
		"\"io.kubernetes.pod.name\":\"user-0\",\"io.kubernetes.pod.namespace\":\"shop\","
		"\"io.kubernetes.pod.uid\":\"u-1\",\"io.kubernetes.container.name\":\"user\"}}}");
	put("pods/s_p-0_u/c/0.log", "a\n");
	put("pods/s_p-0_u/c/0.log.1", "a\n");
	put("pods/s_p-0_u/c/0.log.1.gz", "a\n");
	put("pods/s_p-0_u/c/0.log.2.tmp", "a\n");
	put("containers/real.log", "a\n");
	put_link("../pods/s_p-0_u/c/0.log", "containers/p-0_s_c-" ID ".log");
	put_link("../pods/gone", "containers/gone.log");
	put_link("..", "pods/up");
	put("docker/" ID "/" ID "-json.log", "{}\n");
	put("docker/" ID "/config.v2.json", config);
	put("docker/" ID "/hostconfig.json", "{}");
	OK(tree_list(a, root, 100, &t) == 0);
	OK(t.n == 4);
	OK(t.left_out == 2 && t.n_unreadable == 1);
	OK(str_ends(str_z(t.unreadable[0].path_z), STR("/containers/gone.log")));
	OK(t.unreadable[0].error == -ENOENT && t.files[0].error == 0);
	OK(t.n == 4 && strstr(t.files[0].path_z, "containers/real.log") != NULL);
	OK(t.n == 4 && str_eq(t.files[1].label[LABEL_POD], STR("user-0")));
	OK(t.n == 4 && str_eq(t.files[1].label[LABEL_CONTAINER], STR("user")));
	OK(t.n == 4 && str_ends(str_z(t.files[2].path_z), STR("/c/0.log")));
	OK(t.n == 4 && t.files[2].size == 2);
	OK(t.n == 4 && str_ends(str_z(t.files[3].path_z), STR("/c/0.log.1.gz")));
	OK(tree_list(a, root, 3, &t) == -ENFILE);
	OK(tree_list(a, "/nonexistent", 3, &t) == -ENOENT);
	OK(tree_list(a, "/proc/self/status", 3, &t) == 0 && t.n == 1);
}

int
main(void)
{
	struct arena *a = arena_new("test", 16 << 20);

	snprintf(root, sizeof(root), "/tmp/test_tree.XXXXXX");
	if (mkdtemp(root) == NULL)
		abort();
	test_labels(a);
	test_walk(a);
	(void)nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(&a);
	return tap_done();
}
