/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary folder with logs, and a consumer of a tail that keeps what it was given.
 * Time is a number that moves when the test says so.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/time.h"
#include "input/tail.h"
#include "input/trail.h"
#include "tap.h"

#define KIT_LOGS 64

/* Checks of every event are told only when they fail, for long runs. */
static bool kit_quiet;
static unsigned kit_bad;

/* One source as its consumer saw it. */
struct kit_log {
	char path[512];
	struct trail *source; /* NULL: ended or not open */
	struct buf text;      /* everything given, restarts included */
	struct buf state;     /* of the last commit */
	uint64_t at;          /* position behind text */
	unsigned opens, turns, gaps, ends, mid_lines;
	uint64_t lost[LOSS_COUNT];
	size_t committed_len; /* of text */
};

struct kit {
	char root[64];
	char pattern[8][256];
	const char *patterns[8];
	bool followed[8];
	struct buf bygone; /* of the last commit */
	struct tail_conf conf;
	struct tail *tail;
	int64_t now;
	struct kit_log log[KIT_LOGS];
	size_t n;
	bool trace;
	bool mark_gaps;   /* a gap is committed at once and seen in the text as \2 */
	size_t chunk;     /* of a read */
	size_t budget;    /* bytes that may be read; SIZE_MAX: all */
	char order[4096]; /* last letters of paths in the order they were read */
	size_t n_order;
};

static inline int
kit_remove(const char *path_z, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path_z);
}

static inline void
kit_open(struct kit *k)
{
	memset(k, 0, sizeof(*k));
	snprintf(k->root, sizeof(k->root), "%s/gumshoe-tail.XXXXXX",
		getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(k->root) == NULL)
		abort();
	k->now = 1000 * TIME_S;
	k->chunk = 65536;
	k->budget = SIZE_MAX;
	k->conf.no_watch = true;
	k->conf.patterns = k->patterns;
	k->conf.followed = k->followed;
	buf_init(&k->bygone, (size_t)1 << 20);
}

static inline void
kit_stop(struct kit *k)
{
	if (k->tail != NULL)
		tail_free(&k->tail);
	for (size_t i = 0; i < k->n; i++)
		k->log[i].source = NULL;
}

static inline void
kit_forget_logs(struct kit *k)
{
	for (size_t i = 0; i < k->n; i++) {
		buf_fini(&k->log[i].text);
		buf_fini(&k->log[i].state);
	}
	memset(k->log, 0, sizeof(k->log));
	k->n = 0;
}

static inline void
kit_close(struct kit *k)
{
	kit_stop(k);
	kit_forget_logs(k);
	buf_fini(&k->bygone);
	(void)nftw(k->root, kit_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *
kit_path(struct kit *k, const char *name_z)
{
	static char path[8][1024];
	static unsigned next;
	char *p = path[next++ % 8];

	snprintf(p, 1024, "%s/%s", k->root, name_z);
	return p;
}

static inline void
kit_write(struct kit *k, const char *name_z, int flags, const char *text, size_t len)
{
	char path[1024], *slash;
	int fd;

	snprintf(path, sizeof(path), "%s", kit_path(k, name_z));
	slash = strrchr(path, '/');
	*slash = '\0';
	if (file_make_dirs(path, 0755) != 0)
		abort();
	*slash = '/';
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
}

static inline void
kit_append(struct kit *k, const char *name_z, const char *text_z)
{
	kit_write(k, name_z, O_APPEND, text_z, strlen(text_z));
}

static inline void
kit_put(struct kit *k, const char *name_z, const char *text_z)
{
	kit_write(k, name_z, O_TRUNC, text_z, strlen(text_z));
}

static inline void
kit_rename(struct kit *k, const char *from_z, const char *to_z)
{
	if (rename(kit_path(k, from_z), kit_path(k, to_z)) != 0)
		abort();
}

static inline void
kit_unlink(struct kit *k, const char *name_z)
{
	if (unlink(kit_path(k, name_z)) != 0)
		abort();
}

/* The next text begins a file of its own. */
static inline void
kit_rotate(struct kit *k, const char *text_z)
{
	kit_rename(k, "x.log", "x.log.1");
	kit_put(k, "x.log", text_z);
}

static inline struct buf
kit_load(struct kit *k, const char *name_z)
{
	int fd = open(kit_path(k, name_z), O_RDONLY | O_CLOEXEC);
	struct buf b;
	ssize_t n;

	buf_init(&b, (size_t)64 << 20);
	while (fd >= 0 && (n = read(fd, buf_grow(&b, 65536), 65536)) >= 0) {
		b.len -= 65536 - (size_t)n;
		if (n == 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	return b;
}

static inline void
kit_copy(struct kit *k, const char *from_z, const char *to_z)
{
	struct buf b = kit_load(k, from_z);

	kit_write(k, to_z, O_TRUNC, b.len > 0 ? b.data : "", b.len);
	buf_fini(&b);
}

/* As kubelet does: a temporary file, renamed, then the plain one removed. */
static inline void
kit_gzip(struct kit *k, const char *name_z)
{
	char tmp[300], gz[300];
	struct buf b = kit_load(k, name_z);
	gzFile out;

	snprintf(tmp, sizeof(tmp), "%s.tmp", name_z);
	snprintf(gz, sizeof(gz), "%s.gz", name_z);
	out = gzopen(kit_path(k, tmp), "wb");
	if (out == NULL || (b.len > 0 && gzwrite(out, b.data, (unsigned)b.len) <= 0) ||
		gzclose(out) != Z_OK)
		abort();
	buf_fini(&b);
	kit_rename(k, tmp, gz);
	kit_unlink(k, name_z);
}

static inline uint64_t
kit_ino(struct kit *k, const char *name_z)
{
	struct stat st;

	return stat(kit_path(k, name_z), &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* name_z: the end of the path. An empty one when there is none. */
static inline struct kit_log *
kit_log(struct kit *k, const char *name_z)
{
	static struct kit_log none;

	for (size_t i = 0; i < k->n; i++)
		if (str_ends(str_z(k->log[i].path), str_z(name_z)))
			return &k->log[i];
	none = (struct kit_log){ 0 };
	return &none;
}

static inline struct kit_log *
kit_log_of(struct kit *k, const char *path_z)
{
	struct kit_log *l;

	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->log[i].path, path_z) == 0)
			return &k->log[i];
	if (k->n == KIT_LOGS)
		abort();
	l = &k->log[k->n++];
	snprintf(l->path, sizeof(l->path), "%s", path_z);
	buf_init(&l->text, (size_t)64 << 20);
	buf_init(&l->state, 65536);
	return l;
}

/* What a store would keep, at a position up to what was read. */
static inline void
kit_commit_at(struct kit_log *l, size_t back)
{
	uint64_t at = l->at;

	if (l->source == NULL)
		return;
	if (back > l->text.len - l->committed_len)
		back = l->text.len - l->committed_len;
	buf_reset(&l->state);
	tail_encode(l->source, at - back, &l->state);
	tail_commit(l->source, at - back, at);
	l->committed_len = l->text.len - back;
}

static inline void
kit_commit(struct kit *k)
{
	for (size_t i = 0; i < k->n; i++)
		kit_commit_at(&k->log[i], 0);
	for (size_t i = 0; i < k->conf.n_patterns; i++)
		k->followed[i] |= tail_has_begun(k->tail);
	if (!tail_has_begun(k->tail))
		return;
	buf_reset(&k->bygone);
	tail_bygone(k->tail, &k->bygone);
}

static inline void
kit_take(struct kit *k, struct kit_log *l)
{
	size_t want = k->chunk < k->budget ? k->chunk : k->budget;
	char *room = buf_grow(&l->text, want);
	ssize_t n;

	if (room == NULL)
		abort();
	n = tail_read(k->tail, l->source, room, want, k->now);
	l->text.len -= want - (n > 0 ? (size_t)n : 0);
	if (n <= 0)
		return;
	l->at += (size_t)n;
	if (k->budget != SIZE_MAX)
		k->budget -= (size_t)n;
	if (k->n_order + 1 < sizeof(k->order))
		k->order[k->n_order++] = l->path[strlen(l->path) - 1];
}

static inline void
kit_event(struct kit *k, const struct tail_event *e)
{
	static const char *const kinds[] = { "none", "open", "data", "turn", "gap",
		"end" };
	struct kit_log *l =
		e->kind == TAIL_OPEN ? kit_log_of(k, e->path_z) : tail_user(e->source);

	if (e->kind == TAIL_OPEN) {
		l->opens++;
		l->source = e->source;
		l->at = e->position;
		l->text.len = l->committed_len;
		tail_set_user(e->source, l);
	}
	if (k->trace && e->kind != TAIL_DATA)
		printf("# %s at %" PRIu64 ": %s%s, %" PRIu64 " lost\n", kinds[e->kind],
			e->position, l->path + strlen(k->root),
			e->mid_line ? ", in a line" : "", e->bytes);
	if (e->kind == TAIL_GAP)
		l->at += e->bytes;
	if (!kit_quiet)
		OK(e->position == l->at);
	kit_bad += e->position != l->at;
	l->turns += e->kind == TAIL_TURN;
	l->mid_lines += e->kind == TAIL_TURN && e->mid_line;
	l->gaps += e->kind == TAIL_GAP;
	if (e->kind == TAIL_GAP)
		l->lost[e->why] += e->bytes;
	if (e->kind == TAIL_GAP && k->mark_gaps) {
		kit_commit_at(l, 0);
		buf_add(&l->text, STR("\2\n"));
		l->committed_len = l->text.len;
	}
	if (e->kind == TAIL_END) {
		l->ends++;
		l->committed_len = l->text.len;
		buf_reset(&l->state);
		tail_forget(k->tail, &l->source);
	}
	if (e->kind == TAIL_DATA)
		kit_take(k, l);
}

/* One look at the present moment, and everything that follows from it. */
static inline void
kit_turn(struct kit *k)
{
	struct tail_event e;

	tail_poll(k->tail, k->now);
	while (k->budget > 0 && tail_next(k->tail, k->now, &e) != TAIL_NONE)
		kit_event(k, &e);
}

static inline void
kit_run(struct kit *k, int64_t for_ns)
{
	int64_t until = k->now + for_ns;

	kit_turn(k);
	while (k->now < until) {
		k->now += 100 * TIME_MS;
		kit_turn(k);
	}
}

/* Starts with the states of the last commits. Patterns are relative to the folder. */
static inline void
kit_start(struct kit *k, const char *pattern_z)
{
	if (pattern_z != NULL) {
		snprintf(k->pattern[0], sizeof(k->pattern[0]), "%s",
			kit_path(k, pattern_z));
		k->patterns[0] = k->pattern[0];
		k->conf.n_patterns = 1;
		memset(k->followed, 0, sizeof(k->followed));
		buf_reset(&k->bygone);
	}
	k->conf.bygone = buf_str(&k->bygone);
	k->tail = tail_new(&k->conf);
	if (k->tail == NULL)
		abort();
	for (size_t i = 0; i < k->n; i++)
		if (k->log[i].state.len > 0 &&
			tail_restore(k->tail, buf_str(&k->log[i].state)) != 0)
			abort();
}

/* kill -9: what was read and not committed is read again. */
static inline void
kit_restart(struct kit *k)
{
	kit_stop(k);
	kit_start(k, NULL);
}

/* As kit_restart(), but what is open stays so. */
static inline void
kit_hand_over(struct kit *k)
{
	struct tail_hold hold = { 0 };

	tail_leave(&k->tail, &hold);
	kit_stop(k);
	k->conf.hold = &hold;
	kit_start(k, NULL);
	tail_restore_held(k->tail);
	tail_hold_clear(&hold);
	k->conf.hold = NULL;
}

static inline bool
kit_has(struct kit *k, const char *name_z, const char *text_z)
{
	struct kit_log *l = kit_log(k, name_z);
	bool same = str_eq(buf_str(&l->text), str_z(text_z));

	if (!same)
		printf("# %s: got \"%.*s\", want \"%s\"\n", name_z, (int)l->text.len,
			l->text.data != NULL ? l->text.data : "", text_z);
	return same;
}
