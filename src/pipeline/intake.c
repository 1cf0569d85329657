/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/intake_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"
#include "base/time.h"
#include "input/glob.h"
#include "input/tree.h"

#define WARM_MAX    ((size_t)32) /* logs that keep a window between large reads */
#define LARGE_READ  ((ssize_t)64 << 10)
#define READ_MAX    ((size_t)256 << 10)
#define PAUSE_NS    TIME_S          /* what is open then counts as complete */
#define LOOK_NS     (200 * TIME_MS) /* the same, while it is not known what it is */
#define LABEL_BYTES ((size_t)1 << 20)
#define KEPT_BYTES  ((size_t)64 << 20)

static const char **
copy_texts(struct arena *a, const struct setting_texts *texts)
{
	const char **out_z = arena_alloc(a, (texts->n + 1) * sizeof(*out_z));

	for (size_t k = 0; out_z != NULL && k < texts->n; k++) {
		struct str s = texts->items[k];
		char *text = arena_alloc(a, s.len + 1);

		if (text == NULL)
			return NULL;
		memcpy(text, s.ptr, s.len); /* zeroed: a NUL stands behind it */
		out_z[k] = text;
	}
	return out_z;
}

static bool
copy_patterns(struct intake *i)
{
	i->patterns = copy_texts(i->arena, &i->conf.input->paths);
	i->exclude = copy_texts(i->arena, &i->conf.input->exclude);
	i->roots = copy_texts(i->arena, &i->conf.input->link_roots);
	return i->patterns != NULL && i->exclude != NULL && i->roots != NULL;
}

static bool
has_line(struct str text, const char *line_z)
{
	while (text.len > 0)
		if (str_eq(str_cut(&text, '\n'), str_z(line_z)))
			return true;
	return false;
}

/* Logs of these patterns that have no state came while nobody looked. */
static bool
find_followed(struct intake *i, struct arena *a)
{
	struct str before = { 0 };

	i->followed = arena_alloc(i->arena, i->conf.input->paths.n + 1);
	if (i->followed == NULL)
		return false;
	if (store_meta(i->conf.store, a, STR("followed"), &before))
		for (size_t k = 0; k < i->conf.input->paths.n; k++)
			i->followed[k] = has_line(before, i->patterns[k]);
	return true;
}

/* With what the last run left; conf says the rest. */
static struct tail *
open_tail(struct intake *i, const struct intake_conf *conf)
{
	struct arena *a = arena_new("what was followed", KEPT_BYTES);
	struct tail_conf tc = { .patterns = i->patterns,
		.n_patterns = conf->input->paths.n,
		.exclude = i->exclude,
		.n_exclude = conf->input->exclude.n,
		.roots = i->roots,
		.n_roots = conf->input->link_roots.n,
		.from_end = conf->input->start == START_END,
		.max_files = (size_t)conf->input->max_files,
		.poll_max_ns = conf->input->poll_ns,
		.hold = conf->hold };
	struct tail *t = NULL;

	if (a == NULL)
		return NULL;
	if (find_followed(i, a)) {
		(void)store_meta(conf->store, a, STR("bygone"), &tc.bygone);
		tc.followed = i->followed;
		t = tail_new(&tc);
	}
	arena_free(&a);
	return t;
}

bool
intake_has_begun(const struct intake *i)
{
	return tail_has_begun(i->tail);
}

void
intake_patterns(const struct intake *i, struct buf *out)
{
	for (size_t k = 0; k < i->conf.input->paths.n; k++) {
		buf_add(out, i->conf.input->paths.items[k]);
		buf_add_char(out, '\n');
	}
}

void
intake_bygone(const struct intake *i, struct buf *out)
{
	tail_bygone(i->tail, out);
}

int
intake_open(const struct intake_conf *conf, struct intake **out)
{
	struct intake *i = calloc(1, sizeof(*i));

	*out = NULL;
	if (i == NULL)
		return -ENOMEM;
	i->conf = *conf;
	i->first_ns = i->last_ns = TIME_NONE;
	i->arena = arena_new("input patterns", LABEL_BYTES);
	i->known = map_new((size_t)conf->input->max_files * 2 + 1000);
	if (i->arena != NULL && i->known != NULL && copy_patterns(i))
		i->tail = open_tail(i, conf);
	if (i->tail == NULL)
		intake_free(&i);
	*out = i;
	return i == NULL ? -ENOMEM : 0;
}

static void
log_free(struct intake *i, struct log *l)
{
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		i->logs = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	i->n_logs--;
	if (l->follow != NULL)
		follow_free(&l->follow);
	if (l->arena != NULL)
		arena_free(&l->arena);
	free(l);
}

void
intake_free(struct intake **pi)
{
	struct intake *i = *pi;
	size_t pos = 0;
	void *value;

	*pi = NULL;
	if (i == NULL)
		return;
	while (i->logs != NULL)
		log_free(i, i->logs);
	while (i->known != NULL && map_next(i->known, &pos, NULL, &value))
		free(value);
	if (i->known != NULL)
		map_free(&i->known);
	if (i->tail != NULL && i->conf.hold != NULL)
		tail_leave(&i->tail, i->conf.hold);
	else if (i->tail != NULL)
		tail_free(&i->tail);
	if (i->arena != NULL)
		arena_free(&i->arena);
	free(i);
}

bool
intake_covers(const struct intake *i, struct str path)
{
	struct buf b;
	bool covers = false;

	buf_init(&b, 1 << 16);
	buf_add(&b, path);
	for (size_t k = 0; k < i->conf.input->paths.n && !covers; k++)
		covers = buf_z(&b) != NULL && glob_covers(i->patterns[k], buf_z(&b));
	buf_fini(&b);
	return covers;
}

void
intake_labels(const struct input_settings *in, struct str label[LABEL_COUNT])
{
	for (size_t k = 0; k < in->labels.n; k++) {
		enum label l = label_find(in->labels.items[k].name);

		if (l != LABEL_COUNT)
			label[l] = in->labels.items[k].value;
	}
}

static int
open_follow(struct intake *i, struct log *l, const struct follow_conf *fc, bool restored)
{
	struct known *k = intake_take_known(i, l->name);
	uint64_t id = hash_stable(l->name);
	int err = 0;

	if (k != NULL) {
		l->base = k->base;
		l->has_gap = l->gap_told = k->gap > 0;
		l->gap_why = k->gap > 0 ? (enum loss)(k->gap - 1) : LOSS_TRUNCATED;
		l->gap_from_ns = k->gap_from_ns;
	}
	l->unsaved = k == NULL || !restored;
	if (k != NULL && restored && k->follow.len > 0) {
		err = follow_restore(&i->conf.shared, fc, id, k->follow, &l->follow);
		if (err == -EINVAL) {
			log_error(
				"input", "%.*s: its state is damaged", STR_ARG(l->name));
			err = intake_put_gap(
				i, l->name, TIME_NONE, TIME_NONE, "state_lost", 0);
		}
	}
	free(k);
	if (err == 0 && l->follow == NULL) {
		struct follow_conf fresh = *fc;

		fresh.place = l->base + tail_position(l->trail);
		l->follow = follow_new(&i->conf.shared, &fresh, id);
		err = l->follow == NULL ? -ENOMEM : 0;
	}
	return err;
}

void
intake_note_times(struct intake *i, const struct log *l)
{
	int64_t first_ns = follow_first_time(l->follow);
	int64_t last_ns = follow_last_time(l->follow);

	if (first_ns != TIME_NONE && (i->first_ns == TIME_NONE || first_ns < i->first_ns))
		i->first_ns = first_ns;
	if (last_ns > i->last_ns)
		i->last_ns = last_ns;
}

static int
on_open(struct intake *i, const struct tail_event *e, int64_t wall_ns)
{
	struct log *l = calloc(1, sizeof(*l));
	struct follow_conf fc = { .format = (enum format)i->conf.input->format,
		.zone = i->conf.zone,
		.date_ns = wall_ns,
		.date_quality = TIME_ARRIVAL };
	int err;

	if (l == NULL)
		return -ENOMEM;
	l->next = i->logs;
	if (l->next != NULL)
		l->next->prev = l;
	i->logs = l;
	i->n_logs++;
	l->trail = e->source;
	l->at_end = true;
	l->arena = arena_new("a log's labels", LABEL_BYTES);
	tail_set_user(e->source, l);
	if (l->arena == NULL)
		return -ENOMEM;
	l->name = arena_copy(l->arena, str_z(e->path_z));
	tree_labels(l->arena, e->path_z, fc.label);
	intake_labels(i->conf.input, fc.label);
	fc.name = l->name;
	err = open_follow(i, l, &fc, e->restored);
	if (err == 0)
		intake_note_times(i, l);
	log_info("input", "%s: %s", e->path_z, e->restored ? "goes on" : "new");
	return err != 0 ? err
			: engine_watermark(i->conf.shared.engine, follow_id(l->follow),
				  follow_last_time(l->follow), false);
}

static int
on_data(struct intake *i, struct log *l, int64_t mono_ns, size_t *budget)
{
	size_t cap;
	char *room = follow_space(l->follow, &cap);
	ssize_t n;
	int err;

	if (cap > READ_MAX)
		cap = READ_MAX;
	n = tail_read(i->tail, l->trail, room, cap, mono_ns);
	l->at_end = n < (ssize_t)cap;
	if (n <= 0)
		return 0;
	*budget -= *budget < (size_t)n ? *budget : (size_t)n;
	i->awake = true;
	err = follow_filled(l->follow, (size_t)n, mono_ns);
	if (err == 0 && n >= LARGE_READ && i->n_logs > WARM_MAX)
		follow_rest(l->follow);
	if (err == 0)
		err = intake_reach_gap(i, l);
	intake_note_times(i, l);
	if (follow_last_time(l->follow) != TIME_NONE)
		tail_set_time(i->tail, l->trail, follow_last_time(l->follow));
	return err;
}

static int
on_gap(struct intake *i, struct log *l, const struct tail_event *e)
{
	int err = intake_close_gap(i, l);

	if (err == 0)
		err = follow_break(l->follow, l->base + e->position);
	l->has_gap = true;
	l->gap_from_ns = follow_last_time(l->follow);
	l->gap_bytes = e->bytes - e->again;
	l->gap_why = e->why;
	return err;
}

/* The log is gone; a later one of the same name starts behind it. Until that commits it
 * is held: it may be wanted again. */
static int
on_end(struct intake *i, struct log *l)
{
	int err = follow_finish(l->follow);

	l->ended = true;

	if (err == 0)
		err = intake_close_gap(i, l);
	intake_note_times(i, l);
	if (err == 0)
		err = intake_put_end(i, l);
	engine_source_gone(i->conf.shared.engine, follow_id(l->follow));
	engine_touch(i->conf.shared.engine);
	log_info("input", "%.*s: ended", STR_ARG(l->name));
	return err;
}

static int
on_event(struct intake *i, const struct tail_event *e, int64_t mono_ns, int64_t wall_ns,
	size_t *budget)
{
	struct log *l = e->kind == TAIL_OPEN ? NULL : tail_user(e->source);

	switch (e->kind) {
	case TAIL_OPEN:
		return on_open(i, e, wall_ns);
	case TAIL_DATA:
		return on_data(i, l, mono_ns, budget);
	case TAIL_GAP:
		return on_gap(i, l, e);
	case TAIL_END:
		return on_end(i, l);
	case TAIL_TURN: /* the decoder goes on */
		l->unsaved = true;
		engine_touch(i->conf.shared.engine);
		return 0;
	case TAIL_NONE:
		return 0;
	}
	return 0;
}

int
intake_work(
	struct intake *i, int64_t mono_ns, int64_t wall_ns, size_t max_bytes, bool *more)
{
	struct tail_event e;
	size_t budget = max_bytes;
	int err = 0;

	tail_poll(i->tail, mono_ns);
	*more = false;
	while (err == 0 && tail_next(i->tail, mono_ns, &e) != TAIL_NONE) {
		*more = budget == 0 && e.kind == TAIL_DATA;
		if (*more)
			break;
		err = on_event(i, &e, mono_ns, wall_ns, &budget);
	}
	return err;
}

void
intake_restore_held(struct intake *i)
{
	tail_restore_held(i->tail);
}

void
intake_hold(struct intake *i, int64_t mono_ns)
{
	tail_poll(i->tail, mono_ns);
}

int64_t
intake_hold_due(const struct intake *i)
{
	return tail_poll_due(i->tail);
}

void
intake_committed(struct intake *i)
{
	struct log *next;

	for (struct log *l = i->logs; l != NULL; l = next) {
		next = l->next;
		if (l->in_commit) {
			l->in_commit = false;
			tail_commit(l->trail, l->saved, l->read);
			follow_saved(l->follow);
		}
		if (l->ended) {
			tail_forget(i->tail, &l->trail);
			log_free(i, l);
		}
	}
}

int64_t
intake_behind(const struct intake *i)
{
	return tail_behind(i->tail);
}

int
intake_silence(struct intake *i, int64_t mono_ns, int64_t wall_ns)
{
	int err = 0;

	i->awake = false;
	for (struct log *l = i->logs; l != NULL && err == 0; l = l->next) {
		int64_t quiet_ns = follow_quiet(l->follow, mono_ns);
		int64_t pause_ns = follow_is_known(l->follow) ? PAUSE_NS : LOOK_NS;
		bool idle = quiet_ns >= i->conf.time->idle_after_ns;

		/* The last commit was too soon for it, and nothing else asks for one:
		 * what is not kept stays open. */
		if (intake_is_stale(l, mono_ns))
			engine_touch(i->conf.shared.engine);
		/* A rotated file is waited at before the next one is read. */
		if (l->ended || !l->at_end || tail_unread(l->trail) > 0)
			continue;
		err = follow_silence(l->follow, mono_ns, wall_ns, pause_ns, idle);
		intake_note_times(i, l);
		if (!idle || quiet_ns < PAUSE_NS)
			i->awake = true;
	}
	return err;
}

int
intake_fd(const struct intake *i)
{
	return tail_fd(i->tail);
}

int64_t
intake_due(const struct intake *i)
{
	return tail_due(i->tail);
}

bool
intake_is_awake(const struct intake *i)
{
	return i->awake;
}

int64_t
intake_first_time(const struct intake *i)
{
	return i->first_ns;
}

int64_t
intake_last_time(const struct intake *i)
{
	return i->last_ns;
}

bool
intake_row(const struct intake *i, size_t *pos, struct intake_row *out)
{
	const struct log *l;

	if (!tail_status(i->tail, pos, &out->tail))
		return false;
	l = tail_user(out->tail.source);
	out->counts = (struct follow_counts){ 0 };
	out->format_z = "";
	out->last_ns = TIME_NONE;
	out->idle = true;
	if (l != NULL && l->follow != NULL) {
		out->counts = follow_counts(l->follow);
		out->format_z = follow_format_z(l->follow);
		out->last_ns = follow_last_time(l->follow);
		out->idle = follow_is_idle(l->follow);
	}
	return true;
}

struct tail_counts
intake_counts(const struct intake *i)
{
	return tail_counts(i->tail);
}
