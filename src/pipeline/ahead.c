/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/time.h"

#define SLACK_NS (5 * TIME_S) /* lines of one log are about in order */

/* The matches of one part. */
struct head {
	const struct worker_part *part;
	struct runs *runs;
	struct runs_merge *merge;
	const struct match *match; /* the next one */
	bool is_read;
};

struct ahead {
	size_t n_heads;

	/* of the one that settles */
	struct result *result; /* NULL: none, or not yet */
	struct heap *next;     /* heads by their match */
	struct match last;     /* settled; its place only */
	uint64_t n_matches;

	pthread_mutex_t lock; /* of the rest */
	bool news;            /* a part was read */
	bool settling;        /* somebody does */
	bool given_up;
	struct head heads[];
};

static int
head_cmp(const void *va, const void *vb)
{
	const struct head *a = va, *b = vb;
	int c = match_cmp(a->match, b->match);

	return c != 0 ? c : (a > b) - (a < b);
}

struct ahead *
ahead_new(struct worker_part *const *parts, size_t n, struct runs *other)
{
	struct ahead *a = calloc(1, sizeof(*a) + (n + 1) * sizeof(a->heads[0]));

	assert(n <= AHEAD_PARTS);
	if (a == NULL)
		return NULL;
	a->next = heap_new(n + 1, head_cmp);
	if (a->next == NULL) {
		free(a);
		return NULL;
	}
	a->n_heads = n + 1;
	for (size_t i = 0; i < n; i++)
		a->heads[i] = (struct head){ .part = parts[i], .runs = parts[i]->runs };
	a->heads[n] = (struct head){ .runs = other, .is_read = true };
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
	for (size_t i = 0; i < a->n_heads; i++)
		if (a->heads[i].merge != NULL)
			runs_merge_free(&a->heads[i].merge);
	heap_free(&a->next);
	s = result_free(&a->result);
	store_close(&s);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* got: of runs_merge_next(). False: an error. */
static bool
put_in(struct ahead *a, struct head *h, int got)
{
	if (got == 0)
		runs_merge_free(&h->merge);
	return got == 1 ? heap_push(a->next, h) : got == 0;
}

static bool
begin(struct ahead *a, struct head *h)
{
	struct runs *runs = h->runs;

	h->runs = NULL;
	if (h->part != NULL && h->part->error != 0)
		return false;
	return runs_merge_new(&runs, 1, &h->merge) == 0 &&
	       put_in(a, h, runs_merge_next(h->merge, &h->match));
}

/* The same of rows behind m, of h, that come before all others. */
static bool
take_rows(struct ahead *a, struct head *h, int64_t limit_ns)
{
	const struct head *other = heap_peek(a->next);
	struct value_rows *v = runs_merge_rows(h->merge);
	size_t n;

	if (v == NULL)
		return true;
	if (other != NULL && other->match->at_ns < limit_ns)
		limit_ns = other->match->at_ns;
	if (v->until_ns > limit_ns)
		v->until_ns = limit_ns;
	if (result_rows(a->result, h->match, v, &n) != 0)
		return false;
	a->n_matches += n;
	if (n > 0) {
		a->last.at_ns = v->last_ns;
		a->last.place = (struct place){ v->last_offset, 0 };
	}
	return true;
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

/* Those of h, which is not in the heap, that come before all others. */
static bool
settle_from(struct ahead *a, struct head *h, int64_t limit_ns)
{
	const struct head *other = heap_peek(a->next);
	int got = 1;

	while (got == 1 && h->match->at_ns < limit_ns &&
		(other == NULL || head_cmp(h, other) < 0)) {
		if (!settle(a, h->match) || !take_rows(a, h, limit_ns))
			return false;
		got = runs_merge_next(h->merge, &h->match);
	}
	return put_in(a, h, got);
}

static bool
settle_until(struct ahead *a, int64_t limit_ns)
{
	struct head *h;
	bool good = true;

	while (good && (h = heap_peek(a->next)) != NULL && h->match->at_ns < limit_ns)
		good = settle_from(a, heap_pop(a->next), limit_ns);
	return good;
}

/* What is not read yet begins here at the earliest. */
static int64_t
limit(const struct ahead *a)
{
	int64_t first_ns = INT64_MAX;

	for (size_t i = 0; i < a->n_heads; i++)
		if (!a->heads[i].is_read && a->heads[i].part->begins_ns < first_ns)
			first_ns = a->heads[i].part->begins_ns;
	if (first_ns == INT64_MAX || first_ns < INT64_MIN + SLACK_NS)
		return first_ns;
	return first_ns - SLACK_NS;
}

/* The lock is held, but not while it settles. */
static void
settle_some(struct ahead *a)
{
	int64_t limit_ns = limit(a);
	struct head *fresh[AHEAD_PARTS + 1];
	size_t n = 0;
	bool good = true;

	for (size_t i = 0; i < a->n_heads; i++)
		if (a->heads[i].is_read && a->heads[i].runs != NULL)
			fresh[n++] = &a->heads[i];
	a->news = false;
	a->settling = true;
	pthread_mutex_unlock(&a->lock);
	for (size_t i = 0; good && i < n; i++)
		good = begin(a, fresh[i]);
	good = good && settle_until(a, limit_ns);
	pthread_mutex_lock(&a->lock);
	a->settling = false;
	a->given_up = !good;
}

/* The lock is held. */
static void
settle_news(struct ahead *a)
{
	while (a->result != NULL && a->news && !a->settling && !a->given_up)
		settle_some(a);
}

void
ahead_begin(struct ahead *a, struct result *r)
{
	pthread_mutex_lock(&a->lock);
	a->result = r;
	settle_news(a);
	pthread_mutex_unlock(&a->lock);
}

void
ahead_read(struct ahead *a, const struct worker_part *part)
{
	size_t i = 0;

	while (a->heads[i].part != part)
		i++;
	pthread_mutex_lock(&a->lock);
	a->heads[i].is_read = a->news = true;
	settle_news(a);
	pthread_mutex_unlock(&a->lock);
}

struct result *
ahead_take(struct ahead *a, uint64_t *n)
{
	struct result *r = a->result;

	if (a->given_up || limit(a) < INT64_MAX)
		return NULL;
	*n = a->n_matches;
	a->result = NULL;
	return r;
}
