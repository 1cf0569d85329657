/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live file is opened first and put last: if it is rotated meanwhile, it is found
 * twice and not never.
 */
#include "input/candidate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "input/rotation.h"

#define ARENA_BYTES ((size_t)1 << 20)
#define TRIES       3

static void
add(struct candidates *l, const char *path_z, bool is_gzip, bool live)
{
	struct candidate *c = &l->all[l->n];
	int err;

	*c = (struct candidate){ .path_z = path_z, .live = live };
	c->fd = fingerprint_open(path_z);
	err = c->fd < 0 ? c->fd : sample_take(c->fd, is_gzip, &c->sample);
	if (err == 0) {
		l->n++;
		return;
	}
	if (c->fd >= 0)
		close(c->fd);
	if (err == -ENOENT || err == -ENOTDIR)
		l->moving = l->moving || !live;
	else if (err != -ELOOP && err != -EISDIR && err != -ENXIO && err != -EILSEQ)
		l->error = err;
}

static void
close_all(struct candidates *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->all[i].taken)
			close(l->all[i].fd);
	l->n = 0;
}

static void
list(struct candidates *l, const char *path_z, size_t max)
{
	struct rotation_list older;
	struct candidate live;
	bool has_live;
	int err;

	l->moving = false;
	l->error = 0;
	arena_reset(l->arena);
	l->all = arena_alloc(l->arena, (max + 1) * sizeof(l->all[0]));
	if (l->all == NULL) {
		l->error = -ENOMEM;
		return;
	}
	add(l, path_z, str_ends(str_z(path_z), STR(".gz")), true);
	has_live = l->n == 1;
	live = l->all[0];
	l->n = 0;
	err = rotation_list(l->arena, path_z, max, &older);
	if (err != 0 && err != -ENOENT && err != -ENOTDIR)
		l->error = err;
	l->left_some = err == 0 && older.left_some;
	for (size_t i = 0; err == 0 && i < older.n; i++)
		add(l, older.items[i].path_z, older.items[i].gzip, false);
	if (has_live)
		l->all[l->n++] = live;
}

/*
 * The live file was renamed between the two looks: look again. If it stays so, its other
 * name is a hard link.
 */
static void
drop_live_twin(struct candidates *l, bool last_try)
{
	const struct candidate *live = candidates_live(l);

	for (size_t i = 0; live != NULL && i + 1 < l->n; i++) {
		struct candidate *c = &l->all[i];

		if (c->sample.ino != live->sample.ino ||
			c->sample.dev != live->sample.dev)
			continue;
		if (!last_try) {
			l->moving = true;
			return;
		}
		close(c->fd);
		memmove(c, c + 1, (l->n - i - 1) * sizeof(*c));
		l->n--;
		return;
	}
}

void
candidates_open(struct candidates *l, const char *path_z, size_t max)
{
	int tries = 0;

	*l = (struct candidates){ .arena = arena_new("candidates", ARENA_BYTES) };
	if (l->arena == NULL) {
		l->error = -ENOMEM;
		return;
	}
	do {
		close_all(l);
		list(l, path_z, max);
		drop_live_twin(l, ++tries == TRIES);
	} while (l->moving && l->error == 0 && tries < TRIES);
}

void
candidates_close(struct candidates *l)
{
	close_all(l);
	if (l->arena != NULL)
		arena_free(&l->arena);
}

struct candidate *
candidates_live(const struct candidates *l)
{
	return l->n > 0 && l->all[l->n - 1].live ? &l->all[l->n - 1] : NULL;
}

size_t
candidates_older(const struct candidates *l)
{
	return candidates_live(l) != NULL ? l->n - 1 : l->n;
}

bool
candidate_is_same(const struct candidate *c, const struct fingerprint *f)
{
	return fingerprint_is_inode(f, &c->sample) && f->dev == c->sample.dev;
}

bool
candidate_is_surely(const struct candidate *c, const struct fingerprint *f)
{
	return fingerprint_is_sure(f, &c->sample) &&
	       fingerprint_fits(f, &c->sample, c->fd);
}
