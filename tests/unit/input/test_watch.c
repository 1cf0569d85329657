/* SPDX-License-Identifier: Apache-2.0 */
/* Hints, and hazard H23: the system's limits are named once, and everything is read. */
#include "input/watch.h"

#include <sys/resource.h>

#include "kit.h"

static bool
next_is(struct watch *w, enum watch_kind kind, const char *name_z)
{
	struct watch_hint h;

	return watch_next(w, &h) == kind && strcmp(h.name_z, name_z) == 0;
}

static void
test_hints(struct kit *k)
{
	struct watch *w = watch_new(8);
	struct watch_hint h;

	kit_put(k, "a/x.log", "");
	OK(watch_fd(w) >= 0);
	OK(watch_add(w, kit_path(k, "a")));
	OK(watch_add(w, kit_path(k, "a")));
	OK(watch_count(w) == 1);
	OK(watch_next(w, &h) == WATCH_NONE);
	kit_append(k, "a/x.log", "one\n");
	OK(next_is(w, WATCH_CHANGED, "x.log"));
	kit_rename(k, "a/x.log", "a/x.log.1");
	OK(next_is(w, WATCH_LISTING, "x.log"));
	OK(next_is(w, WATCH_LISTING, "x.log.1"));
	kit_put(k, "a/x.log", "");
	OK(next_is(w, WATCH_LISTING, "x.log"));
	kit_unlink(k, "a/x.log");
	kit_unlink(k, "a/x.log.1");
	OK(next_is(w, WATCH_LISTING, "x.log"));
	OK(next_is(w, WATCH_LISTING, "x.log.1"));
	OK(rmdir(kit_path(k, "a")) == 0);
	while (watch_next(w, &h) != WATCH_NONE)
		continue;
	OK(watch_count(w) == 0);
	/* The folder again: it is watched again. */
	kit_put(k, "a/x.log", "");
	OK(watch_add(w, kit_path(k, "a")));
	kit_append(k, "a/x.log", "one\n");
	OK(next_is(w, WATCH_CHANGED, "x.log"));
	OK(!watch_add(w, kit_path(k, "missing")));
	OK(!watch_is_limited(w));
	watch_free(&w);
}

/* No descriptor left for inotify: polling, and a word. */
static void
test_limit(struct kit *k)
{
	struct rlimit old, none;
	struct watch *w;
	struct watch_hint h;

	kit_put(k, "a/x.log", "");
	OK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 0;
	OK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	w = watch_new(8);
	OK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	OK(w != NULL && watch_is_limited(w) && watch_fd(w) == -1);
	OK(!watch_add(w, kit_path(k, "a")));
	OK(watch_next(w, &h) == WATCH_NONE);
	watch_free(&w);
}

int
main(void)
{
	static struct kit k;

	kit_open(&k);
	test_hints(&k);
	kit_close(&k);
	kit_open(&k);
	test_limit(&k);
	kit_close(&k);
	return tap_done();
}
