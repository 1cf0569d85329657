/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path first, then what is open: a name that went away is noticed before the file it
 * had is taken for finished.
 */
#include "input/lookout.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/time.h"
#include "input/lineup.h"

/* Between two looks for the older files of a log that is not at its place. */
#define LOOK_NS TIME_S

static int64_t
changed_at(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * TIME_S + st->st_ctim.tv_nsec;
}

/* The live file without a descriptor: what its entry tells. */
static void
look_at_closed(struct trail *tr, struct stretch *p, const struct stat *st, int64_t now_ns)
{
	int err;

	if ((uint64_t)st->st_size == p->size && changed_at(st) == p->changed_ns)
		return;
	err = part_open(p);
	if (err == -ESTALE || err == -ENOENT || err == -ELOOP)
		tr->look = true;
	else if (err != 0)
		trail_fail(tr, err, "cannot open it", now_ns);
}

static void
find_missing(struct trail *tr, int64_t now_ns)
{
	bool began = tr->missing_since_ns == INT64_MAX;

	if (began)
		tr->missing_since_ns = now_ns;
	if (began || now_ns - tr->looked_ns >= LOOK_NS)
		tr->look = true;
}

/* Whether the path still leads to the newest file. */
static void
look_at_path(struct trail *tr, int64_t now_ns)
{
	struct stretch *p = tr->newest;
	struct stat st;

	if (lstat(tr->path_z, &st) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			find_missing(tr, now_ns);
		else
			trail_fail(tr, -errno, "cannot look at it", now_ns);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		/* A link that took a log's place is not followed from here. */
		find_missing(tr, now_ns);
		return;
	}
	tr->missing_since_ns = INT64_MAX;
	if (p == NULL || p->end != PART_OPEN_END || p->print.ino != (uint64_t)st.st_ino ||
		p->print.dev != (uint64_t)st.st_dev)
		tr->look = true;
	else if (p->fd < 0)
		look_at_closed(tr, p, &st, now_ns);
}

/* Sizes of what is open; a file that was truncated is let go of. */
static void
look_at_parts(struct trail *tr, int64_t now_ns)
{
	for (struct stretch *p = tr->cur; p != NULL; p = p->next) {
		int err = part_refresh(p);

		if (err == -ESTALE) {
			part_close(p);
			tr->look = true;
		} else if (err != 0) {
			trail_fail(tr, err, "cannot look at it", now_ns);
		}
	}
}

/* Puts what came late to the file before between two lines of the current one. */
static void
insert_late(struct trail *tr)
{
	struct stretch *p = tr->cur, *rest, *late = tr->retired;

	if (p == NULL || p->end != PART_OPEN_END || p->is_gzip || !part_at_line_start(p))
		return;
	rest = part_continue(p);
	if (rest == NULL)
		return;
	p->split = true;
	late->late = true;
	late->position = PART_UNPLACED;
	late->next = rest;
	rest->next = p->next;
	p->next = late;
	if (tr->newest == p)
		tr->newest = rest;
	tr->retired = NULL;
}

static void
look_at_retired(struct trail *tr, int64_t now_ns)
{
	struct stretch *p = tr->retired;

	if (p == NULL)
		return;
	if (part_refresh(p) != 0)
		trail_forget_retired(tr);
	else if (part_unread(p) > 0)
		insert_late(tr);
	else if (now_ns - tr->retired_since_ns >= tr->conf->retire_ns)
		trail_forget_retired(tr);
}

/* Busy logs are looked at often, idle ones seldom. */
static void
schedule(struct trail *tr, bool busy, int64_t now_ns)
{
	int64_t max = tr->conf->poll_max_ns;

	if (!tr->has_hints && max > TIME_S)
		max = TIME_S;
	if (max < tr->conf->poll_min_ns)
		max = tr->conf->poll_min_ns;
	tr->wait_ns = busy ? tr->conf->poll_min_ns : tr->wait_ns * 2;
	if (tr->wait_ns > max)
		tr->wait_ns = max;
	tr->due_ns = now_ns + tr->wait_ns;
	if (tr->failed && tr->retry_ns > tr->due_ns)
		tr->due_ns = tr->retry_ns;
}

void
lookout_poll(struct trail *tr, int64_t now_ns)
{
	const struct stretch *newest = tr->newest;

	if (tr->ended)
		return;
	tr->failed = false;
	look_at_path(tr, now_ns);
	look_at_parts(tr, now_ns);
	if (tr->look) {
		tr->looked_ns = now_ns;
		lineup_look(tr, now_ns);
	}
	look_at_retired(tr, now_ns);
	if (!tr->failed && now_ns >= tr->blocked_ns)
		tr->error = 0;
	schedule(tr,
		tr->newest != newest || trail_unread(tr) > 0 ||
			tr->missing_since_ns == now_ns,
		now_ns);
}
