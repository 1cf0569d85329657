/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/mute.h"

#include <string.h>

#include "base/time.h"
#include "incident/explain.h"
#include "incident/index.h"
#include "incident/publish.h"
#include "incident/row.h"

/* So long may the last of a symptom come after what caused it is over. */
#define TELL_NS TIME_MIN

static void
note(struct incident *x, const struct incident *a)
{
	const char *id_z = a->state == INCIDENT_SUPERSEDED ? a->superseded_by : a->id;

	x->muted = true;
	memcpy(x->explained_by, id_z, sizeof(x->explained_by));
}

void
mute_check(struct incidents *i, struct incident *x)
{
	struct incident *a = x->muted ? NULL : explain_find(i, x);

	if (a == NULL)
		return;
	note(x, a);
	if (a->promise)
		a->untold = true;
	else
		index_touch(i, a);
}

int
mute_begin(struct incidents *i, const struct incident *a)
{
	struct explain_look l = explain_look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = explain_next(&l)) != NULL) {
		bool quiet = x->muted && x->freed_ns == TIME_NONE;

		if (x->state != INCIDENT_OPEN || quiet || !explain_holds(l.mute, a, x))
			continue;
		index_del_freed(i, x);
		note(x, a);
		err = row_write(i, x);
	}
	return err;
}

static void
free_all(struct incidents *i, const struct plan_mutes *openers)
{
	struct explain_look l = explain_look_at(i, openers);
	struct incident *x;

	while ((x = explain_next(&l)) != NULL) {
		if (!x->muted || x->freed_ns != TIME_NONE || x->state != INCIDENT_OPEN ||
			explain_find(i, x) != NULL)
			continue;
		index_add_freed(i, x, i->now_ns);
	}
}

void
mute_end(struct incidents *i, const struct plan_opener *o)
{
	free_all(i, &o->mutes);
}

int
mute_rename(struct incidents *i, const struct incident *a)
{
	struct explain_look l = explain_look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = explain_next_named(&l, a)) != NULL) {
		if (!x->muted)
			continue;
		note(x, a);
		err = row_write(i, x);
	}
	return err;
}

void
mute_inherit(struct incidents *i, struct incident *x, struct incident *p)
{
	int64_t freed_ns = p->freed_ns;

	index_del_freed(i, p);
	x->muted = p->muted;
	memcpy(x->explained_by, p->explained_by, sizeof(x->explained_by));
	if (freed_ns != TIME_NONE)
		index_add_freed(i, x, freed_ns);
}

void
mute_review(struct incidents *i)
{
	i->review = false;
	for (size_t n = 0; n < i->plan->n_openers; n++) {
		struct plan_mute one = { .opener = i->plan->openers[n].number };

		free_all(i, &(struct plan_mutes){ .at = &one, .n = 1 });
	}
}

int64_t
mute_deadline(const struct incidents *i)
{
	return i->freed != NULL ? time_after(i->freed->freed_ns, TELL_NS) : INT64_MAX;
}

int
mute_tell(struct incidents *i)
{
	struct incident *x = i->freed;
	int64_t at_ns = mute_deadline(i);
	int err;

	if (i->now_ns < at_ns)
		i->now_ns = at_ns;
	index_del_freed(i, x);
	x->muted = x->untold = false;
	err = row_write(i, x);
	return err != 0 ? err : publish_now(i, x, x->told ? "updated" : "opened");
}
