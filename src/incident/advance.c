/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/advance.h"

#include "base/time.h"
#include "incident/birth.h"
#include "incident/life.h"
#include "incident/mute.h"
#include "incident/promise.h"
#include "incident/publish.h"
#include "incident/row.h"

#define FLUSH_NS  TIME_S
#define UPDATE_NS TIME_MIN

int64_t
advance_deadline(const struct incidents *i)
{
	const struct incident *x = heap_peek(i->timers);
	int64_t told_ns = mute_deadline(i);

	return x != NULL && x->due_ns < told_ns ? x->due_ns : told_ns;
}

/* What found no room: one gap a minute at most. */
static int
put_full(struct incidents *i)
{
	struct gap_row g = { .from_ns = i->full_from_ns,
		.to_ns = i->full_to_ns,
		.source = STR("incidents"),
		.reason = STR("incidents_full"),
		.detail = STR("more incidents at a time than the limit"),
		.n = i->full };

	if (i->full == 0)
		return 0;
	i->full = 0;
	return store_put_gap(i->store, &g);
}

static int
fire(struct incidents *i, struct incident *x)
{
	if (!x->live) {
		birth_undo(i, x);
		return 0;
	}
	i->now_ns = time_later(i->now_ns, x->due_ns);
	if (x->state == INCIDENT_CANDIDATE)
		return life_begin(i, x);
	return life_resolve(i, x, x->due_ns);
}

static int
run_timer(struct incidents *i)
{
	struct incident *x = heap_pop(i->timers);
	int64_t due_ns = life_due(i, x);

	x->in_heap = false;
	return due_ns > x->due_ns ? life_arm(i, x) : fire(i, x);
}

static int
run_timers(struct incidents *i, int64_t at_ns)
{
	int64_t due_ns;
	int err = 0;

	while (err == 0 && (due_ns = advance_deadline(i)) < at_ns)
		err = due_ns == mute_deadline(i) ? mute_tell(i) : run_timer(i);
	return err;
}

static int
update(struct incidents *i, struct incident *x)
{
	/* One that was told before any time had settled was told when it opened. */
	int64_t told_ns = x->told_ns != TIME_NONE ? x->told_ns : x->opened_ns;
	int err = 0;

	if (x->dirty)
		err = row_write(i, x);
	x->dirty = false;
	if (err != 0 || !x->untold || i->now_ns < time_after(told_ns, UPDATE_NS))
		return err;
	x->untold = false;
	return publish_now(i, x, "updated");
}

/* Rows once a second of event time, findings once a minute. */
static int
run_updates(struct incidents *i)
{
	struct incident **at = &i->dirty;
	int err = 0;

	if (i->dirty == NULL || i->now_ns < time_after(i->flushed_ns, FLUSH_NS))
		return 0;
	i->flushed_ns = i->now_ns;
	while (err == 0 && *at != NULL) {
		struct incident *x = *at;

		if (x->state == INCIDENT_OPEN)
			err = update(i, x);
		if (x->state == INCIDENT_OPEN && x->untold) {
			at = &x->next_dirty;
			continue;
		}
		*at = x->next_dirty;
		x->in_dirty = false;
	}
	return err;
}

int64_t
advance_calm(const struct incidents *i)
{
	int64_t due_ns = advance_deadline(i);
	bool dirty = i->dirty != NULL;

	if (i->review || i->promised != NULL || i->full > 0)
		return TIME_NONE;
	if (dirty && time_after(i->flushed_ns, FLUSH_NS) <= due_ns)
		due_ns = time_after(i->flushed_ns, FLUSH_NS) - 1;
	return due_ns;
}

int
advance_to(struct incidents *i, int64_t at_ns)
{
	int err;

	if (i->review)
		mute_review(i);
	err = run_timers(i, at_ns);
	i->now_ns = time_later(i->now_ns, at_ns);
	if (err == 0 && i->promised != NULL)
		err = promise_break(i, at_ns);
	if (err == 0 && i->full > 0 &&
		i->now_ns >= time_after(i->full_from_ns, UPDATE_NS))
		err = put_full(i);
	return err != 0 ? err : run_updates(i);
}

int
advance_flush(struct incidents *i)
{
	size_t pos = 0;
	void *value;
	int err = put_full(i);

	if (err == 0)
		err = promise_break(i, INT64_MAX);
	while (err == 0 && map_next(i->table, &pos, NULL, &value)) {
		struct incident *x = value;

		if (x->state != INCIDENT_OPEN)
			continue;
		err = row_write(i, x);
		x->dirty = false;
		if (err == 0 && x->untold && x->told)
			err = publish_now(i, x, "updated");
		x->untold = false;
	}
	return err;
}
