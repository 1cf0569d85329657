/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/ahead.h"

#include <pthread.h>
#include <stdlib.h>

struct ahead {
	const struct worker_part *parts; /* borrowed */
	size_t n_parts;

	/* of the one that settles */
	struct result *result;
	struct match last; /* settled; its place only */
	uint64_t n_matches;

	pthread_mutex_t lock; /* of the rest */
	size_t next;          /* the part to be settled */
	bool settling;        /* somebody does */
	bool given_up;
	bool is_read[]; /* by part */
};

struct ahead *
ahead_new(struct result *r, const struct worker_part *parts, size_t n)
{
	struct ahead *a = calloc(1, sizeof(*a) + n * sizeof(a->is_read[0]));

	if (a == NULL)
		return NULL;
	a->parts = parts;
	a->n_parts = n;
	a->result = r;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
ahead_free(struct ahead **pa)
{
	struct ahead *a = *pa;
	struct store *s;

	*pa = NULL;
	if (a == NULL)
		return;
	s = result_free(&a->result);
	store_close(&s);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* False: it comes before one that is settled, or the store has an error. */
static bool
settle(struct ahead *a, const struct match *m)
{
	if (a->n_matches > 0 && match_cmp(m, &a->last) < 0)
		return false;
	a->n_matches++;
	a->last = (struct match){ .at_ns = m->at_ns,
		.source_id = m->source_id,
		.place = m->place,
		.rule = m->rule };
	return result_match(a->result, m) == 0;
}

static bool
settle_part(struct ahead *a, const struct worker_part *p)
{
	struct runs_merge *merge = NULL;
	struct match m;
	bool good = p->error == 0 && runs_merge_new(&p->runs, 1, &merge) == 0;
	int got = 0;

	while (good && (got = runs_merge_next(merge, &m)) == 1)
		good = settle(a, &m);
	if (merge != NULL)
		runs_merge_free(&merge);
	return good && got == 0;
}

void
ahead_read(struct ahead *a, const struct worker_part *part)
{
	pthread_mutex_lock(&a->lock);
	a->is_read[part - a->parts] = true;
	while (!a->settling && !a->given_up && a->next < a->n_parts &&
		a->is_read[a->next]) {
		const struct worker_part *p = &a->parts[a->next];
		bool good;

		a->settling = true;
		pthread_mutex_unlock(&a->lock);
		good = settle_part(a, p);
		pthread_mutex_lock(&a->lock);
		a->settling = false;
		a->given_up = !good;
		a->next++;
	}
	pthread_mutex_unlock(&a->lock);
}

struct result *
ahead_take(struct ahead *a, uint64_t *n)
{
	struct result *r = a->result;

	if (a->given_up || a->next < a->n_parts)
		return NULL;
	*n = a->n_matches;
	a->result = NULL;
	return r;
}
