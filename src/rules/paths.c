/* SPDX-License-Identifier: Apache-2.0 */
/* Walking folders of rules. */
#include "rules/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define DEPTH_MAX 16
#define FILES_MAX 20000

static bool
complain(struct loader *l, const char *path_z, const char *why_z)
{
	fprintf(l->diag.out, "%s: error: %s\n", path_z, why_z);
	l->diag.errors++;
	return false;
}

static bool
add_file(struct loader *l, struct paths *paths, const char *path_z)
{
	if (paths->n == FILES_MAX)
		return complain(l, path_z, "over 20000 rule files");
	for (size_t i = 0; i < paths->n; i++)
		if (strcmp(paths->name_z[i], path_z) == 0)
			return true; /* given twice */
	paths->name_z = loader_grow(l, paths->name_z, paths->n, sizeof(*paths->name_z));
	paths->name_z[paths->n++] = path_z;
	return true;
}

static bool
is_rule_file(struct str name)
{
	return str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"));
}

static const char *
join(struct loader *l, const char *dir_z, const char *name_z)
{
	size_t dir = strlen(dir_z), name = strlen(name_z);
	char *path = loader_alloc(l, dir + name + 2, 1);

	while (dir > 1 && dir_z[dir - 1] == '/')
		dir--;
	memcpy(path, dir_z, dir);
	if (path[dir - 1] != '/')
		path[dir++] = '/';
	memcpy(path + dir, name_z, name);
	return path;
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

/* The visible entries of a folder, sorted. False after an error. */
static bool
list_folder(struct loader *l, const char *path_z, const char ***out, size_t *n)
{
	DIR *dir = opendir(path_z);
	struct dirent *entry;

	*n = 0;
	*out = NULL;
	if (dir == NULL)
		return complain(l, path_z, strerror(errno));
	while (*n < FILES_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		*out = loader_grow(l, *out, *n, sizeof(**out));
		(*out)[(*n)++] = join(l, path_z, entry->d_name);
	}
	closedir(dir);
	if (*n > 1)
		qsort(*out, *n, sizeof(**out), by_bytes);
	return true;
}

static bool
add_folder(struct loader *l, struct paths *paths, const char *path_z, unsigned depth)
{
	const char **entries;
	size_t n;
	bool good = true;

	if (depth > DEPTH_MAX)
		return complain(l, path_z, "folders nested too deep");
	if (!list_folder(l, path_z, &entries, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		if (stat(entries[i], &st) != 0)
			good = complain(l, entries[i], strerror(errno));
		else if (S_ISDIR(st.st_mode))
			good = add_folder(l, paths, entries[i], depth + 1) && good;
		else if (is_rule_file(str_z(entries[i])))
			good = add_file(l, paths, entries[i]) && good;
	}
	return good;
}

bool
paths_add(struct loader *l, struct paths *paths, const char *path_z)
{
	struct stat st;
	size_t before = paths->n;

	if (path_z[0] == '\0' || stat(path_z, &st) != 0)
		return complain(l, path_z, strerror(path_z[0] == '\0' ? ENOENT : errno));
	if (!S_ISDIR(st.st_mode)) {
		char *copy = loader_alloc(l, strlen(path_z) + 1, 1);

		memcpy(copy, path_z, strlen(path_z));
		return add_file(l, paths, copy);
	}
	if (!add_folder(l, paths, path_z, 0))
		return false;
	if (paths->n == before)
		return complain(l, path_z, "no *.yaml file is in this folder");
	return true;
}

bool
paths_read(struct loader *l, const char *path_z, size_t max_bytes, struct str *out)
{
	int err = file_read_regular(l->rs->arena, path_z, max_bytes, out);

	if (err == 0)
		return true;
	if (err == -EFBIG)
		return complain(l, path_z, "larger than 1 MiB");
	return complain(l, path_z,
		err == -ENXIO ? "a pipe or a device, not a file" : strerror(-err));
}
