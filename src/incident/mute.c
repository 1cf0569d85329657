/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/mute.h"

#include <string.h>

#include "base/time.h"
#include "incident/index.h"
#include "incident/life.h"
#include "incident/publish.h"
#include "incident/row.h"

/* So long may the last of a symptom come after what caused it is over. */
#define TELL_NS TIME_MIN

static bool
fits(const struct mute *m, const struct incident *a, const struct incident *x)
{
	for (size_t k = 0; k < m->n_pairs; k++) {
		const struct mute_pair *p = &m->pairs[k];
		struct str own = p->own != SIZE_MAX ? a->key[p->own] : p->text;
		struct str its = p->its != SIZE_MAX ? x->key[p->its] : p->text;

		if (!str_eq(own, its))
			return false;
	}
	return true;
}

/* One that was folded explains as long as it lives: it is a part of what folded it. */
static bool
is_open(const struct incident *a)
{
	return a->live &&
	       (a->state == INCIDENT_OPEN ||
		       (a->state == INCIDENT_SUPERSEDED && a->superseded_by[0] != '\0'));
}

static bool
explains(const struct mute *m, const struct incident *a, const struct incident *x)
{
	int64_t lookback_ns = a->opener->conf->lookback_ns;

	return a != x && is_open(a) && fits(m, a, x) &&
	       (x->first_ns >= a->first_ns || a->first_ns - x->first_ns <= lookback_ns);
}

/* Goes through the incidents of several openers: those that settled, then the promised.
 */
struct look {
	const struct incidents *i;
	const struct plan_mutes *openers;
	size_t n; /* openers begun */
	struct incident *next;
	bool promised;
	const struct mute *mute; /* that led to the one that next() gave */
};

static struct look
look_at(const struct incidents *i, const struct plan_mutes *openers)
{
	return (struct look){ .i = i, .openers = openers, .promised = true };
}

/* The next one of the opener that was begun last. */
static struct incident *
next_of_opener(struct look *l)
{
	uint32_t opener = l->openers->at[l->n - 1].opener;
	struct incident *x;

	if (l->next == NULL && !l->promised) {
		l->promised = true;
		l->next = l->i->promised;
	}
	while (l->promised && l->next != NULL && l->next->opener->number != opener)
		l->next = l->next->next;
	x = l->next;
	if (x != NULL)
		l->next = x->next;
	return x;
}

static struct incident *
next(struct look *l)
{
	struct incident *x = l->n > 0 ? next_of_opener(l) : NULL;

	while (x == NULL && l->n < l->openers->n) {
		const struct plan_mute *at = &l->openers->at[l->n++];

		l->mute = at->mute;
		l->next = l->i->by_opener[plan_index(l->i->plan, at->opener)];
		l->promised = false;
		x = next_of_opener(l);
	}
	return x;
}

static struct incident *
explainer(const struct incidents *i, const struct incident *x)
{
	struct look l = look_at(i, &x->opener->muted_by);
	struct incident *a;

	while ((a = next(&l)) != NULL)
		if (explains(l.mute, a, x))
			return a;
	return NULL;
}

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
	struct incident *a = x->muted ? NULL : explainer(i, x);

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
	struct look l = look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = next(&l)) != NULL) {
		bool quiet = x->muted && x->freed_ns == TIME_NONE;

		if (x->state != INCIDENT_OPEN || quiet || !explains(l.mute, a, x))
			continue;
		index_unfree(i, x);
		note(x, a);
		err = row_write(i, x);
	}
	return err;
}

static void
free_all(struct incidents *i, const struct plan_mutes *openers)
{
	struct look l = look_at(i, openers);
	struct incident *x;

	while ((x = next(&l)) != NULL) {
		if (!x->muted || x->freed_ns != TIME_NONE || x->state != INCIDENT_OPEN ||
			explainer(i, x) != NULL)
			continue;
		index_free(i, x, i->now_ns);
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
	struct look l = look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = next(&l)) != NULL) {
		if (!x->muted || strcmp(x->explained_by, a->id) != 0)
			continue;
		note(x, a);
		err = row_write(i, x);
	}
	return err;
}

int
mute_refresh(struct incidents *i, const struct incident *a)
{
	struct look l = look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = next(&l)) != NULL) {
		if (!x->dirty || x->state != INCIDENT_OPEN ||
			strcmp(x->explained_by, a->id) != 0)
			continue;
		x->dirty = false;
		err = row_write(i, x);
	}
	return err;
}

void
mute_inherit(struct incidents *i, struct incident *x, struct incident *p)
{
	int64_t freed_ns = p->freed_ns;

	index_unfree(i, p);
	x->muted = p->muted;
	memcpy(x->explained_by, p->explained_by, sizeof(x->explained_by));
	if (freed_ns != TIME_NONE)
		index_free(i, x, freed_ns);
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
	index_unfree(i, x);
	x->muted = x->untold = false;
	err = row_write(i, x);
	return err != 0 ? err : publish_now(i, x, x->told ? "updated" : "opened");
}
