/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files around a store: the lock that makes the writer the only one, the file made
 * with 0600 before SQLite opens it, and the new file that takes the old one's place.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"

/*
 * Takes PATH.lock for as long as the descriptor is open. The descriptor, STORE_BUSY with
 * *pid set (0: unknown), or a negative errno value.
 */
MUST_USE int files_lock(const char *path_z, long *pid);

/* Removes PATH.lock; it is held until the descriptor is closed, but nobody waits for it.
 */
void files_unname_lock(const char *path_z);

/* Removes PATH.lock and closes the descriptor. */
void files_unlock(const char *path_z, int fd);

/* Makes the file with 0600 if it is not there. 0 or a negative errno value. */
MUST_USE int files_make(const char *file_z);

/* Removes a database and what SQLite keeps beside it. */
void files_remove(const char *file_z);

/*
 * new_z (closed, no WAL) takes the place of path_z; the old one's WAL goes first, so that
 * nobody replays it into the new file. Readers of the old one keep it.
 */
MUST_USE int files_replace(const char *new_z, const char *path_z, bool sync);

/*
 * The same of one that is open, without a wait: a file that is renamed over another one
 * is written to the disk by some file systems before that ends. *old_fd: the old one,
 * which has no name any more and goes when that is closed; -1: it is gone.
 */
MUST_USE int files_exchange(const char *new_z, const char *path_z, int *old_fd);

/* True when nothing beside the file waits to be read: it may be opened as it is. */
bool files_is_still(const char *file_z);
