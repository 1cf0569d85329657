/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints that something changed in a folder: inotify(7). Only ever hints: they get lost
 * when the queue is full, do not come from other machines (NFS) and end when the system
 * has no watches left. Who uses them polls as well. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct watch;

enum watch_kind {
	WATCH_NONE,
	WATCH_CHANGED,  /* the file's content */
	WATCH_LISTING,  /* a name came, went or was changed */
	WATCH_OVERFLOW, /* hints were lost: look at everything */
};

struct watch_hint {
	enum watch_kind kind;
	const char *folder_z; /* valid until the next call; NULL with OVERFLOW */
	const char *name_z;   /* may be empty */
};

/* max_folders bounds it. Never NULL for want of inotify: then it gives no hints, which
 * is said once. NULL: out of memory. */
struct watch *watch_new(size_t max_folders);
void watch_free(struct watch **pw);

/* Whether changes in the folder will be told; false for a remote file system, and when
 * the system's limit is reached (said once, with its name). Repeating it is cheap. */
bool watch_add(struct watch *w, const char *folder_z);

/* The next hint without waiting. */
enum watch_kind watch_next(struct watch *w, struct watch_hint *out);

/* For poll(2), or -1. */
int watch_fd(const struct watch *w);

/* Folders watched, and whether the limit was reached since the start. */
size_t watch_count(const struct watch *w);
bool watch_is_limited(const struct watch *w);
