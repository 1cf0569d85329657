/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake of a rotation: the older file is read to its end, must stay quiet for a
 * moment (its writer may still hold it), and only then the next one is read. Lines that
 * come to the older file even later are put in between two lines of the newer one.
 */
#include "input/trail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"

struct trail *
trail_new(struct trail_conf *conf, const char *path_z, const char *alias_z)
{
	struct trail *tr = calloc(1, sizeof(*tr));

	if (tr == NULL)
		return NULL;
	tr->conf = conf;
	tr->path_z = strdup(path_z);
	if (alias_z != NULL)
		tr->alias_z = strdup(alias_z);
	if (tr->path_z == NULL || (alias_z != NULL && tr->alias_z == NULL)) {
		trail_free(&tr);
		return NULL;
	}
	tr->due_ns = tr->retry_ns = tr->blocked_ns = INT64_MIN;
	tr->wait_ns = conf->poll_min_ns;
	tr->missing_since_ns = INT64_MAX;
	tr->last_read_ns = INT64_MIN;
	tr->last_time_ns = TIME_NONE;
	tr->look = true;
	tr->ready_at = SIZE_MAX;
	return tr;
}

static void
free_parts(struct stretch *p)
{
	while (p != NULL) {
		struct stretch *next = p->next;

		part_free(&p);
		p = next;
	}
}

void
trail_free(struct trail **pt)
{
	struct trail *tr = *pt;

	*pt = NULL;
	if (tr == NULL)
		return;
	free_parts(tr->parts);
	part_free(&tr->retired);
	free(tr->path_z);
	free(tr->alias_z);
	free(tr);
}

void
trail_append(struct trail *tr, struct stretch *p)
{
	if (tr->newest != NULL)
		tr->newest->next = p;
	else
		tr->parts = p;
	tr->newest = p;
	if (tr->cur != NULL)
		return;
	tr->cur = p;
	if (!tr->restored)
		tr->position = tr->committed = p->start;
	p->position = tr->position;
}

void
trail_insert(struct trail *tr, struct stretch *p, struct stretch *before)
{
	struct stretch **at = &tr->parts;

	while (*at != before)
		at = &(*at)->next;
	p->next = before;
	*at = p;
	if (tr->cur != before)
		return;
	tr->cur = p;
	p->position = tr->position;
	before->position = PART_UNPLACED;
}

/* Beyond the limit the oldest is forgotten. That an inode is known is no reason to forget
 * another file that had it: its compressed rest may be there yet. */
void
trail_know(struct trail *tr, const struct fingerprint *f)
{
	size_t n = 0;

	for (size_t i = 0; i < tr->n_known; i++)
		if (tr->known[i].ino != f->ino || tr->known[i].born_ns != f->born_ns ||
			tr->known[i].head_hash != f->head_hash)
			tr->known[n++] = tr->known[i];
	if (n == TRAIL_KNOWN_MAX)
		memmove(tr->known, tr->known + 1, --n * sizeof(tr->known[0]));
	tr->known[n++] = *f;
	tr->n_known = n;
}

void
trail_fail(struct trail *tr, int err, const char *what, int64_t now_ns)
{
	if (tr->told != err)
		log_warn("tail", "%s: %s: %s", tr->path_z, what, strerror(-err));
	tr->told = tr->error = err;
	tr->failed = true;
	tr->retry_ns = now_ns + tr->conf->retry_ns;
}

void
trail_forget_retired(struct trail *tr)
{
	if (tr->retired == NULL)
		return;
	part_seal(tr->retired);
	trail_know(tr, &tr->retired->print);
	part_free(&tr->retired);
}

/* Whether an old file may be left: at its end, and its writer gone on. */
static bool
may_leave(struct trail *tr, struct stretch *p, int64_t now_ns)
{
	if (p->end != PART_OPEN_END)
		return p->offset >= p->end;
	if (p->is_gzip)
		return p->ended;
	if (p->next == NULL)
		return true;
	if (part_open(p) != 0 || part_refresh(p) != 0) {
		part_close(p);
		tr->look = true;
		tr->due_ns = now_ns;
		return false;
	}
	if (part_unread(p) > 0)
		return false;
	if (part_at_line_start(p) && (p->late || p->next->next != NULL))
		return true;
	if (p->quiet_since_ns == INT64_MAX)
		p->quiet_since_ns = now_ns;
	return now_ns - p->quiet_since_ns >= tr->conf->grace_ns;
}

/* Late lines of a file before go right behind this one, unless it ends in a line. */
static void
place_retired(struct trail *tr, struct stretch *p)
{
	struct stretch *late = tr->retired;

	if (late == NULL || part_unread(late) == 0 || !part_at_line_start(p))
		return;
	late->late = true;
	late->position = PART_UNPLACED;
	late->next = p->next;
	p->next = late;
	tr->retired = NULL;
}

/* Whether a later part has the rest of its file: late lines, after a restart. */
static bool
is_continued(const struct stretch *p)
{
	for (const struct stretch *q = p->next; q != NULL; q = q->next)
		if (q->late && q->start == p->end && q->print.ino == p->print.ino &&
			q->print.dev == p->print.dev)
			return true;
	return p->split;
}

/* The file that was read is watched for a while, or at least remembered. */
static void
retire(struct trail *tr, struct stretch *p, int64_t now_ns)
{
	bool is_busy = tr->retired != NULL && part_unread(tr->retired) > 0;

	if (is_continued(p))
		return;
	part_seal(p);
	if (p->fd < 0 || p->is_gzip || is_busy) {
		/* Of an empty file that is nowhere the inode would mean another soon. */
		if (p->print.head_len > 0)
			trail_know(tr, &p->print);
		return;
	}
	trail_forget_retired(tr);
	tr->retired = part_continue(p);
	tr->retired_since_ns = now_ns;
	if (tr->retired == NULL)
		trail_know(tr, &p->print);
}

static void
drop_committed(struct trail *tr)
{
	while (tr->parts != tr->cur && part_behind(tr->parts) <= tr->committed) {
		struct stretch *p = tr->parts;

		tr->parts = p->next;
		part_free(&p);
	}
}

/* Until it is committed it may be wanted again, and its name may be gone by then. */
static void
keep_open(const struct trail *tr, struct stretch *p)
{
	const struct stretch *r = tr->retired;

	part_rest(p);
	if (p->fd >= 0 || r == NULL || r->fd < 0 || r->print.ino != p->print.ino ||
		r->print.dev != p->print.dev)
		return;
	p->fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
	*p->n_open += p->fd >= 0;
}

static void
turn(struct trail *tr, struct trail_turn *out, int64_t now_ns)
{
	struct stretch *p = tr->cur, *next = p->next;

	out->from_z = p->path_z;
	out->to_z = next->path_z;
	out->mid_line = !part_at_line_start(p);
	p->end = p->offset;
	retire(tr, p, now_ns);
	keep_open(tr, p);
	next->position = tr->position;
	tr->cur = next;
	if (tr->watch_before && next->next == NULL) {
		tr->look = true;
		tr->due_ns = now_ns;
	}
	tr->files += !p->split && !p->late;
}

static bool
is_gone(const struct trail *tr, int64_t now_ns)
{
	return tr->missing_since_ns != INT64_MAX && tr->n_siblings == 0 && !tr->look &&
	       now_ns - tr->missing_since_ns >= tr->conf->gone_ns;
}

/*
 * The next byte is behind what is missing. A part that goes on (its file was cut and
 * grows again) goes on as another, so that its places count from there. False: out of
 * memory.
 */
static bool
tell_gap(struct trail *tr, struct trail_turn *out)
{
	struct stretch *p = tr->cur;

	if (p->next == NULL && p->end == PART_OPEN_END) {
		struct stretch *rest = part_continue(p);

		if (rest == NULL)
			return false;
		p->split = true;
		trail_append(tr, rest);
	}
	out->bytes = p->lost;
	out->again = p->again;
	out->why = p->why;
	out->mid_line = !part_at_line_start(p);
	tr->position += p->lost;
	tr->lost[p->why] += p->lost - p->again;
	tr->truncations += p->why == LOSS_TRUNCATED;
	p->end = p->offset;
	p->told = true;
	return true;
}

/* How long a compressed text is shows only when it was read. */
static bool
has_more(const struct stretch *p)
{
	return part_unread(p) > 0 || (p->is_gzip && !p->ended && p->offset < p->end);
}

enum trail_step
trail_step(struct trail *tr, int64_t now_ns, struct trail_turn *out)
{
	struct stretch *p = tr->cur;

	*out = (struct trail_turn){ 0 };
	drop_committed(tr);
	if (tr->ended || now_ns < tr->blocked_ns)
		return TRAIL_NONE;
	if (p != NULL && has_more(p))
		return p->fd >= 0 || !tr->look ? TRAIL_DATA : TRAIL_NONE;
	if (p != NULL && !may_leave(tr, p, now_ns))
		return part_unread(p) > 0 ? TRAIL_DATA : TRAIL_NONE;
	if (p != NULL && p->has_gap && !p->told)
		return tell_gap(tr, out) ? TRAIL_GAP : TRAIL_NONE;
	if (p != NULL && p->next != NULL) {
		place_retired(tr, p);
		turn(tr, out, now_ns);
		return TRAIL_TURN;
	}
	if (!is_gone(tr, now_ns))
		return TRAIL_NONE;
	tr->ended = true;
	return TRAIL_END;
}

/* After a whole buffer there may be more than was seen. */
static void
took(struct trail *tr, struct stretch *p, size_t n, bool full, int64_t now_ns)
{
	tr->position += n;
	tr->last_read_ns = now_ns;
	tr->error = tr->told = 0;
	p->used = ++tr->conf->clock;
	p->quiet_since_ns = INT64_MAX;
	if (p->late)
		tr->late_bytes += n;
	if (full && part_unread(p) == 0 && part_refresh(p) != 0)
		tr->look = true;
}

ssize_t
trail_read(struct trail *tr, char *buf, size_t cap, int64_t now_ns)
{
	struct stretch *p = tr->cur;
	ssize_t n;

	assert(p != NULL);
	n = part_open(p);
	if (n == 0)
		n = part_read(p, buf, cap);
	if (n > 0) {
		took(tr, p, (size_t)n, (size_t)n == cap, now_ns);
		return n;
	}
	if (n == 0) {
		p->size = p->is_gzip ? p->size : p->offset;
		return 0;
	}
	if (n == -EILSEQ) {
		part_lose(p, LOSS_UNREADABLE);
		return 0;
	}
	if (n == -ESTALE || n == -ENOENT || n == -ELOOP) {
		part_close(p);
		tr->look = true;
		tr->due_ns = now_ns;
		return 0;
	}
	trail_fail(tr, (int)n, "cannot read it", now_ns);
	tr->blocked_ns = tr->retry_ns;
	return n;
}

void
trail_commit(struct trail *tr, uint64_t position, uint64_t read)
{
	assert(position <= read && read <= tr->position);
	if (position > tr->committed)
		tr->committed = position;
	drop_committed(tr);
	for (struct stretch *p = tr->parts; p != tr->cur && part_behind(p) <= read;
		p = p->next)
		part_close(p);
}

uint64_t
trail_unread(const struct trail *tr)
{
	uint64_t n = 0;

	for (const struct stretch *p = tr->cur; p != NULL; p = p->next)
		n += part_unread(p);
	return n;
}

int64_t
trail_due(const struct trail *tr)
{
	const struct stretch *p = tr->cur;
	int64_t due = tr->due_ns;

	if (p != NULL && p->next != NULL && p->quiet_since_ns != INT64_MAX &&
		p->quiet_since_ns + tr->conf->grace_ns < due)
		due = p->quiet_since_ns + tr->conf->grace_ns;
	if (tr->missing_since_ns != INT64_MAX &&
		tr->missing_since_ns + tr->conf->gone_ns < due && tr->n_siblings == 0)
		due = tr->missing_since_ns + tr->conf->gone_ns;
	return tr->ended ? INT64_MAX : due;
}

/* A descriptor of the file of p that from has: its own, if that is to spare. */
static int
take_descriptor(struct trail *from, struct stretch *own, const struct stretch *p)
{
	const struct stretch *r = from->retired;
	int fd = own->fd;

	if (fd >= 0) {
		own->fd = -1;
		--*own->n_open;
		return fd;
	}
	for (const struct stretch *q = own->next; q != NULL; q = q->next)
		if (q->fd >= 0 && q->print.ino == p->print.ino &&
			q->print.dev == p->print.dev)
			return fcntl(q->fd, F_DUPFD_CLOEXEC, 0);
	if (r == NULL || r->fd < 0 || r->print.ino != p->print.ino ||
		r->print.dev != p->print.dev)
		return -1;
	return fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
}

void
trail_take(struct trail *tr, struct trail *from)
{
	struct stretch *q = from->parts;

	while (q != NULL && tr->cur != NULL &&
		(q->print.ino != tr->cur->print.ino || q->start != tr->cur->start))
		q = q->next;
	for (struct stretch *p = tr->cur; p != NULL && q != NULL;
		p = p->next, q = q->next) {
		/* What was read of it is found by its name, if that is to be watched. */
		int fd = p->offset < p->end ? take_descriptor(from, q, p) : -1;

		/* Without one, or with another content, its name is looked for. */
		if (fd >= 0 && part_take(p, fd, q->is_gzip) == 0 && q->path_z != NULL)
			(void)part_set_path(p, q->path_z);
	}
}

struct stretch *
trail_closable(struct trail *tr, unsigned *class)
{
	struct stretch *best = NULL;

	if (tr->retired != NULL && tr->retired->fd >= 0 && !tr->retired->unlinked) {
		*class = 0;
		return tr->retired;
	}
	for (struct stretch *p = tr->parts; p != tr->cur; p = p->next)
		if (p->fd >= 0) {
			*class = 0;
			return p;
		}
	for (struct stretch *p = tr->cur; p != NULL; p = p->next) {
		bool live = p == tr->newest && tr->missing_since_ns == INT64_MAX;

		if (p->fd < 0 || p->path_z == NULL || p->unlinked)
			continue;
		/* A rotated file may be deleted soon. */
		*class = live ? 1 : 2;
		best = p;
	}
	return best;
}

void
trail_close(struct trail *tr, struct stretch *p)
{
	if (p == tr->retired)
		trail_forget_retired(tr);
	else
		part_close(p);
}
