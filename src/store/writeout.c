/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writeout.h"

#include <fcntl.h>
#include <unistd.h>

static void *
run(void *v)
{
	const struct writeout *w = v;

	(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return NULL;
}

void
writeout_begin(struct writeout *w, const char *path_z)
{
	w->fd = open(path_z, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0)
		return;
	w->runs = pthread_create(&w->thread, NULL, run, w) == 0;
	if (!w->runs)
		close(w->fd);
}

void
writeout_end(struct writeout *w)
{
	if (!w->runs)
		return;
	pthread_join(w->thread, NULL);
	close(w->fd);
	w->runs = false;
}
