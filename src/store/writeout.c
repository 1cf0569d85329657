/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writeout.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/compiler.h"

static void
close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
writeout_set(struct writeout *w, const char *path_z, int old_fd, int lock_fd)
{
	w->fd = open(path_z, O_RDONLY | O_CLOEXEC);
	w->gone[0] = old_fd;
	w->gone[1] = lock_fd;
	w->state = WRITEOUT_DUE;
}

/* What goes is first: behind writes to the same disk it would wait for them. */
static void *
run(void *v)
{
	const struct writeout *w = v;

	for (size_t i = 0; i < ARRAY_LEN(w->gone); i++)
		close_one(w->gone[i]);
	if (w->fd >= 0)
		(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return NULL;
}

void
writeout_do(struct writeout *w)
{
	if (w->state != WRITEOUT_DUE)
		return;
	(void)run(w);
	w->state = WRITEOUT_DONE;
}

void
writeout_begin(struct writeout *w)
{
	if (w->state != WRITEOUT_DUE)
		return;
	if (pthread_create(&w->thread, NULL, run, w) == 0)
		w->state = WRITEOUT_RUNS;
	else
		writeout_do(w);
}

void
writeout_end(struct writeout *w)
{
	if (w->state == WRITEOUT_NONE)
		return;
	if (w->state == WRITEOUT_RUNS)
		pthread_join(w->thread, NULL);
	close_one(w->fd);
	w->state = WRITEOUT_NONE;
}
