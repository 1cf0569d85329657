/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/explain.h"

#include <string.h>

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

bool
explain_holds(const struct mute *m, const struct incident *a, const struct incident *x)
{
	int64_t lookback_ns = a->opener->conf->lookback_ns;

	return a != x && is_open(a) && fits(m, a, x) &&
	       (x->first_ns >= a->first_ns || a->first_ns - x->first_ns <= lookback_ns);
}

struct explain_look
explain_look_at(const struct incidents *i, const struct plan_mutes *openers)
{
	return (struct explain_look){ .i = i, .openers = openers, .promised = true };
}

/* The next one of the opener that was begun last. */
static struct incident *
next_of_opener(struct explain_look *l)
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

struct incident *
explain_next(struct explain_look *l)
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

struct incident *
explain_next_named(struct explain_look *l, const struct incident *a)
{
	struct incident *x = explain_next(l);

	while (x != NULL && strcmp(x->explained_by, a->id) != 0)
		x = explain_next(l);
	return x;
}

struct incident *
explain_find(const struct incidents *i, const struct incident *x)
{
	struct explain_look l = explain_look_at(i, &x->opener->muted_by);
	struct incident *a;

	while ((a = explain_next(&l)) != NULL)
		if (explain_holds(l.mute, a, x))
			return a;
	return NULL;
}
