/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that come to a file after the log went on in the next one. One file at a time is
 * watched through its descriptor, the others are found when files are looked at.
 */
#include "input/late.h"

/* A file that was read to its end has grown since, or may yet: it is watched in place of
 * another, unless that one has something to read: then at another look. */
static void
revive(struct trail *tr, const struct fingerprint *f, struct candidate *c, int64_t now_ns)
{
	bool is_busy = tr->retired != NULL && part_unread(tr->retired) > 0;
	struct stretch *p = is_busy ? NULL : part_new(c->path_z, &tr->conf->n_open);

	tr->watch_before |= is_busy;
	if (p == NULL)
		return;
	p->print = *f;
	p->start = p->offset = f->at;
	trail_forget_retired(tr);
	part_adopt(p, &c->sample, c->fd);
	c->taken = true;
	tr->retired = p;
	tr->retired_since_ns = now_ns;
}

/* Lines that came late to files that are not watched: of one file now, of the others when
 * it was read. */
void
late_look(struct trail *tr, struct candidates *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->n; i++) {
		struct candidate *c = &l->all[i];
		const struct fingerprint *f = c->before;

		if (f == NULL || c->sample.size <= f->at || c->taken)
			continue;
		tr->watch_before = true;
		revive(tr, f, c, now_ns);
		return;
	}
}

/* The file before may still have a writer after a restart, too. */
void
late_watch_before(struct trail *tr, struct candidates *l, int64_t now_ns)
{
	if (!tr->watch_before || tr->cur != tr->newest)
		return;
	tr->watch_before = false;
	for (size_t i = l->n; i > 0; i--) {
		struct candidate *c = &l->all[i - 1];
		const struct fingerprint *f = c->before;

		if (c->live)
			continue;
		if (f != NULL && !c->sample.gzip && fingerprint_is_inode(f, &c->sample))
			revive(tr, f, c, now_ns);
		return;
	}
}

void
late_take_unseen(struct trail *tr, struct candidate *c, int64_t now_ns)
{
	struct fingerprint f = {
		.dev = c->sample.dev, .ino = c->sample.ino, .born_ns = c->sample.born_ns
	};

	revive(tr, &f, c, now_ns);
}
