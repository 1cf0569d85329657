/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Newer files are appended, older ones only remembered, with two exceptions: what a
 * restored state cannot know, and what was copied away unseen.
 */
#include "input/newcomer.h"

#include <stdlib.h>
#include <unistd.h>

#include "input/bygone.h"
#include "input/late.h"

#define LINE_BACK ((size_t)64 << 10)
#define HOLE_MIN  4096

/* How many candidates there are up to the newest that is a part; 0: none. */
static size_t
count_to_newest(const struct candidates *l)
{
	size_t n = l->n;

	while (n > 0 && l->all[n - 1].part == NULL)
		n--;
	return n;
}

/* The part that an older file comes right before, if nothing was read of that; or NULL.
 */
static struct stretch *
find_next(const struct trail *tr, const struct candidates *l, const struct candidate *c)
{
	const struct candidate *d = c + 1;
	struct stretch *p = tr->cur;

	while (d < l->all + l->n && d->part == NULL)
		d++;
	if (d == l->all + l->n || d->part == NULL || d->part->start > 0 ||
		d->part->offset > 0)
		return NULL;
	while (p != NULL && p != d->part)
		p = p->next;
	return p;
}

/* The end of the last whole line, so that no line is read by half. */
static uint64_t
last_line_end(const struct candidate *c)
{
	uint64_t size = c->sample.size;
	char buf[4096];

	if (c->sample.gzip)
		return size;
	for (uint64_t back = 0; back < LINE_BACK && back < size;) {
		size_t want =
			size - back < sizeof(buf) ? (size_t)(size - back) : sizeof(buf);
		ssize_t n = pread(c->fd, buf, want, (off_t)(size - back - want));

		if (n != (ssize_t)want)
			break;
		for (size_t i = want; i > 0; i--)
			if (buf[i - 1] == '\n')
				return size - back - want + i;
		back += want;
	}
	return size <= LINE_BACK ? 0 : size;
}

/* A writer that does not append leaves a hole where a truncated file was before. */
static uint64_t
after_hole(struct trail *tr, const struct candidate *c)
{
	off_t at = c->sample.gzip ? 0 : lseek(c->fd, 0, SEEK_DATA);

	if (at < HOLE_MIN)
		return 0;
	tr->holes += (uint64_t)at;
	return (uint64_t)at;
}

static void
append(struct trail *tr, struct candidate *c, uint64_t start)
{
	struct stretch *p = part_new(c->path_z, &tr->conf->n_open);

	if (p == NULL)
		return;
	part_begin(p, &c->sample, c->fd, start);
	c->taken = true;
	trail_append(tr, p);
}

static void
insert(struct trail *tr, struct candidate *c, struct stretch *before)
{
	struct stretch *p = part_new(c->path_z, &tr->conf->n_open);

	if (p == NULL)
		return;
	part_begin(p, &c->sample, c->fd, 0);
	c->taken = true;
	trail_insert(tr, p, before);
}

static void
know_candidate(struct trail *tr, const struct candidate *c)
{
	struct fingerprint f = fingerprint_of(&c->sample, c->fd, c->sample.size);

	trail_know(tr, &f);
}

/*
 * A file that lost its end while nobody looked (a crash of the machine) is no new one: it
 * goes on at what is left of it.
 */
static bool
was_shortened(const struct trail *tr, const struct candidate *c)
{
	for (const struct stretch *p = tr->cur; p != NULL; p = p->next) {
		struct fingerprint head = p->print;

		head.at = head.tail_len = 0;
		if (p->restored && fingerprint_is_inode(&head, &c->sample) &&
			head.head_len == FINGERPRINT_HEAD &&
			c->sample.size < p->print.at &&
			fingerprint_fits(&head, &c->sample, c->fd))
			return true;
	}
	return false;
}

static uint64_t
place_to_start(struct trail *tr, const struct candidate *c, bool first)
{
	if (c->resume > 0)
		return c->resume;
	if (first && tr->start == TRAIL_FROM_END)
		return last_line_end(c);
	return was_shortened(tr, c) ? c->sample.size : after_hole(tr, c);
}

/* Whether an older file that nobody knows is one that was there before: a newer one was
 * read (which a copy of the live file says nothing of), or so many were there that not
 * all are known. */
static bool
is_old(const struct trail *tr, const struct candidates *l, const struct candidate *c)
{
	bool is_oldest = true;

	if (c->live)
		return false;
	for (const struct candidate *d = l->all; d < l->all + l->n; d++) {
		if (d > c && d->known && !d->copy && !d->live)
			return true;
		is_oldest &= d >= c || (d->part == NULL && !d->known);
	}
	return tr->left_some && is_oldest;
}

/* Files that are no part yet. At a log's first look older files count only if asked. */
void
newcomer_take(struct trail *tr, struct candidates *l, int64_t now_ns)
{
	bool first = tr->parts == NULL && !tr->restored;
	size_t newest = count_to_newest(l);

	for (size_t i = 0; i < l->n; i++) {
		struct candidate *c = &l->all[i];
		bool wanted = !first || c->live || tr->start == TRAIL_WITH_OLDER ||
			      (tr->start == TRAIL_WITH_RECENT &&
				      !bygone_has(tr->conf->bygone, c->fd, ""));
		struct stretch *next;

		if (c->copy)
			know_candidate(tr, c);
		if (c->part != NULL || c->known)
			continue;
		wanted = wanted && (first || !is_old(tr, l, c));
		next = wanted && i < newest ? find_next(tr, l, c) : NULL;
		if (next != NULL)
			insert(tr, c, next);
		else if (wanted && i >= newest)
			append(tr, c, place_to_start(tr, c, first));
		else if (wanted)
			late_take_unseen(tr, c, now_ns);
		else
			know_candidate(tr, c);
	}
}
