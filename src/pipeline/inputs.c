/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "input/reader.h"
#include "input/tree.h"

#define FILES_MAX ((size_t)200000)

void
inputs_init(struct inputs *in, const struct batch_conf *conf, struct arena *a)
{
	*in = (struct inputs){ .conf = conf, .arena = a };
}

void
inputs_fini(struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->all[i].reader != NULL)
			reader_close(&in->all[i].reader);
}

/* Labels given by options win over what the path tells. */
static void
apply_labels(const struct inputs *in, struct worker_file *f)
{
	for (size_t i = 0; i < in->conf->n_labels; i++) {
		const struct batch_label *l = &in->conf->labels[i];

		if (l->path_z == NULL || strcmp(l->path_z, f->path_z) == 0)
			f->label[l->label] = l->value;
	}
}

void
inputs_tell(struct inputs *in, const char *path_z, int err)
{
	log_error("input", "%s: %s", path_z, reader_why(err));
	in->unreadable++;
}

static int
grow(struct inputs *in)
{
	struct worker_file *p;
	size_t cap = 2 * in->cap + 1;

	if (in->n < in->cap)
		return 0;
	p = arena_alloc(in->arena, cap * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	if (in->n > 0)
		memcpy(p, in->all, in->n * sizeof(*p));
	in->all = p;
	in->cap = cap;
	return 0;
}

/* read_err: why it could not be read. */
static int
add_file(struct inputs *in, const char *path_z, const struct str *label, int read_err)
{
	int err = grow(in);
	struct worker_file *f;

	if (err != 0)
		return err;
	f = &in->all[in->n++];
	*f = (struct worker_file){ .path_z = path_z,
		.error = read_err,
		.first_ns = TIME_NONE,
		.last_ns = TIME_NONE };
	if (label != NULL)
		memcpy(f->label, label, sizeof(f->label));
	return 0;
}

static int
list_path(struct inputs *in, const char *path_z)
{
	struct tree tree = { 0 };
	int err;

	if (strcmp(path_z, "-") == 0)
		return add_file(in, path_z, NULL, 0);
	err = tree_list(in->arena, path_z, FILES_MAX, &tree);
	if (err != 0) {
		inputs_tell(in, path_z, err);
		return err == -ENOMEM ? err : add_file(in, path_z, NULL, err);
	}
	in->left_out += tree.left_out;
	for (size_t i = 0; i < tree.n_unreadable && err == 0; i++) {
		const struct tree_file *f = &tree.unreadable[i];

		inputs_tell(in, f->path_z, f->error);
		err = add_file(in, f->path_z, NULL, f->error);
	}
	for (size_t i = 0; i < tree.n && err == 0; i++)
		err = add_file(in, tree.files[i].path_z, tree.files[i].label, 0);
	return err;
}

static int
by_path(const void *a, const void *b)
{
	const struct worker_file *x = a, *y = b;

	return strcmp(x->path_z, y->path_z);
}

/* The same file named twice is read once. */
static void
drop_twins(struct inputs *in)
{
	size_t kept = 0;

	if (in->n > 1)
		qsort(in->all, in->n, sizeof(in->all[0]), by_path);
	for (size_t i = 0; i < in->n; i++)
		if (kept == 0 || strcmp(in->all[kept - 1].path_z, in->all[i].path_z) != 0)
			in->all[kept++] = in->all[i];
	in->n = kept;
}

static bool
has_path(const struct inputs *in, const char *path_z)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->all[i].path_z, path_z) == 0)
			return true;
	return false;
}

/* A label for a file that is not read is a slip of the hand. */
static void
check_labels(const struct inputs *in)
{
	for (size_t i = 0; i < in->conf->n_labels; i++) {
		const struct batch_label *l = &in->conf->labels[i];

		if (l->path_z != NULL && !has_path(in, l->path_z))
			log_warn("input",
				"the label %.*s=%.*s is for %s, which is not "
				"among the files",
				STR_ARG(label_names[l->label]), STR_ARG(l->value),
				l->path_z);
	}
}

int
inputs_list(struct inputs *in)
{
	int err = 0;

	for (size_t i = 0; i < in->conf->n_paths && err == 0; i++)
		err = list_path(in, in->conf->paths_z[i]);
	if (err == 0) {
		drop_twins(in);
		check_labels(in);
	}
	return err;
}

/* An error behind some bytes comes again with the next read. */
static ssize_t
read_first(struct reader *r, char *buf, size_t cap)
{
	size_t got = 0;

	while (got < cap) {
		ssize_t n = reader_read(r, buf + got, cap - got);

		if (n < 0 && got == 0)
			return n;
		if (n <= 0)
			break;
		got += (size_t)n;
		if (memchr(buf, '\n', got) != NULL)
			break;
	}
	return (ssize_t)got;
}

/* xz, zstd, bzip2, zip, lz4: a log would be read as lines that nothing matches. */
static bool
is_packed(const char *buf, size_t n)
{
	static const struct str marks[] = { STR_INIT("\xfd"
						     "7zXZ"),
		STR_INIT("\x28\xb5\x2f\xfd"), STR_INIT("PK\x03\x04"),
		STR_INIT("\x04\x22\x4d\x18") };
	struct str s = { buf, n };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (str_starts(s, marks[i]))
			return true;
	return str_starts(s, STR("BZh")) && str_eq(str_sub(s, 4, 6), STR("1AY&SY"));
}

ssize_t
inputs_open(struct inputs *in, struct worker_file *f, char *buf, size_t cap,
	struct reader **out)
{
	struct reader *r = NULL;
	ssize_t n;

	apply_labels(in, f);
	f->error = reader_open(f->path_z, &r);
	n = f->error != 0 ? f->error : read_first(r, buf, cap);
	f->size = r != NULL ? reader_size(r) : -1;
	if (n > 0 && is_packed(buf, (size_t)n))
		n = -ENOTSUP;
	if (n < 0) {
		f->error = (int)n;
		inputs_tell(in, f->path_z, f->error);
		if (r != NULL)
			reader_close(&r);
	}
	*out = r;
	return n;
}
