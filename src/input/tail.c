/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sources together: which one is read next, and how many descriptors they hold.
 */
#include "input/tail.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/time.h"
#include "input/bygone.h"
#include "input/catalog.h"
#include "input/checkpoint.h"
#include "input/lookout.h"
#include "input/trail.h"
#include "input/watch.h"

#define STARVED_BASE   64
#define STARVED_PER    8
#define LOOKS_PER_POLL 256

/* One of those that may have something to tell. In an array of its own: it is looked
 * through for every read. */
struct entry {
	struct trail *trail;
	int64_t time_ns;
	uint64_t served;
	bool has_data; /* as of the last step */
};

struct tail {
	struct catalog catalog;
	struct entry *ready; /* conf.max_files */
	size_t n_ready;
	uint64_t pick;
	int64_t due_ns;
	struct tail *next; /* in a hold */
};

struct tail *
tail_new(const struct tail_conf *conf)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if (catalog_init(&t->catalog, conf))
		t->ready = calloc(t->catalog.conf.max_files, sizeof(t->ready[0]));
	t->due_ns = INT64_MIN;
	if (t->ready == NULL)
		tail_free(&t);
	return t;
}

void
tail_free(struct tail **pt)
{
	struct tail *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	catalog_fini(&t->catalog);
	free(t->ready);
	free(t);
}

void
tail_leave(struct tail **pt, struct tail_hold *hold)
{
	struct tail *t = *pt;

	*pt = NULL;
	t->next = hold->first;
	hold->first = t;
}

void
tail_hold_clear(struct tail_hold *hold)
{
	while (hold->first != NULL) {
		struct tail *t = hold->first;

		hold->first = t->next;
		tail_free(&t);
	}
}

/* from's log as it was at position, with all that came to it and what is open of it.
 * NULL: it was not, or out of memory. */
static struct trail *
trail_of(struct tail *t, struct trail *from, uint64_t position)
{
	struct trail *tr = NULL;
	struct buf state;

	if (position < from->committed || position > from->position)
		return NULL;
	buf_init(&state, CHECKPOINT_MAX);
	checkpoint_encode(from, position, &state);
	if (!buf_failed(&state))
		tr = checkpoint_decode(&t->catalog.trail_conf, buf_str(&state));
	buf_fini(&state);
	if (tr != NULL)
		trail_take(tr, from);
	return tr;
}

static struct trail *
take_held(struct tail *t, struct trail *tr)
{
	struct tail *h =
		t->catalog.conf.hold != NULL ? t->catalog.conf.hold->first : NULL;

	for (; h != NULL; h = h->next) {
		struct trail *from = catalog_find(&h->catalog, str_z(tr->path_z));
		struct trail *as_held =
			from != NULL ? trail_of(t, from, tr->position) : NULL;

		if (as_held == NULL)
			continue;
		catalog_remove(&h->catalog, &from);
		trail_free(&tr);
		return as_held;
	}
	return tr;
}

int
tail_restore(struct tail *t, struct str state)
{
	struct catalog *c = &t->catalog;
	struct trail *tr = checkpoint_decode(&c->trail_conf, state);

	assert(!c->walked);
	if (tr == NULL)
		return -EILSEQ;
	if (catalog_find(c, str_z(tr->path_z)) != NULL) {
		trail_free(&tr);
		return -EEXIST;
	}
	return catalog_add(c, take_held(t, tr)) ? 0 : -ENFILE;
}

/* One that ended and of which all is committed is over. */
static bool
is_left(const struct tail *t, const struct trail *tr)
{
	return catalog_is_wanted(&t->catalog, tr) &&
	       catalog_find(&t->catalog, str_z(tr->path_z)) == NULL &&
	       (!tr->told_end || tr->committed < tr->position);
}

void
tail_restore_held(struct tail *t)
{
	struct tail *h =
		t->catalog.conf.hold != NULL ? t->catalog.conf.hold->first : NULL;

	for (; h != NULL; h = h->next)
		for (size_t i = 0; i < h->catalog.n;) {
			struct trail *from = h->catalog.trails[i], *tr;

			tr = is_left(t, from) ? trail_of(t, from, from->committed) : NULL;
			if (tr == NULL) {
				i++;
				continue;
			}
			catalog_remove(&h->catalog, &from);
			t->catalog.counts.full |= !catalog_add(&t->catalog, tr);
		}
}

static void
make_ready(struct tail *t, struct trail *tr)
{
	if (tr->ready_at != SIZE_MAX) {
		t->ready[tr->ready_at].has_data = false;
		return;
	}
	tr->ready_at = t->n_ready;
	t->ready[t->n_ready++] = (struct entry){
		.trail = tr, .time_ns = tr->last_time_ns, .served = tr->served
	};
}

static void
make_unready(struct tail *t, struct trail *tr)
{
	size_t at = tr->ready_at;

	if (at == SIZE_MAX)
		return;
	tr->ready_at = SIZE_MAX;
	t->ready[at] = t->ready[--t->n_ready];
	if (at < t->n_ready)
		t->ready[at].trail->ready_at = at;
}

/* Closes what was used least recently until the limit holds, or nothing can be closed
 * without losing it. keep may be NULL. */
static void
close_idle(struct tail *t, const struct trail *keep)
{
	struct catalog *c = &t->catalog;

	while (c->trail_conf.n_open > c->conf.max_open) {
		struct trail *from = NULL;
		struct stretch *best = NULL;
		unsigned best_class = UINT_MAX;

		for (size_t i = 0; i < c->n; i++) {
			unsigned class = 0;
			struct stretch *p =
				c->trails[i] == keep
					? NULL
					: trail_closable(c->trails[i], &class);

			if (p == NULL || class > best_class ||
				(class == best_class && p->used >= best->used))
				continue;
			best = p;
			best_class = class;
			from = c->trails[i];
		}
		if (best == NULL)
			return;
		trail_close(from, best);
	}
}

void
tail_poll(struct tail *t, int64_t now_ns)
{
	struct catalog *c = &t->catalog;
	unsigned looks = 0;

	catalog_refresh(c, now_ns);
	t->due_ns = c->walk_due_ns;
	for (size_t i = 0; i < c->n; i++) {
		struct trail *tr = c->trails[i];

		if (trail_due(tr) <= now_ns && looks < LOOKS_PER_POLL) {
			looks += tr->look;
			lookout_poll(tr, now_ns);
			close_idle(t, NULL);
			make_ready(t, tr);
		} else if (tr->ended && !tr->told_end) {
			make_ready(t, tr);
		}
		if (trail_due(tr) < t->due_ns)
			t->due_ns = trail_due(tr);
	}
}

static void
fill_event(struct tail_event *out, enum tail_kind kind, const struct trail *tr,
	const struct trail_turn *turn)
{
	out->kind = kind;
	out->position = tr->position;
	out->bytes = turn->bytes;
	out->again = turn->again;
	out->why = turn->why;
	out->from_z = turn->from_z;
	out->to_z = turn->to_z;
	out->mid_line = turn->mid_line;
}

static enum tail_kind
tell_open(struct trail *tr, struct tail_event *out)
{
	tr->announced = true;
	*out = (struct tail_event){ .kind = TAIL_OPEN,
		.source = tr,
		.path_z = tr->path_z,
		.alias_z = tr->alias_z,
		.position = tr->position,
		.restored = tr->restored };
	return TAIL_OPEN;
}

/* What the source tells now; TAIL_DATA: it wants to be read; TAIL_NONE: nothing. */
static enum tail_kind
step(struct trail *tr, int64_t now_ns, struct tail_event *out)
{
	static const enum tail_kind kinds[] = { [TRAIL_NONE] = TAIL_NONE,
		[TRAIL_DATA] = TAIL_DATA,
		[TRAIL_TURN] = TAIL_TURN,
		[TRAIL_GAP] = TAIL_GAP,
		[TRAIL_END] = TAIL_END };
	struct trail_turn turn = { 0 };
	enum tail_kind kind;

	if (!tr->announced && tr->cur == NULL && !tr->ended)
		(void)trail_step(tr, now_ns, &turn); /* it may be gone already */
	if (!tr->announced)
		return tr->cur != NULL || tr->ended ? tell_open(tr, out) : TAIL_NONE;
	*out = (struct tail_event){ .source = tr };
	if (tr->ended && !tr->told_end)
		kind = TAIL_END;
	else
		kind = kinds[trail_step(tr, now_ns, &turn)];
	tr->told_end = tr->told_end || kind == TAIL_END;
	fill_event(out, kind, tr, &turn);
	return kind;
}

/* Entries that are not known to have data. True: out has an event to tell. */
static bool
step_all(struct tail *t, int64_t now_ns, struct tail_event *out)
{
	for (size_t i = 0; i < t->n_ready;) {
		struct entry *e = &t->ready[i];
		enum tail_kind kind =
			e->has_data ? TAIL_DATA : step(e->trail, now_ns, out);

		close_idle(t, e->trail);
		e->has_data = kind == TAIL_DATA;
		if (kind == TAIL_NONE)
			make_unready(t, e->trail);
		else if (kind != TAIL_DATA)
			return true;
		else
			i++;
	}
	return false;
}

static bool
is_better(const struct entry *e, const struct entry *than)
{
	if (than == NULL)
		return true;
	if (e->time_ns != TIME_NONE && than->time_ns != TIME_NONE &&
		e->time_ns != than->time_ns)
		return e->time_ns < than->time_ns;
	return e->served < than->served;
}

/*
 * Of the dated ones the one furthest behind, in turns with the undated ones; who has
 * waited for very long comes first.
 */
static struct entry *
choose(struct tail *t)
{
	struct entry *dated = NULL, *undated = NULL, *hungry = NULL;

	for (size_t i = 0; i < t->n_ready; i++) {
		struct entry *e = &t->ready[i];
		struct entry **best = e->time_ns != TIME_NONE ? &dated : &undated;

		if (is_better(e, *best))
			*best = e;
		if (hungry == NULL || e->served < hungry->served)
			hungry = e;
	}
	if (hungry != NULL &&
		t->pick - hungry->served > STARVED_BASE + STARVED_PER * t->n_ready)
		return hungry;
	if (dated == NULL || undated == NULL)
		return dated != NULL ? dated : undated;
	return undated->served < dated->served ? undated : dated;
}

enum tail_kind
tail_next(struct tail *t, int64_t now_ns, struct tail_event *out)
{
	struct entry *e;

	*out = (struct tail_event){ 0 };
	if (step_all(t, now_ns, out))
		return out->kind;
	*out = (struct tail_event){ 0 };
	e = choose(t);
	if (e == NULL)
		return TAIL_NONE;
	out->kind = TAIL_DATA;
	out->source = e->trail;
	out->position = e->trail->position;
	return TAIL_DATA;
}

ssize_t
tail_read(struct tail *t, struct trail *tr, char *buf, size_t cap, int64_t now_ns)
{
	ssize_t n = trail_read(tr, buf, cap, now_ns);

	tr->served = ++t->pick;
	if (tr->ready_at != SIZE_MAX) {
		t->ready[tr->ready_at].has_data = false;
		t->ready[tr->ready_at].served = tr->served;
	}
	if (trail_due(tr) < t->due_ns)
		t->due_ns = trail_due(tr);
	close_idle(t, tr);
	return n;
}

void
tail_set_time(struct tail *t, struct trail *tr, int64_t last_ns)
{
	tr->last_time_ns = last_ns;
	if (tr->ready_at != SIZE_MAX)
		t->ready[tr->ready_at].time_ns = last_ns;
}

void
tail_set_user(struct trail *tr, void *user)
{
	tr->user = user;
}

void *
tail_user(const struct trail *tr)
{
	return tr->user;
}

uint64_t
tail_position(const struct trail *tr)
{
	return tr->position;
}

uint64_t
tail_unread(const struct trail *tr)
{
	return trail_unread(tr);
}

void
tail_encode(const struct trail *tr, uint64_t position, struct buf *out)
{
	checkpoint_encode(tr, position, out);
}

void
tail_commit(struct trail *tr, uint64_t position, uint64_t read)
{
	trail_commit(tr, position, read);
}

void
tail_forget(struct tail *t, struct trail **source)
{
	struct trail *tr = *source;

	assert(tr->told_end);
	*source = NULL;
	make_unready(t, tr);
	catalog_remove(&t->catalog, &tr);
}

bool
tail_has_begun(const struct tail *t)
{
	const struct catalog *c = &t->catalog;

	for (size_t i = 0; i < c->n; i++)
		if (!c->trails[i]->announced && c->trails[i]->error == 0)
			return false;
	return c->walked;
}

void
tail_bygone(const struct tail *t, struct buf *out)
{
	bygone_encode(t->catalog.trail_conf.bygone, out);
}

int
tail_fd(const struct tail *t)
{
	return t->catalog.watch != NULL ? watch_fd(t->catalog.watch) : -1;
}

int64_t
tail_due(const struct tail *t)
{
	return t->n_ready > 0 ? INT64_MIN : t->due_ns;
}

int64_t
tail_poll_due(const struct tail *t)
{
	return t->due_ns;
}

int64_t
tail_behind(const struct tail *t)
{
	int64_t least_ns = INT64_MAX;

	for (size_t i = 0; i < t->n_ready; i++)
		if (t->ready[i].has_data && t->ready[i].time_ns < least_ns)
			least_ns = t->ready[i].time_ns;
	return least_ns;
}

bool
tail_status(const struct tail *t, size_t *pos, struct tail_status *out)
{
	const struct trail *tr;

	if (*pos >= t->catalog.n)
		return false;
	tr = t->catalog.trails[(*pos)++];
	*out = (struct tail_status){ .source = tr,
		.path_z = tr->path_z,
		.alias_z = tr->alias_z,
		.position = tr->position,
		.committed = tr->committed,
		.unread = trail_unread(tr),
		.last_read_ns = tr->last_read_ns,
		.last_time_ns = tr->last_time_ns,
		.error = tr->error,
		.missing = tr->missing_since_ns != INT64_MAX,
		.files = tr->files,
		.truncations = tr->truncations,
		.late_bytes = tr->late_bytes,
		.hole_bytes = tr->holes };
	for (size_t i = 0; i < LOSS_COUNT; i++)
		out->lost[i] = tr->lost[i];
	return true;
}

struct tail_counts
tail_counts(const struct tail *t)
{
	const struct catalog *c = &t->catalog;
	struct tail_counts n = c->counts;

	n.sources = c->n;
	n.open = c->trail_conf.n_open;
	for (size_t i = 0; i < c->n; i++) {
		n.unread += trail_unread(c->trails[i]);
		for (size_t k = 0; k < LOSS_COUNT; k++)
			n.lost[k] += c->trails[i]->lost[k];
	}
	return n;
}
