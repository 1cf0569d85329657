/* SPDX-License-Identifier: Apache-2.0 */
#include "input/rotation.h"

#include "kit.h"

static void
test_names(void)
{
	static const struct {
		const char *base, *name, *stamp;
		unsigned number;
		bool good, gzip;
	} rows[] = {
		{ "0.log", "0.log.20260314-094012", "20260314-094012", 0, true, false },
		{ "0.log", "0.log.20260314-094012.gz", "20260314-094012", 0, true, true },
		{ "x.log", "x.log.1", "", 1, true, false },
		{ "x.log", "x.log.12.gz", "", 12, true, true },
		{ "x.log", "x.log.gz", "", 0, true, true },
		{ "x.log", "x.log-20260101", "20260101", 0, true, false },
		{ "x.log", "x-20260101.log", "20260101", 0, true, false },
		{ "x.log", "x-20260101.log.gz", "20260101", 0, true, true },
		{ "syslog", "syslog.1", "", 1, true, false },
		{ "x.log", "x.log", "", 0, false, false },
		{ "x.log", "x.log.", "", 0, false, false },
		{ "x.log", "x.log.tmp", "", 0, false, false },
		{ "x.log", "x.log.1.tmp", "", 0, false, false },
		{ "x.log", "x.log.bak", "", 0, false, false },
		{ "x.log", "x.log.123456", "", 0, false, false },
		{ "x.log", "y.log.1", "", 0, false, false },
		/* Other logs, not older parts. */
		{ "worker.log", "worker-1.log", "", 0, false, false },
		{ "worker.log", "worker.1.log", "", 0, false, false },
		{ "worker", "worker-1", "", 0, false, false },
		{ "0.log", "10.log", "", 0, false, false },
		{ ".log", "-20260101.log", "", 0, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rotation r;
		bool good = rotation_is_of(str_z(rows[i].base), str_z(rows[i].name), &r);

		printf("# %s\n", rows[i].name);
		OK(good == rows[i].good);
		OK(!good || (r.gzip == rows[i].gzip && r.number == rows[i].number &&
				    str_eq(r.stamp, str_z(rows[i].stamp))));
	}
}

static void
test_bases(void)
{
	static const char *const rows[][2] = { { "0.log.20260314-094012.gz", "0.log" },
		{ "x.log.1", "x.log" }, { "x.log.gz", "x.log" },
		{ "x-20260101.log", "x.log" }, { "a.b.log-20260101", "a.b.log" },
		{ "x.log", "" }, { "worker-1.log", "" }, { "", "" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[64];
		bool found = false, any = false;
		struct str base;

		for (size_t k = 0;
			rotation_base(str_z(rows[i][0]), k, buf, sizeof(buf), &base);
			k++) {
			any = any || base.len > 0;
			found = found || str_eq(base, str_z(rows[i][1]));
		}
		printf("# %s\n", rows[i][0]);
		OK(rows[i][1][0] != '\0' ? found : !any);
	}
}

static bool
lists(struct kit *k, size_t max, const char *want_z)
{
	struct arena *a = arena_new("test", 1 << 20);
	struct rotation_list l;
	char got[512] = "";
	bool good = rotation_list(a, kit_path(k, "x.log"), max, &l) == 0;

	for (size_t i = 0; good && i < l.n; i++)
		strcat(strcat(got, strrchr(l.items[i].path_z, '.')), " ");
	if (strcmp(got, want_z) != 0)
		printf("# %s\n", got);
	good = good && strcmp(got, want_z) == 0;
	arena_free(&a);
	return good;
}

static void
test_list(struct kit *k)
{
	struct arena *a = arena_new("test", 1 << 20);
	struct rotation_list l;

	kit_put(k, "x.log", "");
	OK(lists(k, 8, ""));
	kit_put(k, "x.log.1", "");
	kit_put(k, "x.log.2", "");
	kit_put(k, "x.log.10", "");
	kit_put(k, "x.log.3", "");
	/* May not be whole yet. */
	kit_put(k, "x.log.3.gz", "");
	kit_put(k, "x.log.4.tmp", "");
	kit_put(k, "y.log.5", "");
	OK(lists(k, 8, ".10 .3 .2 .1 "));
	OK(lists(k, 2, ".2 .1 "));
	OK(mkdir(kit_path(k, "x.log.7"), 0755) == 0);
	OK(mkfifo(kit_path(k, "x.log.8"), 0644) == 0);
	OK(lists(k, 8, ".10 .3 .2 .1 "));
	OK(rotation_list(a, "/nonexistent/x.log", 8, &l) == -ENOENT);
	for (int i = 100; i < 400; i++) {
		char name[32];

		snprintf(name, sizeof(name), "x.log.%d", i);
		kit_put(k, name, "");
	}
	OK(lists(k, 4, ".10 .3 .2 .1 "));
	arena_free(&a);
}

static void
test_stamps(struct kit *k)
{
	kit_put(k, "x.log.20260103", "");
	kit_put(k, "x.log.20260101", "");
	kit_put(k, "x.log.20260102-120000", "");
	OK(lists(k, 8, ".20260101 .20260102-120000 .20260103 "));
}

int
main(void)
{
	static struct kit k;

	test_names();
	test_bases();
	kit_open(&k);
	test_list(&k);
	kit_close(&k);
	kit_open(&k);
	test_stamps(&k);
	kit_close(&k);
	return tap_done();
}
