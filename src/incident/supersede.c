/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/supersede.h"

/* a's key fields are all b's too, with the same values. */
static bool
is_wider(const struct incident *a, const struct incident *b)
{
	for (size_t i = 0; i < a->opener->n_key; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < b->opener->n_key; k++)
			found = str_eq(a->opener->key[i], b->opener->key[k]) &&
				str_eq(a->key[i], b->key[k]);
		if (!found)
			return false;
	}
	return true;
}

/* A live one reaches into the future: its resolve-after has not passed. */
static int64_t
end_of(const struct incident *x)
{
	return x->live ? INT64_MAX : x->resolved_ns;
}

static bool
explains(const struct incident *a, const struct incident *b, int64_t b_first_ns)
{
	return a != b && a->state != INCIDENT_CANDIDATE && is_wider(a, b) &&
	       a->first_ns <= end_of(b) && b_first_ns <= end_of(a);
}

struct incident *
supersede_find(const struct incidents *i, const struct incident *x, int64_t first_ns)
{
	const struct plan_numbers *over = &x->opener->superseded_by;

	for (size_t n = 0; n < over->n; n++) {
		struct incident *a = i->by_opener[plan_index(i->plan, over->at[n])];

		for (; a != NULL; a = a->next)
			if (explains(a, x, first_ns))
				return a;
	}
	return NULL;
}

struct incident *
supersede_next(const struct incidents *i, const struct incident *a)
{
	const struct plan_numbers *under = &a->opener->supersedes;

	for (size_t n = 0; n < under->n; n++) {
		struct incident *b = i->by_opener[plan_index(i->plan, under->at[n])];

		for (; b != NULL; b = b->next)
			if ((b->state == INCIDENT_OPEN ||
				    b->state == INCIDENT_RESOLVED) &&
				explains(a, b, b->first_ns))
				return b;
	}
	return NULL;
}
