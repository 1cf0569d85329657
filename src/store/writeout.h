/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file goes to the disk while somebody reads it, and the one whose place it took goes:
 * the cost of finding places for blocks, and of giving them back, is nobody's wait.
 */
#pragma once

#include <pthread.h>

/* Zero at first. */
struct writeout {
	enum { WRITEOUT_NONE, WRITEOUT_DUE, WRITEOUT_RUNS, WRITEOUT_DONE } state;
	pthread_t thread;
	int fd, gone[2]; /* -1: none */
};

/*
 * What is to be done. old_fd, or -1, and lock_fd are of files without a name any more,
 * and are closed by it: their blocks go with them.
 */
void writeout_set(struct writeout *w, const char *path_z, int old_fd, int lock_fd);

/* By the caller; by a thread of its own from now on. Nothing unless it is due. */
void writeout_do(struct writeout *w);
void writeout_begin(struct writeout *w);

/*
 * It is on its way; nothing if it was never set. After SQLite has closed the file, for
 * a descriptor that is closed takes away all locks that the process has on it.
 */
void writeout_end(struct writeout *w);
