/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/life.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "incident/birth.h"
#include "incident/index.h"
#include "incident/mute.h"
#include "incident/promise.h"
#include "incident/publish.h"
#include "incident/row.h"
#include "incident/saved.h"
#include "incident/supersede.h"

int64_t
life_due(const struct incidents *i, const struct incident *x)
{
	if (x->state == INCIDENT_CANDIDATE)
		return time_after(x->opened_ns, x->opener->conf->hold_ns);
	if (!x->live)
		return time_after(
			time_later(x->resolved_ns, x->quiet_ns), i->plan->keep_ns);
	if (x->opener->resolve_after_ns == 0)
		return INT64_MAX;
	return time_after(x->quiet_ns, x->opener->resolve_after_ns);
}

int
life_arm(struct incidents *i, struct incident *x)
{
	int64_t due_ns = life_due(i, x);

	if (x->in_heap || due_ns == INT64_MAX)
		return 0;
	x->due_ns = due_ns;
	x->in_heap = heap_push(i->timers, x);
	return x->in_heap ? 0 : -ENOMEM;
}

void
life_free_all(struct incidents *i)
{
	for (size_t n = 0; n < i->plan->n_openers; n++)
		while (i->by_opener[n] != NULL)
			birth_undo(i, i->by_opener[n]);
}

/* Whether it can still matter to another incident after its end. */
static bool
is_kept(const struct incidents *i, const struct incident *x)
{
	const struct plan_opener *o = x->opener;

	return i->in_memory < 2 * i->conf.max_open &&
	       o->supersedes.n + o->superseded_by.n + o->conf->n_deaths > 0;
}

/* Out of the table: it explains nothing any more. */
static void
unlist(struct incidents *i, struct incident *x)
{
	map_del(i->table, buf_str(&x->table_key));
	x->live = false;
	index_del_freed(i, x);
	mute_end(i, x->opener);
}

/* x may be gone afterwards. */
static int
leave(struct incidents *i, struct incident *x)
{
	if (x->live)
		unlist(i, x);
	if (x->in_heap)
		return 0; /* the timer will find it */
	if (is_kept(i, x))
		return life_arm(i, x);
	birth_undo(i, x);
	return 0;
}

void
life_drop(struct incidents *i, struct incident *x)
{
	unlist(i, x);
	if (x->state == INCIDENT_CANDIDATE) {
		x->state = INCIDENT_SUPERSEDED;
		x->resolved_ns = x->first_ns = INT64_MIN + 1;
	}
	if (!x->in_heap)
		birth_undo(i, x);
}

int
life_adopt(struct incidents *i, struct incident *x, bool listed_dirty)
{
	void **slot;

	if (x->promise) {
		if (index_add_promise(i, x))
			return 0;
		birth_undo(i, x);
		return 1;
	}
	slot = x->live ? map_put(i->table, buf_str(&x->table_key), NULL) : NULL;

	if (x->live && slot == NULL) {
		birth_undo(i, x);
		return -ENOMEM;
	}
	if (slot != NULL)
		*slot = x;
	/* Its row may be that of an end that was none. */
	if (x->state == INCIDENT_OPEN)
		x->dirty = listed_dirty = i->conf.at_once;
	if (listed_dirty)
		index_add_dirty(i, x);
	return life_arm(i, x);
}

static int
add_value(struct incidents *i, struct incident *x, struct str value)
{
	bool fresh = false;

	if (x->values == NULL || value.len == 0)
		return 0;
	if (map_put(x->values, value, &fresh) == NULL) {
		x->uncounted++;
		return 0;
	}
	if (!fresh)
		return 0;
	x->count++;
	index_touch(i, x);
	if (x->state == INCIDENT_CANDIDATE)
		return 0;
	return store_put_incident_value(
		i->store, (struct str){ x->id, INCIDENT_ID_LEN }, value);
}

static int
fold(struct incidents *i, struct incident *b, const struct incident *a)
{
	const char *id_z = a->state == INCIDENT_SUPERSEDED ? a->superseded_by : a->id;
	int err;

	memcpy(b->superseded_by, id_z, sizeof(b->superseded_by));
	b->state = INCIDENT_SUPERSEDED;
	if (b->resolved_ns == TIME_NONE)
		b->resolved_ns =
			time_later(time_later(i->now_ns, a->opened_ns), b->last_ns);
	i->listed--;
	index_del_freed(i, b);
	err = row_write(i, b);
	if (err == 0)
		err = mute_rename(i, b);
	if (err == 0 && b->told)
		err = publish_now(i, b, "resolved");
	return err;
}

static int
put_values(struct incidents *i, const struct incident *x)
{
	size_t pos = 0;
	struct str value;
	int err = 0;

	while (err == 0 && x->values != NULL && map_next(x->values, &pos, &value, NULL))
		err = store_put_incident_value(
			i->store, (struct str){ x->id, INCIDENT_ID_LEN }, value);
	return err;
}

int
life_begin(struct incidents *i, struct incident *x)
{
	struct incident *other;
	bool as_told = false;
	int err;

	x->detected_ns = TIME_NONE;
	err = promise_keep(i, x, &as_told);
	if (err == 0)
		err = put_values(i, x);
	x->state = INCIDENT_OPEN;
	if (x->opener->conf->hold_ns > 0)
		x->quiet_ns = time_later(x->quiet_ns, i->now_ns);
	if (x->detected_ns == TIME_NONE)
		x->detected_ns = row_detected(i, x);
	i->listed++;
	if (!i->conf.at_once && i->conf.n_destinations > 0)
		buf_add(&i->opened, (struct str){ x->id, INCIDENT_ID_LEN });
	other = supersede_find(i, x, x->first_ns);
	if (err == 0 && other != NULL)
		err = fold(i, x, other);
	else if (err == 0) {
		mute_check(i, x);
		err = i->conf.late_rows ? 0 : row_write(i, x);
		if (err == 0)
			err = mute_begin(i, x);
		if (err == 0 && !x->told)
			err = publish_now(i, x, "opened");
		else if (err == 0 && !as_told)
			index_touch(i, x);
	}
	saved_after(i, x);
	while (err == 0 && (other = supersede_next(i, x)) != NULL)
		err = fold(i, other, x);
	return err != 0 ? err : life_arm(i, x);
}

static void
count_full(struct incidents *i, const struct outcome *out)
{
	if (i->full++ == 0)
		i->full_from_ns = i->full_to_ns = out->at_ns;
	i->full_to_ns = time_later(i->full_to_ns, out->at_ns);
}

int
life_open(struct incidents *i, const struct plan_opener *o, const struct outcome *out)
{
	struct incident *x;
	void **slot;
	int err = 0;

	if (map_len(i->table) >= i->conf.max_open ||
		i->in_memory >= 3 * i->conf.max_open) {
		count_full(i, out);
		return 0;
	}
	x = birth_new(i, o, out, false);
	if (x == NULL)
		return -ENOMEM;
	slot = map_put(i->table, buf_str(&x->table_key), NULL);
	if (slot == NULL) {
		birth_undo(i, x);
		return -ENOMEM;
	}
	*slot = x;
	for (size_t k = 0; err == 0 && k < out->n_values; k++)
		err = add_value(i, x, out->values[k]);
	x->count = out->count > x->count ? out->count : x->count;
	if (err != 0)
		return err;
	return o->conf->hold_ns > 0 ? life_arm(i, x) : life_begin(i, x);
}

bool
life_covered(const struct incidents *i, const struct incident *x, int64_t first_ns)
{
	return supersede_find(i, x, first_ns) != NULL;
}

int
life_again(struct incidents *i, struct incident *x, const struct outcome *out)
{
	int err = 0;

	x->holds = true;
	x->quiet_ns = time_later(x->quiet_ns, time_later(out->last_ns, out->at_ns));
	if (x->state == INCIDENT_SUPERSEDED)
		return 0;
	if (out->last_ns > x->last_ns) {
		x->last_ns = out->last_ns;
		index_touch(i, x);
	}
	for (size_t k = 0; err == 0 && k < out->n_values; k++)
		err = add_value(i, x, out->values[k]);
	return err;
}

int
life_extend(
	struct incidents *i, struct incident *x, const struct match *m, struct str value)
{
	if (m->id == x->last_match || m->at_ns < x->first_ns)
		return 0;
	x->last_match = m->id;
	x->quiet_ns = time_later(x->quiet_ns, m->at_ns);
	if (x->state == INCIDENT_SUPERSEDED)
		return 0;
	if (m->at_ns > x->last_ns) {
		x->last_ns = m->at_ns;
		index_touch(i, x);
	}
	if (x->values != NULL)
		return add_value(i, x, value);
	x->count += m->weight;
	index_touch(i, x);
	return 0;
}

int
life_resolve(struct incidents *i, struct incident *x, int64_t at_ns)
{
	int err = 0;

	if (x->state == INCIDENT_CANDIDATE) {
		life_drop(i, x);
		return 0;
	}
	if (x->state == INCIDENT_OPEN) {
		index_del_freed(i, x);
		x->state = INCIDENT_RESOLVED;
		x->resolved_ns = time_later(at_ns, x->last_ns);
		err = row_write(i, x);
		if (err == 0)
			err = publish_now(i, x, "resolved");
	}
	return err != 0 ? err : leave(i, x);
}

void
life_clear(struct incidents *i, struct incident *x)
{
	x->holds = false;
	if (x->state == INCIDENT_CANDIDATE)
		life_drop(i, x);
}
