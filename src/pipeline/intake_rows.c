/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an input: the state of each of its logs, and gaps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/time.h"
#include "base/unpack.h"
#include "pipeline/intake_state.h"

#define SAVE_NS     TIME_S /* the state of a log without matches is that old at most */
#define STATE_BYTES ((size_t)1 << 20)
#define VERSION_ROW 2 /* 1: without a gap */

int
intake_put_gap(struct intake *i, struct str name, int64_t from_ns, int64_t to_ns,
	const char *reason_z, uint64_t bytes)
{
	struct gap_row g = { .from_ns = from_ns,
		.to_ns = to_ns,
		.source = name,
		.reason = str_z(reason_z),
		.detail = STR("unread bytes, maybe more"), /* never seen ones */
		.n = bytes };
	int err = store_put_gap(i->conf.store, &g);

	if (err == 0 && from_ns != TIME_NONE)
		engine_gap(i->conf.shared.engine, from_ns,
			to_ns != TIME_NONE ? to_ns : from_ns);
	return err;
}

/* The state that forgets it is of the same commit. */
static int
tell_gap(struct intake *i, struct log *l)
{
	if (!l->has_gap || l->gap_told)
		return 0;
	l->gap_told = l->unsaved = true;
	if (l->gap_bytes > 0)
		log_warn("input", "%.*s: at least %llu bytes lost: %s", STR_ARG(l->name),
			(unsigned long long)l->gap_bytes, loss_names[l->gap_why]);
	else
		log_warn("input", "%.*s: lines may be lost: %s", STR_ARG(l->name),
			loss_names[l->gap_why]);
	return intake_put_gap(i, l->name, l->gap_from_ns, follow_last_time(l->follow),
		loss_names[l->gap_why], l->gap_bytes);
}

int
intake_reach_gap(struct intake *i, struct log *l)
{
	int64_t to_ns = follow_last_time(l->follow);
	bool told = l->gap_told;
	int err = tell_gap(i, l);

	if (err != 0 || !l->has_gap || to_ns <= l->gap_from_ns)
		return err;
	if (told) {
		l->unsaved = true;
		err = intake_put_gap(
			i, l->name, l->gap_from_ns, to_ns, loss_names[l->gap_why], 0);
	}
	l->has_gap = l->gap_told = false;
	return err;
}

int
intake_close_gap(struct intake *i, struct log *l)
{
	int err = intake_reach_gap(i, l);

	l->has_gap = l->gap_told = false;
	return err;
}

/* Of a log: what is around the states of its tail and its follower. */
struct frame {
	uint64_t base, gap; /* gap: 0, or one more than why */
	int64_t gap_from_ns;
	struct str tail, follow;
};

static void
put_frame(const struct frame *f, struct buf *out)
{
	buf_add_char(out, VERSION_ROW);
	buf_add_varint(out, f->base);
	buf_add_varint(out, f->gap);
	if (f->gap > 0)
		buf_add_varint(out, (uint64_t)f->gap_from_ns);
	buf_add_text(out, f->tail);
}

static bool
take_frame(struct str s, struct frame *f)
{
	struct unpack in = { .rest = s };
	unsigned version = unpack_byte(&in);

	if (version < 1 || version > VERSION_ROW)
		return false;
	*f = (struct frame){ .base = unpack_u64(&in, UINT64_MAX) };
	if (version > 1)
		f->gap = unpack_u64(&in, LOSS_COUNT);
	if (f->gap > 0)
		f->gap_from_ns = unpack_cast(&in);
	f->tail = unpack_text(&in);
	f->follow = in.rest;
	return !in.bad;
}

static int
remember(struct intake *i, struct str name, const struct frame *f)
{
	struct str follow = f->follow;
	struct known *k = malloc(sizeof(*k) + follow.len + 1);
	void **slot = k != NULL ? map_put(i->known, name, NULL) : NULL;

	/* Of one that ended only its last place is known: a full table forgets that. */
	if (slot == NULL || *slot != NULL) {
		free(k);
		return slot == NULL && follow.len > 0 ? -ENOMEM : 0;
	}
	k->base = f->base;
	k->gap = f->gap;
	k->gap_from_ns = f->gap_from_ns;
	if (follow.len > 0)
		memcpy(k->bytes, follow.ptr, follow.len);
	k->follow = (struct str){ k->bytes, follow.len };
	*slot = k;
	return 0;
}

int
intake_restore(struct intake *i, const struct source_row *row)
{
	struct frame f;
	int err = -EILSEQ;

	if (take_frame(row->state, &f))
		err = f.follow.len > 0 ? tail_restore(i->tail, f.tail) : 0;
	if (err == 0)
		err = remember(i, row->name, &f);
	if (err == 0 && f.follow.len > 0)
		err = engine_watermark(
			i->conf.shared.engine, row->id, row->watermark_ns, false);
	if (err != -EILSEQ && err != -EEXIST && err != -ENFILE)
		return err;
	log_error("input", "%.*s: its state cannot be used (%s): it is read as a new log",
		STR_ARG(row->name), strerror(-err));
	return intake_put_gap(
		i, row->name, row->watermark_ns, TIME_NONE, "state_lost", 0);
}

/* What was known of a log of this name; the caller frees it. */
struct known *
intake_take_known(struct intake *i, struct str name)
{
	void **slot = map_get(i->known, name);
	struct known *k = slot != NULL ? *slot : NULL;

	if (k != NULL)
		map_del(i->known, name);
	return k;
}

static int
put_row(struct intake *i, const struct log *l, struct buf *state, uint64_t offset)
{
	struct source_row row = { .name = l->name,
		.id = follow_id(l->follow),
		.offset = offset,
		.watermark_ns = follow_last_time(l->follow),
		.state = buf_str(state) };

	if (buf_failed(state))
		return -ENOMEM;
	return store_put_source(i->conf.store, &row);
}

int
intake_put_end(struct intake *i, const struct log *l)
{
	struct frame f = { .base = l->base + tail_position(l->trail) };
	struct buf state;
	int err;

	buf_init(&state, STATE_BYTES);
	put_frame(&f, &state);
	err = put_row(i, l, &state, f.base);
	buf_fini(&state);
	return err != 0 ? err : remember(i, l->name, &f);
}

static int
save(struct intake *i, struct log *l, struct buf *state)
{
	struct frame f = { .base = l->base };
	struct buf tail;
	uint64_t needs = follow_needs(l->follow);
	int err = tell_gap(i, l);

	intake_note_times(i, l);
	buf_init(&tail, STATE_BYTES);
	tail_encode(l->trail, needs - l->base, &tail);
	f.tail = buf_str(&tail);
	f.gap = l->has_gap ? (uint64_t)l->gap_why + 1 : 0;
	f.gap_from_ns = l->gap_from_ns;
	put_frame(&f, state);
	follow_save(l->follow, state);
	if (buf_failed(&tail))
		err = -ENOMEM;
	buf_fini(&tail);
	l->saved = needs - l->base;
	l->read = tail_position(l->trail);
	l->in_commit = true;
	l->unsaved = false;
	return err != 0 ? err : put_row(i, l, state, needs);
}

bool
intake_is_stale(const struct log *l, int64_t mono_ns)
{
	return !l->ended && follow_has_moved(l->follow) &&
	       mono_ns - l->saved_ns >= SAVE_NS;
}

int
intake_save(struct intake *i, int64_t mono_ns, bool all)
{
	struct buf state;
	int err = 0;

	buf_init(&state, STATE_BYTES);
	for (struct log *l = i->logs; l != NULL && err == 0; l = l->next) {
		bool old = mono_ns - l->saved_ns >= SAVE_NS;

		if (l->ended)
			continue; /* its last row is put */
		if (!follow_has_news(l->follow) && (!l->has_gap || l->gap_told) &&
			!l->unsaved && (!follow_has_moved(l->follow) || (!old && !all)))
			continue;
		buf_reset(&state);
		err = save(i, l, &state);
		l->saved_ns = mono_ns;
	}
	buf_fini(&state);
	return err;
}
