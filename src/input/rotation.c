/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number needs a dot before it (worker-1.log is another log, not an older part of
 * worker.log); a time has eight digits or more.
 */
#include "input/rotation.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 5
#define STAMP_DIGITS  8

static bool
is_stamp_char(char c)
{
	return char_is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':' ||
	       c == 'T' || c == 'Z' || c == '+';
}

/* ".1", ".20250101-120000", "-20250101" */
static bool
is_suffix(struct str s, struct rotation *out)
{
	size_t digits = 0;
	int64_t number;

	if (s.len < 2 || (s.ptr[0] != '.' && s.ptr[0] != '-') || !char_is_digit(s.ptr[1]))
		return false;
	out->stamp = str_sub(s, 1, s.len);
	for (size_t i = 0; i < out->stamp.len; i++) {
		if (!is_stamp_char(out->stamp.ptr[i]))
			return false;
		digits += char_is_digit(out->stamp.ptr[i]);
	}
	if (digits >= STAMP_DIGITS)
		return true;
	if (s.ptr[0] != '.' || digits != out->stamp.len || digits > NUMBER_DIGITS ||
		!str_to_i64(out->stamp, 0, UINT32_MAX, &number))
		return false;
	out->stamp = (struct str){ 0 };
	out->number = (uint32_t)number;
	return true;
}

bool
rotation_is_of(struct str base, struct str name, struct rotation *out)
{
	size_t dot = str_rfind_char(base, '.');
	struct str stem = str_sub(base, 0, dot), ext = { 0 };

	*out = (struct rotation){ 0 };
	if (str_ends(name, STR(".gz"))) {
		out->gzip = true;
		name.len -= 3;
		if (str_eq(name, base))
			return true;
	}
	if (str_starts(name, base))
		return is_suffix(str_sub(name, base.len, name.len), out);
	if (dot == SIZE_MAX || dot == 0)
		return false;
	ext = str_sub(base, dot, base.len);
	if (!str_starts(name, stem) || !str_ends(name, ext) ||
		name.len < stem.len + ext.len)
		return false;
	name.len -= ext.len;
	return is_suffix(str_sub(name, stem.len, name.len), out) && out->stamp.len > 0;
}

/* Oldest first. Numbers count backwards; a log has either numbers or times. */
static int
cmp_age(const void *a, const void *b)
{
	const struct rotation *x = a, *y = b;
	int c;

	if ((x->stamp.len > 0) != (y->stamp.len > 0))
		return x->stamp.len > 0 ? -1 : 1;
	if (x->stamp.len == 0 && x->number != y->number)
		return x->number > y->number ? -1 : 1;
	c = str_cmp(x->stamp, y->stamp);
	return c != 0 ? c : strcmp(x->path_z, y->path_z);
}

static int
cmp_path(const void *a, const void *b)
{
	const struct rotation *x = a, *y = b;

	return strcmp(x->path_z, y->path_z);
}

/* Drops X.gz where X is: the list is in byte order, so X comes right before it. */
static void
drop_twins(struct rotation_list *l)
{
	size_t n = 0;

	qsort(l->items, l->n, sizeof(l->items[0]), cmp_path);
	for (size_t i = 0; i < l->n; i++) {
		size_t len = n > 0 ? strlen(l->items[n - 1].path_z) : 0;

		if (n > 0 &&
			strncmp(l->items[n - 1].path_z, l->items[i].path_z, len) == 0 &&
			strcmp(l->items[i].path_z + len, ".gz") == 0)
			continue;
		l->items[n++] = l->items[i];
	}
	l->n = n;
}

static const char *
join(struct arena *a, struct str folder, const char *name_z)
{
	size_t len = strlen(name_z);
	char *p = arena_alloc(a, folder.len + len + 2);

	if (p == NULL)
		return NULL;
	memcpy(p, folder.ptr, folder.len);
	p[folder.len] = '/';
	memcpy(p + folder.len + 1, name_z, len);
	return p;
}

/* One name of the folder. False: out of memory. */
static bool
take(struct arena *a, struct str folder, struct str base, const char *name_z,
	struct rotation *to, size_t *n)
{
	struct rotation r;

	if (!rotation_is_of(base, str_z(name_z), &r))
		return true;
	r.path_z = join(a, folder, name_z);
	if (r.path_z == NULL)
		return false;
	if (r.stamp.len > 0)
		r.stamp = arena_copy(a, r.stamp);
	to[(*n)++] = r;
	return true;
}

/* Twice as many as asked for are held while the newest are sought. */
static int
collect(struct arena *a, struct str folder, struct str base, size_t max, DIR *dir,
	struct rotation_list *out)
{
	const struct dirent *e;

	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0) {
		if (e->d_type != DT_REG && e->d_type != DT_UNKNOWN)
			continue;
		if (!take(a, folder, base, e->d_name, out->items, &out->n))
			return -ENOMEM;
		if (out->n < 4 * max)
			continue;
		qsort(out->items, out->n, sizeof(out->items[0]), cmp_age);
		memmove(out->items, out->items + out->n - 2 * max,
			2 * max * sizeof(out->items[0]));
		out->n = 2 * max;
		out->left_some = true;
	}
	return -errno;
}

int
rotation_list(struct arena *a, const char *path_z, size_t max, struct rotation_list *out)
{
	struct str path = str_z(path_z);
	size_t slash = str_rfind_char(path, '/');
	struct str base = slash == SIZE_MAX ? path : str_sub(path, slash + 1, path.len);
	struct str folder =
		slash == SIZE_MAX ? STR(".") : arena_copy(a, str_sub(path, 0, slash));
	char *folder_z = arena_alloc(a, folder.len + 2);
	DIR *dir;
	int err;

	*out = (struct rotation_list){ 0 };
	out->items = arena_alloc(a, 4 * max * sizeof(out->items[0]));
	if (out->items == NULL || folder_z == NULL)
		return -ENOMEM;
	memcpy(folder_z, folder.len > 0 ? folder.ptr : "/",
		folder.len > 0 ? folder.len : 1);
	dir = opendir(folder_z);
	if (dir == NULL)
		return -errno;
	err = collect(a, folder, base, max, dir, out);
	closedir(dir);
	if (err != 0)
		return err;
	drop_twins(out);
	qsort(out->items, out->n, sizeof(out->items[0]), cmp_age);
	if (out->n > max) {
		out->items += out->n - max;
		out->n = max;
		out->left_some = true;
	}
	return 0;
}

/* Candidate 2k: what is before the k-th dot or dash; 2k + 1: that and the extension. */
bool
rotation_base(struct str name, size_t i, char *buf, size_t cap, struct str *out)
{
	struct str plain = name, ext = { 0 };
	size_t at = 0, dot;
	struct rotation r;

	if (str_ends(plain, STR(".gz")))
		plain.len -= 3;
	for (size_t k = 0; k <= i / 2; k++) {
		at += k > 0;
		while (at < plain.len && plain.ptr[at] != '.' && plain.ptr[at] != '-')
			at++;
	}
	*out = (struct str){ 0 };
	if (at > plain.len || (at == plain.len && plain.len == name.len))
		return false;
	dot = str_rfind_char(plain, '.');
	if (i % 2 == 1 && dot != SIZE_MAX && dot > at)
		ext = str_sub(plain, dot, plain.len);
	if (at + ext.len > cap)
		return true;
	memcpy(buf, plain.ptr, at);
	if (ext.len > 0)
		memcpy(buf + at, ext.ptr, ext.len);
	*out = (struct str){ buf, at + ext.len };
	if (out->len == 0 || !rotation_is_of(*out, name, &r))
		*out = (struct str){ 0 };
	return true;
}
