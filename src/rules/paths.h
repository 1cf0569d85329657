/* SPDX-License-Identifier: Apache-2.0 */
/* From paths of rules, files or folders, to the files to read. Private to rules/. */
#pragma once

#include <sys/types.h>

#include "rules/loader.h"

struct paths {
	const char **name_z; /* in the ruleset's arena */
	size_t n;
};

/*
 * Adds a file, or the *.yaml and *.yml of a folder and its folders in byte order; hidden
 * ones are left out. False after an error.
 */
bool paths_add(struct loader *l, struct paths *paths, const char *path_z);

/* The whole file into the ruleset's arena. False after an error. */
bool paths_read(struct loader *l, const char *path_z, size_t max_bytes, struct str *out);
