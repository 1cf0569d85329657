/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern is walked folder by folder from its fixed beginning. Whether an entry is a
 * folder is mostly told by the listing, so a walk costs one system call per folder and
 * one per link.
 */
#include "input/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"

#define DEPTH_MAX 32
#define PARTS_MAX 64
#define LINKS_MAX 40

/* The parts of a pattern behind its fixed beginning. */
struct pattern {
	const char *begin_z;
	const char *part[PARTS_MAX];
	size_t n;
};

struct walk {
	const struct glob_conf *conf;
	struct arena *arena;
	struct map *seen; /* real paths of files */
	struct map *been; /* real paths of folders */
	const char **roots;
	size_t n_roots;
	struct glob_result *out;
	int error;
};

static const char *
copy(struct walk *w, const char *text_z)
{
	size_t len = strlen(text_z);
	char *p = arena_alloc(w->arena, len + 1);

	if (p == NULL)
		w->error = -ENOMEM;
	else
		memcpy(p, text_z, len);
	return p;
}

static void
tell(struct walk *w, const char *path_z, int error)
{
	struct glob_result *out = w->out;
	const char *p;

	if (out->n_troubles == GLOB_TROUBLES_MAX)
		return;
	p = copy(w, path_z);
	if (p != NULL)
		out->troubles[out->n_troubles++] = (struct glob_trouble){ p, error };
}

static bool
is_below(const char *path_z, const char *root_z)
{
	size_t len = strlen(root_z);

	if (strncmp(path_z, root_z, len) != 0)
		return false;
	return path_z[len] == '/' || path_z[len] == '\0' ||
	       (len > 0 && root_z[len - 1] == '/');
}

static bool
is_allowed(const struct walk *w, const char *path_z)
{
	for (size_t i = 0; i < w->n_roots; i++)
		if (is_below(path_z, w->roots[i]))
			return true;
	return false;
}

static void
add_root(struct walk *w, const char *path_z)
{
	char real_z[PATH_MAX];

	if (realpath(path_z, real_z) != NULL)
		w->roots[w->n_roots++] = copy(w, real_z);
}

/* False: it was there already, or there is no room. */
static bool
is_new(struct walk *w, struct map *in, const char *path_z)
{
	bool fresh = false;

	if (map_put(in, str_z(path_z), &fresh) == NULL)
		w->out->full = true;
	return fresh;
}

static bool
is_excluded(const struct walk *w, const char *real_z, const char *alias_z)
{
	for (size_t i = 0; i < w->conf->n_exclude; i++)
		if (glob_covers(w->conf->exclude[i], real_z) ||
			(alias_z != NULL && glob_covers(w->conf->exclude[i], alias_z)))
			return true;
	return false;
}

static void
add_file(struct walk *w, const char *real_z, const char *alias_z)
{
	struct glob_file *f;

	if (is_excluded(w, real_z, alias_z) || !is_new(w, w->seen, real_z))
		return;
	f = &w->out->files[w->out->n_files];
	f->path_z = copy(w, real_z);
	f->alias_z = alias_z != NULL ? copy(w, alias_z) : NULL;
	if (w->error == 0)
		w->out->n_files++;
}

static void walk(struct walk *w, const char *folder_z, const struct pattern *p, size_t i,
	unsigned depth);

/* Whether nobody but root and us can put a link there. */
static bool
is_ours(const char *folder_z)
{
	struct stat st;

	return stat(folder_z[0] != '\0' ? folder_z : "/", &st) == 0 &&
	       (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Takes the first name off the path in rest_z; a name of at most NAME_MAX. */
static bool
take_name(char *rest_z, char name_z[NAME_MAX + 1])
{
	const char *from = rest_z + strspn(rest_z, "/");
	size_t len = strcspn(from, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name_z, from, len);
	name_z[len] = '\0';
	memmove(rest_z, from + len, strlen(from + len) + 1);
	return true;
}

/* One step from the real folder real_z. False: too long. */
static bool
enter(char real_z[PATH_MAX], const char *name_z)
{
	size_t len = strlen(real_z), n = strlen(name_z);
	char *slash = strrchr(real_z, '/');

	if (strcmp(name_z, ".") == 0)
		return true;
	if (strcmp(name_z, "..") == 0) {
		if (slash != NULL)
			*slash = '\0';
		return true;
	}
	if (len + n + 2 > PATH_MAX)
		return false;
	real_z[len] = '/';
	memcpy(real_z + len + 1, name_z, n + 1);
	return true;
}

/*
 * What a link leads to, if it and each link on the way is in a folder of ours: then the
 * kubelet or the operator made it, and it leads where they want. Found name by name, so
 * that what was looked at is what is opened (fingerprint_open() follows no link).
 */
static bool
follow_ours(const char *path_z, char real_z[PATH_MAX])
{
	char rest_z[2 * PATH_MAX], link_z[PATH_MAX], name_z[NAME_MAX + 1];
	unsigned links = 0;

	real_z[0] = '\0';
	snprintf(rest_z, sizeof(rest_z), "%s", path_z);
	while (rest_z[strspn(rest_z, "/")] != '\0') {
		size_t folder = strlen(real_z), rest = strlen(rest_z);
		ssize_t n;

		if (!take_name(rest_z, name_z) || !enter(real_z, name_z))
			return false;
		n = readlink(real_z, link_z, sizeof(link_z) - 1);
		if (n < 0)
			continue;
		real_z[folder] = '\0';
		if (!is_ours(real_z) || ++links > LINKS_MAX ||
			(size_t)n + rest >= sizeof(rest_z))
			return false;
		if (link_z[0] == '/')
			real_z[0] = '\0';
		memmove(rest_z + n, rest_z, strlen(rest_z) + 1);
		memcpy(rest_z, link_z, (size_t)n);
	}
	return true;
}

/* A link: what it leads to, if it may. False: told, or gone meanwhile. */
static bool
resolve(struct walk *w, const char *path_z, char real_z[PATH_MAX], struct stat *st)
{
	if (realpath(path_z, real_z) == NULL) {
		if (errno != ENOENT)
			tell(w, path_z, errno);
		return false;
	}
	if (!is_allowed(w, real_z) && !follow_ours(path_z, real_z)) {
		tell(w, path_z, EPERM);
		return false;
	}
	return lstat(real_z, st) == 0;
}

/* One entry that part i of the pattern fits. */
static void
visit(struct walk *w, const char *path_z, unsigned type, const struct pattern *p,
	size_t i, unsigned depth)
{
	char real_z[PATH_MAX];
	bool last = i + 1 == p->n;
	bool is_link = type == DT_LNK;
	struct stat st = { 0 };

	if (type == DT_UNKNOWN) {
		if (lstat(path_z, &st) != 0)
			return;
		is_link = S_ISLNK(st.st_mode);
	} else {
		st.st_mode = (mode_t)DTTOIF(type);
	}
	if (is_link && !resolve(w, path_z, real_z, &st))
		return;
	if (S_ISDIR(st.st_mode)) {
		if (!last)
			walk(w, is_link ? real_z : path_z, p, i + 1, depth + 1);
	} else if (!last) {
		return;
	} else if (S_ISREG(st.st_mode)) {
		add_file(w, is_link ? real_z : path_z, is_link ? path_z : NULL);
	} else {
		tell(w, path_z, ENXIO);
	}
}

static bool
is_leftover(const char *name_z)
{
	return str_ends(str_z(name_z), STR(".tmp")) || str_ends(str_z(name_z), STR("~"));
}

/* Any number of folders: this one, and real ones below it. */
static void
visit_deep(struct walk *w, const char *path_z, const struct dirent *e,
	const struct pattern *p, size_t i, unsigned depth)
{
	struct stat st;
	bool folder = e->d_type == DT_DIR;

	if (e->d_name[0] == '.')
		return;
	if (e->d_type == DT_UNKNOWN)
		folder = lstat(path_z, &st) == 0 && S_ISDIR(st.st_mode);
	if (folder)
		walk(w, path_z, p, i, depth + 1);
	if (i + 1 < p->n && fnmatch(p->part[i + 1], e->d_name, FNM_PERIOD) == 0 &&
		!is_leftover(e->d_name))
		visit(w, path_z, e->d_type, p, i + 1, depth);
}

static void
add_folder(struct walk *w, const char *folder_z)
{
	if (!is_new(w, w->been, folder_z))
		return;
	w->out->folders[w->out->n_folders] = copy(w, folder_z);
	w->out->n_folders += w->error == 0;
}

static void
walk(struct walk *w, const char *folder_z, const struct pattern *p, size_t i,
	unsigned depth)
{
	DIR *dir = depth <= DEPTH_MAX ? opendir(folder_z) : NULL;
	bool deep = i < p->n && strcmp(p->part[i], "**") == 0;
	const struct dirent *e;

	if (dir == NULL) {
		if (depth > DEPTH_MAX || (errno != ENOENT && errno != ENOTDIR))
			tell(w, folder_z, depth > DEPTH_MAX ? ELOOP : errno);
		return;
	}
	add_folder(w, folder_z);
	while (w->error == 0 && (e = readdir(dir)) != NULL) {
		char path_z[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(path_z, sizeof(path_z), "%s/%s",
			    strcmp(folder_z, "/") == 0 ? "" : folder_z,
			    e->d_name) >= (int)sizeof(path_z))
			continue;
		if (deep)
			visit_deep(w, path_z, e, p, i, depth);
		else if (i < p->n && fnmatch(p->part[i], e->d_name, FNM_PERIOD) == 0 &&
			 !is_leftover(e->d_name))
			visit(w, path_z, e->d_type, p, i, depth);
	}
	closedir(dir);
}

/* Cuts text_z, which is the caller's, into its fixed beginning and parts. */
static void
cut(char *text_z, struct pattern *p)
{
	char *wild = strpbrk(text_z, "*?["), *slash;

	*p = (struct pattern){ .begin_z = text_z };
	if (wild == NULL)
		return;
	*wild = '\0';
	slash = strrchr(text_z, '/');
	*wild = '*';
	if (slash == NULL) {
		p->begin_z = ".";
		slash = text_z - 1;
	} else {
		p->begin_z = slash == text_z ? "/" : text_z;
		*slash = '\0';
	}
	for (char *part_z = slash + 1, *save; p->n < PARTS_MAX; part_z = NULL) {
		part_z = strtok_r(part_z, "/", &save);
		if (part_z == NULL)
			break;
		p->part[p->n++] = part_z;
	}
}

/* The folder in which path will appear. */
static void
add_parent(struct walk *w, const char *path_z)
{
	char folder_z[PATH_MAX], real_z[PATH_MAX];
	char *slash;

	snprintf(folder_z, sizeof(folder_z), "%s", path_z);
	slash = strrchr(folder_z, '/');
	if (slash == NULL)
		return;
	slash[slash == folder_z] = '\0';
	if (realpath(folder_z, real_z) != NULL)
		add_folder(w, real_z);
}

/* A pattern without a wildcard: a folder, or a file that may not be there yet. */
static void
walk_plain(struct walk *w, const char *path_z, const char *real_z)
{
	static const struct pattern all = { NULL, { "**", "*" }, 2 };
	struct stat st;

	if (stat(real_z, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		walk(w, real_z, &all, 0, 0);
		return;
	}
	if (S_ISREG(st.st_mode))
		add_file(w, real_z, strcmp(real_z, path_z) != 0 ? path_z : NULL);
	else
		tell(w, path_z, ENXIO);
	add_parent(w, real_z);
}

static void
walk_pattern(struct walk *w, const char *text_z)
{
	char text[PATH_MAX], real_z[PATH_MAX];
	struct pattern p;

	if (snprintf(text, sizeof(text), "%s", text_z) >= (int)sizeof(text)) {
		tell(w, text_z, ENAMETOOLONG);
		return;
	}
	cut(text, &p);
	if (realpath(p.begin_z, real_z) == NULL) {
		tell(w, p.begin_z, errno);
		add_parent(w, p.begin_z);
		return;
	}
	if (p.n == 0)
		walk_plain(w, text_z, real_z);
	else
		walk(w, real_z, &p, 0, 0);
}

static void
find_roots(struct walk *w)
{
	const struct glob_conf *conf = w->conf;

	for (size_t i = 0; i < conf->n_roots; i++)
		add_root(w, conf->roots[i]);
	for (size_t i = 0; i < conf->n_patterns; i++) {
		char text[PATH_MAX];
		struct pattern p;

		if (snprintf(text, sizeof(text), "%s", conf->patterns[i]) >=
			(int)sizeof(text))
			continue;
		cut(text, &p);
		add_root(w, p.begin_z);
	}
}

int
glob_walk(const struct glob_conf *conf, struct arena *a, struct glob_result *out)
{
	struct walk w = { .conf = conf, .arena = a, .out = out };

	*out = (struct glob_result){ 0 };
	out->files = arena_alloc(a, conf->max_files * sizeof(out->files[0]));
	out->folders = arena_alloc(a, (conf->max_folders + 1) * sizeof(out->folders[0]));
	out->troubles = arena_alloc(a, GLOB_TROUBLES_MAX * sizeof(out->troubles[0]));
	w.roots = arena_alloc(
		a, (conf->n_roots + conf->n_patterns + 1) * sizeof(w.roots[0]));
	w.seen = map_new(conf->max_files);
	w.been = map_new(conf->max_folders);
	if (out->files == NULL || out->folders == NULL || out->troubles == NULL ||
		w.roots == NULL || w.seen == NULL || w.been == NULL)
		w.error = -ENOMEM;
	if (w.error == 0)
		find_roots(&w);
	for (size_t i = 0; i < conf->n_patterns && w.error == 0; i++)
		walk_pattern(&w, conf->patterns[i]);
	if (w.seen != NULL)
		map_free(&w.seen);
	if (w.been != NULL)
		map_free(&w.been);
	return w.error;
}

static bool
covers(const struct pattern *p, size_t i, const char *path_z)
{
	char name_z[NAME_MAX + 1];
	size_t len;

	while (*path_z == '/')
		path_z++;
	len = strcspn(path_z, "/");
	if (*path_z == '\0' || i == p->n)
		return *path_z == '\0' && i == p->n;
	if (strcmp(p->part[i], "**") == 0 &&
		(covers(p, i + 1, path_z) || covers(p, i, path_z + len)))
		return true;
	if (len > NAME_MAX)
		return false;
	memcpy(name_z, path_z, len);
	name_z[len] = '\0';
	return strcmp(p->part[i], "**") != 0 &&
	       fnmatch(p->part[i], name_z, FNM_PERIOD) == 0 &&
	       covers(p, i + 1, path_z + len);
}

bool
glob_covers(const char *pattern_z, const char *path_z)
{
	char text[PATH_MAX], real_z[PATH_MAX];
	struct pattern p;

	if (snprintf(text, sizeof(text), "%s", pattern_z) >= (int)sizeof(text))
		return false;
	cut(text, &p);
	if (realpath(p.begin_z, real_z) == NULL)
		snprintf(real_z, sizeof(real_z), "%s", p.begin_z);
	if (!is_below(path_z, real_z))
		return false;
	if (p.n == 0)
		return true;
	return covers(&p, 0, path_z + (strcmp(real_z, "/") == 0 ? 0 : strlen(real_z)));
}
