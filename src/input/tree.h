/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below folders, and what their paths tell: /var/log/pods, /var/log/containers,
 * docker's container folders (config.v2.json), orders.log. Symlinks are followed once;
 * *.tmp and a plain file beside its own .gz are left out and counted. One thread.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "record/source.h"

struct tree_file {
	const char *path_z;
	struct str label[LABEL_COUNT]; /* what the path tells */
	int64_t size;
	int error; /* why it could not be read: a negative errno value */
};

/* In byte order of paths, in the arena. */
struct tree {
	struct tree_file *files;
	size_t n;
	struct tree_file *unreadable; /* folders, and links that lead nowhere */
	size_t n_unreadable;
	size_t left_out;
};

/* path_z may be a file or a folder. Bounded by max_files (-ENFILE). 0 or a negative errno
 * value. */
MUST_USE int tree_list(
	struct arena *a, const char *path_z, size_t max_files, struct tree *out);

/* The labels of one path alone. */
void tree_labels(struct arena *a, const char *path_z, struct str label[LABEL_COUNT]);
