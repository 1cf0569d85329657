/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One watch per folder; the system forgets it with the folder (IN_IGNORED).
 */
#include "input/watch.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"

#define EVENTS                                                             \
	(IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define LISTING (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF)

struct folder {
	int wd;
	bool trusted; /* a file system of this machine */
	char path_z[];
};

struct watch {
	int fd;
	bool limited;
	struct map *by_path; /* -> struct folder, owned */
	struct map *by_wd;   /* -> the same */
	size_t at, len;      /* events read and not given out */
	_Alignas(struct inotify_event) char events[64 << 10];
};

static struct str
wd_key(const int *wd)
{
	return (struct str){ (const char *)wd, sizeof(*wd) };
}

/* The limits' names, so that who reads it knows what to raise. */
static void
say_limit(struct watch *w, int error)
{
	const char *name = error == EMFILE ? "fs.inotify.max_user_instances"
					   : "fs.inotify.max_user_watches";

	if (w->limited)
		return;
	w->limited = true;
	if (error == ENOSPC || error == EMFILE)
		log_warn("tail",
			"the system's limit %s is reached: files are polled instead, "
			"nothing is lost, but lines may be seen up to a second later",
			name);
	else
		log_warn("tail", "no inotify (%s): files are polled instead",
			strerror(error));
}

struct watch *
watch_new(size_t max_folders)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->by_path = map_new(max_folders);
	w->by_wd = map_new(max_folders);
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		say_limit(w, errno);
	if (w->by_path == NULL || w->by_wd == NULL)
		watch_free(&w);
	return w;
}

void
watch_free(struct watch **pw)
{
	struct watch *w = *pw;
	void *folder;
	size_t pos = 0;

	*pw = NULL;
	if (w == NULL)
		return;
	while (w->by_path != NULL && map_next(w->by_path, &pos, NULL, &folder))
		free(folder);
	if (w->by_path != NULL)
		map_free(&w->by_path);
	if (w->by_wd != NULL)
		map_free(&w->by_wd);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

/* statfs(2), f_type: changes by other machines are not told there. */
static bool
is_remote(const char *folder_z)
{
	static const uint32_t remote[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x65735546 /* FUSE */,
		0x01021997 /* 9p */, 0x00c36400 /* Ceph */, 0x5346414f /* AFS */,
		0x47504653 /* GPFS */, 0x0bd00bd0 /* Lustre */ };
	struct statfs st;

	if (statfs(folder_z, &st) != 0)
		return true;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)st.f_type == remote[i])
			return true;
	return false;
}

/* One watch may have been given under another name of the folder. */
static void
remember(struct watch *w, const char *folder_z, int wd)
{
	size_t len = strlen(folder_z);
	struct folder *f = malloc(sizeof(*f) + len + 1);
	void **path, **by_wd;

	if (f == NULL)
		return;
	f->wd = wd;
	f->trusted = !is_remote(folder_z);
	memcpy(f->path_z, folder_z, len + 1);
	by_wd = map_put(w->by_wd, wd_key(&wd), NULL);
	path = by_wd != NULL ? map_put(w->by_path, str_z(folder_z), NULL) : NULL;
	if (path == NULL || *by_wd != NULL) {
		free(f);
		return;
	}
	*by_wd = f;
	*path = f;
}

bool
watch_add(struct watch *w, const char *folder_z)
{
	void **at = map_get(w->by_path, str_z(folder_z));
	int wd;

	if (at != NULL)
		return ((const struct folder *)*at)->trusted;
	if (w->fd < 0)
		return false;
	wd = inotify_add_watch(w->fd, folder_z, EVENTS);
	if (wd < 0) {
		if (errno == ENOSPC)
			say_limit(w, errno);
		return false;
	}
	remember(w, folder_z, wd);
	at = map_get(w->by_path, str_z(folder_z));
	return at != NULL && ((const struct folder *)*at)->trusted;
}

static void
forget(struct watch *w, struct folder *f)
{
	map_del(w->by_path, str_z(f->path_z));
	map_del(w->by_wd, wd_key(&f->wd));
	free(f);
}

/* More events into the buffer. False: none now. */
static bool
fill(struct watch *w)
{
	ssize_t n;

	if (w->at < w->len)
		return true;
	w->at = w->len = 0;
	if (w->fd < 0)
		return false;
	do
		n = read(w->fd, w->events, sizeof(w->events));
	while (n < 0 && errno == EINTR);
	w->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static const struct inotify_event *
take(struct watch *w)
{
	const struct inotify_event *e =
		(const struct inotify_event *)(const void *)(w->events + w->at);

	w->at += sizeof(*e) + e->len;
	assert(w->at <= w->len);
	return e;
}

enum watch_kind
watch_next(struct watch *w, struct watch_hint *out)
{
	*out = (struct watch_hint){ .name_z = "" };
	while (fill(w)) {
		const struct inotify_event *e = take(w);
		void **at = map_get(w->by_wd, wd_key(&e->wd));
		struct folder *f = at != NULL ? *at : NULL;

		if (e->mask & IN_Q_OVERFLOW)
			return out->kind = WATCH_OVERFLOW;
		if (f == NULL)
			continue;
		if (e->mask & IN_MOVE_SELF)
			(void)inotify_rm_watch(w->fd, e->wd);
		if (e->mask & (IN_IGNORED | IN_MOVE_SELF)) {
			forget(w, f);
			continue;
		}
		out->folder_z = f->path_z;
		if (e->len > 0)
			out->name_z = e->name;
		return out->kind = e->mask & LISTING ? WATCH_LISTING : WATCH_CHANGED;
	}
	return WATCH_NONE;
}

int
watch_fd(const struct watch *w)
{
	return w->fd;
}

size_t
watch_count(const struct watch *w)
{
	return map_len(w->by_wd);
}

bool
watch_is_limited(const struct watch *w)
{
	return w->limited;
}
