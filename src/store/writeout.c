/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writeout.h"

#include <fcntl.h>
#include <unistd.h>

static void
close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void *
run(void *v)
{
	const struct writeout *w = v;

	if (w->fd >= 0)
		(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	close_one(w->old_fd);
	return NULL;
}

void
writeout_begin(struct writeout *w, const char *path_z, int old_fd)
{
	w->fd = open(path_z, O_RDONLY | O_CLOEXEC);
	w->old_fd = old_fd;
	w->runs = pthread_create(&w->thread, NULL, run, w) == 0;
	if (w->runs)
		return;
	close_one(w->fd);
	close_one(w->old_fd);
}

void
writeout_end(struct writeout *w)
{
	if (!w->runs)
		return;
	pthread_join(w->thread, NULL);
	close_one(w->fd);
	w->runs = false;
}
