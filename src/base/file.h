/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole small files, temporary ones, and making folders. Any thread.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

/*
 * The whole file, copied into a. 0 or a negative errno value (-EFBIG when it is larger
 * than max_bytes or the arena's rest); *out is set on 0 only.
 */
MUST_USE int file_read(
	struct arena *a, const char *path_z, size_t max_bytes, struct str *out);

/*
 * Opens a regular file for reading. The descriptor, or a negative errno value. -ENXIO: it
 * is none (a pipe, a device), and none is waited for, unless it is named as one:
 * /dev/stdin, or /dev/fd/63 for a shell's <(...).
 */
MUST_USE int file_open_regular(const char *path_z);

/* file_read() of what that opens. */
MUST_USE int file_read_regular(
	struct arena *a, const char *path_z, size_t max_bytes, struct str *out);

/* Everything up to the end of fd, same contract. Does not close it. */
MUST_USE int file_read_fd(struct arena *a, int fd, size_t max_bytes, struct str *out);

/* Makes path and its missing parents with mode. 0 or a negative errno value. */
MUST_USE int file_make_dirs(const char *path_z, mode_t mode);

/*
 * A new file in the folder for reading and writing, 0600, without a name: it is gone when
 * the descriptor, which is returned, is closed. Else a negative errno value.
 */
MUST_USE int file_temporary(const char *dir_z);
