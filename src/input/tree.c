/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over folders in byte order. Symlinks wait until everything that is really there
 * was seen, so that a file with two names is read once, under its own.
 */
#include "input/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/map.h"
#include "input/labels.h"

#define DEPTH_MAX 32

struct item {
	struct item *next;
	const char *path_z;
	int64_t size;
	unsigned depth;
	int error; /* why it could not be read */
};

struct walk {
	struct arena *arena;
	struct map *seen; /* device and inode of files and folders */
	struct item *files, *links, *unreadable;
	size_t n, max;
	size_t left_out;
	int error;
};

static const char *
join_path(struct walk *w, const char *dir_z, const char *name_z)
{
	size_t dir = strlen(dir_z), name = strlen(name_z);
	bool slash = dir > 0 && dir_z[dir - 1] != '/';
	char *p = arena_alloc(w->arena, dir + slash + name + 1);

	if (p == NULL) {
		w->error = -ENOMEM;
		return NULL;
	}
	memcpy(p, dir_z, dir);
	if (slash)
		p[dir] = '/';
	memcpy(p + dir + slash, name_z, name);
	return p;
}

static void
push(struct walk *w, struct item **list, const char *path_z, int64_t size, unsigned depth)
{
	struct item *it = arena_alloc(w->arena, sizeof(*it));

	if (it == NULL) {
		w->error = -ENOMEM;
		return;
	}
	*it = (struct item){ *list, path_z, size, depth, 0 };
	*list = it;
}

static void
refuse(struct walk *w, const char *path_z, int err)
{
	push(w, &w->unreadable, path_z, 0, 0);
	if (w->unreadable != NULL)
		w->unreadable->error = err;
}

/* False: this file or folder was here already. */
static bool
is_new(struct walk *w, const struct stat *st)
{
	uint64_t id[2] = { (uint64_t)st->st_dev, (uint64_t)st->st_ino };
	bool fresh = false;

	if (map_put(w->seen, (struct str){ (const char *)id, sizeof(id) }, &fresh) ==
		NULL)
		w->error = -ENFILE;
	return fresh;
}

static void
add_file(struct walk *w, const char *path_z, const struct stat *st, unsigned depth)
{
	if (!is_new(w, st))
		return;
	if (w->n >= w->max) {
		w->error = -ENFILE;
		return;
	}
	push(w, &w->files, path_z, st->st_size, depth);
	w->n++;
}

struct names {
	const char **z; /* in the arena */
	size_t n;
};

static int
cmp_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool
has_name(const struct names *names, const char *name_z)
{
	return bsearch(&name_z, names->z, names->n, sizeof(names->z[0]), cmp_names) !=
	       NULL;
}

static size_t
count_names(DIR *dir)
{
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	rewinddir(dir);
	return n;
}

static int
read_names(struct walk *w, const char *path_z, struct names *out)
{
	DIR *dir = opendir(path_z);
	const struct dirent *e;
	size_t cap;

	*out = (struct names){ 0 };
	if (dir == NULL)
		return -errno;
	cap = count_names(dir);
	out->z = arena_alloc(w->arena, (cap + 1) * sizeof(out->z[0]));
	while (out->z != NULL && out->n < cap && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		out->z[out->n] = join_path(w, "", e->d_name);
		if (out->z[out->n++] == NULL)
			break;
	}
	closedir(dir);
	if (out->z == NULL || w->error != 0) {
		w->error = -ENOMEM;
		return -ENOMEM;
	}
	qsort(out->z, out->n, sizeof(out->z[0]), cmp_names);
	return 0;
}

/* Leftovers of rotation, and what is here twice. */
static bool
is_left_out(struct walk *w, const struct names *names, const char *name_z)
{
	struct str name = str_z(name_z);
	char *twin_z;

	if (str_starts(name, STR(".")) || str_ends(name, STR(".tmp")))
		return true;
	if (str_ends(name, STR(".gz")))
		return false;
	twin_z = arena_alloc(w->arena, name.len + 4);
	if (twin_z == NULL)
		return false;
	memcpy(twin_z, name_z, name.len);
	memcpy(twin_z + name.len, ".gz", 4);
	return has_name(names, twin_z);
}

/* A container's folder of docker has settings beside the log. */
static bool
is_docker_folder(const struct names *names)
{
	return has_name(names, "config.v2.json") && has_name(names, "hostconfig.json");
}

static void walk_folder(struct walk *w, const char *path_z, unsigned depth);

static void
visit(struct walk *w, const char *path_z, const struct stat *st, unsigned depth)
{
	if (S_ISLNK(st->st_mode))
		push(w, &w->links, path_z, 0, depth);
	else if (S_ISDIR(st->st_mode) && is_new(w, st))
		walk_folder(w, path_z, depth + 1);
	else if (S_ISREG(st->st_mode))
		add_file(w, path_z, st, depth);
	else if (!S_ISDIR(st->st_mode))
		w->left_out++;
}

static void
walk_folder(struct walk *w, const char *path_z, unsigned depth)
{
	struct names names;
	bool docker;
	int err = depth > DEPTH_MAX ? -ELOOP : read_names(w, path_z, &names);

	if (err != 0) {
		refuse(w, path_z, err);
		return;
	}
	docker = is_docker_folder(&names);
	for (size_t i = 0; i < names.n && w->error == 0; i++) {
		const char *child_z = join_path(w, path_z, names.z[i]);
		struct stat st;

		if (child_z == NULL)
			return;
		if (docker && strstr(names.z[i], "-json.log") == NULL)
			continue;
		if (is_left_out(w, &names, names.z[i]))
			w->left_out++;
		else if (lstat(child_z, &st) != 0)
			refuse(w, child_z, -errno);
		else
			visit(w, child_z, &st, depth);
	}
}

static int
cmp_items(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return strcmp((*x)->path_z, (*y)->path_z);
}

/* The list as an array in byte order of paths. */
static struct item **
sorted(struct walk *w, struct item *list, size_t *n)
{
	struct item **all;
	size_t i = 0;

	*n = 0;
	for (const struct item *it = list; it != NULL; it = it->next)
		++*n;
	all = arena_alloc(w->arena, (*n + 1) * sizeof(struct item *));
	if (all == NULL) {
		w->error = -ENOMEM;
		return NULL;
	}
	for (struct item *it = list; it != NULL; it = it->next)
		all[i++] = it;
	qsort(all, *n, sizeof(struct item *), cmp_items);
	return all;
}

static void
follow_links(struct walk *w)
{
	while (w->links != NULL && w->error == 0) {
		size_t n;
		struct item **all = sorted(w, w->links, &n);

		w->links = NULL;
		for (size_t i = 0; all != NULL && i < n && w->error == 0; i++) {
			struct stat st;

			if (stat(all[i]->path_z, &st) != 0)
				refuse(w, all[i]->path_z, -errno);
			else
				visit(w, all[i]->path_z, &st, all[i]->depth + 1);
		}
	}
}

static int
make_files(struct walk *w, struct item *list, struct tree_file **out, size_t *n)
{
	struct item **all = w->error == 0 ? sorted(w, list, n) : NULL;

	if (all == NULL)
		return w->error;
	*out = arena_alloc(w->arena, (*n + 1) * sizeof(**out));
	if (*out == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++) {
		struct tree_file *f = &(*out)[i];

		f->path_z = all[i]->path_z;
		f->size = all[i]->size;
		f->error = all[i]->error;
		tree_labels(w->arena, f->path_z, f->label);
	}
	return 0;
}

static int
finish(struct walk *w, struct tree *out)
{
	int err = make_files(w, w->files, &out->files, &out->n);

	if (err == 0)
		err = make_files(w, w->unreadable, &out->unreadable, &out->n_unreadable);
	out->left_out = w->left_out;
	return err;
}

int
tree_list(struct arena *a, const char *path_z, size_t max_files, struct tree *out)
{
	struct walk w = { .arena = a, .max = max_files };
	const char *root_z = join_path(&w, "", path_z);
	struct stat st;
	int err;

	*out = (struct tree){ 0 };
	if (root_z == NULL)
		return -ENOMEM;
	if (stat(root_z, &st) != 0)
		return -errno;
	if (S_ISDIR(st.st_mode) && access(root_z, R_OK | X_OK) != 0)
		return -errno;
	w.seen = map_new(max_files * 2 + 4096);
	if (w.seen == NULL)
		return -ENOMEM;
	if (S_ISDIR(st.st_mode)) {
		visit(&w, root_z, &st, 0);
		follow_links(&w);
	} else {
		push(&w, &w.files, root_z, S_ISREG(st.st_mode) ? st.st_size : -1, 0);
	}
	err = finish(&w, out);
	map_free(&w.seen);
	return err;
}
