/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file goes to the disk while somebody reads it, and the one whose place it took goes:
 * the cost of finding places for blocks, and of giving them back, is nobody's wait.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct writeout {
	pthread_t thread;
	int fd, gone[2];
	bool runs;
};

/*
 * From now on. What cannot be begun is left to the system. old_fd, or -1, and lock_fd are
 * of files without a name any more, and are closed in any case: their blocks go with
 * them.
 */
void writeout_begin(struct writeout *w, const char *path_z, int old_fd, int lock_fd);

/*
 * It is on its way; nothing if it was never begun. After SQLite has closed the file, for
 * a descriptor that is closed takes away all locks that the process has on it.
 */
void writeout_end(struct writeout *w);
