/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that patterns name now. A pattern is a path whose parts may have *, ? and
 * [...], or be ** for any number of folders; a folder alone means all files below it. A
 * hidden name needs a pattern that says the dot. Files are known by their real path, so a
 * file behind several links is one. One thread.
 *
 * Whoever can write into one log folder must not be able to have any file of the machine
 * read (a link to /etc/shadow named 0.log). So a link is followed to what is below a root
 * (the fixed beginnings of the patterns, and roots the operator names), and else only if
 * it, and each link it leads over, is in a folder of root's or ours that nobody else can
 * write to: those are the kubelet's, from containers/ to pods/ to docker's folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"

struct glob_conf {
	const char *const *patterns; /* borrowed */
	size_t n_patterns;
	const char *const *exclude; /* borrowed; what they cover is left out */
	size_t n_exclude;
	const char *const *roots; /* borrowed; more folders that links may lead to */
	size_t n_roots;
	size_t max_files;
	size_t max_folders;
};

struct glob_file {
	const char *path_z;  /* real */
	const char *alias_z; /* the link that led to it, or NULL */
};

/* What could not be taken, with the errno value: EACCES, EPERM (a link out of all roots
 * that others could have made), ELOOP (links in a circle), ENXIO (a pipe or device) ... */
struct glob_trouble {
	const char *path_z;
	int error;
};

#define GLOB_TROUBLES_MAX 64

struct glob_result { /* all in the arena */
	struct glob_file *files;
	size_t n_files;
	const char **folders; /* looked into */
	size_t n_folders;
	struct glob_trouble *troubles; /* the first GLOB_TROUBLES_MAX */
	size_t n_troubles;
	bool full; /* more than max_files or max_folders */
};

/* 0, or -ENOMEM when the arena is too small. Nothing found is no error. */
MUST_USE int glob_walk(
	const struct glob_conf *conf, struct arena *a, struct glob_result *out);

/* Whether pattern names path, by its text alone. */
bool glob_covers(const char *pattern_z, const char *path_z);
