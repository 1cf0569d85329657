/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates are the older files, oldest first, and the live one. Each is a part that
 * waits, a file that was read before, or new. By inode first, if the content agrees; then
 * by content alone, if there is enough of it.
 */
#include "input/lineup.h"

#include <stdlib.h>
#include <string.h>

#include "input/candidate.h"
#include "input/late.h"
#include "input/newcomer.h"

/* An open part's inode cannot have been reused. */
static bool
is_by_inode(const struct stretch *p, const struct candidate *c)
{
	if (p->fd >= 0)
		return candidate_is_same(c, &p->print);
	return fingerprint_is_inode(&p->print, &c->sample) &&
	       fingerprint_fits(&p->print, &c->sample, c->fd);
}

/* Whether c is newer than the files of all parts before p, and older than those behind.
 */
static bool
is_in_order(const struct trail *tr, const struct candidates *l, const struct stretch *p,
	const struct candidate *c)
{
	bool behind = false;

	for (const struct stretch *q = tr->cur; q != NULL; q = q->next) {
		behind |= q == p;
		for (size_t i = 0; i < l->n && q != p; i++)
			if (l->all[i].part == q && (&l->all[i] > c) != behind)
				return false;
	}
	return true;
}

/* Nothing was ever seen of it but its inode, and nobody else has that. */
static bool
is_by_being_empty(const struct trail *tr, const struct candidates *l,
	const struct stretch *p, const struct candidate *c)
{
	return p->fd < 0 && p->print.head_len == 0 && p->offset == 0 && c->part == NULL &&
	       candidate_is_same(c, &p->print) && is_in_order(tr, l, p, c);
}

/* Cut in place: its inode has other content, be it live or already an older part. */
static bool
was_cut(const struct candidates *l, const struct stretch *p)
{
	for (size_t i = 0; i < l->n && p->fd < 0; i++) {
		const struct candidate *c = &l->all[i];

		if (fingerprint_is_inode(&p->print, &c->sample))
			return !fingerprint_fits(&p->print, &c->sample, c->fd);
	}
	return false;
}

static void
give(struct trail *tr, struct stretch *p, struct candidate *c)
{
	uint64_t seen = p->size, size = c->sample.size;
	bool replaced = c->live && !candidate_is_same(c, &p->print);

	p->found = true;
	c->part = p;
	if (!part_set_path(p, c->path_z))
		tr->failed = true;
	if ((p->fd >= 0 && !replaced) || c->taken)
		return;
	if (seen > size && p->end > size) {
		p->size = size;
		part_miss(p, seen, LOSS_TRUNCATED);
	}
	/* Opened now: the name may be gone before it is read. */
	part_adopt(p, &c->sample, c->fd);
	c->taken = true;
}

static bool
is_print(const struct fingerprint *f, const struct candidate *c)
{
	return (fingerprint_is_inode(f, &c->sample) ||
		       fingerprint_is_sure(f, &c->sample)) &&
	       fingerprint_fits(f, &c->sample, c->fd);
}

/* What was read before. */
static struct fingerprint *
find_known(struct trail *tr, const struct candidate *c)
{
	for (size_t i = tr->n_known; i > 0; i--) {
		struct fingerprint *f = &tr->known[i - 1];

		if (is_print(f, c))
			return f;
	}
	return NULL;
}

/* Of an empty file only the inode is known, and nothing was read. What is newer than a
 * part has that inode by reuse. */
static struct fingerprint *
find_known_empty(struct trail *tr, const struct candidates *l, const struct candidate *c)
{
	for (const struct candidate *d = l->all; d < c; d++)
		if (d->part != NULL)
			return NULL;
	for (size_t i = tr->n_known; i > 0 && !c->sample.gzip; i--) {
		struct fingerprint *f = &tr->known[i - 1];

		if (f->head_len == 0 && f->at == 0 && candidate_is_same(c, f))
			return f;
	}
	return NULL;
}

/* A copy: compressed, or made before the file was cut. */
static bool
is_by_copy(struct trail *tr, const struct candidates *l, const struct stretch *p,
	const struct candidate *c)
{
	return candidate_is_surely(c, &p->print) ||
	       (c->sample.gzip && c->sample.size == p->size &&
		       fingerprint_fits(&p->print, &c->sample, c->fd)) ||
	       (!c->live && was_cut(l, p) && c->part == NULL &&
		       find_known(tr, c) == NULL &&
		       (fingerprint_fits(&p->print, &c->sample, c->fd) ||
			       part_has_early_copy(p, &c->sample)));
}

enum match { BY_INODE, BY_CONTENT, BY_BEING_EMPTY };

static bool
is_match(struct trail *tr, const struct candidates *l, const struct stretch *p,
	const struct candidate *c, enum match how)
{
	switch (how) {
	case BY_INODE:
		return is_by_inode(p, c);
	case BY_CONTENT:
		return is_by_copy(tr, l, p, c);
	case BY_BEING_EMPTY:
		return is_by_being_empty(tr, l, p, c);
	}
	return false;
}

static void
match_parts(struct trail *tr, struct candidates *l, enum match how)
{
	for (struct stretch *p = tr->cur; p != NULL; p = p->next) {
		for (size_t i = 0; i < l->n && !p->found && p->offset < p->end; i++) {
			struct candidate *c = &l->all[i];

			if (is_match(tr, l, p, c, how))
				give(tr, p, c);
		}
	}
}

/* What copytruncate leaves before it cuts the live file. */
static bool
is_copy_of_live(const struct candidates *l, const struct candidate *c)
{
	const struct candidate *live = candidates_live(l);
	struct fingerprint f;

	if (live == NULL || c == live || c->sample.len == 0)
		return false;
	f = fingerprint_of(&c->sample, c->fd, c->sample.size);
	return candidate_is_surely(live, &f);
}

/* Of what was there before the file was cut, or before its own file went away. */
static bool
is_short_copy(
	const struct candidates *l, const struct stretch *p, const struct candidate *c)
{
	return (was_cut(l, p) || (!p->found && c->sample.len >= FINGERPRINT_SURE)) &&
	       part_has_short_copy(p, &c->sample);
}

static bool
is_copy(const struct trail *tr, const struct candidates *l, const struct candidate *c)
{
	if (is_copy_of_live(l, c))
		return true;
	for (const struct stretch *p = tr->cur; p != NULL && !c->live; p = p->next)
		if ((p->found && candidate_is_surely(c, &p->print)) ||
			is_short_copy(l, p, c))
			return true;
	return false;
}

static bool
is_retired(const struct trail *tr, const struct candidate *c)
{
	const struct stretch *r = tr->retired;

	return r != NULL && ((r->fd >= 0 && candidate_is_same(c, &r->print)) ||
				    candidate_is_surely(c, &r->print));
}

/* The file of a part that was restored and has nothing left to read. */
static bool
is_done(const struct trail *tr, const struct candidate *c)
{
	for (const struct stretch *p = tr->cur; p != NULL; p = p->next)
		if (p->offset >= p->end && is_print(&p->print, c))
			return true;
	return false;
}

/* The list it is in changes. */
static const struct fingerprint *
keep(struct candidates *l, const struct fingerprint *f)
{
	struct fingerprint *copy = arena_alloc(l->arena, sizeof(*copy));

	if (copy != NULL)
		*copy = *f;
	return copy;
}

static void
match_known(struct trail *tr, struct candidates *l)
{
	struct fingerprint still[TRAIL_KNOWN_MAX];
	bool kept[TRAIL_KNOWN_MAX] = { false };
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct candidate *c = &l->all[i];
		struct fingerprint *f;

		f = find_known(tr, c);
		if (c->part != NULL) { /* known all the same, once it was read */
			if (f != NULL)
				kept[f - tr->known] = !c->live;
			continue;
		}
		c->copy = f == NULL && is_copy(tr, l, c);
		if (f == NULL && !c->copy)
			f = find_known_empty(tr, l, c);
		c->known = (f != NULL && !c->live) || c->copy || is_retired(tr, c) ||
			   (!c->live && is_done(tr, c));
		if (f == NULL)
			continue;
		kept[f - tr->known] = !c->live;
		if (c->live)
			c->resume = f->at;
		else if (!is_retired(tr, c))
			c->before = keep(l, f);
	}
	for (size_t i = 0; i < tr->n_known; i++)
		if (kept[i] || l->error != 0 || l->moving)
			still[n++] = tr->known[i];
	memcpy(tr->known, still, n * sizeof(still[0]));
	tr->n_known = n;
}

/* What nobody holds and nobody finds. */
static void
lose_missing(struct trail *tr, const struct candidates *l)
{
	for (struct stretch *p = tr->cur; p != NULL; p = p->next) {
		if (p->found || p->fd >= 0 || p->offset >= p->end)
			continue;
		if (p->end != PART_OPEN_END && p->size < p->end)
			p->size = p->end;
		part_lose(p, was_cut(l, p) ? LOSS_TRUNCATED : LOSS_GONE);
	}
}

static void
prepare(struct stretch *p)
{
	p->found = false;
	part_seal(p);
}

void
lineup_look(struct trail *tr, int64_t now_ns)
{
	struct candidates l;

	candidates_open(&l, tr->path_z, TRAIL_SIBLINGS_MAX);
	for (struct stretch *p = tr->cur; p != NULL; p = p->next)
		prepare(p);
	match_parts(tr, &l, BY_INODE);
	match_parts(tr, &l, BY_CONTENT);
	match_parts(tr, &l, BY_BEING_EMPTY);
	match_known(tr, &l);
	late_watch_before(tr, &l, now_ns);
	late_look(tr, &l, now_ns);
	tr->n_siblings = candidates_older(&l);
	tr->look = l.error != 0 || l.moving;
	if (l.error != 0)
		trail_fail(tr, l.error, "cannot look for its files", now_ns);
	if (!tr->look) {
		lose_missing(tr, &l);
		newcomer_take(tr, &l, now_ns);
		tr->left_some |= l.left_some;
		tr->was_restored = false;
	}
	candidates_close(&l);
}
