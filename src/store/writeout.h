/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file goes to the disk while somebody reads it: the cost of finding places for its
 * blocks is nobody's wait.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct writeout {
	pthread_t thread;
	int fd;
	bool runs;
};

/* From now on. What cannot be begun is left to the system. */
void writeout_begin(struct writeout *w, const char *path_z);

/*
 * It is on its way; nothing if it was never begun. After SQLite has closed the file, for
 * a descriptor that is closed takes away all locks that the process has on it.
 */
void writeout_end(struct writeout *w);
