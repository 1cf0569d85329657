/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polling is the truth; hints only make it earlier. An older part of a log (0.log.1) is
 * no log of its own as long as the log is there or followed.
 */
#include "input/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/time.h"
#include "input/bygone.h"
#include "input/glob.h"
#include "input/rotation.h"
#include "input/watch.h"

#define MAX_FILES       ((size_t)4096)
#define MAX_OPEN        ((size_t)2048)
#define TOLD_MAX        ((size_t)1024)
#define BYTES_PER_FILE  ((size_t)1024)
#define WALK_SOON       (200 * TIME_MS)
#define WALK_MIN        TIME_S
#define WALK_MAX        (10 * TIME_S)
#define WALK_PER_FOLDER (5 * TIME_MS)

static int64_t
or_default(int64_t v, int64_t def)
{
	return v > 0 ? v : def;
}

static void
set_defaults(struct catalog *c)
{
	struct tail_conf *conf = &c->conf;

	if (conf->max_files == 0)
		conf->max_files = MAX_FILES;
	if (conf->max_open == 0)
		conf->max_open = MAX_OPEN;
	c->trail_conf = (struct trail_conf){
		.grace_ns = or_default(conf->grace_ns, TIME_S),
		.gone_ns = or_default(conf->gone_ns, 5 * TIME_S),
		.retire_ns = or_default(conf->retire_ns, TIME_MIN),
		.poll_min_ns = or_default(conf->poll_min_ns, 100 * TIME_MS),
		.poll_max_ns = or_default(conf->poll_max_ns, 10 * TIME_S),
		.retry_ns = or_default(conf->retry_ns, 30 * TIME_S),
	};
}

bool
catalog_init(struct catalog *c, const struct tail_conf *conf)
{
	size_t max;

	*c = (struct catalog){ .conf = *conf };
	set_defaults(c);
	max = c->conf.max_files;
	c->walk_due_ns = INT64_MIN;
	c->by_path = map_new(max);
	c->told = map_new(TOLD_MAX);
	c->arena = arena_new("tail walk", (max + 1024) * BYTES_PER_FILE);
	c->trails = calloc(max, sizeof(struct trail *));
	c->bygone_before = bygone_new();
	c->trail_conf.bygone = bygone_new();
	if (!conf->no_watch)
		c->watch = watch_new(2 * max);
	if (c->bygone_before != NULL)
		bygone_restore(c->bygone_before, conf->bygone);
	c->conf.bygone = (struct str){ 0 }; /* the caller's, for now alone */
	return c->by_path != NULL && c->told != NULL && c->arena != NULL &&
	       c->trails != NULL && c->bygone_before != NULL &&
	       c->trail_conf.bygone != NULL && (c->watch != NULL || conf->no_watch);
}

void
catalog_fini(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++)
		trail_free(&c->trails[i]);
	if (c->by_path != NULL)
		map_free(&c->by_path);
	if (c->told != NULL)
		map_free(&c->told);
	if (c->arena != NULL)
		arena_free(&c->arena);
	watch_free(&c->watch);
	bygone_free(&c->bygone_before);
	bygone_free(&c->trail_conf.bygone);
	free(c->trails);
}

struct trail *
catalog_find(const struct catalog *c, struct str path)
{
	void **at = map_get(c->by_path, path);

	return at != NULL ? *at : NULL;
}

bool
catalog_add(struct catalog *c, struct trail *tr)
{
	void **at = c->n < c->conf.max_files
			    ? map_put(c->by_path, str_z(tr->path_z), NULL)
			    : NULL;

	if (at == NULL) {
		trail_free(&tr);
		return false;
	}
	*at = tr;
	tr->index = c->n;
	c->trails[c->n++] = tr;
	return true;
}

void
catalog_remove(struct catalog *c, struct trail **ptr)
{
	struct trail *tr = *ptr, *last = c->trails[c->n - 1];

	for (size_t i = 0; i < LOSS_COUNT; i++)
		c->counts.lost[i] += tr->lost[i];
	map_del(c->by_path, str_z(tr->path_z));
	if (tr->renewed)
		c->walk_due_ns = c->walked_ns + WALK_SOON;
	c->trails[tr->index] = last;
	last->index = tr->index;
	c->n--;
	trail_free(ptr);
}

/* Says once what cannot be followed. */
static void
tell(struct catalog *c, const struct glob_trouble *g)
{
	bool followed = catalog_find(c, str_z(g->path_z)) != NULL;
	void **at = followed ? NULL : map_put(c->told, str_z(g->path_z), NULL);
	const char *why = strerror(g->error);

	if (at == NULL || *at == (void *)(intptr_t)g->error)
		return;
	*at = (void *)(intptr_t)g->error;
	if (g->error == ENXIO)
		why = "neither a file nor a folder; it is left out";
	else if (g->error == EPERM)
		why = "leads out of the folders that are read, and others could have "
		      "made it; it is left out (link_roots allows it)";
	else if (g->error == ENOENT)
		why = "is not there yet";
	log_warn("tail", "%s: %s", g->path_z, why);
}

static int
cmp_files(const void *a, const void *b)
{
	const struct glob_file *x = a, *y = b;

	return strcmp(x->path_z, y->path_z);
}

/* Whether a file may be an older part, by its name. */
static bool
is_older(const char *name_z)
{
	char buf[NAME_MAX + 1];
	struct str base;

	for (size_t i = 0; rotation_base(str_z(name_z), i, buf, sizeof(buf), &base); i++)
		if (base.len > 0)
			return true;
	return false;
}

/*
 * The log of which path is an older part, if it is followed; *in is set if it is in the
 * list, else NULL.
 */
static struct trail *
find_log(const struct catalog *c, const struct glob_result *g, const char *path_z,
	struct glob_file **in)
{
	const char *slash = strrchr(path_z, '/');
	size_t folder = slash != NULL ? (size_t)(slash - path_z) + 1 : 0;
	char log_z[PATH_MAX];
	struct str base;

	*in = NULL;
	if (folder >= sizeof(log_z) - 1)
		return NULL;
	memcpy(log_z, path_z, folder);
	for (size_t i = 0; rotation_base(str_z(path_z + folder), i, log_z + folder,
		     sizeof(log_z) - 1 - folder, &base);
		i++) {
		struct glob_file key = { .path_z = log_z };
		struct trail *tr;

		if (base.len == 0)
			continue;
		log_z[folder + base.len] = '\0';
		tr = catalog_find(c, str_z(log_z));
		if (g->n_files > 0)
			*in = bsearch(&key, g->files, g->n_files, sizeof(key), cmp_files);
		if (*in != NULL || tr != NULL)
			return tr;
	}
	return NULL;
}

static bool
covers(const struct catalog *c, size_t i, const char *path_z, const char *alias_z)
{
	return glob_covers(c->conf.patterns[i], path_z) ||
	       (alias_z != NULL && glob_covers(c->conf.patterns[i], alias_z));
}

/* At the first look: whether it would be known if it had been there before. */
static bool
came_meanwhile(const struct catalog *c, const struct glob_file *f)
{
	for (size_t i = 0; c->conf.followed != NULL && i < c->conf.n_patterns; i++)
		if (c->conf.followed[i] && covers(c, i, f->path_z, f->alias_z))
			return true;
	return false;
}

/* Whether there is a pattern of which nothing was known at the start. */
static bool
has_new_pattern(const struct catalog *c)
{
	for (size_t i = 0; i < c->conf.n_patterns; i++)
		if (c->conf.followed == NULL || !c->conf.followed[i])
			return true;
	return false;
}

static bool
is_excluded(const struct catalog *c, const char *path_z)
{
	for (size_t i = 0; i < c->conf.n_exclude; i++)
		if (glob_covers(c->conf.exclude[i], path_z))
			return true;
	return false;
}

static void
follow(struct catalog *c, const struct glob_file *f, bool with_older, int64_t now_ns)
{
	struct trail *tr;

	if (catalog_find(c, str_z(f->path_z)) != NULL)
		return;
	tr = trail_new(&c->trail_conf, f->path_z, f->alias_z);
	if (tr == NULL)
		return;
	tr->due_ns = now_ns;
	tr->start = TRAIL_FROM_START;
	if (c->walked || came_meanwhile(c, f))
		tr->start = TRAIL_WITH_RECENT;
	else if (c->conf.from_end)
		tr->start = TRAIL_FROM_END;
	else if (with_older)
		tr->start = TRAIL_WITH_OLDER;
	if (catalog_add(c, tr))
		return;
	if (!c->counts.full)
		log_warn("tail", "more than %zu files: the others are not followed",
			c->conf.max_files);
	c->counts.full = true;
}

/* Files that are older parts of a log come with it. */
static void
follow_all(struct catalog *c, struct glob_result *g, int64_t now_ns)
{
	bool *older = arena_alloc(c->arena, g->n_files + 1);
	bool *with_older = arena_alloc(c->arena, g->n_files + 1);

	if (older == NULL || with_older == NULL)
		return;
	qsort(g->files, g->n_files, sizeof(g->files[0]), cmp_files);
	for (size_t i = 0; i < g->n_files; i++) {
		struct glob_file *in;

		older[i] = find_log(c, g, g->files[i].path_z, &in) != NULL || in != NULL;
		if (in != NULL)
			with_older[in - g->files] = true;
	}
	for (size_t i = 0; i < g->n_files; i++)
		if (!older[i])
			follow(c, &g->files[i], with_older[i], now_ns);
}

bool
catalog_is_wanted(const struct catalog *c, const struct trail *tr)
{
	for (size_t i = 0; i < c->conf.n_patterns; i++)
		if (covers(c, i, tr->path_z, tr->alias_z))
			return true;
	return false;
}

/* How long until folders are listed again without a hint. */
static int64_t
walk_interval(const struct catalog *c)
{
	int64_t cost = (int64_t)c->counts.folders * WALK_PER_FOLDER;

	if (c->counts.watched == c->counts.folders)
		return cost * 4 > WALK_MAX ? cost * 4 : WALK_MAX;
	if (cost < WALK_MIN)
		return WALK_MIN;
	return cost < WALK_MAX ? cost : WALK_MAX;
}

/* Whether a folder is watched that was not: files that came to it after it was listed and
 * before it was watched are found by the next walk. */
static bool
watch_folders(struct catalog *c, const struct glob_result *g)
{
	size_t n = 0, before = c->watch != NULL ? watch_count(c->watch) : 0;

	for (size_t i = 0; i < g->n_folders && c->watch != NULL; i++)
		n += watch_add(c->watch, g->folders[i]);
	c->counts.folders = g->n_folders;
	c->counts.watched = n;
	return c->watch != NULL && watch_count(c->watch) > before;
}

static bool
has_hints(struct catalog *c, const struct trail *tr)
{
	char folder_z[PATH_MAX];
	char *slash;

	if (c->watch == NULL)
		return false;
	snprintf(folder_z, sizeof(folder_z), "%s", tr->path_z);
	slash = strrchr(folder_z, '/');
	if (slash == NULL)
		return false;
	slash[slash == folder_z] = '\0';
	return watch_add(c->watch, folder_z);
}

/* The log that a file in this folder is an older part of, by its name and by a pattern
 * that was followed before. */
static bool
find_followed(const struct catalog *c, const char *folder_z, const char *name_z,
	char log_z[PATH_MAX])
{
	char base_z[NAME_MAX + 1];
	struct str base;

	for (size_t i = 0; rotation_base(str_z(name_z), i, base_z, sizeof(base_z), &base);
		i++) {
		struct glob_file f = { .path_z = log_z };

		if (base.len > 0 &&
			snprintf(log_z, PATH_MAX, "%s/%.*s", folder_z, STR_ARG(base)) <
				PATH_MAX &&
			came_meanwhile(c, &f) && !is_excluded(c, log_z))
			return true;
	}
	return false;
}

/*
 * An older part in the folder (of / nothing) that no log at its place has. If the log was
 * followed, it came, and went again, since the last commit that tells of it (a log that
 * has older parts does not end): so the part is new. Else it is none of ours, whenever
 * its log comes.
 */
static void
take_older(struct catalog *c, const struct glob_result *g, DIR *dir, const char *folder_z,
	const char *name_z, int64_t now_ns)
{
	char path_z[PATH_MAX], log_z[PATH_MAX];
	struct bygone *b = c->trail_conf.bygone;
	struct glob_file f = { .path_z = log_z }, *in;
	bool fits = true;

	if (snprintf(path_z, sizeof(path_z), "%s/%s", folder_z, name_z) >= PATH_MAX)
		return;
	if (bygone_has(c->bygone_before, dirfd(dir), name_z))
		fits = bygone_add(b, dirfd(dir), name_z);
	else if (catalog_find(c, str_z(path_z)) != NULL ||
		 find_log(c, g, path_z, &in) != NULL)
		return;
	else if (find_followed(c, folder_z, name_z, log_z))
		follow(c, &f, false, now_ns);
	else if (has_new_pattern(c))
		fits = bygone_add(b, dirfd(dir), name_z);
	if (!fits && !c->told_bygone)
		log_warn("tail",
			"%s: too many older files without a log: this one and "
			"others are read when it comes",
			path_z);
	c->told_bygone |= !fits;
}

/* At the first look. */
static void
take_all_older(struct catalog *c, const struct glob_result *g, int64_t now_ns)
{
	for (size_t i = 0; i < g->n_folders; i++) {
		DIR *dir = opendir(g->folders[i]);
		const struct dirent *e;
		const char *folder_z =
			strcmp(g->folders[i], "/") == 0 ? "" : g->folders[i];

		while (dir != NULL && (e = readdir(dir)) != NULL)
			if (is_older(e->d_name))
				take_older(c, g, dir, folder_z, e->d_name, now_ns);
		if (dir != NULL)
			closedir(dir);
	}
}

static void
walk(struct catalog *c, int64_t now_ns)
{
	struct glob_conf conf = { .patterns = c->conf.patterns,
		.exclude = c->conf.exclude,
		.n_exclude = c->conf.n_exclude,
		.n_patterns = c->conf.n_patterns,
		.roots = c->conf.roots,
		.n_roots = c->conf.n_roots,
		.max_files = c->conf.max_files + 1,
		.max_folders = 2 * c->conf.max_files };
	struct glob_result g;
	bool fresh;

	arena_reset(c->arena);
	c->counts.walks++;
	c->walked_ns = now_ns;
	if (glob_walk(&conf, c->arena, &g) != 0) {
		log_warn("tail", "more files than memory is set aside for");
		c->counts.full = true;
	}
	fresh = watch_folders(c, &g);
	for (size_t i = 0; i < g.n_troubles; i++)
		tell(c, &g.troubles[i]);
	for (size_t i = 0; i < c->n && !c->walked; i++)
		c->trails[i]->ended = !catalog_is_wanted(c, c->trails[i]);
	follow_all(c, &g, now_ns);
	if (!c->walked)
		take_all_older(c, &g, now_ns);
	if (g.full && !c->counts.full)
		log_warn("tail", "more files than %zu: the others are not followed",
			c->conf.max_files);
	c->counts.full = c->counts.full || g.full;
	for (size_t i = 0; i < c->n; i++)
		c->trails[i]->has_hints = has_hints(c, c->trails[i]);
	c->walked = true;
	c->walk_due_ns = now_ns + (fresh ? WALK_SOON : walk_interval(c));
}

/* A walk soon, but not one for each of many changes. */
static void
want_walk(struct catalog *c, int64_t now_ns)
{
	int64_t soon =
		c->walked_ns + WALK_SOON + (int64_t)c->counts.folders * TIME_MS / 5;

	if (soon < now_ns)
		soon = now_ns;
	if (soon < c->walk_due_ns)
		c->walk_due_ns = soon;
}

/* A changed name: of a log, of an older part of one, or one that nobody knows yet. */
static void
take_hint(struct catalog *c, const struct watch_hint *h, int64_t now_ns)
{
	static const struct glob_result none = { 0 };
	char path_z[PATH_MAX];
	struct glob_file *in;
	struct trail *tr;

	if (snprintf(path_z, sizeof(path_z), "%s/%s", h->folder_z, h->name_z) >=
		(int)sizeof(path_z))
		return;
	tr = catalog_find(c, str_z(path_z));
	if (tr == NULL && h->kind == WATCH_LISTING)
		tr = find_log(c, &none, path_z, &in);
	if (tr != NULL) {
		tr->due_ns = now_ns;
		tr->renewed |= tr->ended;
	} else if (h->kind == WATCH_LISTING)
		want_walk(c, now_ns);
}

static void
take_hints(struct catalog *c, int64_t now_ns)
{
	struct watch_hint h;
	enum watch_kind kind;

	while ((kind = watch_next(c->watch, &h)) != WATCH_NONE) {
		if (kind != WATCH_OVERFLOW) {
			take_hint(c, &h, now_ns);
			continue;
		}
		want_walk(c, now_ns);
		for (size_t i = 0; i < c->n; i++)
			c->trails[i]->due_ns = now_ns;
	}
	c->counts.hints_limited = watch_is_limited(c->watch);
}

void
catalog_refresh(struct catalog *c, int64_t now_ns)
{
	if (c->watch != NULL)
		take_hints(c, now_ns);
	if (now_ns >= c->walk_due_ns)
		walk(c, now_ns);
}
